"""What's new in a cluster, and what a search finds: one page, two ways to fill it."""

from dataclasses import dataclass
from typing import Literal

from flask import render_template, request
from flask.typing import ResponseReturnValue

from connector.model import Kind
from connector.store import places as kept
from connector.store import reading
from connector.store.views import Choice, Summary
from connector.web.gate import Visit, audience
from connector.web.query import Wanted, wanted

PLACES_LIMIT = 60
"""With more places than these the list of them would weigh more than the page may: then a
place is chosen on the page of places."""


@dataclass(frozen=True, slots=True)
class _Listed:
    items: tuple[Summary, ...]
    older: int | None
    count: int | None
    """None: nothing was counted, since nothing was searched."""
    and_more: bool = False


@audience("visitor")
def news(visit: Visit) -> ResponseReturnValue:
    """Show the newest posts, or those with the words that are searched."""
    asked = wanted(request.args)
    choices = reading.choices(visit.connection, visit.scope, limit=PLACES_LIMIT + 1)
    chosen = _chosen_place(visit, asked.place)
    schools = reading.schools(visit.connection, visit.scope)
    listed = _search(visit, asked) if asked.words else _newest(visit, asked)
    return render_template(
        "news.html",
        visit=visit,
        asked=asked,
        listed=listed,
        why_empty=None if listed.items or asked.is_narrowed else _why_empty(visit),
        schools=[(school.school_id, school.name) for school in schools],
        places=_place_rows(choices if len(choices) <= PLACES_LIMIT else chosen),
        place_title=chosen[0].title if chosen else None,
        has_places=bool(choices),
    )


def _why_empty(visit: Visit) -> Literal["no places", "not read", "nothing kept"] | None:
    """Say to facilitators why a cluster shows no posts; others see no more than that."""
    if not visit.scope.everything:
        return None
    places = kept.states(visit.connection, visit.scope)
    if not places:
        return "no places"
    are_read = all(place.state in ("well", "paused") for place in places)
    return "nothing kept" if are_read else "not read"


def _newest(visit: Visit, asked: Wanted) -> _Listed:
    found = reading.news(
        visit.connection,
        visit.scope,
        school_id=asked.school_id,
        place=asked.place,
        kinds=_kinds(asked.kind),
        before=asked.before,
    )
    return _Listed(found.items, found.older, None)


def _search(visit: Visit, asked: Wanted) -> _Listed:
    found = reading.search(
        visit.connection,
        visit.scope,
        asked.words,
        school_id=asked.school_id,
        place=asked.place,
        before=asked.before,
    )
    return _Listed(found.items, found.older, found.count, found.and_more)


def _kinds(kind: Kind | None) -> frozenset[Kind] | None:
    return None if kind is None else frozenset({kind})


def _chosen_place(visit: Visit, key: str | None) -> tuple[Choice, ...]:
    """Return the chosen place, if one is chosen that has something for the viewer."""
    return () if key is None else reading.choices(visit.connection, visit.scope, key=key)


def _place_rows(places: tuple[Choice, ...]) -> list[tuple[str, str]]:
    return [(place.key, place.title) for place in places]
