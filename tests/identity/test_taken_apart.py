"""Every merge of the corpus undone: all is as if the two had never been one.

After the merges people answer, posts are edited, and a third place copies one. Then the merges
are undone one after the other. After the last (of some cases after each) what is kept is compared
with a hub to which the same things happened, in the same order, without these merges.
"""

import pytest
from sqlalchemy import select

from connector.store import merges
from connector.store.database import Store
from connector.store.tables import merge, origin
from tests.chances import some_cases
from tests.identity.afterwards import afterwards, edited, with_comments
from tests.identity.cases import Case, load_cases
from tests.identity.decisions import Decisions, Name, fresh, merged_names, recorded, replayed
from tests.identity.village import Village
from tests.store.kept import COLUMNS_BEFORE, OF_AN_ORIGIN, Dump, dump, without_merges

CASES = {case.name: case for case in load_cases() if case.kind == "migration"}
IS_NEWS = COLUMNS_BEFORE + OF_AN_ORIGIN.index("is_news")
ON_BOTH = ("blogger-to-wordpress", "new-ids-after-import", "staff-site-and-public-blog")


def lived(village: Village, case: Case) -> Village:
    """Let the story happen, and what comes after it."""
    told = with_comments(case)
    village.play(told)
    for step in afterwards(told):
        village.show(step)
    return village


def merges_in(village: Village) -> list[tuple[int, Name]]:
    """Return the merges that hold, oldest first, each with the origin that was joined."""
    with village.store.read() as conn:
        rows = conn.execute(
            select(merge.c.id, origin.c.source_id, origin.c.external_id, origin.c.generation)
            .join(origin, origin.c.id == merge.c.origin_id)
            .where(merge.c.undone.is_(None))
            .order_by(merge.c.id)
        ).all()
    return [(row[0], (row[1], row[2], row[3])) for row in rows]


def undo(village: Village, merge_id: int) -> Dump:
    with village.store.write(village.cluster_id) as conn:
        merges.undo_merge(conn, village.cluster_id, merge_id, village.clock.now)
    return without_merges(dump(village.store))


def check_case(
    store: Store, case: Case, monkeypatch: pytest.MonkeyPatch, *, after_each: bool = False
) -> int:
    """Undo the case's merges one by one; return how many there were."""
    village = fresh(Village(store))
    with recorded(monkeypatch) as decisions:
        lived(village, case)
    made = merges_in(village)
    assert [name for _, name in made] == merged_names(decisions)
    states = [undo(village, merge_id) for merge_id, _ in made]
    after_all = read_on(village, case)
    wanted = range(1, len(made) + 1) if after_each else {len(made)} - {0}
    for number in wanted:
        never = {name for _, name in made[:number]}
        apart = unmerged(village, case, decisions, never, monkeypatch)
        assert states[number - 1] == untold(apart, village, never), made[:number]
    if made:
        assert after_all == untold(read_on(village, case), village, never)
    return len(made)


def untold(state: Dump, village: Village, never: set[Name]) -> Dump:
    """Return the state without the news of these: what was once shown as known is no news."""
    keys = {village.source(key).id: key for key in village.places}
    names = {(keys[source_id], *rest) for source_id, *rest in never}
    rows = [
        (*row[:IS_NEWS], "False", *row[IS_NEWS + 1 :]) if row[0] in names else row
        for row in state["origin"]
    ]
    return state | {"origin": sorted(rows, key=repr)}


def unmerged(
    village: Village,
    case: Case,
    decisions: Decisions,
    never: set[Name],
    monkeypatch: pytest.MonkeyPatch,
) -> Dump:
    """Return what the emptied hub holds when these were never joined."""
    other = fresh(village)
    with replayed(monkeypatch, decisions, never):
        lived(other, case)
    village.__dict__.update(other.__dict__)
    return without_merges(dump(other.store))


def read_on(village: Village, case: Case) -> Dump:
    """Let all places show an edit of what they show: nothing is joined by it again."""
    last = {step.place: step for step in case.steps if step.part == "posts"}
    for step in last.values():
        village.show(edited(step, "Mended again."))
    assert merges_in(village) == []
    return without_merges(dump(village.store))


@pytest.mark.parametrize("name", sorted({*some_cases(CASES), *ON_BOTH}))
def test_each_merge_undone_restores_what_was_and_lasts(
    shared_store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_case(shared_store, CASES[name], monkeypatch, after_each=name in ON_BOTH)


@pytest.mark.parametrize("name", ON_BOTH)
@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_too(store: Store, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_case(store, CASES[name], monkeypatch) >= 3
