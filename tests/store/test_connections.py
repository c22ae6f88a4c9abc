"""Connections to a file are kept between transactions, as long as they serve."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.errors import StoreError
from connector.store.database import Connection, Store, open_database, sqlite_url


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_database(sqlite_url(tmp_path / "hub.db"))
    with opened.write() as conn:
        conn.exec_driver_sql("CREATE TABLE kept (number INTEGER)")
    yield opened
    opened.close()


def driver(conn: Connection) -> object:
    return conn.connection.driver_connection


def test_one_reader_after_the_other_has_the_same_connection(store: Store) -> None:
    with store.read() as first:
        former = driver(first)
    with store.read() as second:
        assert driver(second) is former
        with store.read() as third:
            assert driver(third) is not former


def test_each_reading_sees_what_was_written_before_it_began(store: Store) -> None:
    def kept(conn: Connection) -> int:
        return len(conn.exec_driver_sql("SELECT * FROM kept").all())

    with store.read() as conn:
        assert kept(conn) == 0
        with store.write() as writing:
            writing.exec_driver_sql("INSERT INTO kept VALUES (1)")
        assert kept(conn) == 0
    with store.read() as conn:
        assert kept(conn) == 1


def test_what_was_opened_while_nothing_could_be_written_is_not_used_again(store: Store) -> None:
    with store.read() as one, store.read() as other:
        former = {driver(one), driver(other)}

    def write() -> None:
        with store.write() as conn:
            former.add(driver(conn))
            conn.exec_driver_sql("PRAGMA query_only=ON")
            conn.exec_driver_sql("INSERT INTO kept VALUES (1)")

    with pytest.raises(StoreError, match="cannot be written"):
        write()
    with store.read() as one, store.read() as other, store.write() as writing:
        assert former.isdisjoint(map(driver, (one, other, writing)))


def test_a_reading_that_fails_is_one_sentence_and_the_next_goes_on(store: Store) -> None:
    with pytest.raises(StoreError), store.read() as conn:
        conn.exec_driver_sql("SELECT * FROM nothing")
    with store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM kept").scalar_one() == 0


def test_a_transaction_that_cannot_begin_is_one_sentence(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.store.database.BUSY_TIMEOUT_MS", 1)
    other = open_database(store.engine.url.render_as_string())
    with store.write():
        with pytest.raises(StoreError) as told, other.write():
            pass
        assert "busy" in str(told.value)
    with other.write() as conn:
        conn.exec_driver_sql("INSERT INTO kept VALUES (1)")
    other.close()


def test_a_closed_store_holds_no_file(store: Store, tmp_path: Path) -> None:
    with store.read() as conn:
        conn.exec_driver_sql("SELECT * FROM kept").all()
    store.close()
    assert [one.name for one in tmp_path.iterdir()] == ["hub.db"]  # no -wal: nobody has it open
