"""Asks a hub everything: each route of the app and each reading of the store, by their own lists.

Nothing here is a list of pages or functions: a new one is found, and one that cannot be asked
with what is known here fails with a sentence that says what to add.
"""

import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import connector
from connector.audience import Scope
from connector.model import Kind
from tests.scope.canaries import OURS, THEIRS, Seed, canary, is_canary
from tests.scope.content import PLACES, SCHOOLS, SEEDS
from tests.scope.hub import CanaryHub

NO_ITEM = 10**9
CANARY = re.compile("qz[a-z]{11}")


def canaries_in(text: str | bytes) -> set[str]:
    """Return the canaries that stand in this, whatever is around them."""
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return set(filter(is_canary, CANARY.findall(told.lower())))


# --- pages -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One address, and what a hub's numbers in it stand for."""

    name: str
    """The same in every hub that holds this."""
    path: str
    slug: str | None

    @property
    def words(self) -> set[str]:
        """The canaries that whoever asks knows already."""
        return canaries_in(self.path)


def arguments_of(hub: CanaryHub) -> Mapping[str, list[tuple[str, Any]]]:
    """Return for each argument of a route what to try: its name and its value."""
    items = [(name, number) for number, name in sorted(hub.items().items())]
    sent = [(name, number) for number, name in sorted(hub.deliveries().items())]
    return {
        "slug": [(OURS, OURS), (THEIRS, THEIRS), ("nowhere", "nowhere")],
        "item_id": [*items, ("no item", NO_ITEM)],
        "number": [*sent, ("no item", NO_ITEM)],
        "token": [("wrong", "wrong")],
        "place": [(PLACES[0].key, PLACES[0].key), ("no place", "nowhere")],
        "cluster_id": [("a cluster", 1)],
        "address": [("somebody", "anna@kauri.example")],
        "name": [("hub.css", "hub.css"), ("missing", "missing.css")],
    }


def every_address(app: Flask, hub: CanaryHub) -> Iterator[Asked]:
    """Yield every address of the app, with everything its arguments and queries can say.

    All of it in our cluster, some of it next door and where there is none.
    """
    urls = app.url_map.bind("localhost")
    known, queries = arguments_of(hub), list(every_query(hub))
    for rule in app.url_map.iter_rules():
        for number, chosen in enumerate(_combinations(rule, known)):
            values = {name: value for name, (_, value) in chosen.items()}
            slug = values.get("slug")
            about = chosen.get("item_id", ("",))[0]
            is_main = rule.endpoint == "item" and about.split()[0] in (slug, "no")
            if "item_id" in values and not is_main and number % 9:
                continue
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            path = urls.build(rule.endpoint, values, method=method)
            name = " ".join([rule.endpoint, *(told for told, _ in chosen.values())])
            yield Asked(name, path, slug)
            if slug is None or "item_id" in values:
                continue
            is_searched = (rule.endpoint, slug) == ("search", OURS)
            for told, query in queries if is_searched else _some(queries, slug):
                yield Asked(f"{name} {told}", f"{path}?{urlencode(query)}", slug)


