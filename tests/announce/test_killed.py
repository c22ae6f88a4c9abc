"""``kill -9`` of a real sender, a sample; ``./run bench deliveries`` does it at every point."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from bench.deliveries import run
from bench.sides.mortal_line import Chance
from bench.sides.posting import Case, Ended, play, prepare
from bench.sides.posting_places import BY_HAND, FINDABLE, KINDS, SPECS
from sync_jobs import push
from tests.chances import some_cases
from tests.conftest import BOTH
from tests.databases import SqliteDatabases

Played = Callable[[Case], Ended]
Points = tuple[str, ...]


@pytest.fixture
def played(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Played]:
    """Play a case on a hub of its own, on SQLite where nothing else is said."""
    kind = "postgres" if getattr(request, "param", "sqlite") == "postgresql" else "sqlite"
    databases = request.getfixturevalue(f"{kind}_databases")
    with ExitStack() as made:
        numbers = iter(range(9))

        def on_a_new_hub(case: Case) -> Ended:
            folder = tmp_path / f"hub-{next(numbers)}"
            folder.mkdir()
            url = made.enter_context(databases.make(folder))
            prepare(url, folder)
            return play(url, folder, case)

        yield on_a_new_hub


@pytest.fixture(scope="module")
def points(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Points:
    """Return the points of a sender that nothing befalls; they are the same on both databases."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with sqlite_databases.make(folder) as url:
        prepare(url, folder)
        return play(url, folder, Case()).points[0]


def first(points: Points, name: str) -> tuple[int]:
    """Return the number of the first point of this name, for the first sender."""
    return (points.index(name) + 1,)


on_both = pytest.mark.parametrize("played", BOTH, indirect=True)


def test_every_kind_of_destination_is_posted_to() -> None:
    assert {one.kind for one in SPECS} == set(KINDS)


@on_both
def test_undisturbed_it_is_everywhere_once(played: Played) -> None:
    ended = played(Case())
    assert (ended.deaths, ended.losses, ended.unknown, ended.faults) == ((), (), 0, ())
    stored = {one for one in ended.points[0] if one.startswith("after storing at ")}
    assert stored == {f"after storing at {one.key}" for one in SPECS if one.key != BY_HAND}


@pytest.mark.parametrize(
    "name",
    [
        "after _begin",
        "before take_found",
        *some_cases(
            [
                "after storing at wordpress",
                "before storing at wordpress-field",
                "after storing at delayed",
                "after storing at interact",
                "after storing at chat",
                "before storing at chat",
                "after storing at mail",
                "before storing at discourse",
                "after storing at discourse",
                "after storing at moodle",
                "after storing at moodle_calendar",
            ]
        ),
    ],
)
def test_killed_at_a_point_nothing_is_lost_or_there_twice(
    played: Played, points: Points, name: str
) -> None:
    ended = played(Case(die_at=first(points, name)))
    assert (ended.deaths, ended.faults) == ((name,), ())
    assert ended.unknown <= 1


@pytest.mark.parametrize("played", BOTH[1:], indirect=True)
@pytest.mark.parametrize(
    "name", ["before _end", "after storing at wordpress", "after storing at interact"]
)
def test_on_postgresql_as_well(played: Played, points: Points, name: str) -> None:
    ended = played(Case(die_at=first(points, name)))
    assert (ended.deaths, ended.faults) == ((name,), ())


@on_both
def test_lost_answers_and_two_deaths(played: Played) -> None:
    ended = played(Case(die_at=(20, 10), chance=Chance(seed=3, lost=50, dropped=30)))
    assert len(ended.deaths) == 2
    assert ended.losses
    assert ended.faults == ()


def test_where_every_message_gets_lost_a_person_is_asked(played: Played) -> None:
    ended = played(Case(chance=Chance(dropped=100, senders=80)))
    assert ended.faults == ()
    assert ended.unknown == len(FINDABLE) + 5  # a chat room and four letters


# --- the bench finds mistakes that were made on purpose -----------------------------------------


def test_a_sender_that_believes_that_a_dead_one_sent_nothing(
    played: Played, points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(die_at=first(points, "after storing at chat"))
    monkeypatch.setattr(push, "recover", send_again)
    assert any(one.startswith("twice: chat") for one in played(case).faults)


def test_a_sender_that_does_not_look_after_a_lost_answer(
    played: Played, points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(lose_at=first(points, "after storing at wordpress"))
    monkeypatch.setattr(push, "lost", send_again)
    monkeypatch.setattr(push, "_is_absent", lambda work, opened: True)
    assert any(one.startswith("twice: wordpress ") for one in played(case).faults)


def test_a_sender_that_gives_up_what_it_cannot_find(
    played: Played, points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(lose_at=first(points, "before storing at interact"))
    monkeypatch.setattr(push, "lost", give_up)
    assert "lost: interact" in played(case).faults


def send_again(work: push.Work, *_: object) -> None:
    work.happened(push.Move.NOT_TAKEN, doubt=False)


def give_up(work: push.Work, *_: object) -> None:
    work.happened(push.Move.TAKEN, doubt=False)


# --- the cases of the whole bench ---------------------------------------------------------------

FIRST = (
    "before _begin",
    "after storing at chat",
    "before storing at mail",
    "after storing at mail",
)
RECOVERY = ("before recover", "after recover")


def pretended(case: Case, *, is_mortal: bool = True) -> Ended:
    """Tell of a sender with few points; whoever comes after a dead one has some more."""
    turns: list[Points] = []
    for turn in range(3):
        there = RECOVERY if turn else FIRST
        die_at = case.die_at[turn] if turn < len(case.die_at) else None
        turns.append(there[:die_at] if is_mortal else there)
        if die_at is None:
            break
    deaths = [one[-1] for one, at in zip(turns, case.die_at, strict=False) if at and is_mortal]
    return Ended(points=tuple(turns), deaths=tuple(deaths), losses=(), unknown=0, faults=())


def test_every_point_is_the_end_of_a_sender() -> None:
    tally = run("sqlite", pretended, count=0, seed=7)
    assert set(tally.deaths) == {*FIRST, *RECOVERY}
    assert tally.points == len(FIRST) + len(RECOVERY)
    assert tally.faults == []


def test_a_death_that_did_not_come_about_is_told() -> None:
    tally = run("sqlite", partial(pretended, is_mortal=False), count=0, seed=7)
    assert len([one for one in tally.faults if one.endswith("nobody died there")]) == tally.points
