"""Kits of the Interact adapter: one for each way in which an Interact can be read.

The rows of a database are asked for over a connection, not over the guarded session. Here each
question to them also goes through the session, so that the suite can count it and let it fail.
"""

import atexit
import copy
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from zlib import crc32

from pydantic import BaseModel, SecretStr

from adapters.interact.adapter import InteractAdapter
from adapters.interact.dump_shelf import mark_of
from adapters.interact.dump_store import DumpDatabase, read_dump
from adapters.interact.rows_place import RowsPlace
from adapters.interact.saved_place import SavedPlace
from adapters.interact.settings import InteractSettings
from adapters.registry import ADAPTERS
from connector.contract import Place
from connector.errors import ParseError
from connector.http import Session
from connector.model import Presence
from sample_cluster.interact_site import (
    CANARIES,
    DELETED,
    DRAFT,
    HIDDEN,
    RESTRICTED,
    InteractSite,
    Row,
)
from sample_cluster.interact_sql import sql
from sample_cluster.interact_web import (
    FORUM,
    JOURNAL,
    LEADER,
    LEADERS_WORD,
    SPACE,
    Entry,
    InteractWeb,
)
from tests.contract.fake_session import Answer, Request

HOME = "https://interact.example.school.nz/"
PASSWORD = "kereru-51c07aa9e2"
ROWS = b"rows"

_READ: dict[bytes, DumpDatabase] = {}
"""What was read of every dump so far: kits do the same things, so their rows are often the same."""


@cache
def invented() -> InteractSite:
    """Return the community that every kit begins with; nobody changes it."""
    return InteractSite()


@cache
def _untouched() -> bytes:
    return b"".join(sql(invented()))


def as_sql(site: InteractSite) -> bytes:
    """Return the rows as a dump."""
    return _untouched() if site.rows == invented().rows else b"".join(sql(site))


def read(path: Path, content: bytes) -> DumpDatabase:
    """Return the rows of the dump of this content that lies there; nobody closes them."""
    if content not in _READ:
        _READ[content] = read_dump(path)
        atexit.register(_READ[content].close)
    return _READ[content]


def keep(path: Path, content: bytes) -> None:
    """Write a file whose time of change tells its content, so that equal kits look alike."""
    path.write_bytes(content)
    os.utime(path, (crc32(content),) * 2)


class CountedRows:
    """Asks the session before each question to the rows, as if they came from there."""

    def __init__(self, rows: Callable[[], DumpDatabase], session: Session, password: str) -> None:
        self._rows = rows
        self._session = session
        self._asking = f"{password} SELECT".encode()

    def __repr__(self) -> str:
        return "<CountedRows>"

    def names(self) -> list[str]:
        ask(self._session, self._asking)
        return self._rows().names()

    def rows(self, question: object) -> object:
        ask(self._session, self._asking)
        return self._rows().rows(question)


def ask(session: Session, question: bytes) -> None:
    answer = session.post("https://database.invalid/", body=question, headers={}, is_question=True)
    if answer.body != ROWS:
        raise ParseError("The database answers with something that is no rows. Ask its host.")


class CommunityKit:
    """What all ways share: the rows of an invented community, and what is done to them."""

    secrets: tuple[str, ...] = ()
    secret_in_url = False
    private = (DRAFT, HIDDEN, DELETED, RESTRICTED, *CANARIES.values())
    shows_public = True
    students: frozenset[str] = frozenset()
    lists_members = True
    parser_seam: tuple[str, ...] = ("adapters.interact.rows_place:PARSER_VERSION",)
    main = "space:1"
    whole = True
    paged = True
    sweeps = True
    removed = Presence.GONE

    def __init__(self) -> None:
        self.site = copy.copy(invented())
        self.site.rows = dict(self.site.rows)  # each list of rows is replaced, never changed
        self._ids = {f"space:{number}": set() for number in range(1, 9)}
        for one in self.site.expected:
            self._ids[f"space:{one.space}"].add(one.external_id)
        posts = self.site.rows["posts"]
        self._forum = self.site.rows["modules"][0][0]
        self._clock = datetime.fromisoformat("2011-12-01 09:00:00")
        self._last = max(int(str(row[0])) for row in posts)

    def answer(self, request: Request) -> Answer:
        return Answer(ROWS)

    def add(self) -> str:
        self._last += 1
        when = self._tick()
        row = (self._last, self._forum, 0, self._last, 2, 0, "Something new", "<p>New</p>")
        self._put((*row, None, when, when, when, 1, ""))
        self._ids[self.main].add(f"post:{self._last}")
        return f"post:{self._last}"

    def edit(self, external_id: str) -> None:
        row = self._row(external_id)
        edited = (*row[:7], "<p>Written anew</p>", *row[8:11], self._tick(), *row[12:])
        self._put(edited)

    def remove(self, external_id: str) -> None:
        kind, _, number = external_id.partition(":")
        tables = {"post": "posts", "news": "news", "notice": "notices", "event": "calendar_events"}
        if kind in tables:
            self._drop(tables[kind], lambda row: row[0] == int(number))
        elif kind == "registration":
            group, _, user = number.partition("-")
            self._drop("group_user_links", lambda row: row[:2] == (int(group), int(user)))
        else:
            self._drop("module_space_links", lambda row: row[1] == int(number))
            gone = {
                one for one in self._ids[self.main] if one.startswith(f"registration:{number}-")
            }
            self._ids[self.main] -= gone
        self._ids[self.main].discard(external_id)

    def ids(self, stream: str) -> set[str]:
        return set(self._ids[stream])

    def words(self) -> str:
        return repr(self.site.rows)

    def _tick(self) -> str:
        self._clock += timedelta(minutes=1)
        return self._clock.strftime("%Y-%m-%d %H:%M:%S")

    def _row(self, external_id: str) -> Row:
        key = int(external_id.partition(":")[2])
        return next(row for row in self.site.rows["posts"] if row[0] == key)

    def _put(self, row: Row) -> None:
        kept = [each for each in self.site.rows["posts"] if each[0] != row[0]]
        self.site.rows["posts"] = [*kept, row]
        self.changed()

    def _drop(self, table: str, is_meant: Callable[[Row], bool]) -> None:
        self.site.rows[table] = [each for each in self.site.rows[table] if not is_meant(each)]
        self.changed()

    def changed(self) -> None:
        raise NotImplementedError


