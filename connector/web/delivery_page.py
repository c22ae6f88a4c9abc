"""One delivery that waits for a person: the text to copy, and their word whether it is there."""

from typing import Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connector.errors import ConfigError, StoreError
from connector.store import announced
from connector.web.gate import Visit, audience
from connector.web.parts import Said, the_parts

MOST_ADDRESS = 2000
_NOTED: Final[dict[Said, str]] = {
    "there": "Noted: it is there.",
    "absent": "Noted: it is not there.",
    "send": "Noted: where it is missing it is sent within a few minutes.",
}


@audience("facilitator")
def delivery(visit: Visit, number: int) -> ResponseReturnValue:
    """Show what is to be posted, and what somebody may say of it."""
    return _page(visit, number)


@audience("facilitator")
def settle(visit: Visit, number: int) -> ResponseReturnValue:
    """Take somebody's word on a delivery; the form comes again where it cannot be so."""
    take_word = the_parts().take_word
    if take_word is None:
        abort(400, "This hub only shows pages: start it without --no-sync.")
    said = request.form.get("said", "")
    if said not in _NOTED:
        abort(400)
    address = request.form.get("address", "").strip()[:MOST_ADDRESS] or None
    try:
        take_word(visit.cluster.cluster_id, number, said, address)
    except (ConfigError, StoreError) as error:
        return _page(visit, number, complaint=str(error), address=address), 400
    flash(_NOTED[said])
    return redirect(url_for("announcements", slug=visit.cluster.slug), 303)


def _page(
    visit: Visit, number: int, *, complaint: str | None = None, address: str | None = None
) -> str:
    found = announced.delivery(visit.connection, visit.scope, number)
    if found is None:
        abort(404)
    sent, message = found
    return render_template(
        "delivery.html",
        visit=visit,
        sent=sent,
        message=message,
        can_say=the_parts().take_word is not None,
        complaint=complaint,
        address=address,
    )
