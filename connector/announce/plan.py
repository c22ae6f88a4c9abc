"""What somebody agreed to, as a hash: what is sent later is that, or nothing is sent. Pure.

The plan covers the literal requests a destination would make, and who would see the copy. It
leaves out what changes by itself: credentials and dates.
"""

import hashlib
import json
from collections.abc import Sequence

from connector.model import PlannedRequest

_LEFT_OUT = frozenset(
    ("authorization", "cookie", "date", "message-id", "api-key", "api-username", "content-length")
)


def plan_hash(requests: Sequence[PlannedRequest], *, destination: str, audience: str) -> str:
    """Return the plan's hash; the same requests to the same readers always give the same.

    Args:
        requests: what would be sent, in order.
        destination: kind and address of the place.
        audience: who sees what stands there.
    """
    told = {
        "destination": destination,
        "audience": audience,
        "requests": [
            {
                "method": one.method,
                "address": one.address,
                "headers": _headers(one),
                "body": one.body,
            }
            for one in requests
        ],
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _headers(request: PlannedRequest) -> list[tuple[str, str]]:
    secret = {name.lower() for name in request.secrets} | _LEFT_OUT
    pairs = ((name.lower(), value) for name, value in request.headers)
    return sorted((name, value) for name, value in pairs if name not in secret)


def shown(request: PlannedRequest) -> str:
    """Return a request as somebody may read it; secrets are named, never shown."""
    secret = {name.lower() for name in request.secrets} | {"authorization", "cookie", "api-key"}
    lines = [f"{request.method} {request.address}"]
    for name, value in request.headers:
        lines.append(f"{name}: {'(kept secret)' if name.lower() in secret else value}")
    told = {name.lower() for name, _ in request.headers}
    lines += [f"{name}: (kept secret)" for name in request.secrets if name.lower() not in told]
    return "\n".join([*lines, "", request.body])
