"""The floor: the least that reading feeds into a searchable database can cost in Python.

Written first and left alone: conditional GET, lxml, nh3, plain text, a hash, one bulk insert
with full-text search. No identity beyond the entry's id, no outcomes, no audience, no retry.
``python -m bench.sides.floor DATABASE PORT``
"""

import hashlib
import re
import sqlite3
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, local

import nh3
import requests
from lxml import etree

from bench.sides.corpus import FEEDS
from bench.sides.measure import PROCESS_START, Figures, measured, tell

THREADS = 8
_TAGS = re.compile(r"<[^>]+>")
_ATOM = "{http://www.w3.org/2005/Atom}"
_RSS1 = "{http://purl.org/rss/1.0/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DC = "{http://purl.org/dc/elements/1.1/}"


def open_database(path: str) -> sqlite3.Connection:
    """Return the database, its tables made."""
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE TABLE IF NOT EXISTS feed (id INTEGER PRIMARY KEY, etag TEXT);"
        "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, feed INTEGER, guid TEXT,"
        " link TEXT, title TEXT, author TEXT, published TEXT, html TEXT, body TEXT, hash BLOB,"
        " UNIQUE (feed, guid));"
        "CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5(body, content='entry',"
        " content_rowid='id');"
    )
    return connection


def entries_of(body: bytes) -> list[tuple[str, str, str, str, str, str]]:
    """Return (guid, link, title, author, published, html) of each entry."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    found = []
    for item in root.iter("item", f"{_RSS1}item", f"{_ATOM}entry"):
        told = {child.tag: child for child in item}

        def text(*names: str, told: dict[str, etree._Element] = told) -> str:
            return next((told[name].text or "" for name in names if name in told), "")

        link = text("link", f"{_RSS1}link")
        if not link and f"{_ATOM}link" in told:
            link = told[f"{_ATOM}link"].get("href", "")
        found.append(
            (
                text("guid", f"{_ATOM}id") or link,
                link,
                text("title", f"{_RSS1}title", f"{_ATOM}title"),
                text(f"{_DC}creator"),
                text("pubDate", f"{_DC}date", f"{_ATOM}published"),
                text(_CONTENT, f"{_ATOM}content", "description"),
            )
        )
    return found


class Floor:
    """Reads all feeds once."""

    def __init__(self, connection: sqlite3.Connection, port: int):
        self._connection = connection
        self._port = port
        self._lock = Lock()
        self._own = local()
        self._etags = dict(connection.execute("SELECT id, etag FROM feed"))

    def read(self, feed: int) -> None:
        """Read one feed."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.trust_env = False
        headers = {"If-None-Match": self._etags[feed]} if feed in self._etags else {}
        url = f"http://127.0.0.1:{self._port}/feed/{feed}"
        answer = self._own.session.get(url, headers=headers, timeout=20)
        if answer.status_code == 304:
            return
        rows = []
        for guid, link, title, author, published, html in entries_of(answer.content):
            clean = nh3.clean(html)
            body = _TAGS.sub(" ", clean)
            digest = hashlib.blake2b(body.encode(), digest_size=16).digest()
            rows.append((feed, guid, link, title, author, published, clean, body, digest))
        with self._lock:
            self._keep(feed, answer.headers["ETag"], rows)

    def _keep(self, feed: int, etag: str, rows: Sequence[tuple[object, ...]]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        known = {guid for (guid,) in execute("SELECT guid FROM entry WHERE feed = ?", (feed,))}
        new = [row for row in rows if row[1] not in known]
        last = execute("SELECT coalesce(max(id), 0) FROM entry").fetchone()[0]
        numbered = [(last + 1 + number, *row) for number, row in enumerate(new)]
        self._connection.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?)", numbered)
        self._connection.executemany(
            "INSERT INTO search(rowid, body) VALUES (?, ?)", [(row[0], row[8]) for row in numbered]
        )
        execute("INSERT OR REPLACE INTO feed VALUES (?, ?)", (feed, etag))
        execute("COMMIT")


def main() -> None:
    """Read all feeds once and tell what it cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    begun = time.perf_counter()
    connection = open_database(sys.argv[1])
    floor = Floor(connection, int(sys.argv[2]))
    figures.setup_seconds = time.perf_counter() - begun
    with measured(figures), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(floor.read, range(FEEDS)))
    figures.entries = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
    tell(figures)


if __name__ == "__main__":
    main()