class RowsAdapter(InteractAdapter):
    """The adapter with rows of the kit's; everything above the connection is the real one."""

    def __init__(self, kit: "RowsKit") -> None:
        self._kit = kit

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        assert isinstance(settings, InteractSettings)
        password = settings.password.get_secret_value() if settings.password else ""

        def rows() -> CountedRows:
            return CountedRows(self._kit.database, session, password)

        def mark() -> str:
            if settings.way == "dump":
                ask(session, b"the file")
                self._kit.write()
                return "-".join(map(str, mark_of(self._kit.path)))
            return ""

        return RowsPlace(settings, rows, now, mark)


class RowsKit(CommunityKit):
    """The rows lie in a database, or in a dump of it."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.adapter = RowsAdapter(self)
        folder = tempfile.mkdtemp(prefix="interact-kit")
        self.path = Path(folder) / "interact.sql"
        self._database: DumpDatabase | None = None
        self._content = b""
        # A kit has no end of its own.
        weakref.finalize(self, shutil.rmtree, folder, True)
        if way == "dump":
            self.settings = InteractSettings(address=HOME, dump=str(self.path), audience="interact")
            self.reselected = self.settings.model_copy(update={"spaces": (1, 2)})
        else:
            self.secrets = (PASSWORD,)
            self.settings = InteractSettings(
                address=HOME,
                database="mysql://reader@db.example.school.nz/interact",
                password=PASSWORD,
                audience="interact",
            )
            self.reselected = self.settings.model_copy(update={"database": "mysql://a@b.example/c"})
        self.reshaped = self.settings.model_copy(update={"audience": "facilitators"})

    def changed(self) -> None:
        self._database, self._content = None, b""

    def database(self) -> DumpDatabase:
        if self._database is None:
            self.write()
            self._database = read(self.path, self._content)
        return self._database

    def write(self) -> None:
        """Write the rows as they are now, as one file."""
        if not self._content:
            self._content = as_sql(self.site)
            keep(self.path, self._content)


class WebKit:
    """A running Interact; of its journal only the feed is read."""

    adapter = ADAPTERS["interact"]
    secrets: tuple[str, ...] = ()
    secret_in_url = False
    private = ("canary-reflection", DRAFT)
    shows_public = False
    students: frozenset[str] = frozenset()
    lists_members = False
    parser_seam: tuple[str, ...] = ("adapters.interact.feed_place:PARSER_VERSION",)
    main = f"journal:{SPACE}/{JOURNAL}"
    whole = False
    paged = False
    sweeps = False
    removed = Presence.UNKNOWN

    def __init__(self) -> None:
        self.web = InteractWeb()
        for number in range(60):
            self.web.write(f"Reflection {number}", "<p>canary-reflection</p>")
        self.web.write(DRAFT, is_draft=True)
        self.settings = InteractSettings(
            address=HOME, journals=(f"{SPACE}/{JOURNAL}", f"{SPACE}/{JOURNAL}/1")
        )
        self.reshaped = self.settings.model_copy(update={"timezone": "Pacific/Chatham"})
        self.reselected = self.settings.model_copy(update={"password": SecretStr("another")})

    def answer(self, request: Request) -> Answer:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
        found = self.web.answer(
            "GET" if request.body is None else "POST",
            request.url,
            request.form,
            {name: one.value for name, one in cookies.items()},
        )
        return Answer(found.body, found.status, found.headers)

    def add(self) -> str:
        return f"post:{self.web.write('Something new').key}"

    def edit(self, external_id: str) -> None:
        self._entry(external_id).html = "<p>Written anew</p>"

    def remove(self, external_id: str) -> None:
        del self.web.entries[self._entry(external_id).key]

    def _entry(self, external_id: str) -> Entry:
        return self.web.entries[int(external_id.partition(":")[2])]

    def ids(self, stream: str) -> set[str]:
        return {f"post:{one.key}" for one in self.web.shown()}

    def words(self) -> str:
        return repr(self.web.entries)


class PagesKit(WebKit):
    """The journal's own pages, behind a log-in."""

    secrets = (LEADERS_WORD,)
    parser_seam = ("adapters.interact.site_place:PARSER_VERSION",)

    def __init__(self) -> None:
        super().__init__()
        self.web.needs_login = True
        self.settings = InteractSettings(
            address=HOME,
            journals=(f"{SPACE}/{JOURNAL}",),
            username=LEADER,
            password=LEADERS_WORD,
        )
        self.reshaped = self.settings.model_copy(update={"date_order": "month-day"})
        self.reselected = self.settings.model_copy(update={"username": "another"})


