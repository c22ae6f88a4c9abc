"""What is hidden changes nothing: no byte, no count, no header, no page more or less.

The strongest form of it: a hub that never held the hidden things gives the same answers.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from connector.audience import visitor_scope
from connector.errors import AuthError
from connector.model import CLUSTER, FACILITATORS, Kind
from connector.store import reading
from connector.store.database import open_database
from tests.conftest import BOTH
from tests.databases import SqliteDatabases
from tests.engine import Engine
from tests.fake_place import NOON, record
from tests.scope.asking import (
    NO_ITEM,
    canaries_in,
    every_address,
    whole,
    without_numbers,
)
from tests.scope.canaries import OURS, canary
from tests.scope.content import PLACES
from tests.scope.hub import CanaryHub
from tests.scope.quick_look import differences
from tests.scope.test_canaries import BY_NAME, Pages, people
from tests.scope.viewers import Person
from tests.scope.visiting import Visited, looking, visited
from tests.web.making import make_app

WATCHED = ("visitor", "member", "member of the stream", "facilitator of the other")
Grow = Callable[..., CanaryHub]


@pytest.fixture
def poorer(grow: Grow, person: Person) -> CanaryHub:
    """A hub that never held what this person may not see."""
    return grow("sqlite", person)


def by_name(hub: CanaryHub, person: Person, answers: list[Visited]) -> dict[str, list[str]]:
    """Return the answers of the own cluster by the name of the question, without numbers."""
    return {
        one.asked.name: [without_numbers(hub, without_asked(one, each)) for each in one.answers]
        for one in answers
        if one.asked.slug in (None, person.cluster)
    }


def without_asked(one: Visited, answer: str) -> str:
    """Return the answer with a word for the school that it was asked for by its number."""
    found = re.search(r"school=(\d+)", one.asked.path)
    if found is None:
        return answer
    return re.sub(rf'(school=|value="){found[1]}\b', r"\1asked", answer)


@pytest.mark.parametrize("hub", ["sqlite"], indirect=True)
@pytest.mark.parametrize("person", people(WATCHED))
def test_pages_are_those_of_a_hub_that_never_held_the_hidden(
    hub: CanaryHub, poorer: CanaryHub, person: Person, pages: Pages
) -> None:
    """Of what only one of the two hubs holds, the other says what it says of nothing."""
    rich, poor = (by_name(one, person, pages(one, person)) for one in (hub, poorer))
    assert len(poor) > 30
    for name, told in rich.items():
        if name in poor:
            assert told == poor[name], name
        else:
            endpoint, slug, *_ = name.split()
            assert endpoint in ("item", "former_texts", "delivery", "settle")
            missing = f"{endpoint} {slug} no item"
            assert missing not in poor or told == poor[missing], name


@pytest.mark.parametrize("hub", BOTH, indirect=True)
@pytest.mark.parametrize("person", people(WATCHED[1:2]))
def test_readings_are_those_of_a_hub_that_never_held_the_hidden(
    hub: CanaryHub, poorer: CanaryHub, person: Person
) -> None:
    assert list(differences(hub, poorer, person)) == []


# --- what is hidden and what is not there -----------------------------------------------------


@pytest.fixture
def fresh(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[CanaryHub]:
    """A hub of this test's own."""
    with sqlite_databases.make(tmp_path) as url:
        store = open_database(url)
        yield CanaryHub(store)
        store.close()


def hidden_items(hub: CanaryHub) -> list[int]:
    """Return the items that no visitor may see."""
    with hub.store.read() as conn:
        scope = visitor_scope(hub.engines[OURS].cluster_id)
        return [number for number in hub.items() if reading.item(conn, scope, number) is None]


def test_a_hidden_item_is_answered_as_one_that_never_was(hub: CanaryHub) -> None:
    """Status, body and every header alike, whatever the method."""
    hidden = hidden_items(hub)
    assert len(hidden) > 25
    with looking(hub, BY_NAME["visitor"]) as (_, client):
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            for page in ("", "/former"):
                missing = asked(client, method, f"/c/{OURS}/item/{NO_ITEM}{page}")
                for number in hidden:
                    told = asked(client, method, f"/c/{OURS}/item/{number}{page}")
                    assert told == missing, (method, number, page)


def asked(client: FlaskClient, method: str, path: str) -> str:
    """Return every byte of the answer."""
    return whole(client.open(path, method=method))


def test_no_form_tells_a_hidden_place_from_one_that_never_was(hub: CanaryHub) -> None:
    keys = [place.key for place in PLACES]
    with looking(hub, BY_NAME["member"]) as (app, client):
        with client.session_transaction() as session:
            session["csrf"] = "known"
        posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
        addresses = [one for one in every_address(app, hub) if "?" not in one.path]
        named = {rule.endpoint for rule in posts} - {"leave"}
        chosen = [one for one in addresses if one.name.split()[0] in named]
        assert chosen
        for one in chosen:
            told = {
                whole(client.post(one.path, data={"csrf_token": "known", "place": key}))
                for key in [*keys, "no-such-place"]
            }
            assert len(told) == 1, one.path
            assert canaries_in(told.pop()) == set()


