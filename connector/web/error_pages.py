"""Each error as a page with one sentence: what happened and what to do."""

import logging

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from connector.errors import HubError
from connector.web.parts import the_parts
from connector.web.session import is_facilitator
from connector.web.wording import ERROR_OTHERWISE, ERRORS

_log = logging.getLogger(__name__)


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show an error by its code, in our words or in those of whoever raised it."""
    code = error.code or 500
    heading, sentence = ERRORS.get(code, ERROR_OTHERWISE)
    if error.description and error.description != type(error).description:
        sentence = error.description
    response = make_response(render_template("error.html", heading=heading, sentence=sentence))
    response.status_code = code
    for name, value in error.get_headers():
        if name != "Content-Type":  # Allow and Retry-After stay
            response.headers[name] = value
    return response


def show_hub_error(error: HubError) -> ResponseReturnValue:
    """Show that the database does not answer; its own sentence goes to facilitators only."""
    _log.error("pages: %s", error)
    heading, sentence = ERRORS[503]
    if is_facilitator(the_parts().now()):
        sentence = f"{sentence} {error}"
    page = render_template("error.html", heading=heading, sentence=sentence)
    return page, 503, {"Retry-After": "60"}