def _some(queries: list[tuple[str, dict[str, Any]]], slug: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the choices of lists, and a few searches; next door, few of them."""
    some = [(name, query) for name, query in queries if "q" not in query] + queries[::20]
    return some if slug == OURS else some[::6]


def _combinations(
    rule: Rule, known: Mapping[str, list[tuple[str, Any]]]
) -> Iterator[dict[str, tuple[str, Any]]]:
    names = sorted(rule.arguments)
    unknown = [name for name in names if name not in known]
    assert not unknown, (
        f"the route {rule.rule} has an argument that no canary test knows: "
        f"say in arguments_of what to try for {unknown}"
    )
    for values in itertools.product(*(known[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def every_query(hub: CanaryHub) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what a list can be asked for: its name and its parameters."""
    for seed in SEEDS:
        yield f"{seed.name} by word", {"q": canary(seed.name, spoken_part(seed))}
    for seed, part in zip(SEEDS[::4], itertools.cycle(("tag", "author", "body")), strict=False):
        yield f"{seed.name} by {part}", {"q": canary(seed.name, part)}
    yield "a common word", {"q": "common"}
    yield "the start of all canaries", {"q": "qz"}
    for seed in SEEDS[::12]:
        word = canary(seed.name, "opening")
        yield f"{seed.name} by its start", {"q": word[:6]}
        yield f"{seed.name} by two words", {"q": f"common {word}"}
        yield f"{seed.name} by a phrase", {"q": f'"{word} common"'}
        yield f"{seed.name} at its place", {"q": word, "place": seed.place}
    for place in dict.fromkeys(one.key for one in PLACES):
        yield f"place {place}", {"place": place}
    numbers = {name: number for number, name in hub.schools().items()}
    for school in SCHOOLS:
        number = numbers.get(school.name, NO_ITEM)
        yield f"school {school.key}", {"school": number}
        yield f"school {school.key} by word", {"school": number, "q": "common"}
    for kind in Kind:
        yield f"kind {kind}", {"kind": kind}
    for part in (1, 2):
        yield f"page {part}", {"page": part}
    yield "before all", {"before": 0}


def spoken_part(seed: Seed) -> str:
    """Return a part that this has: replies have no title."""
    return "opening" if seed.record.get("kind") is Kind.COMMENT else "title"


KNOWN_PARAMETERS = frozenset({"q", "place", "school", "kind", "page", "before"})


def followed(client: FlaskClient, asked: Asked, *, limit: int = 20) -> list[TestResponse]:
    """Return the answer to an address, and those to the links for more that each one holds."""
    path: str | None = asked.path
    answers: list[TestResponse] = []
    while path is not None and len(answers) < limit:
        answers.append(client.get(path))
        found = re.search(r'rel="next" href="([^"]+)"', answers[-1].text)
        path = found[1].replace("&amp;", "&") if found else None
    return answers


def whole(answer: TestResponse) -> str:
    """Return every byte of an answer."""
    head = "".join(f"{name}: {value}\n" for name, value in answer.headers)
    return f"{answer.status}\n{head}\n{answer.text}"


def without_numbers(hub: CanaryHub, text: str) -> str:
    """Return an answer with what its numbers stand for, to compare two hubs."""
    items, schools = hub.items(), hub.schools()

    def item(found: re.Match[str]) -> str:
        return f"{found[1]}<{items.get(int(found[2]), 'none')}>"

    def school(found: re.Match[str]) -> str:
        return f"{found[1]}<{schools.get(int(found[2]), 'none')}>"

    def moment(found: re.Match[str]) -> str:
        return f"{found[1]}<{int(found[2]) >> 20}>"

    text = re.sub(r"(/item/|item_id=|in_reply_to=)(\d+)", item, text)
    text = re.sub(r'(school=|school_id=|<option value=")(\d+)', school, text)
    text = re.sub(r"(before=|older=)(\d+)", moment, text)
    text = re.sub(r"\b(number|\w+_id)=\d+", r"\1=…", text)
    return re.sub(r"(Content-Length: )\d+|(csrf_token\" value=\")[^\"]+", r"\1\2…", text)


# --- readings of the store -------------------------------------------------------------------


def every_reading() -> dict[str, Callable[..., Any]]:
    """Return each public function of the house that takes a Scope, by its full name."""
    found: dict[str, Callable[..., Any]] = {}
    for module in _modules():
        for name, value in vars(module).items():
            is_own = inspect.isfunction(value) and value.__module__ == module.__name__
            if is_own and not name.startswith("_") and scope_parameter(value):
                found[f"{module.__name__}.{name}"] = value
    return found


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(connector.__path__, "connector."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def scope_parameter(function: Callable[..., Any]) -> str | None:
    """Return the name of a function's parameter that is a Scope."""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.annotation in (Scope, "Scope"):
            return name
    return None


def calls_of(
    name: str, function: Callable[..., Any], hub: CanaryHub
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield ways to call a reading: a name that is the same in every hub, and the arguments.

    What a reading needs is given all values in turn; what it may be told, one at a time.
    """
    known = values_of(hub)
    parameters = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.name != "conn" and one.name != scope_parameter(function)
    ]
    unknown = [one.name for one in parameters if one.name not in known]
    assert not unknown, (
        f"{name} has a parameter that no canary test knows: "
        f"say in values_of what to try for {unknown}"
    )
    needed = [one.name for one in parameters if one.default is inspect.Parameter.empty]
    optional = [one.name for one in parameters if one.default is not inspect.Parameter.empty]
    for values in itertools.product(*(known[one] for one in needed)):
        told = " ".join(each for each, _ in values)
        yield f"{name} {told}", dict(zip(needed, (value for _, value in values), strict=True))
    first = {one: known[one][0][1] for one in needed}
    for one in optional:
        for told, value in known[one]:
            yield f"{name} {one} {told}", {**first, one: value}


def values_of(hub: CanaryHub) -> Mapping[str, list[tuple[str, Any]]]:
    """Return what to try for each parameter of a reading; of the needed, the first says most."""
    words = [
        (f"{seed.name} {part}", canary(seed.name, part))
        for seed in SEEDS
        for part in (spoken_part(seed),)
    ]
    schools = {name: number for number, name in hub.schools().items()}
    return {
        "words": [("common", "common"), ("qz", "qz"), *words],
        "item_id": [*((name, number) for number, name in hub.items().items()), ("none", NO_ITEM)],
        "school_id": [(one.key, schools.get(one.name, NO_ITEM)) for one in SCHOOLS],
        "place": [(key, key) for key in dict.fromkeys(one.key for one in PLACES)],
        "key": [(key, key) for key in dict.fromkeys(one.key for one in PLACES)],
        "keys": [
            ("all", [one.key for one in PLACES]),
            *((key, [key]) for key in dict.fromkeys(one.key for one in PLACES)),
        ],
        "kinds": [(str(one), frozenset({one})) for one in Kind],
        "before": [("nothing", 0)],
        "number": [*((name, one) for one, name in hub.deliveries().items()), ("none", NO_ITEM)],
        "limit": [("1", 1), ("1000", 1000)],
        "wanted": [("everything", None)],
        "page": [("2", 2)],
    }


def answer_of(function: Callable[..., Any], conn: Any, scope: Scope, told: dict[str, Any]) -> str:
    """Return all that a reading gives back, as text."""
    given = {scope_parameter(function) or "scope": scope, **told}
    if "conn" in inspect.signature(function).parameters:
        given["conn"] = conn
    result = function(**given)
    is_stream = isinstance(result, Iterable) and not isinstance(result, tuple | str | bytes)
    return repr(tuple(result) if is_stream else result)
