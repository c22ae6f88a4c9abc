"""A quick look for canaries, in a copy of the code, by the test of seeded mistakes."""

from collections.abc import Iterator
from contextlib import closing

from connector.store.database import open_database
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


def first_seen(url: str, other_url: str) -> str:
    """Look, in two databases that are empty yet, until something is seen; else return ""."""
    with closing(open_database(url)) as store, closing(open_database(other_url)) as other:
        hub = CanaryHub(store)
        found = next(leaks(hub), "")
        return found or next(differences(hub, CanaryHub(other, PEOPLE[0].grown)), "")


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
