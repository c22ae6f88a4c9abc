"""A runner that can be killed: the real one, in a process of its own, with a clock to set.

It ends itself by SIGKILL just before or just after a commit, when it is told to; whoever
started it may kill it at any other moment.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Connection, event

from bench.sides.seeded_mistakes import MISTAKES
from connector.cli.hub import Hub, open_hub
from connector.cli.stopping import stop_on_signals
from connector.store.database import Store
from sync_jobs.local import LocalRunner

TICK = timedelta(seconds=0.2)

_BESIDE = " _prune"
"""Housekeeping goes on beside the pull; counted, it would shift the numbers of the points."""


class Number(Protocol):
    """A number that processes share."""

    value: Any


@dataclass(frozen=True, kw_only=True)
class Order:
    """What one runner is told."""

    config: Path
    now: datetime
    """Its clock stands still there."""
    threads: int
    die_at: int | None
    """At the commit point of this number, counted from 1 over all runners; None: never."""
    die_on: str | None = None
    """At the first commit point of this name."""
    points: Path
    """Gets a line for each commit point that is reached."""
    mistake: str | None = None


@dataclass(frozen=True)
class Shared:
    """What the runners of one night share."""

    count: Any
    """How many commit points were reached; a number behind a lock, or None: nobody counts."""
    ahead: Number
    """By how many seconds the database's clock is ahead."""
    ready: PipeEnd
    """Closed when the runner begins to look what is due."""


def run(order: Order, shared: Shared) -> None:
    """Read what is due until SIGTERM, or until it dies."""
    logging.basicConfig(
        filename=order.config.parent / "runners.log",
        level=logging.ERROR,
        format="%(process)d %(name)s %(message)s",
    )
    with stop_on_signals() as stop, open_hub(order.config) as hub:
        set_database_clock(hub.store, shared.ahead)
        if order.mistake is not None:
            MISTAKES[order.mistake]()
        if shared.count is not None:
            count_commits(hub.store, _dying(order, shared))
        runner = LocalRunner(_with_clock(hub, order.now), threads=order.threads, tick=TICK)
        shared.ready.close()
        runner.start()
        while not stop.wait(1) and _is_wanted():
            pass
        runner.stop()


def _is_wanted() -> bool:
    """Whether whoever started this process is alive; nobody else would end it."""
    starter = parent_process()
    return starter is not None and starter.is_alive()


def _with_clock(hub: Hub, now: datetime) -> Any:
    return replace(hub.jobs, clock=lambda: now, roll=lambda: 0.5)


def set_database_clock(store: Store, ahead: Number) -> None:
    """Let leases be judged by a clock that is set from outside, on either database."""
    store.close()  # connections that are open already would go by the real one

    @event.listens_for(store.engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        if store.is_sqlite:
            # In place of SQLite's own, which the store asks for nothing but "now".
            connection.create_function("julianday", 1, lambda _: _julian_now(ahead.value))
        else:
            connection.cursor_factory = partial(_MovedCursor, ahead)


def _julian_now(ahead_seconds: float) -> float:
    return (time.time() + ahead_seconds) / 86_400 + 2_440_587.5


class _MovedCursor(psycopg.Cursor[Any]):
    """Asks the server for a later time than it has."""

    def __init__(self, ahead: Number, *rest: Any, **more: Any):
        super().__init__(*rest, **more)
        self._ahead = ahead

    def execute(self, query: Any, *rest: Any, **more: Any) -> Any:
        """Run a statement."""
        later = f"(clock_timestamp() + interval '{self._ahead.value} seconds')"
        if isinstance(query, str):
            query = query.replace("clock_timestamp()", later)
        return super().execute(query, *rest, **more)


def _dying(order: Order, shared: Shared) -> Callable[[str], None]:
    points = os.open(order.points, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def reached(point: str) -> None:
        if point.endswith(_BESIDE):
            return
        with shared.count.get_lock():
            shared.count.value += 1
            number = shared.count.value
            os.write(points, f"{point}\n".encode())
        if number == order.die_at or point == order.die_on:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def count_commits(store: Store, reached: Callable[[str], None]) -> None:
    """Call ``reached`` before and after every commit of a transaction that may write.

    The engine itself is watched, so that no commit escapes by not being thought of: those of
    the driver, and COMMIT as a statement.
    """
    state = threading.local()
    engine = store.engine
    real_commit = engine.dialect.do_commit

    @event.listens_for(engine, "begin")
    def _begun(conn: Connection) -> None:
        state.wrote = bool(conn.get_execution_options().get("clusterhub_write"))

    @event.listens_for(engine, "before_cursor_execute")
    def _before(conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        word = statement.lstrip().split(" ", 1)[0].upper()
        if word == "BEGIN":
            state.wrote = "IMMEDIATE" in statement
        elif word in ("INSERT", "UPDATE", "DELETE") or "pg_advisory" in statement:
            state.wrote = True
        elif word == "COMMIT":
            reached(f"before {_site()}")

    @event.listens_for(engine, "after_cursor_execute")
    def _after(conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.upper().startswith("COMMIT"):
            state.wrote = False
            reached(f"after {_site()}")

    @event.listens_for(engine, "rollback")
    def _rollback(conn: Connection) -> None:
        state.wrote = False

    def commit(connection: Any) -> None:
        wrote, state.wrote = getattr(state, "wrote", False), False
        if wrote:
            reached(f"before {_site()}")
        real_commit(connection)
        if wrote:
            reached(f"after {_site()}")

    vars(engine.dialect)["do_commit"] = commit


def _site() -> str:
    """Return which function of the engine's jobs commits."""
    for name, function in _callers():
        # Announcements change by one function for every move: its caller tells which.
        if f"{os.sep}sync_jobs{os.sep}" in name and function != "happened":
            return function
    return "elsewhere"


def _callers() -> Iterator[tuple[str, str]]:
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        yield frame.f_code.co_filename, frame.f_code.co_name
