"""What somebody wrote down beside a recorded answer, and values told in the same short form.

The form is described in ``tests/captures/moodle/README.md``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from adapters.moodle.values import utc
from connector.model import Account, Audience, Enclosure
from tests.moodle.recorded import FOLDER

EXPECTED = FOLDER / "expected"
MOMENTS = ("configured", "opens", "modified")
"""Fields of values inside the adapter that hold Moodle's seconds."""


def expected(name: str) -> dict[str, Any]:
    """Return what was written down for an answer, or for the one it is the same as."""
    written = tomllib.loads((EXPECTED / f"{name}.toml").read_text(encoding="utf-8"))
    return expected(written["same_as"]) if "same_as" in written else written


def told(value: object) -> Any:
    """Return a value as it is written down: things by their ids, without what is empty."""
    if isinstance(value, Account):
        return f"{value.external_id}, {value.role}, {value.name}"
    if isinstance(value, Enclosure):
        return f"{value.url} ({value.media_type or 'unknown'}, {value.bytes} bytes)"
    if isinstance(value, Audience):
        return f"{value.kind}:{value.key}" if value.key else str(value.kind)
    if is_dataclass(value):
        return _thing(value)
    if isinstance(value, Mapping):
        return {str(key): told(one) for key, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [told(one) for one in value]
    return value


def by_id(values: list[Any]) -> dict[str, Any]:
    """Return things by their ids, of which each stands for one of them."""
    found = {str(getattr(one, "external_id", None) or one.id): one for one in values}
    assert len(found) == len(values)
    return found


def _thing(value: Any) -> dict[str, Any]:
    made = {each.name: getattr(value, each.name) for each in fields(value)}
    made = {key: utc(one) if key in MOMENTS else one for key, one in made.items()}
    unnamed = ("external_id", "id", "digest")
    return {
        key: told(one)
        for key, one in made.items()
        if key not in unnamed and one not in (None, "", 0, False, (), frozenset())
    }
