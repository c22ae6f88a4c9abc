"""A runner that can be killed: the real one, in a process of its own, with a clock to set.

It ends itself by SIGKILL just before or just after a commit, when it is told to; whoever
started it may kill it at any other moment.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import parent_process
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import BigInteger, Connection, bindparam, event, type_coerce

from bench.sides.seeded_mistakes import MISTAKES
from connector.cli.hub import Hub, open_hub
from connector.cli.stopping import stop_on_signals
from connector.store import database_time, leases, sources
from connector.store.database import Store
from connector.store.tables import UtcTime
from sync_jobs.local import LocalRunner

TICK = timedelta(seconds=0.2)


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
    _set_database_clock(shared.ahead)
    with stop_on_signals() as stop, open_hub(order.config) as hub:
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


def _set_database_clock(ahead: Number) -> None:
    """Let leases be judged by a clock that is set from outside, on either database."""
    real = database_time.database_now

    def moved(dialect: str, plus: timedelta = timedelta(0)) -> Any:
        # Statements are kept, so what the clock says is asked when one runs.
        ahead_now = bindparam(
            "ahead", callable_=lambda: int(ahead.value * 1e6), type_=BigInteger, unique=True
        )
        return type_coerce(type_coerce(real(dialect, plus), BigInteger) + ahead_now, UtcTime)

    for module in (leases, sources):
        vars(module)["database_now"] = moved


def _dying(order: Order, shared: Shared) -> Callable[[str], None]:
    points = os.open(order.points, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def reached(point: str) -> None:
        with shared.count.get_lock():
            shared.count.value += 1
            number = shared.count.value
            os.write(points, f"{point}\n".encode())
        if number == order.die_at or point == order.die_on:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def count_commits(store: Store, reached: Callable[[str], None]) -> None:
    """Call ``reached`` before and after every commit of something written.

    The engine itself is watched, so that no commit escapes by not being thought of: those of
    the driver, and COMMIT as a statement.
    """
    state = threading.local()
    engine = store.engine
    real_commit = engine.dialect.do_commit

    @event.listens_for(engine, "before_cursor_execute")
    def _before(conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        word = statement.lstrip().split(" ", 1)[0].upper()
        if word == "BEGIN":
            state.wrote = False
        elif word in ("INSERT", "UPDATE", "DELETE"):
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
        if f"{os.sep}sync_jobs{os.sep}" in name:
            return function
    return "elsewhere"


def _callers() -> Iterator[tuple[str, str]]:
    frame = sys._getframe(1)
    while frame.f_back is not None:
        frame = frame.f_back
        yield frame.f_code.co_filename, frame.f_code.co_name
