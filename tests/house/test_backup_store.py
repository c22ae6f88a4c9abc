"""A backup is the whole hub at one moment; restored, it goes on where that moment was."""

import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.errors import StoreError
from connector.identity import link_key
from connector.model import Account, Cursor, Role
from connector.store import copying, instance, leases, migrate, restoring
from connector.store.backup import write_backup
from connector.store.backup_file import examine
from connector.store.database import Store, open_database, sqlite_url
from connector.store.tables import metadata
from sync_jobs.jobs import SourceRun
from sync_jobs.pull import run_source
from tests.engine import Engine
from tests.fake_place import NOON, record
from tests.house.populated import MARK, move, numbers, withdrawal
from tests.store.kept import dump

SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_restored_hub_holds_what_the_hub_held(full: Engine, other: Store, tmp_path: Path) -> None:
    """From each kind of database to each kind, with the very numbers of its rows."""
    before = dump(full.store)
    move(full.store, tmp_path / "work", other)
    assert dump(other) == before
    for table in ("item", "origin", "source", "stream", "identity"):
        assert numbers(other, table, "id") == numbers(full.store, table, "id")


def test_the_hub_of_these_tests_has_rows_in_every_table_but_one(full: Engine) -> None:
    with full.store.read() as conn:
        empty = [name for name, count in copying.counts(conn).items() if not count]
    assert empty == ["person", "run_day"]
    with full.store.read() as conn:
        assert set(copying.table_names(conn)) == set(metadata.tables)


def test_a_restored_hub_reads_on_with_the_old_cursors(
    full: Engine, other: Store, tmp_path: Path
) -> None:
    service = full.adapter.services["http://blog.example/"]
    before = dump(full.store)
    move(full.store, tmp_path / "work", other)
    restored = Engine(other, adapter=full.adapter, clock=full.clock)
    service.asked.clear()
    report = restored.run()
    assert [ask for ask in service.asked if ask[0] == "read"] == [("read", ("posts", Cursor("3")))]
    assert not report.counts.get("new")
    assert dump(other) == before


def test_a_restored_hub_takes_what_is_new_as_the_former_one_does(
    full: Engine, other: Store, tmp_path: Path
) -> None:
    move(full.store, tmp_path / "work", other)
    restored = Engine(other, adapter=full.adapter, clock=full.clock)
    full.adapter.services["http://blog.example/"].publish(record(30))
    assert full.run().counts == restored.run().counts
    assert dump(other) == dump(full.store)


def test_a_restored_hub_is_of_a_later_epoch_and_nobody_reads_it(
    full: Engine, other: Store, tmp_path: Path
) -> None:
    with full.store.write(full.cluster_id) as conn:
        lease = leases.claim(conn, full.source().id)
    assert lease
    move(full.store, tmp_path / "work", other)
    assert instance.epoch_of(other) == instance.epoch_of(full.store) + 1
    with other.write(full.cluster_id) as conn:
        again = leases.claim(conn, full.source().id)
    assert again
    assert again[0].token > lease[0].token


def test_what_was_withdrawn_after_the_backup_is_gone_from_the_restored_hub(
    full: Engine, other: Store, tmp_path: Path
) -> None:
    taken = move(full.store, tmp_path / "work", other, withdrawn=(withdrawal("post:7"),))
    restored = Engine(other, adapter=full.adapter, clock=full.clock)
    assert taken == 1
    assert restored.found(MARK) == []
    assert MARK not in repr(dump(other))
    assert MARK in repr(dump(full.store))
    full.adapter.services["http://blog.example/"].publish(
        record(7, title="A bird", html=f"<p>The {MARK} again.</p>")
    )
    restored.run()
    assert restored.found(MARK) == []


