"""Builders for the identity ladder: an invented blog, its kept posts, and what a page brings.

Everything has a plain default, so that a test says only what its claim is about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connector.fetched import Fetched, fetch
from connector.identity import (
    Candidate,
    Context,
    Incoming,
    Kept,
    Match,
    digest64,
    link_key,
    match,
)
from connector.likeness import Compared, compared
from connector.model import Kind, Record
from connector.privacy import Privacy
from tests.fake_place import words

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRIVACY = Privacy(bytes(range(32)))
OWN = "http://blog.example"
SOURCE, STREAM, OTHER_SOURCE, OTHER_STREAM = 1, 10, 2, 20


def text(number: int, count: int = 60) -> str:
    """Return a text that has nothing in common with another number's."""
    return " ".join(words(number, count))


def text_hash(title: str, folded: str) -> bytes:
    """Return a digest that differs where title or text differ."""
    return digest64(f"{title}\0{folded}").to_bytes(8, "big", signed=True)


def incoming(number: int = 1, **changes: Any) -> Incoming:
    """Return what a page brought: post ``number`` of the invented blog."""
    link = changes.pop("link", f"{OWN}/{number}")
    told: dict[str, Any] = {
        "external_id": f"feed#{number}",
        "link_key": link_key(link),
        "owns_link": bool(link) and link.startswith(OWN),
        "title": f"week {number}",
        "folded": text(number),
        "author": "hemi brown",
        "published": NOW,
        **changes,
    }
    told.setdefault("text_hash", text_hash(told["title"], told["folded"]))
    return Incoming(**told)


@dataclass
class Hub:
    """What is kept, by the numbers of its origins, with their texts."""

    origins: list[Candidate] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def keep(self, number: int = 1, **changes: Any) -> Candidate:
        """Keep post ``number``, each time as an item of its own unless told otherwise."""
        serial = len(self.origins) + 1
        folded = changes.pop("folded", text(number))
        link = changes.pop("link", f"{OWN}/{number}")
        told: dict[str, Any] = {
            "origin_id": 100 + serial,
            "item_id": 1000 + serial,
            "source_id": SOURCE,
            "stream_id": STREAM,
            "external_id": f"feed#{number}",
            "generation": 0,
            "link_key": link_key(link),
            "owns_link": bool(link) and link.startswith(OWN),
            "title": f"week {number}",
            "meta_hash": b"meta",
            "author": "hemi brown",
            "published": NOW,
            "is_comment": False,
            "is_live": True,
            **changes,
        }
        told.setdefault("text_hash", text_hash(told["title"], folded))
        candidate = Candidate(**told)
        self.origins.append(candidate)
        self.texts[candidate.origin_id] = folded
        return candidate

    def place(
        self,
        found: Incoming,
        *,
        sloppy: bool = True,
        listed: Sequence[str] = (),
        shared: bool = False,
        **context: Any,
    ) -> Match:
        """Return where the ladder puts a record; the document lists it and ``listed``.

        ``shared``: another record of the page carries its link.
        """
        window = frozenset([found.external_id, *listed]) if sloppy else frozenset(listed)
        return match(
            found,
            self._kept(found, shared=shared),
            Context(
                **{
                    "source_id": SOURCE,
                    "stream_id": STREAM,
                    "sloppy_ids": sloppy,
                    "listed": window,
                    **context,
                }
            ),
            self._text,
        )

    def _kept(self, found: Incoming, *, shared: bool) -> Kept:
        own = [one for one in self.origins if one.source_id == SOURCE]
        by_id = [one for one in own if one.external_id == found.external_id]
        by_link = [one for one in self.origins if one.link_key == found.link_key]
        return Kept(
            by_id={found.external_id: by_id} if by_id else {},
            by_link={} if found.link_key is None else {found.link_key: by_link},
            near=self.origins,
            shared_links=frozenset([found.link_key or 0]) if shared else frozenset(),
        )

    def _text(self, origin_id: int) -> Compared:
        self.asked.append(origin_id)
        return compared(self.texts[origin_id])


def fetched(record: Record | None = None, **changes: Any) -> Fetched:
    """Return a record as the hub would keep it, from the invented blog unless told otherwise."""
    told: dict[str, Any] = {
        "kind": Kind.POST,
        "external_id": "feed#1",
        "url": f"{OWN}/1",
        "title": "Week 1",
        "html": "<p>We looked for t\u016b\u012b.</p>",
        "published": NOW,
        **changes,
    }
    return fetch(
        record or Record(**told), source_id=SOURCE, own_hosts={"blog.example"}, privacy=PRIVACY
    )
