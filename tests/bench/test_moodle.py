"""The benchmark of Moodle: its naive side reads everything, its figures are judged as promised."""

import pytest

from bench import moodle
from bench.moodle import FIRST, ONE_REPLY, QUIET, Table
from bench.sides.moodle_naive import Naive
from bench.sides.moodle_server import serving_moodle
from sample_cluster.moodle.big import Size

SIZE = Size(courses=2)


def figures(calls: float, seconds: float = 1.0, entries: float = 0) -> dict[str, float]:
    return {
        "calls": calls,
        "wall_seconds": seconds,
        "entries": entries,
        "peak_megabytes": 100,
        "cpu_seconds": 1,
    }


def table(**ours: float) -> Table:
    kept = ours.get("kept", SIZE.all_posts)
    return {
        FIRST: {
            "naive": figures(2000, 100, SIZE.all_posts),
            "ours": figures(ours.get("first", 100), ours.get("seconds", 20), kept),
        },
        QUIET: {"naive": figures(20), "ours": figures(ours.get("quiet", 5), entries=kept)},
        ONE_REPLY: {"ours": figures(ours.get("reply", 9), entries=kept + 1)},
    }


def test_the_naive_side_makes_one_call_for_each_object() -> None:
    with serving_moodle(SIZE.courses, 0, 0) as server:
        naive = Naive(server.port)
        server.calls()
        assert naive.read_all() == SIZE.all_posts
        forums = SIZE.courses * SIZE.forums
        threads = forums * SIZE.discussions
        assert server.calls() == 2 + 3 * SIZE.courses + forums + threads
        assert naive.look_for_changes() == 0
        server.talk()
        assert naive.read_all() == SIZE.all_posts + 1


@pytest.mark.parametrize(
    ("courses", "calls"), [(1, 5), (50, 5), (51, 8), (100, 8), (101, 11), (200, 14)]
)
def test_a_quiet_cycle_costs_five_calls_and_three_for_each_started_fifty(
    courses: int, calls: int
) -> None:
    assert moodle.quiet_calls(courses) == calls


def test_good_figures_keep_every_promise() -> None:
    moodle.check(table(), SIZE)
    kept = moodle.promises(table(), 50)
    assert len(kept) == 5
    assert all(promise.is_met for promise in kept)


@pytest.mark.parametrize("worse", [{"first": 101}, {"seconds": 21}, {"quiet": 6}, {"reply": 10}])
def test_each_figure_that_is_worse_breaks_a_promise(worse: dict[str, float]) -> None:
    kept = moodle.promises(table(**worse), 50)
    assert [promise.is_met for promise in kept].count(False) == 1


def test_a_side_that_kept_too_little_is_refused() -> None:
    with pytest.raises(SystemExit, match="Ours kept"):
        moodle.check(table(kept=SIZE.all_posts - 1), SIZE)


def test_without_an_adapter_only_the_naive_side_is_told() -> None:
    alone: Table = {FIRST: {"naive": figures(1)}, QUIET: {"naive": figures(1)}, ONE_REPLY: {}}
    assert moodle.promises(alone, 50) == []
