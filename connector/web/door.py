"""Coming in as a facilitator by the one-time link, and leaving.

A mail program that opens links to look at them must not use the key up: a GET only shows
a button.
"""

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.web import session
from connector.web.gate import audience
from connector.web.parts import the_parts

_SPENT = (
    "This link opens the hub once, and it was used already or is not complete. "
    "Start the hub again: it prints a new one."
)


@audience("anyone")
def show_door(token: str) -> ResponseReturnValue:
    """Show the button that opens; nothing is used up yet."""
    if not the_parts().key.fits(token):
        abort(404, _SPENT)
    return render_template("enter.html", token=token)


@audience("anyone")
def enter(token: str) -> ResponseReturnValue:
    """Let a facilitator in and make the link useless."""
    if not the_parts().key.use(token):
        abort(404, _SPENT)
    session.let_facilitator_in(the_parts().now())
    return redirect(url_for("home"), 303)


@audience("anyone")
def leave() -> ResponseReturnValue:
    """Make this browser a visitor's again."""
    session.leave()
    return redirect(url_for("home"), 303)
