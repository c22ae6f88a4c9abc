"""The corpus of migrations and near-misses: how right the hub is, on both databases."""

import re
from pathlib import Path

import pytest

from connector.store.database import Store
from tests.identity.cases import load_cases
from tests.identity.scoring import Score, score
from tests.identity.village import Village

CASES = load_cases()
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "identity.md"
MISSED = {
    "blogger-to-wordpress-other-author-name",
    "comments-of-an-https-move",
    "new-ids-without-dates",
    "rewritten-while-moving",
    "same-text-in-two-blogs",
    "www-added",
}
"""Where the hub keeps two of what is one; each is named in the reference."""


def scores_in(store: Store) -> dict[str, Score]:
    """Play every case in a cluster of its own; return the scores by case."""
    found = {}
    for case in CASES:
        village = Village(store, cluster=case.name).play(case)
        found[case.name] = score(village.readings, village.items())
    return found


@pytest.fixture(scope="module")
def scores(shared_store: Store) -> dict[str, Score]:
    return scores_in(shared_store)


def test_there_are_at_least_sixty_cases_half_of_them_near_misses() -> None:
    kinds = [case.kind for case in CASES]
    assert set(kinds) == {"migration", "near-miss"}
    assert len(kinds) >= 60
    assert min(kinds.count("migration"), kinds.count("near-miss")) >= 30


def test_every_case_can_go_wrong() -> None:
    """A migration shows one post in two ways; a near-miss shows two posts at least."""
    for case in CASES:
        shown = {(step.place, one) for step in case.steps for one in step.shows}
        posts = {one.post for _, one in shown}
        assert (len(shown) > len(posts)) if case.kind == "migration" else len(posts) > 1, case.name


def test_the_hub_is_right_as_often_as_was_promised(scores: dict[str, Score]) -> None:
    total = sum(scores.values(), Score())
    print(f"{len(scores)} cases: {total}")
    assert total.precision >= 0.995, total
    assert total.recall >= 0.95, total


def test_nothing_is_joined_wrongly_and_what_is_missed_is_known(scores: dict[str, Score]) -> None:
    assert {name for name, one in scores.items() if one.wrong} == set()
    assert {name for name, one in scores.items() if one.missed} == MISSED


def test_the_reference_gives_these_figures_and_names_what_is_missed(
    scores: dict[str, Score],
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    total = sum(scores.values(), Score())
    row = re.search(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.M)
    assert row is not None
    assert [int(one) for one in row.groups()[:4]] == [
        len(scores),
        total.right,
        total.wrong,
        total.missed,
    ]
    assert row.groups()[4:] == (f"{total.precision:.3f}", f"{total.recall:.3f}")
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.M)) == MISSED


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_decides_the_same(store: Store, scores: dict[str, Score]) -> None:
    assert scores_in(store) == scores
