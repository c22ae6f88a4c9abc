"""Calls that a board makes when something happens: whether they are genuine.

A genuine call only asks for a run; nothing in it is read. So one that is lost costs time, and
one that is sent again changes nothing.
"""

import hashlib
import hmac
from collections.abc import Mapping

SIGNATURE = "x-discourse-event-signature"


def verify_hook(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a call carries the signature of its raw body, made with the shared secret."""
    given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
    mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(given.encode(), f"sha256={mark}".encode())
