"""Runs a command as a program that is killed at a named point: no cleaning up, as in a power cut.

``python -m tests.house.killed before|after|pages MODULE:FUNCTION ARGUMENT...``; "pages" kills
while SQLite copies its pages from one file to another.
"""

import os
import signal
import sqlite3
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from connector import sealed
from connector.cli import main


def die(*_: object) -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


class _Mortal(sqlite3.Connection):
    """Dies after the first pages of a copy."""

    def backup(self, target: sqlite3.Connection, **more: Any) -> None:
        super().backup(target, pages=20, progress=die, sleep=0)


def _connect(*arguments: Any, **more: Any) -> sqlite3.Connection:
    return sqlite3.connect(*arguments, factory=_Mortal, **more)


def arm(when: str, seam: str) -> None:
    """Let this process die at a point."""
    module_name, _, name = seam.partition(":")
    module = import_module(module_name)
    if when == "pages":
        named = {one: getattr(sqlite3, one) for one in ("Error", "DatabaseError", "Connection")}
        named["OperationalError"] = sqlite3.OperationalError
        module.sqlite3 = SimpleNamespace(connect=_connect, **named)  # type: ignore[attr-defined]
        return
    real = getattr(module, name)

    def last(*arguments: Any, **more: Any) -> None:
        if when == "after":
            real(*arguments, **more)
        die()

    setattr(module, name, last)


if __name__ == "__main__":
    sealed._LOG_N = 4
    arm(sys.argv[1], sys.argv[2])
    main(sys.argv[3:])
