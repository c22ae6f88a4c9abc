"""What a board sends when something happens: a signed call, as its webhooks make it."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it stands on the wire."""

    headers: Mapping[str, str]
    body: bytes


def signed_call(
    *, base: str, kind: str, event: str, subject: int, number: int, secret: str
) -> Call:
    """Return the call about one event; ``number`` is the event's own."""
    body = json.dumps({kind: {"id": subject}}).encode()
    mark = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Discourse/2026.8.0",
        "X-Discourse-Instance": base,
        "X-Discourse-Event-Id": str(number),
        "X-Discourse-Event-Type": kind,
        "X-Discourse-Event": event,
        "X-Discourse-Event-Signature": f"sha256={mark}",
    }
    return Call(headers, body)
