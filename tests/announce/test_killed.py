"""``kill -9`` of a real sender, a sample; ``./run bench deliveries`` does it at every point."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.sides.posting import Chance
from bench.sides.posting_cases import Case, Ended, faults, play, prepare
from sync_jobs import push
from tests.databases import SqliteDatabases


@pytest.fixture
def hub(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    with sqlite_databases.make(tmp_path) as url:
        prepare(url, tmp_path)
        yield url, tmp_path


def played(hub: tuple[str, Path], case: Case) -> Ended:
    return play(*hub, case)


def point(hub: tuple[str, Path], name: str) -> int:
    """Return the number of the first point of this name."""
    _, folder = hub
    copy = folder / "undisturbed"
    copy.mkdir()
    (copy / "hub.db").write_bytes((folder / "hub.db").read_bytes())
    other = f"sqlite:///{copy / 'hub.db'}"
    from connector.hub_files import write_whereabouts
    from connector.store import instance
    from connector.store.database import open_database

    store = open_database(other)
    write_whereabouts(copy, instance.whereabouts(store))
    store.close()
    return play(other, copy, Case()).points.index(name) + 1


@pytest.mark.parametrize(
    "name",
    [
        "after _begin",
        "before storing at exact",
        "after storing at delayed",
        "after storing at blind",
        "after storing at mail",
        "after storing at moodle",
        "after storing at moodle_calendar",
        "before storing at discourse",
        "after storing at discourse",
    ],
)
def test_killed_at_a_point_nothing_is_lost_or_there_twice(hub: tuple[str, Path], name: str) -> None:
    case = Case(die_at=(point(hub, name),))
    ended = played(hub, case)
    assert ended.kills == 1
    assert faults(ended, case) == []


def test_lost_answers_and_two_deaths(hub: tuple[str, Path]) -> None:
    case = Case(die_at=(20, 10), chance=Chance(seed=3, lost=50, dropped=30))
    ended = played(hub, case)
    assert ended.kills == 2
    assert faults(ended, case) == []


def test_the_bench_finds_a_mistake_that_was_made_on_purpose(
    hub: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that believes that nothing was sent where another one died."""
    case = Case(die_at=(point(hub, "after storing at blind"),))
    monkeypatch.setattr(push, "recover", send_again)
    assert any("twice: blind" in one for one in faults(played(hub, case), case))


def send_again(work: push.Work, opened: object) -> None:
    work.happened(push.Move.NOT_TAKEN, doubt=False)
