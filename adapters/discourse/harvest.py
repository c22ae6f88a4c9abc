"""What a cycle has gathered for one stream, and the pages it is handed on in. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.discourse.state import StreamState
from connector.model import (
    Account,
    Audience,
    AudienceChange,
    Count,
    Membership,
    Page,
    Problem,
    Record,
    Stream,
)

PAGE_RECORDS = 100
PAGE_CHANGES = 500


@dataclass(slots=True)
class Harvest:
    """What is to be said of one stream before its cycle ends."""

    records: dict[int, Record] = field(default_factory=dict)
    """By the post's id."""
    gone: dict[int, None] = field(default_factory=dict)
    changes: dict[int, Audience] = field(default_factory=dict)
    counts: list[Count] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    memberships: dict[Audience, Membership] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    streams: tuple[Stream, ...] = ()

    def drop(self, number: int) -> None:
        """Note that a post is gone."""
        self.gone[number] = None
        self.records.pop(number, None)
        self.changes.pop(number, None)

    def pages(
        self, stream: str, state: StreamState, *, baseline: bool, complete: bool = True
    ) -> Iterator[Page]:
        """Yield everything; only the last page holds the cursor, and may end the reading."""
        numbers = sorted(self.records, reverse=True)
        starts = range(0, max(len(numbers), 1), PAGE_RECORDS)
        slices = [numbers[start : start + PAGE_RECORDS] for start in starts]
        changes = [
            AudienceChange(f"post:{number}", whom)
            for number, whom in self.changes.items()
            if number not in self.records
        ]
        while len(changes) > PAGE_CHANGES:
            some, changes = changes[:PAGE_CHANGES], changes[PAGE_CHANGES:]
            yield Page(
                stream=stream, audience_changes=tuple(some), baseline=baseline, complete=False
            )
        for some_numbers in slices[:-1]:
            records = tuple(self.records[number] for number in some_numbers)
            yield Page(stream=stream, records=records, baseline=baseline, complete=False)
        yield Page(
            stream=stream,
            records=tuple(self.records[number] for number in slices[-1]),
            gone=tuple(f"post:{number}" for number in self.gone),
            problems=tuple(self.problems),
            cursor=state.packed(),
            baseline=baseline,
            complete=complete,
            accounts=tuple(self.accounts.values()),
            memberships=tuple(self.memberships.values()),
            audience_changes=tuple(changes),
            counts=tuple(self.counts),
            streams=self.streams,
        )
