"""Nobody sees what is not for them: on no page, in no list, count or search."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.model import CLUSTER, FACILITATORS, STREAM, Audience, Kind
from connector.store.database import Store
from connector.web import routes
from connector.web.gate import require_audiences
from tests.web.garden import Garden, record
from tests.web.making import come_in, make_app

CLOSED = pytest.mark.parametrize("closed", [CLUSTER, STREAM, FACILITATORS])
HERE = "/c/tarapunga"


def every_page(item_id: int) -> list[str]:
    return [
        "/",
        f"{HERE}/",
        f"{HERE}/?place=course",
        f"{HERE}/?school=1",
        f"{HERE}/?kind=reflection",
        f"{HERE}/search?q=canary",
        f"{HERE}/search?q=canary&place=course",
        f"{HERE}/item/{item_id}",
        f"{HERE}/item/{item_id}/former",
        f"{HERE}/places",
    ]


@CLOSED
def test_a_visitor_reads_no_word_of_a_closed_post_on_any_page(
    garden: Garden, visitor: FlaskClient, closed: Audience
) -> None:
    bed = garden.place("course", "Course", school="Lake Tūī School")
    canary = record(
        1, "Canary title", "<p>Canary text</p>", bed=bed, audience=closed,
        author="Canary Author", kind=Kind.REFLECTION, tags=("canarytag",),
    )  # fmt: skip
    [item_id] = garden.keep(bed, canary)
    for path in every_page(item_id):
        page = visitor.get(path, follow_redirects=True).text
        assert "Canary" not in page, path
        assert "canarytag" not in page, path


@CLOSED
def test_a_facilitator_finds_the_same_post(
    garden: Garden, facilitator: FlaskClient, closed: Audience
) -> None:
    bed = garden.place("course", "Course")
    [item_id] = garden.keep(bed, record(1, "Canary title", bed=bed, audience=closed))
    for path in (f"{HERE}/", f"{HERE}/search?q=canary", f"{HERE}/item/{item_id}"):
        assert "Canary title" in facilitator.get(path).text.replace("<mark>", "").replace(
            "</mark>", ""
        )


def test_a_closed_post_counts_for_facilitators_only(
    garden: Garden, visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    bed = garden.place("course", "Course")
    garden.keep(bed, record(1, "Kauri one"), record(2, "Kauri two", audience=CLUSTER))
    assert "1 post or reply with" in visitor.get(f"{HERE}/search?q=kauri").text
    assert "2 posts and replies with" in facilitator.get(f"{HERE}/search?q=kauri").text


def test_a_closed_reply_is_not_counted_under_an_open_post(
    garden: Garden, visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    bed = garden.place("blog", "Blog")
    garden.keep(bed, record(1))
    garden.keep(
        bed,
        record(2, "", "<p>Hush</p>", kind=Kind.COMMENT, answers=1, audience=CLUSTER),
    )
    assert "1 reply" not in visitor.get(f"{HERE}/").text
    assert "1 reply" in facilitator.get(f"{HERE}/").text


def test_a_place_with_nothing_public_is_not_named_to_visitors(
    garden: Garden, visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    bed = garden.place("course", "Quiet course", school="Matuku Flats School")
    garden.keep(bed, record(1, audience=CLUSTER))
    for path in (f"{HERE}/", f"{HERE}/places"):
        page = visitor.get(path).text
        assert "Quiet course" not in page
        assert "Matuku Flats" not in page
    assert "Quiet course" in facilitator.get(f"{HERE}/places").text


def test_a_visitor_is_not_told_how_a_place_is(
    garden: Garden, visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    bed = garden.place("blog", "Open blog")
    garden.keep(bed, record(1, bed=bed))
    garden.verdict(bed, "attention", "The token was refused.")
    page = visitor.get(f"{HERE}/places").text
    assert "Open blog" in page
    assert "The token was refused." not in page
    assert "Needs attention" not in page
    assert "The token was refused." in facilitator.get(f"{HERE}/places").text


def test_a_closed_post_and_a_missing_one_look_alike(garden: Garden, visitor: FlaskClient) -> None:
    bed = garden.place("course", "Course")
    [item_id] = garden.keep(bed, record(1, audience=CLUSTER))
    closed = visitor.get(f"{HERE}/item/{item_id}")
    missing = visitor.get(f"{HERE}/item/{item_id + 1000}")
    assert closed.status_code == missing.status_code == 404
    assert closed.data == missing.data


def test_former_texts_are_for_facilitators(
    ids: dict[str, int], visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    path = f"{HERE}/item/{ids['edited']}/former"
    assert visitor.get(path).status_code == 403
    assert "two rules" in facilitator.get(path).text
    assert "former" not in visitor.get(f"{HERE}/item/{ids['edited']}").text


def test_a_post_of_one_cluster_is_not_found_through_another(
    store: Store, facilitator: FlaskClient
) -> None:
    one, other = Garden(store), Garden(store, "korimako", "Korimako Cluster")
    [item_id] = one.keep(one.place("blog", "Blog"), record(1))
    assert facilitator.get(f"/c/{one.slug}/item/{item_id}").status_code == 200
    assert facilitator.get(f"/c/{other.slug}/item/{item_id}").status_code == 404


def test_what_waits_for_an_ok_is_marked_and_kept_from_visitors(
    ids: dict[str, int], visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    assert "Photos of sports day" not in visitor.get(f"{HERE}/").text
    assert "waiting for your OK" in facilitator.get(f"{HERE}/").text
    assert visitor.get(f"{HERE}/item/{ids['waiting']}").status_code == 404


def test_a_route_that_does_not_say_who_it_is_for_does_not_start(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_to_whom() -> str:
        return "oops"

    bare = ("/bare", "bare", "GET", open_to_whom)
    monkeypatch.setattr("connector.web.app.ROUTES", (*routes.ROUTES, bare))
    with pytest.raises(TypeError, match="/bare does not declare its audience"):
        make_app(store)


def test_flasks_own_static_route_would_not_start_either() -> None:
    with pytest.raises(TypeError, match="static"):
        require_audiences(Flask("bare", static_folder="static"))


def test_after_leaving_only_public_posts_are_left(
    app: Flask, ids: dict[str, int], facilitator: FlaskClient
) -> None:
    page = facilitator.get(f"{HERE}/")
    assert "Release day on Friday" in page.text
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    assert facilitator.post("/leave", data={"csrf_token": token}).status_code == 303
    assert "Release day on Friday" not in facilitator.get(f"{HERE}/").text


def test_come_in_again_with_a_spent_link_changes_nothing(app: Flask, garden: Garden) -> None:
    first, second = app.test_client(), app.test_client()
    come_in(first, "the-one-time-token")
    assert second.get("/enter/the-one-time-token").status_code == 404
