"""What a page's records refer to: accounts, schools, audiences, and the posts that they answer.

Ids of what is kept are loaded once for a page. Most replies of a long archive answer a post of
the same page, which is new with them: their place in the thread is found here as well.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from connector.audience import AudienceRef, effective
from connector.changes import Change
from connector.fetched import Fetched, reply_key_of
from connector.model import Account, Audience, AudienceKind
from connector.store import threads, visibility
from connector.store.audiences import refer
from connector.store.clusters import find_school
from connector.store.outcomes import RunRef
from connector.store.people import put_accounts


@dataclass(frozen=True, slots=True)
class Decided:
    """A record and what to write for it."""

    fetched: Fetched
    change: Change
    beside: datetime | None = None
    """The date of the post beside it, for one without a date in a first reading."""


_Added = tuple[Decided, int]
"""With the item that it becomes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """Where and when a page is written."""

    run: RunRef
    stream_id: int
    school_id: int | None
    """The school of the source, for records whose author has none of their own."""
    audience: AudienceKind | None = None
    """Shown to fewer than the place itself does, by the source's setting."""
    sloppy_ids: bool = False
    """As of the stream."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Ids of what the page's records refer to."""

    ref: PageRef
    accounts: Mapping[str, int]
    schools: Mapping[str, int | None]
    refs: Mapping[Audience, AudienceRef]
    parents: Mapping[int, int]
    """Item by reply key."""
    parent_refs: Mapping[tuple[int, int], AudienceRef]
    """Who sees a parent, by (item, source)."""
    first: Sequence[int] = ()
    """New items of this page that others hang on, in an order in which they may be added."""

    @classmethod
    def load(cls, conn: Connection, ref: PageRef, fetched: Sequence[Fetched]) -> "Facts":
        """Return what is kept of all that these records name; accounts are added."""
        cluster_id, source_id = ref.run.cluster_id, ref.run.source_id
        authors = [one.record.author for one in fetched if one.record.author]
        schools = {name: find_school(conn, cluster_id, name) for name in _school_names(fetched)}
        audiences = {one.record.audience for one in fetched}
        persons = [Account(one.key) for one in audiences if one.kind is AudienceKind.PERSON]
        accounts = put_accounts(conn, cluster_id, source_id, [*persons, *authors])
        refs = {
            one: refer(
                one,
                source_id=source_id,
                stream_id=ref.stream_id,
                school_id=schools.get(one.key),
                identity_id=accounts.get(one.key) if one.kind is AudienceKind.PERSON else None,
            )
            for one in audiences
        }
        kept_parents = threads.parents(conn, source_id, fetched)
        pairs = {(item_id, source_id) for item_id in kept_parents.values()}
        parent_refs = visibility.parent_audiences(conn, pairs)
        return cls(ref, accounts, schools, refs, kept_parents, parent_refs)

    def parent_of(self, fetched: Fetched) -> int | None:
        """Return the item that a record hangs on, if it is known."""
        return None if fetched.reply_key is None else self.parents.get(fetched.reply_key)

    def seen_by(self, one: Decided) -> tuple[AudienceRef, AudienceRef]:
        """Return (what the place says, who sees it in the hub)."""
        platform = self.refs[one.fetched.record.audience]
        limit = None if self.ref.audience is None else AudienceRef(self.ref.audience)
        parent_id = self.parent_of(one.fetched)
        parent = None
        if parent_id is not None:
            parent = self.parent_refs.get((parent_id, self.ref.run.source_id))
        held = one.change.held is not None
        return platform, effective(platform, limit=limit, held=held, parent=parent)

    def with_page(self, fresh: Sequence[_Added]) -> "Facts":
        """Return the facts with the page's own new items as parents.

        Posts that answer each other in a circle, or themselves, are none: whoever adopts
        replies that came early looks at them.

        Args:
            fresh: records that become new items, with these.
        """
        source_id = self.ref.run.source_id
        answered = {one.fetched.reply_key for one, _ in fresh} - self.parents.keys() - {None}
        if not answered:
            return self
        own: dict[int, _Added] = {}
        for added in fresh:
            own |= {key: added for key in own_keys(source_id, added[0].fetched) if key in answered}
        keys: dict[int, list[int]] = defaultdict(list)
        for key, (_, item_id) in own.items():
            keys[item_id].append(key)
        parents, refs, first = dict(self.parents), dict(self.parent_refs), list[int]()
        facts = replace(self, parents=parents, parent_refs=refs, first=first)
        for one, item_id in _from_the_top(own):
            refs[item_id, source_id] = facts.seen_by(one)[1]
            parents |= dict.fromkeys(keys[item_id], item_id)
            first.append(item_id)
        return facts


def own_keys(source_id: int, fetched: Fetched) -> list[int]:
    """Return the keys under which replies name a record: its id, and the address of a post."""
    incoming = fetched.incoming
    keys = [reply_key_of(source_id, incoming.external_id)]
    if not incoming.is_comment:
        keys.append(incoming.link_key)
    return [key for key in keys if key is not None]


def _from_the_top(own: Mapping[int, _Added]) -> Iterator[_Added]:
    """Yield each of these after the one that it answers; none that stands in a circle."""
    below: dict[int, list[_Added]] = defaultdict(list)
    ready: list[_Added] = []
    for added in {item_id: (one, item_id) for one, item_id in own.values()}.values():
        key = added[0].fetched.reply_key
        above = None if key is None else own.get(key)
        (ready if above is None else below[above[1]]).append(added)
    for added in ready:  # grows meanwhile
        yield added
        ready += below[added[1]]


def _school_names(fetched: Sequence[Fetched]) -> set[str]:
    names = {
        one.record.audience.key
        for one in fetched
        if one.record.audience.kind is AudienceKind.SCHOOL
    }
    return names | {
        one.record.author.school
        for one in fetched
        if one.record.author and one.record.author.school
    }
