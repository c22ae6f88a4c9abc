"""A backup that an older Cluster Hub made is brought up to date as it is restored."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.store import migrate
from connector.store.backup import copy_before_update, write_backup
from connector.store.backup_file import examine
from connector.store.database import Store
from tests.conftest import BOTH
from tests.engine import Engine
from tests.fake_place import NOON
from tests.house.populated import put
from tests.store.kept import dump

OF_ANNOUNCEMENTS = (
    "mail_stop",
    "mailing",
    "receipt",
    "delivery",
    "wording",
    "announcement_event",
    "announcement",
    "destination",
)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of its own, since its tables change."""
    kind = "sqlite" if request.param == "sqlite" else "postgres"
    with request.getfixturevalue(f"{kind}_databases").make(tmp_path) as url:
        yield url


def make_old(store: Store) -> None:
    """Leave the schema as the first release had it, with all rows."""
    with store.write() as conn:
        for statement in (
            *(f"DROP TABLE {table}" for table in OF_ANNOUNCEMENTS),
            "ALTER TABLE instance DROP COLUMN sent",
            "ALTER TABLE instance DROP COLUMN files_made",
            "ALTER TABLE instance DROP COLUMN backed_up",
            "ALTER TABLE origin DROP COLUMN raw_hash",
            "DROP INDEX ix_origin_window",
            "DROP INDEX ix_origin_seen_source_id",
            "DROP INDEX ix_origin_seen_school_id",
            "DROP INDEX ix_origin_front_kind",
            "DROP INDEX ix_origin_held",
            "CREATE INDEX ix_origin_check ON origin (stream_id, is_live, checked)",
            "UPDATE alembic_version SET version_num = '0001'",
        ):
            conn.execute(text(statement))


def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    full: Engine, other: Store, tmp_path: Path
) -> None:
    """As the first release left it, through every revision since."""
    before = dump(full.store) | {table: [] for table in OF_ANNOUNCEMENTS}  # it knew of none
    make_old(full.store)
    path = tmp_path / "old.backup"
    assert write_backup(full.store, path, NOON).revision == "0001"
    assert migrate.current_revision(full.store) == "0001"
    (tmp_path / "work").mkdir()
    put(path, tmp_path / "work", other)
    assert migrate.current_revision(other) == migrate.newest_revision()
    assert dump(other) == before
    assert list((tmp_path / "work").glob("*before*")) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
def test_a_postgresql_database_is_backed_up_before_its_schema_changes(
    full: Engine, tmp_path: Path
) -> None:
    before = dump(full.store) | {table: [] for table in OF_ANNOUNCEMENTS}  # it knew of none
    make_old(full.store)
    path = copy_before_update(full.store, tmp_path, NOON)
    assert path == tmp_path / f"hub.db.before-{migrate.newest_revision()}"
    assert examine(path).revision == "0001"
    assert copy_before_update(full.store, tmp_path, NOON) is None
    migrate.migrate(full.store, NOON)
    assert copy_before_update(full.store, tmp_path, NOON) is None
    assert dump(full.store) == before
