"""The places of a cluster and how they are."""

from collections import Counter

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.store import places as kept
from connector.store.views import PlaceState, PlaceView
from connector.web.gate import Visit, audience
from connector.web.parts import the_parts
from connector.web.query import number
from connector.web.wording import WORST_FIRST

PER_PAGE = 30


@audience("visitor")
def places(visit: Visit) -> ResponseReturnValue:
    """List the places: facilitators see how each one is, worst first."""
    found = sorted(kept.states(visit.connection, visit.scope), key=_order)
    page = max(1, number(request.args, "page") or 1)
    keys = [place.key for place in found[(page - 1) * PER_PAGE : page * PER_PAGE]]
    shown = sorted(kept.places(visit.connection, visit.scope, keys), key=_order)
    return render_template(
        "places.html",
        visit=visit,
        places=shown,
        total=len(found),
        states=_states(found),
        next_page=page + 1 if len(found) > page * PER_PAGE else None,
        can_ask=the_parts().ask_for_run is not None,
    )


@audience("facilitator")
def read_now(visit: Visit) -> ResponseReturnValue:
    """Ask for one place to be read soon."""
    ask_for_run = the_parts().ask_for_run
    place = _place(visit, request.form.get("place", ""))
    if ask_for_run is None or place.paused:
        abort(400, "This place cannot be read now: it is paused, or the hub only shows pages.")
    ask_for_run(visit.cluster.cluster_id, place.key)
    flash(f"{place.title} is read within a few minutes. Load this page again to see how it went.")
    return redirect(url_for("places", slug=visit.cluster.slug), 303)


def _place(visit: Visit, key: str) -> PlaceView:
    for place in kept.places(visit.connection, visit.scope, [key]):
        return place
    abort(404)


def _order(place: PlaceView | PlaceState) -> tuple[int, str]:
    return WORST_FIRST.index(place.state), place.title.casefold()


def _states(found: list[PlaceState]) -> list[tuple[str, int]]:
    counted = Counter(place.state for place in found)
    return [(state, counted[state]) for state in WORST_FIRST if counted[state]]
