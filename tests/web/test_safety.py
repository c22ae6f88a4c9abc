"""What holds for every answer: names, headers, sizes, and hostile words from outside."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.html import clean
from connector.model import Enclosure
from connector.store.database import Store
from connector.web.display import outside_html
from connector.web.safety import host_name
from tests.web.garden import Garden, record
from tests.web.making import make_app

HERE = "/c/tarapunga"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8080", "127.0.0.1:5000", "[::1]:5000", "HUB.example.school.nz:80"],
)
def test_names_we_were_given_are_answered(visitor: FlaskClient, host: str) -> None:
    assert visitor.get("/healthz", headers={"Host": host}).text == "ok\n"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "localhost:",
        "localhost:port", "evil.example:localhost", "localhost@evil.example", "[::2]", "hub",
        "localhost\tx", "127.0.0.2",
    ],
)  # fmt: skip
def test_any_other_name_gets_400(visitor: FlaskClient, host: str) -> None:
    answer = visitor.get("/healthz", headers={"Host": host})
    assert answer.status_code == 400
    assert "does not answer to that name" in answer.text


def test_a_forwarded_name_is_not_believed(visitor: FlaskClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}
    assert visitor.get("/healthz", headers=headers).status_code == 400


def test_a_host_name_is_read_without_its_port() -> None:
    assert host_name("[::1]:80") == "[::1]"
    assert host_name("a b") == ""


@pytest.mark.parametrize("path", ["/", f"{HERE}/", "/nowhere", "/healthz", "/static/hub.css"])
def test_every_answer_carries_the_strict_headers(
    visitor: FlaskClient, garden: Garden, path: str
) -> None:
    headers = visitor.get(path).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"


def test_a_facilitators_page_is_kept_by_nobody(
    visitor: FlaskClient, facilitator: FlaskClient, garden: Garden
) -> None:
    assert facilitator.get(f"{HERE}/").headers["Cache-Control"] == "private, no-store"
    mine = visitor.get(f"{HERE}/").headers
    assert mine["Cache-Control"] == "no-cache"
    assert "Cookie" in mine["Vary"]


def test_the_style_may_be_kept_for_long_since_its_address_changes(visitor: FlaskClient) -> None:
    headers = visitor.get("/static/hub.css").headers
    assert "immutable" in headers["Cache-Control"]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd"])
def test_no_other_file_is_given_away(visitor: FlaskClient, name: str) -> None:
    assert visitor.get(f"/static/{name}").status_code in (308, 404)


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'


def test_hostile_words_from_outside_stay_words(garden: Garden, facilitator: FlaskClient) -> None:
    bed = garden.place("evil", EVIL, school=EVIL)
    evil = record(
        1, EVIL.replace("<", "&lt;"), "<p>fine</p>" + EVIL, bed=bed, author=EVIL, tags=(EVIL,),
        url="javascript:alert(1)",
        enclosures=(Enclosure("javascript:alert(1)"), Enclosure("https://x.example/" + EVIL)),
    )  # fmt: skip
    [item_id] = garden.keep(bed, evil)
    garden.verdict(bed, "attention", EVIL)
    paths = [f"{HERE}/", f"{HERE}/item/{item_id}", f"{HERE}/places", f"{HERE}/?place=evil"]
    for path in (*paths, f"{HERE}/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        page = facilitator.get(path).text
        assert "<script" not in page, path
        assert "<img" not in page, path
        assert 'href="javascript:' not in page, path
        assert "49" not in page, path


def test_an_address_with_another_scheme_is_no_link_whatever_the_store_holds(
    store: Store, garden: Garden, facilitator: FlaskClient
) -> None:
    bed = garden.place("mailbox", "Mailbox", host="x")
    other = garden.place("copy", "Copy", host="y")
    [item_id] = garden.keep(bed, record(1, bed=bed))
    garden.keep(other, record(1, bed=bed))
    with store.write() as conn:
        for table, column in (("source", "address"), ("stream", "url"), ("origin", "url")):
            conn.exec_driver_sql(f"UPDATE {table} SET {column} = 'javascript:alert(1)'")
        enclosures = '[["javascript:alert(1)", "", null]]'
        conn.exec_driver_sql(f"UPDATE origin SET enclosures = '{enclosures}'")
    item = facilitator.get(f"{HERE}/item/{item_id}").text
    assert "Also found at" in item
    assert "Files" in item
    assert 'href="javascript:' not in item
    assert "javascript:" not in facilitator.get(f"{HERE}/places").text


def test_outside_links_tell_nothing_and_open_nothing(
    ids: dict[str, int], facilitator: FlaskClient
) -> None:
    page = facilitator.get(f"{HERE}/item/{ids['stream']}").text
    for link in page.split("<a ")[1:]:
        tag = link.split(">")[0]
        if 'href="http' in tag:
            assert "noopener noreferrer" in tag


def test_headings_and_landmarks_of_a_post_sit_below_ours() -> None:
    outside = clean("<main><h1>One</h1><h6>Six</h6></main><nav>n</nav><hr><p>h1 &lt;h1&gt;</p>")
    assert outside_html(outside) == (
        "<div><h2>One</h2><h6>Six</h6></div><div>n</div><hr><p>h1 &lt;h1&gt;</p>"
    )


def test_a_form_that_is_too_large_is_refused(facilitator: FlaskClient, garden: Garden) -> None:
    facilitator.get(f"{HERE}/")
    answer = facilitator.post("/leave", data={"csrf_token": "x" * 600_000})
    assert answer.status_code == 413


def test_a_mistake_of_ours_says_so_and_shows_nothing_of_it(store: Store, garden: Garden) -> None:
    def broken_clock() -> None:
        raise ZeroDivisionError("inner words")

    app = make_app(store)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.before_request_funcs.setdefault(None, []).append(broken_clock)
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "The hub made a mistake" in answer.text
    assert "inner words" not in answer.text


def test_a_database_that_does_not_answer_gives_503(app: Flask, store: Store) -> None:
    with store.write() as conn:
        conn.exec_driver_sql("DROP TABLE membership")
        conn.exec_driver_sql("ALTER TABLE cluster RENAME TO elsewhere")
    answer = app.test_client().get("/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "Wait a minute, then load the page again." in answer.text
