"""Records what identity decided, and plays a story again with some merges never made."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import chain

import pytest

from connector.identity import Candidate, Context, Incoming, Kept, Match, Step
from sync_jobs import pages
from tests.identity.village import Village

Name = tuple[int, str, int]
"""What an origin is called in every run: source, external id, generation."""
Decisions = list[tuple[Name, Match]]

_Match = Callable[..., Match]
_MERGES = (Step.LINK, Step.MOVED)


def name_of(origin: Candidate) -> Name:
    """Return what a kept origin is called."""
    return (origin.source_id, origin.external_id, origin.generation)


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Decisions]:
    """Note every decision that is made meanwhile, in order."""
    decisions: Decisions = []
    real = pages.match

    def note(incoming: Incoming, kept: Kept, context: Context, texts: object) -> Match:
        found = real(incoming, kept, context, texts)  # type: ignore[arg-type]
        decisions.append(((context.source_id, incoming.external_id, found.generation), found))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(pages, "match", note)
        yield decisions


@contextmanager
def replayed(
    monkeypatch: pytest.MonkeyPatch, decisions: Decisions, never: Collection[Name]
) -> Iterator[None]:
    """Decide as before, but let these origins be posts of their own from the beginning."""
    told = iter(decisions)

    def repeat(incoming: Incoming, kept: Kept, context: Context, texts: object) -> Match:
        name, former = next(told)
        assert name[:2] == (context.source_id, incoming.external_id)
        if former.step in _MERGES and name in never:
            return Match(Step.NEW)
        if former.origin is None:
            return former
        wanted = name_of(former.origin)
        known = chain(kept.near, *kept.by_id.values(), *kept.by_link.values())
        origin = next(one for one in known if name_of(one) == wanted)
        return Match(former.step, origin, former.generation, former.reason, former.changes_stream)

    with monkeypatch.context() as patch:
        patch.setattr(pages, "match", repeat)
        yield


def merged_names(decisions: Decisions) -> list[Name]:
    """Return the origins that were joined with another, in order."""
    return [name for name, found in decisions if found.step in _MERGES]


def fresh(village: Village) -> Village:
    """Return another hub on the same database, emptied."""
    from tests.sync.test_killed import empty

    empty(village)
    return Village(village.store, cluster=village.cluster)
