"""Entities that a feed declares: how far they would grow it. Nothing here expands one.

Feeds are read without their document type (``feed_xml``), so a declared entity stays the word
that it is. A feed whose entities were written to grow is refused, so that nothing of it is kept.
"""

import re
from functools import cache

MAX_GROWN_CHARACTERS = 10_000_000
"""What a feed's own entities may come to, every reference counted; XML's have no part in it."""

_MOST_DECLARED = 2_000
_MOST_LEVELS = 50
_DECLARED = re.compile(r"<!ENTITY\s+([\w.:-]{1,80})\s+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(r"&([\w.:-]{1,80});")
_FIRST_ELEMENT = re.compile(r"<[a-zA-Z]")


def grow_too_far(text: str) -> bool:
    """Whether the entities that this document declares would make it longer than the limit.

    An entity that refers to itself, or of too many levels, counts as one without an end.
    """
    if "<!ENTITY" not in text:
        return False
    start = _FIRST_ELEMENT.search(text)
    declared = _DECLARED.findall(text, 0, start.start() if start else len(text))
    values = {name: double or single for name, double, single in declared}
    if len(values) > _MOST_DECLARED:
        return True
    inner = {name: _known(value, values) for name, value in values.items()}

    @cache
    def grown(name: str, level: int) -> int:
        if level > _MOST_LEVELS:
            return MAX_GROWN_CHARACTERS + 1
        return len(values[name]) + sum(grown(each, level + 1) for each in inner[name])

    return sum(grown(name, 0) for name in _known(text, values)) > MAX_GROWN_CHARACTERS


def _known(text: str, values: dict[str, str]) -> list[str]:
    return [name for name in _REFERENCE.findall(text) if name in values]
