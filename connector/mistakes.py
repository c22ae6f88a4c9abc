"""What is wrong with a written value, as a sentence: the key, what was found, what is accepted.

The checking library speaks to programmers; this is what an operator reads instead. Which
keys there are is known to ``config`` and to the kinds of places. Pure.
"""

from collections.abc import Collection
from difflib import get_close_matches

from pydantic_core import ErrorDetails

_LONGEST_SHOWN = 80
_NEAR = 0.7
"""A slip of the finger; below, other words are taken for it."""
_WHOLE_NUMBER = "write a whole number"
_TEXT = "write text in quotation marks"
_YES_OR_NO = "write true or false"
_LIST = 'write a list, such as ["one", "two"]'
_SECTION = "write it as a section with keys"

_ACCEPTED = {
    "string_pattern_mismatch": "write small letters, digits and hyphens, at most 60",
    "int_parsing": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "literal_error": "accepted are {expected}",
    "string_type": _TEXT,
    "path_type": _TEXT,
    "bool_parsing": _YES_OR_NO,
    "bool_type": _YES_OR_NO,
    "tuple_type": _LIST,
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "string_too_short": "write something here",
    "string_too_long": "write at most {max_length} characters",
    "too_long": "write at most {max_length} of them",
}
"""What the library calls a mistake, and what to do about it."""


def told(key: str, mistake: ErrorDetails, known: Collection[str] = ()) -> str:
    """Return one sentence about a value; ``known`` are the keys that might have been meant.

    What was found is left out where the mistake carries none: it may be a secret.
    """
    if mistake["type"] == "extra_forbidden":
        return f"{key} is not a known key; {_nearest(str(mistake['loc'][-1]), known)}."
    if mistake["type"] == "missing":
        return f"{key} is missing."
    accepted = _accepted(mistake)
    if "input" in mistake:
        return f"{key} is {_shown(mistake['input'])}: {accepted}."
    return f"{key}: {accepted}."


def _accepted(mistake: ErrorDetails) -> str:
    known = _ACCEPTED.get(mistake["type"])
    if known is None:
        return mistake["msg"].removeprefix("Value error, ")
    return known.format_map(mistake.get("ctx", {}))


def _nearest(key: str, known: Collection[str]) -> str:
    near = get_close_matches(key.lower(), list(known), 1, _NEAR)
    return f"the nearest is {near[0]}" if near else f"known are {', '.join(sorted(known))}"


def _shown(found: object) -> str:
    text = repr(found)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ..."
