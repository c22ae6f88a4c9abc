"""Stopping letters: the link that each one holds.

A mail scanner that opens every link changes nothing: a GET shows a button. Mail programs press
it by a POST of their own (RFC 8058), so this one form needs no token of ours; the link proves
that its sender was written to.
"""

import hmac

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from connector.store import mailings
from connector.web.gate import audience
from connector.web.parts import the_parts

_WRONG = "This link is not complete. Open it once more from the letter, or answer the letter."


@audience("anyone")
def show_stop(cluster_id: int, address: str, token: str) -> ResponseReturnValue:
    """Show the button that stops the letters; nothing is changed yet."""
    _refuse_wrong(cluster_id, address, token)
    return render_template("stop.html", address=address, is_done=False)


@audience("anyone")
def stop_letters(cluster_id: int, address: str, token: str) -> ResponseReturnValue:
    """Send no more letters to this address."""
    _refuse_wrong(cluster_id, address, token)
    parts = the_parts()
    with parts.store.write(cluster_id) as conn:
        mailings.stop(conn, cluster_id, address, parts.now())
    return render_template("stop.html", address=address, is_done=True)


def _refuse_wrong(cluster_id: int, address: str, token: str) -> None:
    make = the_parts().stop_token
    if make is None or not hmac.compare_digest(make(cluster_id, address).encode(), token.encode()):
        abort(404, _WRONG)
