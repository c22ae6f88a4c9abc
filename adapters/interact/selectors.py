"""CSS selectors -> XPath, for the part of CSS that settings may use; pure.

Understood: ``tag``, ``.class``, ``#id``, ``[name]``, ``[name="text"]``, ``[name*="text"]``, their
combinations, descendants by blanks and lists by commas.
"""

import re
from functools import lru_cache

from lxml import etree

_SIMPLE = re.compile(
    r"(?P<tag>\*|[A-Za-z][\w-]*)|\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)"
    r"|\[(?P<name>[\w:-]+)(?:(?P<how>\*?=)\"(?P<text>[^\"']*)\")?\]",
    re.ASCII,
)
_QUOTED = re.compile(r"\s+(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")


@lru_cache(maxsize=128)
def compiled(css: str) -> etree.XPath:
    """Return what finds the elements that a selector means. Raises ValueError."""
    lists = [part.strip() for part in css.split(",")]
    return etree.XPath(" | ".join(_path(part) for part in lists))


def _path(css: str) -> str:
    if not css:
        raise ValueError("a selector is empty")
    return "." + "".join(f"//{_step(part)}" for part in _QUOTED.split(css))


def _step(css: str) -> str:
    tag, tests, at = "*", "", 0
    while at < len(css):
        found = _SIMPLE.match(css, at)
        if found is None or (found["tag"] and at):
            raise ValueError(f"{css!r} is no selector that is understood")
        at = found.end()
        if found["tag"]:
            tag = found["tag"].lower()
        elif found["class"]:
            tests += f"[contains(concat(' ', normalize-space(@class), ' '), ' {found['class']} ')]"
        elif found["id"]:
            tests += f"[@id='{found['id']}']"
        else:
            tests += _attribute_test(found["name"].lower(), found["how"], found["text"])
    return tag + tests


def _attribute_test(name: str, how: str | None, text: str | None) -> str:
    # In HTML the names of attributes know no capitals, and a colon in one means nothing.
    attribute = f"@*[name()='{name}']" if ":" in name else f"@{name}"
    if how == "=":
        return f"[{attribute}='{text}']"
    return f"[contains({attribute}, '{text}')]" if how else f"[{attribute}]"
