"""Types of settings that several kinds of places have, with what they refuse.

What one kind alone knows of its addresses stays in that kind's ``settings``.
"""

from typing import Annotated
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _zone_name(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            f"{value!r} is no time zone; write one such as Pacific/Auckland"
        ) from error
    return value


ZoneName = Annotated[str, AfterValidator(_zone_name)]
"""A time zone by its name in the IANA database: ``Pacific/Auckland``."""


def web_parts(value: str, *, example: str, needs_scheme: bool = False) -> SplitResult:
    """Return the parts of a web address; one without a scheme is taken for https.

    Args:
        value: what somebody wrote, perhaps with blanks around it.
        example: an address that shows them what is meant.
        needs_scheme: whether one without a scheme is refused.

    Raises:
        ValueError: It is none; the sentence says what to write.
    """
    address = value.strip()
    parts = _parts(address)
    if parts is None or not parts.hostname or len(address.split()) != 1:
        raise ValueError(f"write a web address, such as {example}")
    if parts.scheme not in ("http", "https") or (needs_scheme and "://" not in address):
        raise ValueError("write an address that begins with https:// or http://")
    if parts.username or parts.password:
        raise ValueError("write the address without a user name or password")
    return parts


def _parts(address: str) -> SplitResult | None:
    """Return the parts, or None for what is no address; its port is only checked when asked."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        return parts if parts.port != 0 else None
    except ValueError:
        return None
