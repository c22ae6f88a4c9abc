"""An Interact of which only the feeds of some journals are read: one stream for each journal.

A feed shows the newest entries, without who wrote them. Where feeds of single persons of the
same journal are configured too, they tell whose its entries are.
State: ``seen``, a digest of what was handed on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adapters.interact.cursors import pack, text_at, unpack
from adapters.interact.journal_feed import PARSER_VERSION, JournalFeed, parse_feed, records
from adapters.interact.parse import digest_of
from adapters.interact.settings import InteractSettings
from adapters.interact.site_client import SiteClient
from connector.errors import PermanentError, SourceError
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

PAGE_RECORDS = 100
_Journal = tuple[int, int]


class FeedPlace:
    """The journals of one Interact."""

    def __init__(self, settings: InteractSettings, session: Session) -> None:
        self._settings = settings
        self._client = SiteClient(settings, session)
        self._people: dict[_Journal, list[int]] = {}
        self._whole: set[_Journal] = set()
        for text in settings.journals:
            space, journal, *person = map(int, text.split("/"))
            people = self._people.setdefault((space, journal), [])
            people.extend(person)
            if not person:
                self._whole.add((space, journal))

    def check(self) -> CheckReport:
        """Ask for every feed."""
        lines = []
        for journal in self._people:
            try:
                feed, _ = self._feeds(journal)
            except SourceError as error:
                lines.append(CheckLine(_key(journal), False, str(error)))
                continue
            found = f"{feed.title or 'The journal'}: {len(feed.items)} entries and comments."
            lines.append(CheckLine(_key(journal), True, found))
        return CheckReport(tuple(lines))

    def streams(self) -> Iterator[Stream]:
        """Yield a stream for each journal, with its name. Raises SourceError."""
        for journal in self._people:
            feed, _ = self._feeds(journal)
            title = feed.title or f"Journal {journal[1]}"
            yield Stream(key=_key(journal), title=title)

    def shape(self, stream: str) -> Shape:
        """Say what shapes a journal's records."""
        journal = self._journal(stream)
        shaping = (self._settings.base, self._settings.timezone, self._people[journal])
        return Shape(PARSER_VERSION, digest_of(shaping))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield what each journal's feeds show now; a journal that fails is a value."""
        for stream, cursor in cursors.items():
            try:
                yield from self._read_one(stream, cursor)
            except SourceError as error:
                yield StreamFailed(stream, error)

    def _read_one(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        feed, found = self._records(self._journal(stream))
        state = unpack(cursor)
        page = Page(stream=stream, baseline=state is None, problems=feed.problems)
        seen = digest_of(found)
        if state is not None and text_at(state, "seen") == seen:
            yield Page(stream=stream)
            return
        after = pack({"seen": seen})
        for start in range(0, len(found) - PAGE_RECORDS, PAGE_RECORDS):
            part = tuple(found[start : start + PAGE_RECORDS])
            yield replace(page, records=part, complete=False)
        rest = found[(max(len(found), 1) - 1) // PAGE_RECORDS * PAGE_RECORDS :]
        yield replace(page, records=tuple(rest), cursor=after)

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """Refuse: a feed shows the newest entries only. Raises PermanentError."""
        raise PermanentError(f"The feed of {stream[:60]!r} cannot list all of its entries.")

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Say what a feed still shows; of what it no longer lists nothing is known."""
        shown: dict[str, set[str]] = {}
        found: dict[str, Presence] = {}
        for each in known:
            try:
                if each.stream not in shown:
                    _, listed = self._records(self._journal(each.stream))
                    shown[each.stream] = {one.external_id for one in listed}
            except SourceError:
                found[each.external_id] = Presence.UNKNOWN
                continue
            is_there = each.external_id in shown[each.stream]
            found[each.external_id] = Presence.PRESENT if is_there else Presence.UNKNOWN
        return found

    def _records(self, journal: _Journal) -> tuple[JournalFeed, list[Record]]:
        feed, owners = self._feeds(journal)
        return feed, list(records(feed, self._settings.base, *journal, owners))

    def _feeds(self, journal: _Journal) -> tuple[JournalFeed, dict[int, int]]:
        """Return what all feeds of a journal say together, and who wrote which entry."""
        owners: dict[int, int] = {}
        feeds = [self._fetched(journal)] if journal in self._whole else []
        for person in self._people[journal]:
            feed = self._fetched(journal, person)
            owners |= {item.entry: person for item in feed.items if not item.is_comment}
            feeds.append(feed)
        return (
            JournalFeed(
                feeds[0].title,
                tuple(item for feed in feeds for item in feed.items),
                feeds[0].problems,
            ),
            owners,
        )

    def _fetched(self, journal: _Journal, person: int | None = None) -> JournalFeed:
        numbers = {"space_key": journal[0], "module_key": journal[1]}
        if person is not None:
            numbers["journal_user_key"] = person
        response = self._client.get("modules/journal/rss.php", **numbers)
        return parse_feed(response.body, self._settings.zone)

    def _journal(self, stream: str) -> _Journal:
        for journal in self._people:
            if stream == _key(journal):
                return journal
        raise PermanentError(f"{stream[:60]!r} is none of the journals that are configured.")


def _key(journal: _Journal) -> str:
    return f"journal:{journal[0]}/{journal[1]}"
