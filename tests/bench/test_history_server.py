"""The long history on PostgreSQL: the same rows as in the file, and nothing left behind."""

import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Never

import psycopg
import pytest
from sqlalchemy import insert, select, text

from bench import growth
from bench.sides import history, history_server
from bench.sides.asked_pages import few_scope
from bench.sides.grown_hub import QUIET, GrownHub, grown_hub
from bench.sides.history_rows import COLUMNS, COMMON, LAST, SOURCES, around, word
from connector.audience import Scope, facilitator_scope, visitor_scope
from connector.config import load
from connector.store import reading
from connector.store.database import Store, open_database, sqlite_url
from connector.store.schema import metadata
from connector.store.tables import item
from connector.store.views import Found, News
from tests.databases import POSTGRES_VARIABLE, PostgresDatabases

ITEMS = 1_000
COLUMNS_OF = {table: columns for table, (columns, _) in around().items()} | COLUMNS
SCHEMA = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
ORDER BY 1, 2
"""
pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server that keeps a small history until the last test is over."""
    address = os.environ[POSTGRES_VARIABLE]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_server, "PREFIX", f"clusterhub_test_{os.getpid()}_growth")
        history_server.build_once(address, ITEMS)
        yield address
        for name in databases(address):
            do(address, f"DROP DATABASE {name}")


@pytest.fixture(scope="module")
def on_server(server: str) -> Iterator[Store]:
    with history_server.server_copy(server, ITEMS) as address:
        store = open_database(address)
        yield store
        store.close()


@pytest.fixture(scope="module")
def in_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "CACHE", tmp_path_factory.mktemp("cache"))
        store = open_database(sqlite_url(history.database_of(ITEMS)[0]))
    yield store
    store.close()


def do(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def databases(server: str) -> set[str]:
    """Return those of this process."""
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    with psycopg.connect(server) as connection:
        return {name for (name,) in connection.execute(query, (history_server.PREFIX,))}


def rows(store: Store, table: str) -> list[str]:
    columns = metadata.tables[table].c
    with store.read() as conn:
        found = conn.execute(select(*(columns[name] for name in COLUMNS_OF[table].split())))
        return sorted(str(row) for row in found)


@pytest.mark.parametrize("table", COLUMNS_OF)
def test_both_databases_hold_the_same_rows(on_server: Store, in_file: Store, table: str) -> None:
    assert rows(on_server, table) == rows(in_file, table) != []


@pytest.mark.parametrize(
    "scope",
    [visitor_scope(1), facilitator_scope(1), few_scope(1)],
    ids=["visitor", "facilitator", "few"],
)
def test_both_databases_answer_alike(on_server: Store, in_file: Store, scope: Scope) -> None:
    asked = (COMMON, word(0), f"{COMMON} {word(40)}", f'"{word(0)} {word(1)}"')

    def answers(store: Store) -> list[News | Found]:
        with store.read() as conn:
            news = [reading.news(conn, scope), reading.news(conn, scope, place="kept-1")]
            return [*news, *(reading.search(conn, scope, words) for words in asked)]

    found = answers(on_server)
    assert found == answers(in_file)
    assert found[0].items


def test_the_schema_is_whole_again_after_the_bulk(
    on_server: Store, postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    def schema(store: Store) -> list[str]:
        with store.read() as conn:
            return [str(row) for row in conn.execute(text(SCHEMA))]

    with postgres_databases.make(tmp_path) as url:
        fresh = open_database(url)
        wanted = schema(fresh)
        fresh.close()
    assert schema(on_server) == wanted


def test_the_planner_knows_the_rows(on_server: Store) -> None:
    query = "SELECT reltuples, relallvisible = relpages FROM pg_class WHERE relname = 'origin'"
    with on_server.read() as conn:
        assert tuple(conn.execute(text(query)).one()) == (ITEMS, True)


def test_what_is_added_gets_the_next_number(server: str) -> None:
    with history_server.server_copy(server, ITEMS) as address:
        store = open_database(address)
        with store.write() as conn:
            added = insert(item).values(cluster_id=1, first_seen=LAST).returning(item.c.id)
            assert conn.execute(added).scalar_one() == ITEMS + 1
        store.close()


def test_a_hub_is_pointed_at_its_copy_which_goes_with_it(server: str, tmp_path: Path) -> None:
    before = databases(server)
    folder = tmp_path / "hub"
    with grown_hub(ITEMS, folder, 1, server) as hub:
        hub.write_config([*QUIET, SOURCES])
        settings = load(folder / "config.toml")
        (name,) = databases(server) - before
        assert settings.database_url.endswith(f"/{name}")
        assert len(settings.sources) == len(QUIET) + 1
    assert databases(server) == before


def test_a_benchmark_that_is_stopped_leaves_no_copy(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    history_server.build_once(server, 1)
    before = databases(server)

    def stop(hubs: dict[int, GrownHub], *_: int) -> Never:
        assert {hub.database_url.rpartition("/")[2] for hub in hubs.values()} == (
            databases(server) - before
        )
        raise KeyboardInterrupt

    monkeypatch.setattr(growth, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(growth, "SMALL", 1)
    monkeypatch.setattr(growth, "measure_cycles", stop)
    with pytest.raises(KeyboardInterrupt):
        growth.measure(Namespace(large=ITEMS, rounds=1, times=1), server)
    assert databases(server) == before


def test_what_was_left_half_built_is_built_anew_and_then_kept(server: str) -> None:
    name = history_server.kept_name(2)
    do(server, f"CREATE DATABASE {name}_unfinished")
    before = databases(server)
    seconds = history_server.build_once(server, 2)
    assert databases(server) == before - {f"{name}_unfinished"} | {name}
    assert history_server.build_once(server, 2) == seconds


def test_without_a_server_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Nothing listens at the first port.
    monkeypatch.setenv(POSTGRES_VARIABLE, "postgresql://nobody@127.0.0.1:1/postgres")
    monkeypatch.setattr("sys.argv", ["growth", "--database", "postgresql"])
    with pytest.raises(SystemExit) as ended:
        growth.main()
    assert ended.value.code == 2
    assert f"No PostgreSQL server answers: set {POSTGRES_VARIABLE}" in capsys.readouterr().err
