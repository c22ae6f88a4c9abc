"""Reading the part of an address after its question mark."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from werkzeug.exceptions import BadRequest

from connector.model import Kind

WORDS_LIMIT = 200
_NUMBER = re.compile(r"-?[0-9]{1,19}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_BIGGEST = 2**63 - 1  # what a database can compare


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the viewer asks a list to show."""

    words: str = ""
    school_id: int | None = None
    place: str | None = None
    kind: Kind | None = None
    before: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the page is chosen."""
        return replace(self, before=None) != Wanted()

    def address(self, *, before: int | None = None, **without: bool) -> dict[str, str]:
        """Return the parameters of the same list, at ``before``, less what is named."""
        found = {
            "q": self.words or None,
            "school": self.school_id,
            "place": self.place,
            "kind": self.kind,
            "before": before,
        }
        kept = {name: value for name, value in found.items() if not without.get(name)}
        return {name: str(value) for name, value in kept.items() if value is not None}


def wanted(arguments: Mapping[str, str]) -> Wanted:
    """Return what an address asks for. Raises BadRequest naming the part that is wrong."""
    return Wanted(
        words=plain(arguments.get("q", ""))[:WORDS_LIMIT].strip(),
        school_id=number(arguments, "school"),
        place=plain(arguments.get("place", "")) or None,
        kind=_kind(arguments.get("kind", "")),
        before=number(arguments, "before"),
    )


def plain(text: str) -> str:
    """Return the text without control characters, which a database refuses."""
    return _CONTROL.sub(" ", text).strip()


def number(arguments: Mapping[str, str], name: str) -> int | None:
    """Return a whole number, or None when it is not given. Raises BadRequest."""
    given = arguments.get(name, "").strip()
    if not given:
        return None
    if not _NUMBER.fullmatch(given) or abs(int(given)) > _BIGGEST:
        raise _wrong(name)
    return int(given)


def _kind(given: str) -> Kind | None:
    if not given:
        return None
    try:
        return Kind(given)
    except ValueError:
        raise _wrong("kind") from None


def _wrong(name: str) -> BadRequest:
    return BadRequest(
        f"The address of this page has a part that cannot be read: {name}. "
        "Start again from what's new."
    )
