"""Announcements and what became of them; nothing is written or sent from this page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from connector.store import announced
from connector.web.gate import Visit, audience

SHOWN = 20


@audience("facilitator")
def announcements(visit: Visit) -> ResponseReturnValue:
    """List the newest announcements with their destinations."""
    return render_template(
        "announcements.html",
        visit=visit,
        announcements=announced.announced(visit.connection, visit.scope, SHOWN),
        troubled=announced.troubled(visit.connection, visit.scope),
        limit=SHOWN,
    )
