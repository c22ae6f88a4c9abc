"""Compares answers by shape: which keys there are, and of which types, all the way down."""

import xml.etree.ElementTree as ET
from typing import Any


def shape(value: Any) -> Any:
    """Return a value's shape; all elements of a list are laid over one another."""
    if isinstance(value, dict):
        return {"dict": {key: shape(inner) for key, inner in value.items()}}
    if isinstance(value, list):
        laid: Any = {}
        for inner in value:
            laid = _over(laid, shape(inner))
        return {"list": laid}
    return {type(value).__name__: {}}


def _over(one: Any, other: Any) -> Any:
    keys = [*one, *(key for key in other if key not in one)]
    return {key: _over(one.get(key, {}), other.get(key, {})) for key in keys}


def differences(recorded: Any, ours: Any, where: str = "") -> list[str]:
    """Return where two shapes differ; a list that is empty in the recording says nothing."""
    found = []
    for key in [*recorded, *(key for key in ours if key not in recorded)]:
        if key not in recorded:
            found.append(f"{where} {key}: only ours")
        elif key not in ours:
            found.append(f"{where} {key}: only recorded")
        elif key == "list" and not recorded[key]:
            continue
        else:
            found += differences(recorded[key], ours[key], f"{where} {key}")
    return found


def elements(document: str) -> set[str]:
    """Return the paths of all elements of an XML document, with the names of their keys."""
    found: set[str] = set()

    def walk(element: Any, path: str) -> None:
        here = f"{path}/{element.tag}"
        if element.get("name"):
            here += f"[{element.get('name')}]"
        found.add(here)
        for child in element:
            walk(child, here)

    walk(ET.fromstring(document), "")  # our own and recorded bytes
    return found
