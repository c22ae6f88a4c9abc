"""Pure: what the answers of one stream hold together, and the pages it is handed on in.

How an answer is read belongs to ``parse`` and the ``*_json`` modules.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.blogs.cursors import State, pack
from connector.model import Page, Problem, Record

PAGE_RECORDS = 100
"""The most records in one page that is handed on."""


def in_slices(records: Sequence[Record]) -> list[tuple[Record, ...]]:
    """Return the records in slices of at most a page; no records are one empty slice."""
    starts = range(0, max(len(records), 1), PAGE_RECORDS)
    return [tuple(records[start : start + PAGE_RECORDS]) for start in starts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What some answers of one stream hold together."""

    records: tuple[Record, ...] = ()
    gone: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def digest(self) -> str:
        """Return a short digest by which the same answer is recognised."""
        return hashlib.sha256(repr((self.records, self.gone)).encode()).hexdigest()[:16]


NOTHING = Harvest()


def merged(parts: Iterable[Harvest]) -> Harvest:
    """Return the parts as one, without repeats; what comes later is newer."""
    records: dict[str, Record] = {}
    gone: dict[str, None] = {}
    problems: dict[Problem, None] = {}
    for part in parts:
        records.update({each.external_id: each for each in part.records})
        gone.update(dict.fromkeys(part.gone))
        problems.update(dict.fromkeys(part.problems))
    kept = tuple(each for key, each in records.items() if key not in gone)
    return Harvest(records=kept, gone=tuple(gone), problems=tuple(problems))


def closing_pages(
    stream: str, harvest: Harvest, state: State, *, seen: object, baseline: bool = False
) -> Iterator[Page]:
    """Yield the last pages of a cycle, whose cursor is kept with what they gave.

    Questions overlap, so that a quiet cycle gets the same answer again. Where it is what the
    last cycle gave as well (``seen``), there is nothing new and no record is handed on.
    """
    digest = harvest.digest()
    cursor = pack({**state, "seen": digest})
    if digest == seen:
        yield Page(stream=stream, cursor=cursor, baseline=baseline)
        return
    *earlier, last = in_slices(harvest.records)
    for some in earlier:
        yield Page(stream=stream, records=some, baseline=baseline, complete=False)
    yield Page(
        stream=stream,
        records=last,
        gone=harvest.gone,
        problems=harvest.problems,
        cursor=cursor,
        baseline=baseline,
    )
