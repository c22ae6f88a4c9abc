"""The one-time link: a look changes nothing, the button opens once."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.store.database import Store
from connector.web.one_time_key import OneTimeKey
from connector.web.session import SESSION_LASTS
from tests.web.garden import NOW, Garden
from tests.web.making import TOKEN, come_in, csrf_of, make_app

BAR = "You see everything, as a facilitator"
HERE = "/c/tarapunga/"


def test_a_mail_scanners_look_neither_opens_nor_spends_the_link(app: Flask, garden: Garden) -> None:
    scanner, person = app.test_client(), app.test_client()
    for _ in range(3):
        assert scanner.get(f"/enter/{TOKEN}").status_code == 200
        assert scanner.head(f"/enter/{TOKEN}").status_code == 200
    assert BAR not in scanner.get(HERE).text
    come_in(person, TOKEN)
    assert BAR in person.get(HERE).text


def test_the_link_opens_once(app: Flask, garden: Garden) -> None:
    first, second = app.test_client(), app.test_client()
    page = second.get(f"/enter/{TOKEN}")
    assert come_in(first, TOKEN).status_code == 303
    late = second.post(f"/enter/{TOKEN}", data={"csrf_token": csrf_of(page)})
    assert late.status_code == 404
    assert "Start the hub again" in late.text
    assert BAR not in second.get(HERE).text


def test_two_who_press_at_once_do_not_both_get_in() -> None:
    key, barrier, won = OneTimeKey(TOKEN), Barrier(8), []

    def press() -> None:
        barrier.wait()
        won.append(key.use(TOKEN))

    threads = [Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


@pytest.mark.parametrize("wrong", ["x", TOKEN[:-1], TOKEN + "x", "mānuka", "%00"])
def test_a_wrong_link_says_what_to_do(visitor: FlaskClient, wrong: str) -> None:
    page = visitor.get(f"/enter/{wrong}")
    assert page.status_code == 404
    assert "Start the hub again: it prints a new one." in page.text


def test_without_a_token_nobody_comes_in(store: Store) -> None:
    client = make_app(store, token=None).test_client()
    assert client.get("/enter/").status_code == 404
    assert client.get("/enter/None").status_code == 404


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask, garden: Garden) -> None:
    cookie = come_in(app.test_client(), TOKEN).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_visitor_gets_no_cookie(visitor: FlaskClient, ids: dict[str, int]) -> None:
    for path in (HERE, f"{HERE}search?q=a", f"{HERE}item/{ids['stream']}", f"{HERE}places"):
        assert "Set-Cookie" not in visitor.get(path).headers


def test_a_forged_cookie_is_a_visitors(visitor: FlaskClient, garden: Garden) -> None:
    visitor.set_cookie("clusterhub_session", "eyJmYWNpbGl0YXRvcl9zaW5jZSI6MX0.aaaa.bbbb")
    page = visitor.get(HERE)
    assert page.status_code == 200
    assert BAR not in page.text


def test_a_facilitators_session_ends_by_itself(store: Store, garden: Garden) -> None:
    clock = {"now": NOW}

    def now() -> datetime:
        return clock["now"]

    client = make_app(store, now=now).test_client()
    come_in(client, TOKEN)
    clock["now"] = NOW + SESSION_LASTS - timedelta(minutes=1)
    assert BAR in client.get(HERE).text
    clock["now"] = NOW + SESSION_LASTS
    assert BAR not in client.get(HERE).text


@pytest.mark.parametrize("path", ["/leave", f"/enter/{TOKEN}", f"{HERE}places/read"])
@pytest.mark.parametrize("token", [None, "", "wrong", "mānuka"])
def test_a_form_that_is_not_ours_is_refused(
    facilitator: FlaskClient, garden: Garden, path: str, token: str | None
) -> None:
    form = {} if token is None else {"csrf_token": token}
    answer = facilitator.post(path, data=form)
    assert answer.status_code == 400
    assert "load the page again" in answer.text
    assert BAR in facilitator.get(HERE).text


def test_coming_in_begins_a_session_of_its_own(app: Flask, garden: Garden) -> None:
    client = app.test_client()
    before = csrf_of(client.get(f"/enter/{TOKEN}"))
    come_in(client, TOKEN)
    assert csrf_of(client.get(HERE)) != before


def test_another_browsers_form_token_is_refused(app: Flask, garden: Garden) -> None:
    mine, other = app.test_client(), app.test_client()
    page = other.get(f"/enter/{TOKEN}")
    mine.get(f"/enter/{TOKEN}")
    assert mine.post(f"/enter/{TOKEN}", data={"csrf_token": csrf_of(page)}).status_code == 400


@pytest.mark.parametrize("path", ["/leave", f"{HERE}places/read"])
def test_nothing_changes_by_a_get(facilitator: FlaskClient, garden: Garden, path: str) -> None:
    answer = facilitator.get(path)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert BAR in facilitator.get(HERE).text
