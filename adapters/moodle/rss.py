"""Reads a Moodle without web services by the RSS feeds of its forums and blogs.

A feed shows the newest ten to twenty posts and says neither who is a student nor who may see
it: so everything is for facilitators, and every author counts as a student unless the settings
say otherwise. The key stands in the address, where Moodle wants it (read with 4.5); no error
repeats that address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from adapters.moodle import parse
from adapters.moodle.cursors import digest, pack, unpack
from adapters.moodle.settings import MoodleSettings
from connector.answers import facts_of
from connector.errors import (
    AuthError,
    ParseError,
    PermanentError,
    SourceError,
    TemporaryError,
)
from connector.html import fold
from connector.http import Response, Session
from connector.model import (
    FACILITATORS,
    Account,
    CheckLine,
    CheckReport,
    Cursor,
    IdPage,
    Kind,
    Known,
    Page,
    Presence,
    Record,
    Role,
    Shape,
    Stream,
    StreamFailed,
)

PREFIX = "rss:"
MAX_FEED_BYTES = 5_000_000
MOST_ITEMS = 100
_BY = re.compile(r"\s*by (?P<name>[^<>]{1,200}?)\.\s?(?:&nbsp;|\xa0)\s?")
_NUMBER = re.compile(r"[0-9]{1,15}")


class RssPlace:
    """The feeds of one Moodle."""

    def __init__(self, settings: MoodleSettings, session: Session, now: datetime) -> None:
        self._settings = settings
        self._session = session

    def check(self) -> CheckReport:
        """Read each feed once."""
        lines = []
        for stream in self._keys():
            try:
                count = len(self._records(stream))
            except SourceError as error:
                lines.append(CheckLine(stream, False, str(error)))
                continue
            found = f"The feed can be read; it shows {count} entries, the newest only."
            lines.append(CheckLine(stream, True, found))
        return CheckReport(tuple(lines))

    def streams(self) -> Iterator[Stream]:
        """Yield the configured feeds, by their own titles. Raises SourceError."""
        for stream in self._keys():
            title = _channel_title(self._fetched(stream))
            yield Stream(key=stream, title=title or stream.removeprefix(PREFIX))

    def shape(self, stream: str) -> Shape:
        """Say what shapes a stream's records; raises PermanentError for an unknown one."""
        self._known(stream)
        settings = self._settings
        return Shape(
            parse.PARSER_VERSION, digest([settings.address, settings.rss_authors_are_adults])
        )

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield a page for each feed, with what is new or changed in it."""
        for stream, cursor in cursors.items():
            try:
                self._known(stream)
                yield self._page(stream, cursor)
            except SourceError as error:
                yield StreamFailed(stream, error)

    def _page(self, stream: str, cursor: Cursor | None) -> Page:
        state = unpack(cursor)
        former = (state or {}).get("d")
        known = former if isinstance(former, dict) else {}
        records = self._records(stream)
        now = {each.external_id: digest([each]) for each in records}
        changed = tuple(
            each for each in records if known.get(each.external_id) != now[each.external_id]
        )
        return Page(
            stream=stream,
            records=changed,
            cursor=pack({"d": now}) if now != known or state is None else None,
            baseline=state is None,
        )

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """Refuse: a feed shows its newest entries only. Raises PermanentError."""
        self._known(stream)
        raise PermanentError("A feed of Moodle cannot be listed whole: it shows the newest only.")
        yield IdPage(())

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Return what the feed still shows; of all else nothing can be said.

        Every address of a post wants somebody to sign in.
        """
        shown: set[str] = set()
        for stream in {each.stream for each in known} & set(self._keys()):
            with suppress(SourceError):
                shown |= {each.external_id for each in self._records(stream)}
        return {
            each.external_id: (Presence.PRESENT if each.external_id in shown else Presence.UNKNOWN)
            for each in known
        }

    def _keys(self) -> list[str]:
        return [f"{PREFIX}{each}" for each in self._settings.rss_feeds]

    def _known(self, stream: str) -> None:
        if stream not in self._keys():
            raise PermanentError(
                f"No feed called {stream[:80]!r} is configured. Check rss_feeds of this place."
            )

    def _fetched(self, stream: str) -> etree._Element:
        """Return the feed. Raises SourceError, without the address that holds the key."""
        assert self._settings.rss_key is not None
        context, _, rest = stream.removeprefix(PREFIX).partition("/")
        key = self._settings.rss_key.get_secret_value()
        url = f"{self._settings.address}/rss/file.php/{context}/{key}/{rest}/rss.xml"
        try:
            response = self._session.get(url, max_body_bytes=MAX_FEED_BYTES)
        except TemporaryError as error:
            raise TemporaryError(
                str(error), status=error.status, not_before=error.not_before
            ) from None
        except SourceError as error:
            raise type(error)(str(error), status=error.status) from None
        return _tree(response)

    def _records(self, stream: str) -> list[Record]:
        items = self._fetched(stream).findall("channel/item")[:MOST_ITEMS]
        found = [self._record(each) for each in items]
        records = {each.external_id: each for each in found if each is not None}
        if items and not records:
            raise AuthError(
                "The feed holds no posts but a message: the RSS key is not accepted, or feeds are "
                "switched off. Open the feed's address from Moodle once more and save its key as "
                "rss_key."
            )
        return list(records.values())

    def _record(self, item: etree._Element) -> Record | None:
        link = (item.findtext("link") or "").strip()
        external_id = identified(link)
        if external_id is None:
            return None
        body = item.findtext("description") or ""
        by = _BY.match(body)
        is_adult = self._settings.rss_authors_are_adults
        name = by["name"].strip() if by else ""
        return Record(
            # What a reply answers is not told, so it stands for itself.
            kind=Kind.POST,
            external_id=external_id,
            url=link,
            title=(item.findtext("title") or "").strip(),
            html=parse.clean_files(body[by.end() :] if by else body),
            published=_date(item.findtext("pubDate") or ""),
            author=Account(
                f"name:{fold(name)}", name, role=Role.TEACHER if is_adult else Role.STUDENT
            ),
            audience=FACILITATORS,
            tags=tuple(each.text.strip() for each in item.findall("category") if each.text),
        )


def identified(link: str) -> str | None:
    """Return the external id that an item's address tells, or None.

    ``parent`` is the post itself, for a reply as for a first post (seen on 4.5).
    """
    try:
        parts = urlsplit(link)
        asked = parse_qs(parts.query)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    numbers = {key: values[0] for key, values in asked.items() if _NUMBER.fullmatch(values[0])}
    if parts.path.endswith("/mod/forum/discuss.php") and "d" in numbers:
        is_post = "parent" in numbers
        return f"post:{numbers['parent']}" if is_post else f"discussion:{numbers['d']}"
    if parts.path.endswith("/blog/index.php") and "entryid" in numbers:
        return f"entry:{numbers['entryid']}"
    return None


def _tree(response: Response) -> etree._Element:
    """Return the document. Raises ParseError for anything but RSS."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(response.body, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.tag != "rss":
        raise ParseError(
            "The feed's address answers with something else than RSS. Ask the Moodle "
            "administrator whether RSS feeds are on, for the site and for this forum.",
            body=facts_of(response),
        )
    return root


def _channel_title(root: etree._Element) -> str:
    title = " ".join((root.findtext("channel/title") or "").split())
    # Moodle names its site blog by a missing word in double brackets (seen on 4.5).
    return "Blogs" if title.startswith("[[") else title


def _date(text: str) -> datetime | None:
    try:
        said = parsedate_to_datetime(text)
        return said.replace(tzinfo=said.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
