"""The chain of migrations: what it makes, what it leaves alone, and two of them at once."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import make_url

from connector.errors import HubError, StoreError
from connector.store import migrate as chain
from connector.store.database import Store, open_database, sqlite_url
from connector.store.tables import metadata
from tests.conftest import BOTH
from tests.databases import POSTGRES_VARIABLE
from tests.engine import Engine
from tests.fake_place import record
from tests.store.kept import dump

AddRevision = Callable[[str], None]
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEWEST = chain.newest_revision()
REBUILD = f'''
"""Rebuild the table that most others point at."""

import sqlalchemy as sa
from alembic import op

revision = "9002"
down_revision = "{NEWEST}"


def upgrade() -> None:
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table("origin", recreate=recreate) as batch:
        batch.add_column(sa.Column("mood", sa.Text(), nullable=True))
'''
ORPHAN = f'''
"""Leave a row that points nowhere."""

from alembic import op

revision = "9002"
down_revision = "{NEWEST}"


def upgrade() -> None:
    op.execute("DELETE FROM origin")
'''


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own for each test here, since some change its tables."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    with request.getfixturevalue(f"{kind}_databases").make(tmp_path) as url:
        yield url


@pytest.fixture(params=BOTH)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "bare.db")
        return
    with bare_postgres(request) as url:
        yield url


@contextmanager
def bare_postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    server = os.environ[POSTGRES_VARIABLE]
    name = f"clusterhub_bare_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = open_database(url)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def add_revision(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AddRevision:
    """Add a second revision to the chain."""

    def add(source: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(chain.__file__).parent / "migrations", folder)
        (folder / "versions" / "v9002_test.py").write_text(source)
        monkeypatch.setattr(chain, "_CHAIN", folder)

    return add


def made_of(store: Store) -> set[str]:
    """Return the statement behind every index, with its predicate."""
    with store.read() as conn:
        if store.is_sqlite:
            query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        else:
            query = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        return {" ".join(one.split()) for one in conn.execute(text(query)).scalars()}


def is_compared(thing: object, name: str | None, kind: str, *rest: object) -> bool:
    """The full-text index is beside the tables: SQLAlchemy knows nothing of it."""
    known = kind != "table" or not str(name).startswith("search_index")
    return known and (kind, name) not in {
        ("column", "words"),
        ("index", "ix_search_entry_words"),
    }


def test_the_chain_makes_the_tables_as_they_are_written(store: Store) -> None:
    with store.engine.connect() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "include_object": is_compared}
        )
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(
    ("database_url", "bare_url"),
    [
        ("sqlite", "sqlite"),
        pytest.param("postgresql", "postgresql", marks=pytest.mark.postgres),
    ],
    indirect=True,
)
def test_the_chain_makes_every_index_with_its_predicate(store: Store, bare_url: str) -> None:
    with opened(bare_url) as bare:
        metadata.create_all(bare.engine)
        wanted = made_of(bare)
    extra = {one for one in made_of(store) - wanted if "alembic" not in one}
    assert wanted <= made_of(store)
    assert all("ix_search_entry_words" in one for one in extra)
    assert any("WHERE" in one for one in wanted)


def test_files_are_named_by_their_revisions() -> None:
    """The program goes by the names; Alembic goes by what stands in the files."""
    config = Config()
    config.set_main_option("script_location", str(chain._CHAIN))
    found = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [one.revision for one in reversed(found)] == chain.revisions()
    assert found[0].revision == chain.newest_revision()


def test_a_current_database_is_left_alone(store: Store, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir() if "-" not in path.name)
    chain.migrate(store, NOW)
    after = sorted(path.name for path in tmp_path.iterdir() if "-" not in path.name)
    assert after == before
    assert chain.current_revision(store) == chain.newest_revision()


def test_data_survives_the_rebuilding_of_a_table(engine: Engine, add_revision: AddRevision) -> None:
    fill(engine)
    before = dump(engine.store)
    add_revision(REBUILD)
    chain.migrate(engine.store, NOW)
    assert chain.current_revision(engine.store) == "9002"
    assert dump(engine.store) == before
    assert before["origin_text"]
    with engine.store.write() as conn:
        assert conn.execute(text("SELECT mood FROM origin")).scalars().all() == [None] * 2
    if engine.store.is_sqlite:
        with engine.store.read() as conn:
            assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def fill(engine: Engine) -> None:
    engine.add().publish(record(1), record(2))
    engine.run()
    engine.add().publish(record(2, html="<p>Another text.</p>"))
    engine.run()


def test_a_file_is_copied_aside_before_it_is_updated(
    engine: Engine, add_revision: AddRevision, tmp_path: Path
) -> None:
    fill(engine)
    before = dump(engine.store)
    add_revision(REBUILD)
    chain.migrate(engine.store, NOW)
    copies = [path.name for path in tmp_path.glob("hub.db.*")]
    assert copies == (["hub.db.before-9002"] if engine.store.is_sqlite else [])
    if engine.store.is_sqlite:
        with opened(sqlite_url(tmp_path / "hub.db.before-9002")) as copy:
            assert chain.current_revision(copy) == NEWEST
            assert dump(copy) == before


def test_an_empty_database_has_nothing_to_copy(bare_url: str, tmp_path: Path) -> None:
    with opened(bare_url) as store:
        chain.migrate(store, NOW)
        assert chain.current_revision(store) == chain.newest_revision()
    assert list(tmp_path.glob("*before*")) == []


@SQLITE_ONLY
def test_an_update_that_would_leave_rows_pointing_nowhere_changes_nothing(
    engine: Engine, add_revision: AddRevision
) -> None:
    """PostgreSQL keeps its foreign keys on."""
    fill(engine)
    before = dump(engine.store)
    add_revision(ORPHAN)
    with pytest.raises(StoreError, match="point nowhere"):
        chain.migrate(engine.store, NOW)
    assert chain.current_revision(engine.store) == NEWEST
    assert dump(engine.store) == before
    with engine.store.read() as conn:
        assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_newer_schema_refuses_to_start_with_a_sentence(store: Store) -> None:
    with store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer Cluster Hub \(schema 9999\): install that"):
        chain.migrate(store, NOW)
    assert chain.current_revision(store) == "9999"


def at_once(*urls: str) -> list[Exception]:
    """Migrate by all of these addresses at the same time; return what went wrong."""
    start = threading.Barrier(len(urls))
    wrong: list[Exception] = []

    def work(url: str) -> None:
        with opened(url) as store:
            start.wait(30)
            try:
                chain.migrate(store, NOW)
            except HubError as error:
                wrong.append(error)

    threads = [threading.Thread(target=work, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return wrong


def test_two_migrators_at_once_on_an_empty_database_both_succeed(bare_url: str) -> None:
    assert at_once(bare_url, bare_url) == []
    with opened(bare_url) as store:
        assert chain.current_revision(store) == chain.newest_revision()


def test_of_two_migrators_at_once_none_overwrites_the_copy(
    engine: Engine, add_revision: AddRevision, database_url: str, tmp_path: Path
) -> None:
    """The second one must not put aside what the first has already changed."""
    fill(engine)
    add_revision(REBUILD)
    assert at_once(*[database_url] * 3) == []
    if engine.store.is_sqlite:
        with closing(sqlite3.connect(tmp_path / "hub.db.before-9002")) as copy:
            columns = {row[1] for row in copy.execute("PRAGMA table_info(origin)")}
        assert "mood" not in columns
        assert "title" in columns


@SQLITE_ONLY
def test_a_migrator_that_comes_second_copies_nothing(
    engine: Engine, add_revision: AddRevision, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looked at the revision before the other began, and gets its turn afterwards.

    On PostgreSQL the copy is the operator's.
    """
    fill(engine)
    add_revision(REBUILD)
    chain.migrate(engine.store, NOW)
    monkeypatch.setattr(chain, "current_revision", lambda store: NEWEST)
    (tmp_path / "hub.db.before-9002").unlink()
    chain.migrate(engine.store, NOW)
    assert list(tmp_path.glob("*before*")) == []
