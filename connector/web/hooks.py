"""Where places call: they carry no cookie and no form, but a signature of what they send."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from connector.web.gate import audience
from connector.web.parts import the_parts


@audience("anyone")
def hook(slug: str, place: str) -> ResponseReturnValue:
    """Take a call: 204 for a genuine one, 404 for every other, whatever is wrong with it."""
    hear = the_parts().hear_hook
    if hear is None or not hear(slug, place, dict(request.headers), request.get_data(cache=False)):
        abort(404)
    return Response(status=204)
