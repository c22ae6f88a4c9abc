"""A quick look for canaries, as a program: exit 3 and what was seen, or 0 and no word.

Run by the test of seeded mistakes, in a copy of the code.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import connector.audience
from connector.store.database import open_database
from tests.databases import SqliteDatabases
from tests.scope.asking import (
    answer_of,
    calls_of,
    canaries_in,
    every_reading,
    without_numbers,
)
from tests.scope.canaries import name_of
from tests.scope.hub import CanaryHub
from tests.scope.viewers import PEOPLE, Person

SEEN = 3
FOLDER = "QUICK_LOOK_FOLDER"
LOOKING = [
    one
    for one in PEOPLE
    if one.name
    in (
        "visitor who claims everything",
        "member whom a place calls a facilitator",
        "member of the stream",
        "facilitator of the other",
    )
]


def main() -> int:
    """Look, until something is seen."""
    folder = Path(os.environ[FOLDER])
    assert Path(connector.audience.__file__).is_relative_to(folder), "not the copy"
    with ExitStack() as stack:
        databases = SqliteDatabases(folder)

        def grown(person: Person | None) -> CanaryHub:
            room = folder / ("whole" if person is None else "poorer")
            room.mkdir()
            store = open_database(stack.enter_context(databases.make(room)))
            stack.callback(store.close)
            return CanaryHub(store) if person is None else CanaryHub(store, person.grown)

        hub = grown(None)
        found = next(leaks(hub), None) or next(differences(hub, grown(PEOPLE[0])), None)
    if found is not None:
        print(found)
    return 0 if found is None else SEEN


def leaks(hub: CanaryHub) -> Iterator[str]:
    """Yield what readings give to somebody it is not for."""
    readings = every_reading()
    for person in LOOKING:
        scope, allowed = person.scope(hub), person.words()
        with hub.store.read() as conn:
            for name, function in readings.items():
                if "search" in name:
                    continue  # a search that counts too much is found below
                for told, given in calls_of(name, function, hub):
                    for word in canaries_in(answer_of(function, conn, scope, given)) - allowed:
                        yield f"{person.name}: {told} shows {name_of(word)}"


def differences(hub: CanaryHub, poorer: CanaryHub, person: Person = PEOPLE[0]) -> Iterator[str]:
    """Yield what somebody is told otherwise than in a hub without the hidden things."""
    mine, theirs = (person.scope(one) for one in (hub, poorer))
    with hub.store.read() as rich, poorer.store.read() as poor:
        for name, function in every_reading().items():
            if name.endswith("visible_ids"):
                continue
            told = dict(calls_of(name, function, poorer))
            for asked, given in calls_of(name, function, hub):
                one = answer_of(function, rich, mine, given)
                other = answer_of(function, poor, theirs, told[asked]) if asked in told else "None"
                if without_numbers(hub, one) != without_numbers(poorer, other):
                    yield f"{asked} differs"


if __name__ == "__main__":
    sys.exit(main())
