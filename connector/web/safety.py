"""What holds for every request and every answer, whatever the page."""

import re

from flask import Response, abort, request

from connector.web.parts import the_parts
from connector.web.session import form_is_ours, is_facilitator

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
BY_MAIL_PROGRAMS = "stop_letters"
_SIGNED = "hook"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def host_name(header: str) -> str:
    """Return the name in a Host header, without its port; empty when it is not one."""
    match = _HOST.fullmatch(header.lower())
    return match[1] if match else ""


def refuse_unknown_host() -> None:
    """Answer only to names we were given: a foreign name may point at this machine."""
    if host_name(request.headers.get("Host", "")) not in _LOCAL | the_parts().hosts:
        abort(
            400,
            "This hub does not answer to that name. Open it by the address that your technician "
            "gave you; a technician adds further names as hosts, in the section serve of config.toml.",
        )


def refuse_foreign_form() -> None:
    """Take no form that another site put together.

    Two are no forms of ours: a call of a place is judged by its signature, and the link by which
    letters are stopped is its own proof, for mail programs send it without having seen a form.
    No cookie counts there.
    """
    if request.endpoint in (_SIGNED, BY_MAIL_PROGRAMS):
        return
    if request.method not in _SAFE_METHODS and not form_is_ours():
        abort(
            400,
            "This form was open for too long, or the browser keeps no cookies for this page. "
            "Go back, load the page again, and press the button once more.",
        )


def add_headers(response: Response) -> Response:
    """Add what every answer carries."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        # A page depends on who looks; a facilitator's copy stays on no disk.
        private = is_facilitator(the_parts().now())
        response.headers["Cache-Control"] = "private, no-store" if private else "no-cache"
        response.vary.add("Cookie")
    return response
