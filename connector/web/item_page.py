"""One post in full, and its former texts."""

from dataclasses import replace

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from connector.store import reading
from connector.store.views import ItemView
from connector.web.gate import Visit, audience
from connector.web.weight import light_former, light_item


@audience("visitor")
def item(visit: Visit, item_id: int) -> ResponseReturnValue:
    """Show one post with its replies; 404 alike when it is not there and not for this viewer."""
    return render_template("item.html", visit=visit, item=light_item(_item(visit, item_id)))


@audience("facilitator")
def former_texts(visit: Visit, item_id: int) -> ResponseReturnValue:
    """Show what a post said before it was edited at its place."""
    found = _item(visit, item_id)
    light = replace(found, revisions=light_former(found.revisions))
    return render_template("former.html", visit=visit, item=light)


def _item(visit: Visit, item_id: int) -> ItemView:
    found = reading.item(visit.connection, visit.scope, item_id)
    if found is None:
        abort(404)
    return found
