"""A hub of its own for one live test: a folder, a config.toml and the real command.

The command runs as a subprocess, as a technician's cron would run it; what it kept is read
from its SQLite file without any code of the hub.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]

CONFIG = """\
[hub]
data_dir = "data"
timezone = "Pacific/Auckland"

[network]
allow = ["127.0.0.0/8"]

[clusters.kauri]
name = "Kauri cluster"

[[sources]]
id = "staffroom"
kind = "blogs"
title = "Staffroom blog"
school = "Kauri Park School"
address = "{address}"
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One place where the hub saw a post."""

    item: int
    external_id: str
    url: str
    title: str
    is_live: bool
    retired_reason: str | None


class Hub:
    """A hub that reads one blog."""

    def __init__(self, folder: Path, address: str) -> None:
        self._config = folder / "config.toml"
        self._config.write_text(CONFIG.format(address=address), encoding="utf-8")
        self.data = folder / "data"

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end, whatever it says."""
        return subprocess.run(
            [sys.executable, "-m", "connector.cli", "--config", str(self._config), *arguments],
            cwd=self._config.parent,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def do(self, *arguments: str) -> str:
        """Run a command that has to succeed; return its standard output."""
        done = self.run(*arguments)
        assert done.returncode == 0, (
            f"clusterhub {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what a command answers to a program: one value for each line."""
        return [json.loads(line) for line in self.do(*arguments, "--json").splitlines()]

    def cycle_and_sweep(self) -> None:
        """What the hub does by itself within a day."""
        self.do("sync")
        self.do("sync", "--sweep")

    def posts(self) -> list[Kept]:
        """Return every post ever kept, live or retired."""
        query = """SELECT item_id, external_id, url, title, is_live, retired_reason
                   FROM origin WHERE kind = 'post' ORDER BY external_id"""
        with closing(self._open()) as database:
            return [
                Kept(item, external_id, url, title, bool(is_live), reason)
                for item, external_id, url, title, is_live, reason in database.execute(query)
            ]

    def live(self) -> dict[str, Kept]:
        """Return the posts that are not retired, by their permalink."""
        return {post.url: post for post in self.posts() if post.is_live}

    def files(self) -> Iterator[Path]:
        """Yield everything that the hub has written: database, WAL, logs."""
        yield from (path for path in self.data.rglob("*") if path.is_file())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield each value of each column of each table, as text, with its place."""
        with closing(self._open()) as database:
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
            for (table,) in database.execute(names).fetchall():
                rows = database.execute(f'SELECT * FROM "{table}"')
                columns = [column[0] for column in rows.description]
                for row in rows:
                    for column, value in zip(columns, row, strict=True):
                        text = value.decode(errors="replace") if isinstance(value, bytes) else value
                        yield f"{table}.{column}", str(text)

    def _open(self) -> sqlite3.Connection:
        (file,) = self.data.glob("*.db")
        return sqlite3.connect(f"file:{file}?mode=ro", uri=True)