def test_a_database_that_fails_says_nothing_of_what_it_holds(fresh: CanaryHub) -> None:
    with looking(fresh, BY_NAME["visitor"]) as (app, client):
        addresses = [one for one in every_address(app, fresh) if one.slug == OURS]
        with fresh.store.engine.begin() as connection:
            connection.execute(text("ALTER TABLE origin_text RENAME TO hidden_text"))
            connection.execute(text("ALTER TABLE origin RENAME COLUMN title TO former_title"))
        for one in addresses[::9]:
            answer = visited(client, one)
            if answer.status == 503:
                assert not canaries_in(answer.answers[0]) - one.words
                assert "former_title" not in answer.answers[0]
        assert visited(client, addresses[0]).status == 503


def test_a_mistake_of_ours_shows_no_word(fresh: CanaryHub, monkeypatch: pytest.MonkeyPatch) -> None:
    word = canary("facilitators' post", "body")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot show {word}")

    monkeypatch.setattr("connector.store.reading.item", broken)
    with looking(fresh, BY_NAME["visitor"]) as (_, client):
        answer = client.get(f"/c/{OURS}/item/1")
        assert answer.status_code == 500
        assert word not in whole(answer)


# --- what happens to hidden things is not felt ------------------------------------------------


def change_the_hidden(hub: CanaryHub) -> None:
    """Edit, add, hold and retire closed things, and let a closed place fail."""
    engine = hub.engines[OURS]
    engine.brake = 50
    course = next(one for one in PLACES if one.label == f"{OURS} place course")
    service = engine.adapter.services[course.address]
    closed = record(900, external_id="post:cluster post", title="Edited", audience=CLUSTER)
    service.publish(
        closed,
        record(901, external_id="post:fresh", audience=FACILITATORS, published=NOON),
        record(
            902, external_id="post:reply", audience=CLUSTER, published=NOON, kind=Kind.COMMENT,
            in_reply_to="post:cluster post",
        ),
        gone=("post:group post",),
    )  # fmt: skip
    assert set(engine.run("course").counts) >= {"new", "updated", "retired"}
    service.fail["place"] = AuthError("The token was refused.")
    engine.run("course")
    theirs = hub.engines["rata"]
    theirs.adapter.services[PLACES[-1].address].publish(record(903, published=NOON))
    theirs.run("course")


def test_no_answer_changes_for_a_visitor_when_something_hidden_does(fresh: CanaryHub) -> None:
    """Not its text, its length, its headers, nor the answer to a browser that has it already."""
    with looking(fresh, BY_NAME["visitor"]) as (app, client):
        addresses = [one for one in every_address(app, fresh) if one.slug == OURS][::3]
        before = {one.path: client.get(one.path) for one in addresses}
        change_the_hidden(fresh)
        for path, former in before.items():
            assert whole(client.get(path)) == whole(former), path
            condition = {
                name: former.headers[known]
                for name, known in (
                    ("If-None-Match", "ETag"),
                    ("If-Modified-Since", "Last-Modified"),
                )
                if known in former.headers
            }
            again = client.get(path, headers=condition)
            assert again.status_code == (304 if condition else former.status_code), path


def test_a_facilitator_feels_the_same_change(fresh: CanaryHub) -> None:
    """Otherwise the test above would pass with a change that changes nothing."""
    with looking(fresh, BY_NAME["facilitator"]) as (_, client):
        before = client.get(f"/c/{OURS}/").text
        change_the_hidden(fresh)
        assert client.get(f"/c/{OURS}/").text != before


# --- counts -----------------------------------------------------------------------------------


MANY = 1_010


@pytest.fixture
def crowd(engine: Engine) -> Engine:
    """Three open posts below more than a thousand closed ones with the same word."""
    service = engine.add()
    service.publish(*(record(n, title=f"Kea {n}") for n in range(3)))
    service.publish(
        *(
            record(n, title=f"Kea {n}", html="", audience=CLUSTER, published=NOON)
            for n in range(3, MANY)
        )
    )
    engine.run()
    return engine


def test_a_count_is_of_what_the_viewer_may_see(crowd: Engine) -> None:
    """Also where the count stops, and where the closed ones alone would fill every page."""
    client = make_app(crowd.store).test_client()
    page = client.get("/c/kauri/search?q=kea").text
    assert "3 posts and replies with" in page
    assert "1,000" not in page
    assert 'rel="next"' not in page
    with crowd.store.read() as conn:
        assert len(reading.news(conn, crowd.visitor()).items) == 3
        found = reading.search(conn, crowd.visitor(), "kea")
        assert (len(found.items), found.older, found.count) == (3, None, 3)
        everything = reading.search(conn, crowd.facilitator(), "kea")
        assert (everything.count, everything.and_more) == (1000, True)
