"""The signed cookie: whether a facilitator looks, and the token of their forms.

A visitor gets no cookie until a page shows them a form.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from flask import request, session

SESSION_LASTS = timedelta(days=30)
FORM_FIELD = "csrf_token"

_SINCE = "facilitator_since"
_CSRF = "csrf"


def let_facilitator_in(now: datetime) -> None:
    """Make this browser a facilitator's; whatever its cookie said before is forgotten."""
    session.clear()
    session.permanent = True
    session[_SINCE] = int(now.timestamp())


def leave() -> None:
    """Make this browser a visitor's."""
    session.clear()


def is_facilitator(now: datetime) -> bool:
    """Whether this browser was let in, and not too long ago."""
    since = session.get(_SINCE)
    if not isinstance(since, int):
        return False
    return timedelta(0) <= now - datetime.fromtimestamp(since, UTC) < SESSION_LASTS


def csrf_token() -> str:
    """Return the token that this browser's forms carry."""
    token = session.get(_CSRF)
    if not isinstance(token, str):
        token = session[_CSRF] = secrets.token_urlsafe(24)
    return token


def form_is_ours() -> bool:
    """Whether the form that arrived was shown by us to this browser."""
    expected = session.get(_CSRF)
    if not isinstance(expected, str):
        return False
    return hmac.compare_digest(expected.encode(), request.form.get(FORM_FIELD, "").encode())