class ForumKit(PagesKit):
    """A forum's own pages, behind a log-in: threads, and replies in some of them."""

    private = ("canary-thread", DRAFT)
    main = f"forum:{SPACE}/{FORUM}"
    whole = True
    paged = True
    sweeps = True
    removed = Presence.GONE

    def __init__(self) -> None:
        super().__init__()
        forum = self.web.forum
        for number in range(40):
            start = forum.write(f"Thread {number}", "<p>canary-thread</p>")
            if number % 8 == 0:
                forum.write("A reply", parent=start.key)
        long = forum.write("A long thread")
        for _ in range(220):
            forum.write("On and on", parent=long.key)
        forum.write(DRAFT, "<p>canary-thread</p>", mark="draft")
        forum.write("Gone", DRAFT, mark="deleted", parent=long.key)
        self._added = 0
        self.settings = self.settings.model_copy(
            update={"journals": (), "forums": (f"{SPACE}/{FORUM}",)}
        )
        self.reshaped = self.settings.model_copy(update={"date_order": "month-day"})
        self.reselected = self.settings.model_copy(update={"forums": ("3/46", "3/47")})

    def add(self) -> str:
        """Begin a thread, or answer in the first."""
        self._added += 1
        parent = min(self.web.forum.posts) if self._added % 3 == 0 else 0
        return f"post:{self.web.forum.write('Something new', parent=parent).key}"

    def edit(self, external_id: str) -> None:
        self.web.forum.posts[self._key(external_id)].html = "<p>Written anew</p>"

    def remove(self, external_id: str) -> None:
        del self.web.forum.posts[self._key(external_id)]

    def ids(self, stream: str) -> set[str]:
        return {f"post:{one.key}" for one in self.web.forum.shown()}

    def words(self) -> str:
        return repr(self.web.forum.posts)

    def _key(self, external_id: str) -> int:
        return int(external_id.partition(":")[2])


class SavedAdapter(InteractAdapter):
    """The adapter with a folder that the session is asked for first."""

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        assert isinstance(settings, InteractSettings)
        return CountedFolder(settings, session)


class CountedFolder(SavedPlace):
    def __init__(self, settings: InteractSettings, session: Session) -> None:
        super().__init__(settings)
        self._session = session

    def _files(self) -> list[Path]:
        ask(self._session, b"the folder")
        return super()._files()


class SavedKit(WebKit):
    """The journal's page as somebody saved it."""

    adapter = SavedAdapter()
    parser_seam = ("adapters.interact.saved_place:PARSER_VERSION",)
    main = "saved"

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="interact-kit"))
        weakref.finalize(self, shutil.rmtree, self._folder, True)
        self.settings = InteractSettings(address=HOME, saved=str(self._folder))
        self.reshaped = self.settings.model_copy(update={"date_order": "month-day"})
        self.reselected = self.settings.model_copy(update={"password": SecretStr("another")})

    def answer(self, request: Request) -> Answer:
        url = f"{HOME}modules/journal/journalview.php?space_key={SPACE}&module_key={JOURNAL}"
        page = self.web.answer("GET", url, {}, {})
        path = self._folder / "journal.html"
        if not path.exists() or path.read_bytes() != page.body:
            keep(path, page.body)
        return Answer(ROWS)


KITS: dict[str, Callable[[], CommunityKit | WebKit]] = {
    "database": lambda: RowsKit("database"),
    "dump": lambda: RowsKit("dump"),
    "journals": WebKit,
    "pages": PagesKit,
    "forum": ForumKit,
    "saved": SavedKit,
}
