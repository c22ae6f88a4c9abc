"""The benchmark of growth: its rows fit the schema, its figures are judged as promised."""

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench import growth
from bench.sides import history, pages
from bench.sides.asked_pages import ASKED, VIEWERS
from bench.sides.history_rows import COMMON, batches
from connector.audience import visitor_scope
from connector.store.database import open_database, sqlite_url
from connector.web import gate

ITEMS = 800


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small history, built as the large one is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "CACHE", tmp_path_factory.mktemp("cache"))
        return history.database_of(ITEMS)[0]


def ask(path: Path, query: str) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_every_item_stands_in_the_index_and_points_somewhere(database: Path) -> None:
    assert history.quick_counts(database) == [(ITEMS, ITEMS)]
    assert ask(database, "PRAGMA foreign_key_check") == []
    ask(database, "INSERT INTO search_index(search_index, rank) VALUES ('integrity-check', 1)")


def test_the_schema_is_whole_again_after_the_bulk(database: Path, tmp_path: Path) -> None:
    query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'search_index_%'"
    fresh = tmp_path / "fresh.db"
    history._build(fresh, 1)
    assert sorted(ask(database, query), key=str) == sorted(ask(fresh, query), key=str)


def test_the_common_word_is_in_a_third_of_all_items(database: Path) -> None:
    query = f"SELECT count(*) FROM search_index WHERE search_index MATCH 'folded : {COMMON}'"
    ((found,),) = ask(database, query)
    assert ITEMS / 4 < found < ITEMS / 2


def test_the_same_count_gives_the_same_rows() -> None:
    assert list(batches(60, 25)) == list(batches(60, 25))


def test_every_page_that_is_timed_answers_for_every_viewer(database: Path) -> None:
    store = open_database(sqlite_url(database))
    zone = ZoneInfo("Pacific/Auckland")
    hub: Any = SimpleNamespace(
        store=store, settings=SimpleNamespace(hub=SimpleNamespace(timezone=zone))
    )
    found = pages.measure(pages.make_app(hub), 1)
    store.close()
    assert gate.visitor_scope is visitor_scope
    assert {viewer: set(times) for viewer, times in found.items()} == {
        viewer: {asked.name for asked in ASKED} for viewer in VIEWERS
    }


def test_a_spread_tells_the_middle_the_95th_of_a_hundred_and_the_worst() -> None:
    times = [(float(number), number / 2) for number in range(100, 0, -1)]
    assert growth.spread(times) == {"p50": 50.5, "p95": 95.0, "max": 100.0, "cpu_p95": 47.5}


def figures(seconds: float) -> dict[str, float]:
    return {"wall_seconds": seconds, "cpu_seconds": seconds, "peak_megabytes": 90.0}


def asked_for(milliseconds: float) -> dict[str, Any]:
    each = {asked.name: [(milliseconds, 1.0)] for asked in ASKED}
    times = dict.fromkeys(VIEWERS, each)
    return {"times": times, "peak_megabytes": 80.0, "beside": {"peak_megabytes": 149.0}}


def test_one_slow_question_breaks_the_promise_for_its_viewer() -> None:
    told = asked_for(99.0)
    told["times"] = {**told["times"], "visitor": {**told["times"]["visitor"]}}
    told["times"]["visitor"]["search: rare"] = [(101.0, 1.0)]
    cycles = {"304": {1_000: figures(1.0), 1_000_000: figures(1.3)}}
    kept = growth.promises(cycles, told)
    assert [one.sentence.split(":")[0] for one in kept if not one.is_met] == [
        "quiet cycle (304), large / small",
        "search, visitor",
    ]


def test_a_cycle_that_asked_for_less_is_refused() -> None:
    with pytest.raises(SystemExit, match="149 feeds were asked for"):
        growth._check_requests("304", 149, 149)


def test_pages_on_a_server_are_stated_while_cycles_are_judged() -> None:
    cycles = {"304": {1_000: figures(1.0), 1_000_000: figures(1.3)}}
    found = growth.promises(cycles, asked_for(999.0), "postgresql")
    judged = {one.sentence.split(":")[0]: one.is_met for one in found if one.is_met is not None}
    assert judged == {
        "quiet cycle (304), large / small": False,
        "peak memory of each process": True,
    }
    stated = [one for one in found if one.is_met is None]
    assert [one.for_programs()["met"] for one in stated] == [None] * 6
    assert all(one.line().startswith("stated  ") for one in stated)
    assert "999.00 ms (new: first page; 1.0 ms in CPU time)" in stated[0].line()