@SQLITE_ONLY
def test_no_byte_of_what_was_withdrawn_stays_in_the_restored_file(
    full: Engine, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    path = tmp_path / "other" / "hub.db"
    target = open_database(sqlite_url(path))
    full.store.close()
    assert MARK.encode() in (tmp_path / "hub.db").read_bytes()
    move(full.store, tmp_path / "work", target, withdrawn=(withdrawal("post:7"),))
    target.close()
    content = path.read_bytes()
    assert MARK.encode() not in content
    assert b"kereru" not in content  # as the search index folds it


@SQLITE_ONLY
@pytest.mark.parametrize("is_student", [False, True])
def test_a_permalink_that_was_withdrawn_counts_at_every_place(
    engine: Engine, tmp_path: Path, is_student: bool
) -> None:
    role = Role.STUDENT if is_student else Role.UNKNOWN
    engine.add().publish(record(1, author=Account("user:1", "Somebody", role=role)))
    engine.run()
    engine.add("elsewhere", host="http://elsewhere.example/")
    key = link_key("http://blog.example/1")
    (tmp_path / "other").mkdir()
    target = open_database(sqlite_url(tmp_path / "other" / "hub.db"))
    gone = withdrawal("their-own-id", "elsewhere", key)
    assert move(engine.store, tmp_path / "work", target, withdrawn=(gone,)) == 1
    assert numbers(target, "origin", "external_id, is_live") == [("withdrawn:1", 0)]
    target.close()


@SQLITE_ONLY
@pytest.mark.parametrize("id_form", ["post:4", "an-address-with-words"])
def test_a_students_post_is_found_by_its_withdrawal(
    engine: Engine, tmp_path: Path, id_form: str
) -> None:
    student = Account("user:8", "A Student", role=Role.STUDENT)
    engine.add().publish(record(4, external_id=id_form, author=student))
    engine.run()
    (tmp_path / "other").mkdir()
    target = open_database(sqlite_url(tmp_path / "other" / "hub.db"))
    assert move(engine.store, tmp_path / "work", target, withdrawn=(withdrawal(id_form),)) == 1
    target.close()


@SQLITE_ONLY
def test_a_withdrawal_at_an_unknown_place_changes_nothing(full: Engine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    target = open_database(sqlite_url(tmp_path / "other" / "hub.db"))
    nowhere = replace(withdrawal("post:1"), source="nowhere")
    before = dump(full.store)
    assert move(full.store, tmp_path / "work", target, withdrawn=(nowhere,)) == 0
    assert dump(target) == before
    target.close()


def test_a_backup_while_a_runner_writes_is_one_moment(engine: Engine, tmp_path: Path) -> None:
    """Each page brings two posts with its cursor: no backup holds half a page."""
    service = engine.add()
    pages = 30
    for number in range(pages):
        service.publish(record(2 * number + 1), record(2 * number + 2))
    engine.slice_requests = 10_000
    started, backed_up = threading.Event(), threading.Event()

    def halfway(run: SourceRun) -> None:
        """Wait in the middle for the first backup; the later ones are made while it writes on."""
        if run.counts["new"] >= pages:
            started.set()
            backed_up.wait(30)

    source_id = engine.source("room5").id
    writer = threading.Thread(
        target=lambda: run_source(engine.jobs, source_id, on_progress=halfway)
    )
    url = engine.store.engine.url.render_as_string(hide_password=False)
    reader = open_database(url)
    writer.start()
    started.wait(30)
    seen = []
    while True:
        is_last = not writer.is_alive()
        path = tmp_path / f"{len(seen)}.backup"
        rows = write_backup(reader, path, NOON).rows
        with closing(sqlite3.connect(path)) as conn:
            cursors = conn.execute("SELECT cursor FROM stream").fetchall()
        read = int(cursors[0][0] or 0) if cursors else 0
        assert rows["origin"] == rows["search_entry"] == 2 * read
        seen.append(read)
        path.unlink()
        backed_up.set()
        if is_last:
            break
    writer.join(60)
    reader.close()
    assert seen[-1] == pages
    assert seen == sorted(seen)
    assert any(0 < read < pages for read in seen), "no backup was made while it wrote"


def test_a_backup_is_readable_by_its_owner_only_and_overwrites_nothing(
    full: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "work.db"
    note = write_backup(full.store, path, NOON)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert note.made == NOON
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is there already"):
        write_backup(full.store, path, NOON)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []


@SQLITE_ONLY
def test_a_backup_where_nothing_can_be_written_says_so(full: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="check the folder and its rights"):
        write_backup(full.store, tmp_path / "file" / "one.db", NOON)


def damaged(path: Path, how: str) -> None:
    """Spoil a backup in one of the ways that disks and copies do."""
    content = bytearray(path.read_bytes())
    if how == "cut short":
        content = content[: len(content) // 2]
    elif how == "empty":
        content = bytearray()
    elif how == "another file":
        content = bytearray(b"PK\3\4 a zip file, by mistake" * 100)
    elif how == "a page overwritten":
        content[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    elif how == "a database of something else":
        path.unlink()
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("CREATE TABLE bookmarks (url TEXT)")
            conn.commit()
        return
    elif how == "rows are missing":
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("DELETE FROM tally")
            conn.commit()
        return
    path.write_bytes(content)


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("cut short", "is damaged"),
        ("empty", "is not a backup of Cluster Hub"),
        ("another file", "is not a backup of Cluster Hub"),
        ("a page overwritten", "is damaged"),
        ("a database of something else", "is not a backup of Cluster Hub"),
        ("rows are missing", "tally has 0 rows instead of 1"),
    ],
)
def test_a_damaged_backup_is_refused_with_a_sentence(
    full: Engine, tmp_path: Path, how: str, told: str
) -> None:
    path = tmp_path / "one.backup"
    write_backup(full.store, path, NOON)
    damaged(path, how)
    (tmp_path / "work").mkdir()
    with pytest.raises(StoreError, match=told) as caught:
        restoring.prepare(path, tmp_path / "work", NOON)
    assert str(path) in str(caught.value)
    assert "nothing was changed" in str(caught.value)


@SQLITE_ONLY
def test_a_backup_of_a_newer_schema_is_refused(full: Engine, tmp_path: Path) -> None:
    path = tmp_path / "new.backup"
    write_backup(full.store, path, NOON)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
        conn.commit()
    with pytest.raises(StoreError, match=r"newer Cluster Hub \(schema 9999\): install that"):
        examine(path)


def test_restoring_over_a_hub_leaves_nothing_of_it(
    full: Engine, other: Store, tmp_path: Path
) -> None:
    migrate.migrate(other, NOON)
    former = Engine(other)
    former.add("former").publish(*(record(number) for number in range(50, 60)))
    former.run("former")
    former.store.close()
    before = dump(full.store)
    move(full.store, tmp_path / "work", other)
    assert dump(other) == before


def test_a_hub_that_is_in_use_is_not_replaced(full: Engine) -> None:
    url = full.store.engine.url.render_as_string(hide_password=False)
    mine = open_database(url)
    with full.store.read() as conn:
        conn.execute(text("SELECT 1 FROM origin"))
        with pytest.raises(StoreError, match="stop the hub"):
            restoring.refuse_while_in_use(mine)
    full.store.close()
    if mine.is_sqlite:  # a server lets go of its connections in its own time
        restoring.refuse_while_in_use(mine)
    mine.close()
