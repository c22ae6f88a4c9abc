"""A running Interact, read by its pages: news, journals and forums. Modelled, unproven.

Every address is made by ``addresses.readable``; no link of a page is followed. A page that no
longer looks as expected stops its stream with a sentence and changes nothing. Forums, of which
all is read, are in ``forum_reader``.
State of the others: ``seen``, a digest of what the newest page showed, and ``ids``, what was handed on of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.interact import addresses
from adapters.interact.cursors import pack, text_at, unpack
from adapters.interact.forum_pages import Forum
from adapters.interact.forum_reader import ForumReader
from adapters.interact.page_records import entry_record, news_record
from adapters.interact.pages import PARSER_VERSION, Shown, shown_posts
from adapters.interact.parse import digest_of
from adapters.interact.settings import InteractSettings
from adapters.interact.site_client import SiteClient
from connector.errors import ParseError, PermanentError, SourceError
from connector.http import Session
from connector.model import (
    CheckLine,
    CheckReport,
    Cursor,
    IdPage,
    Known,
    Page,
    Presence,
    Record,
    Shape,
    Stream,
    StreamFailed,
)

NEWS_ON_A_PAGE = 10
MOST_PAGES = 100
_KEPT_IDS = 20


class SitePlace:
    """One Interact over the web."""

    def __init__(self, settings: InteractSettings, session: Session, now: datetime) -> None:
        self._settings = settings
        self._client = SiteClient(settings, session)
        self._parts: dict[str, tuple[int, ...]] = {
            f"news:{space}": (space,) for space in settings.spaces
        }
        for text in settings.journals:
            self._parts[f"journal:{text}"] = tuple(map(int, text.split("/")))
        self._reader = ForumReader(settings, self._client, now)
        self._forums: dict[str, Forum] = {}
        for text in settings.forums:
            self._forums[f"forum:{text}"] = Forum(*map(int, text.split("/")))

    def check(self) -> CheckReport:
        """Ask for the first page of each part."""
        if not self._parts and not self._forums:
            return CheckReport((CheckLine("site", False, _NOTHING),))
        lines = []
        for stream in self._parts:
            try:
                found = len(self._first_page(stream))
            except SourceError as error:
                lines.append(CheckLine(stream, False, str(error)))
                continue
            lines.append(CheckLine(stream, True, f"{_title(stream)}: {found} on the newest page."))
        lines += [self._forum_line(stream) for stream in self._forums]
        return CheckReport(tuple(lines))

    def _forum_line(self, stream: str) -> CheckLine:
        try:
            found = self._reader.found(self._forums[stream])
        except SourceError as error:
            return CheckLine("forums", False, f"{_title(stream)}: {error}")
        return CheckLine("forums", True, f"{_title(stream)}: {found}")

    def streams(self) -> Iterator[Stream]:
        """Yield what is configured; asks once whether the site answers. Raises SourceError."""
        if self._parts:
            self._first_page(next(iter(self._parts)))
        elif self._forums:
            self._reader.listed(next(iter(self._forums.values())))
        else:
            raise PermanentError(_NOTHING)
        for stream in self._parts:
            yield Stream(key=stream, title=_title(stream))
        for stream, forum in self._forums.items():
            url = self._reader.address(forum)
            can_sweep = self._reader.can_sweep(forum)
            yield Stream(key=stream, title=_title(stream), url=url, can_sweep=can_sweep)

    def shape(self, stream: str) -> Shape:
        """Say what shapes the records."""
        if stream not in self._forums:
            self._numbers(stream)
        settings = self._settings
        parts = (settings.base, settings.timezone, settings.date_order, settings.selectors)
        return Shape(PARSER_VERSION, digest_of(parts))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield what the pages show that was not handed on; a part that fails is a value."""
        for stream, cursor in cursors.items():
            forum = self._forums.get(stream)
            try:
                if forum is not None:
                    yield from self._reader.read(stream, forum, cursor)
                else:
                    yield from self._read_one(stream, cursor)
            except SourceError as error:
                yield StreamFailed(stream, error)

    def _read_one(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        newest, state = self._first_page(stream), unpack(cursor)
        seen = digest_of(newest)
        if state is not None and text_at(state, "seen") == seen:
            yield Page(stream=stream)
            return
        known = set(text_at(state, "ids").split()) if state is not None else set()
        page = Page(stream=stream, baseline=state is None, complete=False)
        given = {one.external_id for one in newest}
        ids = " ".join([one.external_id for one in newest][:_KEPT_IDS])
        after = pack({"seen": seen, "ids": ids})
        part = newest
        for number in range(1, MOST_PAGES):
            is_last = not stream.startswith("news:") or len(part) < NEWS_ON_A_PAGE
            if is_last or {one.external_id for one in part} & known:
                break
            yield replace(page, records=tuple(part))
            following = self._news(self._numbers(stream)[0], number * NEWS_ON_A_PAGE)
            # News that came meanwhile has pushed some on to the next page.
            part = [one for one in following if one.external_id not in given]
            given |= {one.external_id for one in following}
        yield replace(page, records=tuple(part), cursor=after, complete=True)

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List all posts of a forum; of others pages tell what is new only. Raises SourceError."""
        if stream in self._forums:
            yield from self._reader.sweep(self._forums[stream])
            return
        raise PermanentError(f"The pages of {stream[:60]!r} cannot list all that there is.")

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Say what a post's thread or the newest page shows; nothing is known of anything else."""
        shown: dict[str, set[str]] = {}
        found: dict[str, Presence] = {}
        for stream, forum in self._forums.items():
            asked = [each for each in known if each.stream == stream]
            found |= self._reader.lookup(forum, asked)
        for each in known:
            if each.stream in self._forums:
                continue
            try:
                if each.stream not in shown:
                    page = self._first_page(each.stream)
                    shown[each.stream] = {one.external_id for one in page}
            except SourceError:
                shown[each.stream] = set()
            is_there = each.external_id in shown[each.stream]
            found[each.external_id] = Presence.PRESENT if is_there else Presence.UNKNOWN
        return found

    def _first_page(self, stream: str) -> list[Record]:
        numbers = self._numbers(stream)
        if stream.startswith("news:"):
            return self._news(numbers[0], 0)
        return self._journal(*numbers)

    def _news(self, space: int, offset: int) -> list[Record]:
        numbers = {"space_key": space} | ({"offset": offset} if offset else {})
        path = "spaces/news.php"
        address = addresses.readable(self._settings.base, path, space_key=space)
        try:
            shown = self._shown(path, numbers)
        except ParseError:
            if offset:
                return []  # past the last page
            raise
        return _each_once([news_record(one, address) for one in shown])

    def _journal(self, space: int, journal: int, person: int | None = None) -> list[Record]:
        numbers = {"space_key": space, "module_key": journal}
        if person is not None:
            numbers["journal_user_key"] = person
        found = []
        for one in self._shown("modules/journal/journalview.php", numbers):
            entry = {"space_key": space, "module_key": journal, "post_key": one.entry}
            owner = {"journal_user_key": one.author_key} if one.author_key else {}
            path = "modules/journal/entry.php"
            url = addresses.readable(self._settings.base, path, **entry, **owner)
            found.append(entry_record(one, url))
        return _each_once(found)

    def _shown(self, path: str, numbers: dict[str, int]) -> list[Shown]:
        response = self._client.get(path, **numbers)
        return shown_posts(response.body, self._settings, response.url)

    def _numbers(self, stream: str) -> tuple[int, ...]:
        if stream not in self._parts:
            raise PermanentError(
                f"{stream[:60]!r} is not among the configured spaces, journals and forums."
            )
        return self._parts[stream]


_NOTHING = (
    "Nothing is chosen to read. Write the numbers of spaces as spaces, journals as journals, or "
    "forums as forums; or name a database or dump, which holds everything."
)


def _title(stream: str) -> str:
    kind, _, numbers = stream.partition(":")
    return f"News of space {numbers}" if kind == "news" else f"{kind.capitalize()} {numbers}"


def _each_once(records: Sequence[Record]) -> list[Record]:
    return list({one.external_id: one for one in records}.values())
