"""What somebody told a place's kind, checked: settings and rules, each mistake with its key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from connector.cli.misuse import Misused
from connector.contract import Adapter, DestinationAdapter
from connector.mistakes import told
from connector.rules import Rules


def mistakes_of(
    adapter: Adapter | DestinationAdapter,
    address: str,
    values: Mapping[str, Any],
    name: Callable[[str], str],
) -> list[str]:
    """Return what is wrong with a place's settings; ``name`` says how its writer calls a key.

    A wrong value is not repeated: it may be a secret.
    """
    try:
        adapter.Settings.model_validate({**values, "address": address})
    except ValidationError as error:
        known = [key for key in adapter.Settings.model_fields if key != "address"]
        return [
            told(name(str(one["loc"][0])), one, known)
            for one in error.errors(include_input=False, include_url=False)
        ]
    return []


def typed_settings(model: type[BaseModel], changes: Sequence[str], option: str) -> dict[str, Any]:
    """Return KEY=VALUE texts as values; lists are separated by commas.

    Raises Misused for a key that the model does not have.
    """
    values: dict[str, Any] = {}
    fields = {key: field for key, field in model.model_fields.items() if key != "address"}
    for change in changes:
        key, separator, text = change.partition("=")
        if not separator or key not in fields:
            raise Misused(f"{option} {key}: write KEY=VALUE; known keys are {', '.join(fields)}.")
        if get_origin(fields[key].annotation) is tuple:
            values[key] = [part.strip() for part in text.split(",") if part.strip()]
        else:
            values[key] = text
    return values


def tried_rules(rules: Rules, changes: Sequence[str]) -> Rules:
    """Return rules with KEY=VALUE changes. Raises Misused."""
    typed = typed_settings(Rules, changes, "--rule")
    try:
        return Rules.model_validate({**rules.model_dump(), **typed})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Misused(told(f"--rule {first['loc'][0]}", first)) from None
