"""No page and no reading shows a canary to somebody it is not for (failure mode 22)."""

from collections.abc import Callable, Collection

import pytest
from flask import Flask

from connector.audience import Scope
from connector.web.query import Wanted
from tests.scope.asking import (
    KNOWN_PARAMETERS,
    answer_of,
    arguments_of,
    calls_of,
    canaries_in,
    every_address,
    every_reading,
    scope_parameter,
)
from tests.scope.canaries import EVERYONE, NOBODY, OURS, THEIRS, canary, name_of
from tests.scope.content import SEEDS
from tests.scope.hub import CanaryHub
from tests.scope.viewers import PEOPLE, Person, words_for
from tests.scope.visiting import Visited, allowed_at
from tests.web.making import make_app

BY_NAME = {person.name: person for person in PEOPLE}
CLAIMING = ("visitor who claims everything", "member whom a place calls a facilitator")
"""Those whose scope is that of somebody else here; a test of its own says so."""
SOME = ("visitor", "member of the stream", "facilitator of the other")
"""Those who look on PostgreSQL too: what differs there is how the store reads."""

Pages = Callable[[CanaryHub, Person], list[Visited]]


def people(names: Collection[str]) -> list[object]:
    """Return the people as parameters."""
    return [pytest.param(BY_NAME[name], id=name.replace(" ", "-")) for name in names]


def on_both() -> list[object]:
    """Return (database, person): everybody on SQLite, some on PostgreSQL."""
    marks = pytest.mark.postgres
    return [
        *(
            pytest.param("sqlite", one, id=f"sqlite-{one.name.replace(' ', '-')}")
            for one in PEOPLE
            if one.name not in CLAIMING
        ),
        *(
            pytest.param(
                "postgresql", BY_NAME[name], id=f"postgresql-{name.replace(' ', '-')}", marks=marks
            )
            for name in SOME
        ),
    ]


@pytest.mark.parametrize(("hub", "person"), on_both(), indirect=["hub"])
def test_no_page_shows_anybody_what_is_not_for_them(
    hub: CanaryHub, person: Person, pages: Pages
) -> None:
    leaks = {
        one.asked.name: found
        for one in pages(hub, person)
        if (found := one.leaks(allowed_at(person, one.asked)))
    }
    assert leaks == {}


@pytest.mark.parametrize(("hub", "person"), on_both(), indirect=["hub"])
def test_no_reading_of_the_store_gives_anybody_what_is_not_for_them(
    hub: CanaryHub, person: Person
) -> None:
    scope, allowed, leaks = person.scope(hub), person.words(), {}
    for name, function in every_reading().items():
        with hub.store.read() as conn:
            for told, given in calls_of(name, function, hub):
                found = canaries_in(answer_of(function, conn, scope, given)) - allowed
                if found:
                    leaks[told] = sorted(map(name_of, found))
    assert leaks == {}


@pytest.mark.parametrize("hub", ["sqlite"], indirect=True)
@pytest.mark.parametrize("person", people(BY_NAME))
def test_everybody_is_shown_what_is_for_them(hub: CanaryHub, person: Person, pages: Pages) -> None:
    """Otherwise a hub that shows nothing would pass."""
    shown = set().union(
        *(canaries_in(text) for one in pages(hub, person) for text in one.answers
          if not one.asked.words)
    )  # fmt: skip
    wanted = {
        word
        for seed in SEEDS
        for part in ("opening", "body", "author")
        if "shared" not in seed.record  # one item of several texts, of which a page shows one
        if seed.words()[word := canary(seed.name, part)] != NOBODY
    }
    missing = sorted(map(name_of, (person.words() & wanted) - shown))
    assert missing == [], missing


def test_what_somebody_claims_without_proof_changes_nothing(hub: CanaryHub) -> None:
    assert BY_NAME["visitor who claims everything"].scope(hub) == BY_NAME["visitor"].scope(hub)
    listed = BY_NAME["member whom a place calls a facilitator"]
    assert listed.scope(hub) == BY_NAME["member"].scope(hub)


# --- that nothing is left out of the asking ---------------------------------------------------


@pytest.fixture
def bare(grow: Callable[..., CanaryHub]) -> tuple[Flask, CanaryHub]:
    hub = grow("sqlite", BY_NAME["visitor of the other"])
    return make_app(hub.store), hub


def test_every_route_is_asked(bare: tuple[Flask, CanaryHub]) -> None:
    app, hub = bare
    asked = {one.name.split()[0] for one in every_address(app, hub)}
    assert asked == {rule.endpoint for rule in app.url_map.iter_rules()}


def test_a_new_argument_of_a_route_has_to_be_covered(bare: tuple[Flask, CanaryHub]) -> None:
    app, hub = bare
    app.url_map.add(type(next(app.url_map.iter_rules()))("/c/<slug>/tag/<tag>", endpoint="news"))
    with pytest.raises(AssertionError, match=r"/c/<slug>/tag/<tag> has an argument .*'tag'"):
        list(every_address(app, hub))


def test_every_parameter_of_a_list_is_asked(bare: tuple[Flask, CanaryHub]) -> None:
    known = set(Wanted(words="x", school_id=1, place="x").address(before=1)) | {"kind", "page"}
    assert known == KNOWN_PARAMETERS
    assert {"slug", "item_id"} <= set(arguments_of(bare[1]))


def test_every_reading_with_a_scope_is_found() -> None:
    found = set(every_reading())
    assert {
        f"connector.store.{name}"
        for name in ("reading.news", "reading.search", "reading.item", "places.places")
    } <= found


def test_a_new_parameter_of_a_reading_has_to_be_covered(
    bare: tuple[Flask, CanaryHub],
) -> None:
    def by_mood(conn: object, scope: Scope, *, mood: str = "") -> None: ...

    assert scope_parameter(by_mood) == "scope"
    with pytest.raises(AssertionError, match=r"by_mood has a parameter .*'mood'"):
        list(calls_of("by_mood", by_mood, bare[1]))


def test_each_cluster_has_something_for_everyone_and_something_hidden() -> None:
    for slug in (OURS, THEIRS):
        circles = {seed.circle for seed in SEEDS if seed.cluster == slug}
        assert EVERYONE in circles
        assert len(circles) > 3
    assert words_for(lambda circle, cluster: circle == NOBODY)
