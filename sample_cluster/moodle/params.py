"""The parameters of a call: PHP's flattened names, and what a function accepts.

``decoded`` turns ``courseids[0]=2`` into values; ``checked`` holds them against what a function
declares and raises the same error for a missing, an unknown and a wrong one, as Moodle does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sample_cluster.moodle.errors import invalid_parameter

_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class One:
    """A single value."""

    kind: Literal["int", "text", "bool"]
    default: Any = _REQUIRED


@dataclass(frozen=True, slots=True)
class Many:
    """A list of values or records."""

    of: "One | Record"
    default: Any = _REQUIRED


@dataclass(frozen=True, slots=True)
class Record:
    """Named values."""

    fields: "Mapping[str, Spec]"
    default: Any = _REQUIRED


Spec = One | Many | Record

INT, TEXT, BOOL = One("int"), One("text"), One("bool")
OPTIONS: Spec = Many(Record({"name": TEXT, "value": TEXT}), ())
"""What several functions take: pairs of a name and a value."""


def optional(kind: Literal["int", "text", "bool"], default: Any) -> One:
    """Return a single value that may be left out."""
    return One(kind, default)


def decoded(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the form's pairs as nested dictionaries; lists have the keys ``"0"``, ``"1"`` ..."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = name.replace("]", "").split("[")
        here = found
        for step in path:
            inner = here.setdefault(step or str(len(here)), {})
            here = inner if isinstance(inner, dict) else {}
        here[last or str(len(here))] = value
    return found


def checked(fields: Mapping[str, Spec], given: Any) -> dict[str, Any]:
    """Return the values that a function gets. Raises MoodleError."""
    if isinstance(given, list) and not given:
        given = {}  # PHP writes an empty object as an empty list
    if not isinstance(given, Mapping):
        raise invalid_parameter("Only arrays accepted.")
    unknown = [name for name in given if name not in fields]
    if unknown:
        raise invalid_parameter(f"Unexpected keys ({', '.join(unknown)}) detected")
    return {name: _value(name, spec, given.get(name, _REQUIRED)) for name, spec in fields.items()}


def _value(name: str, spec: Spec, given: Any) -> Any:
    if given is _REQUIRED:
        if spec.default is _REQUIRED:
            raise invalid_parameter(f"Missing required key in single structure: {name}")
        return spec.default
    if isinstance(spec, One):
        return _single(name, spec, given)
    if isinstance(spec, Record):
        return checked(spec.fields, given)
    if not isinstance(given, Mapping | list):
        raise invalid_parameter(f"{name} => Only arrays accepted. The bad value is: '{given}'")
    values = list(given.values()) if isinstance(given, Mapping) else given
    return [_value(name, spec.of, value) for value in values]


def _single(name: str, spec: One, given: Any) -> Any:
    if isinstance(given, Mapping | list):
        raise _wrong(name, "array", spec.kind)
    if spec.kind == "text":
        return str(given)
    if spec.kind == "bool":
        if str(given).lower() not in ("0", "1", "true", "false", ""):
            raise _wrong(name, given, "bool")
        return str(given).lower() in ("1", "true")
    try:
        return int(given)
    except (TypeError, ValueError):
        raise _wrong(name, given, "int") from None


def _wrong(name: str, given: Any, wanted: str) -> Exception:
    return invalid_parameter(
        f"{name} => Invalid parameter value detected (Invalid external api parameter: the value "
        f'is "{given}", the server was expecting "{wanted}" type)'
    )
