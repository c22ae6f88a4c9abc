"""Pure: what the answers of one stream hold together, and the pages it is handed on in.

How an answer is read belongs to ``parse`` and the ``*_json`` modules.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from adapters.feeds.cursors import State, digest_of, pack
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
        return digest_of(repr((self.records, self.gone)))


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


def page_of(
    stream: str, harvest: Harvest, state: State, *, baseline: bool = False, complete: bool = False
) -> Page:
    """Return the harvest as one page, after which reading goes on from this state."""
    return Page(
        stream=stream,
        records=harvest.records,
        gone=harvest.gone,
        problems=harvest.problems,
        cursor=pack(state),
        baseline=baseline,
        complete=complete,
    )


def closing_pages(
    stream: str, harvest: Harvest, state: State, *, seen: object, baseline: bool = False
) -> Iterator[Page]:
    """Yield the last pages of a cycle, whose cursor is kept with what they gave.

    Questions overlap, so that a quiet cycle gets the same answer again. Where it is what the
    last cycle gave as well (``seen``), there is nothing new and no record is handed on.
    """
    digest = harvest.digest()
    after = {**state, "seen": digest}
    if digest == seen:
        yield page_of(stream, NOTHING, after, baseline=baseline, complete=True)
        return
    *earlier, last = in_slices(harvest.records)
    for some in earlier:
        yield Page(stream=stream, records=some, baseline=baseline, complete=False)
    yield page_of(stream, replace(harvest, records=last), after, baseline=baseline, complete=True)
