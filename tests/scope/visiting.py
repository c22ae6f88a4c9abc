"""Visits the pages as somebody would, and keeps what they were answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zlib import crc32

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.audience import Scope, Standing, visitor_scope
from tests.scope.asking import Asked, canaries_in, every_address, followed, whole
from tests.scope.canaries import EVERYONE, OURS, THEIRS, name_of
from tests.scope.hub import CanaryHub
from tests.scope.viewers import WITHIN, Person, words_for
from tests.web.making import TOKEN, come_in, make_app


@dataclass(frozen=True)
class Visited:
    """What somebody was answered at one address, page after page."""

    asked: Asked
    answers: tuple[str, ...]
    status: int

    def leaks(self, allowed: frozenset[str]) -> list[str]:
        """Return what stands in the answers and is neither for them nor in their question."""
        told = set().union(*map(canaries_in, self.answers))
        return sorted(name_of(word) for word in told - allowed - self.asked.words)


@contextmanager
def looking(hub: CanaryHub, person: Person) -> Iterator[tuple[Flask, FlaskClient]]:
    """Give an app and the browser of this person.

    Members cannot sign in yet: the gate's one seam, which makes a Scope for whoever is not a
    facilitator, makes theirs. A facilitator comes in by the one-time link.
    """
    app = make_app(hub.store)
    client = app.test_client()
    if is_in_session(person):
        come_in(client, TOKEN)
        yield app, client
        return
    own = person.scope(hub)

    def scope_of(cluster_id: int) -> Scope:
        return own if cluster_id == own.cluster_id else visitor_scope(cluster_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector.web.gate.visitor_scope", scope_of)
        yield app, client


def is_in_session(person: Person) -> bool:
    """Whether they look through a facilitator's session, which holds for the whole hub."""
    return person.standing is Standing.FACILITATOR and person.cluster == OURS


def allowed_at(person: Person, asked: Asked) -> frozenset[str]:
    """Return the canaries that this address may show to this person."""
    if asked.slug not in (OURS, THEIRS):
        return frozenset()
    circles = person.circles if asked.slug == person.cluster else frozenset({EVERYONE})
    if is_in_session(person):
        circles = WITHIN
    return words_for(lambda circle, cluster: cluster == asked.slug and circle in circles)


def visit(hub: CanaryHub, person: Person, *, every: int = 1) -> list[Visited]:
    """Ask all addresses as this person; of the lists, each ``every``-th is enough."""
    with looking(hub, person) as (app, client):
        return [
            visited(client, asked)
            for asked in every_address(app, hub)
            if "?" not in asked.path or crc32(asked.name.encode()) % every == 0
        ]


def visited(client: FlaskClient, asked: Asked) -> Visited:
    """Ask one address."""
    answers = followed(client, asked)
    return Visited(asked, tuple(map(whole, answers)), answers[0].status_code)
