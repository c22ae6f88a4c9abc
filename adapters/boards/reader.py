"""Reads one feed of a board once for all of its forums.

A feed shows a window of what is newest; each forum in it is a stream. State of a stream:
``etag``, ``modified`` (validators, kept only with what they vouch for) and ``seen``, a digest of
what was handed on of this forum.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from adapters.boards.client import BoardClient
from adapters.boards.parse import key_of, read_board
from adapters.boards.settings import BoardSettings
from adapters.feeds.cursors import digest_of, pack, unpack
from adapters.feeds.harvest import in_slices
from adapters.feeds.parse import Feed
from connector.http import Validators
from connector.model import CLUSTER, PUBLIC, Cursor, Page, Record, Stream

LIVE, SAVED = "feed:", "saved:"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed as it came; None in place of it: nothing is new."""

    feed: Feed
    forums: Mapping[str, tuple[Record, ...]]
    etag: str = ""
    modified: str = ""


class FeedOfBoard:
    """One feed: ``feed:`` and its address, or ``saved:`` and its file's name."""

    def __init__(self, client: BoardClient, settings: BoardSettings, source: str) -> None:
        self._client = client
        self._settings = settings
        self.source = source

    def streams(self, fetched: Fetched) -> tuple[Stream, ...]:
        """Return the board itself, for what names no forum, and each forum."""
        url = self.source.removeprefix(LIVE) if self.source.startswith(LIVE) else None
        names = dict.fromkeys(["", *sorted(fetched.forums)])
        by_key = {key_of(self.source, name): name for name in names}
        title = fetched.feed.title or self.source.partition(":")[2]
        return tuple(
            Stream(key=key, title=name or title, url=url, sloppy_ids=True)
            for key, name in by_key.items()
        )

    def fetched(self, validators: Validators | None = None) -> Fetched | None:
        """Return the feed, or None where nothing is new. Raises SourceError."""
        zone, address = ZoneInfo(self._settings.timezone), self._settings.address
        if self.source.startswith(SAVED):
            body = self._client.saved(self._settings.saved, self.source.removeprefix(SAVED))
            audience = PUBLIC if self._settings.saved_is_public else CLUSTER
            feed, forums = read_board(
                body, url=address, content_type="", source=self.source, zone=zone, audience=audience
            )
            return Fetched(feed, forums)
        response = self._client.fetch(self.source.removeprefix(LIVE), validators)
        if response.not_modified:
            return None
        feed, forums = read_board(
            response.body,
            url=response.url,
            content_type=response.content_type,
            source=self.source,
            zone=zone,
            audience=PUBLIC,
        )
        found = response.validators
        return Fetched(feed, forums, found.etag or "", found.last_modified or "")

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page]:
        """Yield pages of these streams, which are forums of this feed. Raises SourceError."""
        states = {key: unpack(cursor) for key, cursor in cursors.items()}
        fetched = self.fetched(_validators(list(states.values())))
        if fetched is None:
            for key, cursor in cursors.items():
                yield Page(stream=key, cursor=cursor)
            return
        by_key: dict[str, list[Record]] = {key: [] for key in cursors}
        for forum, records in fetched.forums.items():
            by_key.setdefault(key_of(self.source, forum), []).extend(records)
        for key in cursors:
            yield from self._pages(key, states[key], fetched, by_key[key])

    def _pages(
        self,
        key: str,
        state: Mapping[str, object] | None,
        fetched: Fetched,
        records: list[Record],
    ) -> Iterator[Page]:
        seen = digest_of(repr(records))
        first = state is None
        known = {key_of(self.source, forum) for forum in fetched.forums}
        digest = digest_of(repr(sorted(known)))
        is_board = key == key_of(self.source, "")
        after = {"etag": fetched.etag, "modified": fetched.modified, "seen": seen, "forums": digest}
        before = state or {}
        changed = [] if before.get("seen") == seen else records
        has_others = is_board and before.get("forums") != digest
        *earlier, last = in_slices(changed)
        for some in earlier:
            yield Page(stream=key, records=some, baseline=first, complete=False)
        hidden = tuple(p.external_id for p in fetched.feed.problems if p.external_id)
        yield Page(
            stream=key,
            records=last,
            gone=hidden if is_board else (),
            problems=fetched.feed.problems if is_board else (),
            cursor=pack(after),
            listed=tuple(record.external_id for record in records),
            baseline=first,
            streams=self.streams(fetched) if has_others else (),
        )


def _validators(states: list[Mapping[str, object] | None]) -> Validators | None:
    """Return what to ask with: only where all the streams have seen the same answer."""
    told = {(str(s.get("etag", "")), str(s.get("modified", ""))) if s else None for s in states}
    if len(told) != 1 or None in told:
        return None
    etag, modified = next(iter(told)) or ("", "")
    return Validators(etag or None, modified or None)
