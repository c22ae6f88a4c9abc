"""Holds a JSON value against a schema: the part of JSON Schema that API descriptions use.

An unknown keyword is a mistake of this module, not of the value: it is raised.
"""

import re
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
SAYS_NOTHING = {"description", "example", "summary", "deprecated", "format"}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "pattern"}


def mistakes(value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
    """Return where and how the value differs from the schema; empty when it fits."""
    unknown = set(schema) - KNOWN - SAYS_NOTHING
    if unknown:
        raise NotImplementedError(f"{at}: {sorted(unknown)}")
    if "type" in schema and not _is_of(value, schema["type"]):
        return [f"{at}: {type(value).__name__} is no {schema['type']}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not fit {schema['pattern']}")
    if isinstance(value, dict):
        found += _in_object(value, schema, at)
    if isinstance(value, list) and "items" in schema:
        for index, each in enumerate(value):
            found += mistakes(each, schema["items"], f"{at}[{index}]")
    return found


def _is_of(value: Any, names: str | list[str]) -> bool:
    wanted = [names] if isinstance(names, str) else names
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, TYPES[name]) for name in wanted)


def _in_object(value: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    named = schema.get("properties", {})
    found = [f"{at}: {key} is missing" for key in schema.get("required", []) if key not in value]
    for key, each in value.items():
        if key in named:
            found += mistakes(each, named[key], f"{at}.{key}")
        elif schema.get("additionalProperties", True) is False:
            found.append(f"{at}: {key} is not described")
    return found
