"""Where one origin is closed: nothing of it reaches a stranger, whatever becomes of it.

Of every case with a closed place, after every step and after what may follow (an edit, a
narrowing, a retirement, an undo), all that a visitor can read and find is looked through for
words that only closed showings have.
"""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from connector.html import fold
from connector.model import Page
from connector.store import merges, reading
from connector.store.database import Store
from connector.store.tables import item, merge
from tests.identity.afterwards import edited
from tests.identity.cases import Case, CorpusStep, load_cases
from tests.identity.decisions import fresh
from tests.identity.village import MEMBER, Village
from tests.sync.test_page_parts import member

CLOSED = {
    case.name: case
    for case in load_cases()
    if not all(place.is_open for place in case.places.values())
}
_WORD = re.compile(r"\w+")


def words_in(step: CorpusStep) -> set[str]:
    """Return the folded words of a step's titles and texts."""
    return {word for one in step.shows for word in _WORD.findall(fold(f"{one.title} {one.text}"))}


def secrets(case: Case, steps: list[CorpusStep]) -> set[str]:
    """Return the words that only closed places have shown so far."""
    closed: set[str] = set()
    public: set[str] = set()
    for step in steps:
        (public if case.places[step.place].is_open else closed).update(words_in(step))
    return closed - public


def all_a_visitor_reads(village: Village) -> str:
    """Return everything that the reading functions give a visitor."""
    scope = village.visitor()
    with village.store.read() as conn:
        ids = conn.execute(select(item.c.id)).scalars().all()
        views = [reading.item(conn, scope, one) for one in ids]
        lists = [reading.choices(conn, scope), reading.schools(conn, scope)]
    return fold(repr((views, lists, village.news(limit=100))))


def nothing_leaks(village: Village, hidden: set[str]) -> None:
    """Check that none of these words is shown to, or found by, a visitor."""
    shown = set(_WORD.findall(all_a_visitor_reads(village)))
    assert hidden & shown == set()
    for word in sorted(hidden):
        assert village.found(word) == [], word


def undo_all(village: Village) -> int:
    with village.store.write(village.cluster_id) as conn:
        ids = conn.execute(select(merge.c.id).where(merge.c.undone.is_(None))).scalars().all()
        for one in ids:
            merges.undo_merge(conn, village.cluster_id, one, village.clock.now)
    return len(ids)


def told(store: Store, case: Case) -> Village:
    """Let the story happen, looking for leaks after every step."""
    village = fresh(Village(store))
    for place in case.places.values():
        village.put(place)
    for number, step in enumerate(case.steps, start=1):
        village.show(step)
        nothing_leaks(village, secrets(case, list(case.steps[:number])))
    assert secrets(case, list(case.steps)), "the closed place says nothing of its own"
    return village


def last_of(case: Case, *, is_open: bool) -> CorpusStep:
    return [one for one in case.steps if case.places[one.place].is_open is is_open][-1]


@pytest.mark.parametrize("name", CLOSED)
def test_no_step_and_no_undo_shows_a_stranger_a_closed_word(shared_store: Store, name: str) -> None:
    case = CLOSED[name]
    village = told(shared_store, case)
    hidden = secrets(case, list(case.steps))
    undone = undo_all(village)
    assert bool(undone) is (case.kind == "migration")
    nothing_leaks(village, hidden)


@pytest.mark.parametrize("name", CLOSED)
def test_an_edit_of_the_closed_text_shows_nothing(shared_store: Store, name: str) -> None:
    case = CLOSED[name]
    village = told(shared_store, case)
    village.show(edited(last_of(case, is_open=False), "Thylacine."))
    nothing_leaks(village, secrets(case, list(case.steps)) | {"thylacine"})
    village.show(edited(last_of(case, is_open=True), "Openly."))
    nothing_leaks(village, secrets(case, list(case.steps)) | {"thylacine"})


@pytest.mark.parametrize("name", CLOSED)
def test_a_public_text_that_narrows_goes_with_its_origin(shared_store: Store, name: str) -> None:
    case = CLOSED[name]
    village = told(shared_store, case)
    for place in case.places.values():
        if place.is_open:
            village.put(replace(place, audience="facilitators"))
    assert village.news() == ()
    every_word = {word for step in case.steps for word in words_in(step)}
    nothing_leaks(village, {word for word in every_word if len(word) > 4} - {"public", "place"})
    undo_all(village)
    assert village.news() == ()


@pytest.mark.parametrize("name", ["course-copy-of-a-public-post", "course-first-then-public"])
def test_a_closed_text_that_leaves_opens_nothing(shared_store: Store, name: str) -> None:
    case = CLOSED[name]
    village = told(shared_store, case)
    step = last_of(case, is_open=False)
    service = village.adapter.services[case.places[step.place].feed]
    gone = tuple(one.id for one in step.shows)
    service.pages["posts"].append(Page(stream="posts", gone=gone))
    village.run(step.place)
    hidden = secrets(case, list(case.steps))
    nothing_leaks(village, hidden)
    undo_all(village)
    nothing_leaks(village, hidden)
    assert len(village.news()) == 1


@pytest.mark.parametrize("name", CLOSED)
def test_a_member_still_finds_the_closed_text(shared_store: Store, name: str) -> None:
    """Without this the checks above could pass on an empty hub."""
    case = CLOSED[name]
    village = told(shared_store, case)
    last = words_in(last_of(case, is_open=False))
    word = sorted(secrets(case, list(case.steps)) & last)[0]
    scope = village.facilitator()
    if case.places[last_of(case, is_open=False).place].style == "course":
        scope = member(village, MEMBER)
    assert len(village.found(word, scope)) == 1


def test_there_are_such_cases() -> None:
    assert len(CLOSED) >= 5
