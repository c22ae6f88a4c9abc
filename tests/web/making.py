"""Makes apps for tests, and does in them what every test has to do."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.store.database import Store
from connector.web.app import create_app
from tests.web.garden import NOW

TOKEN = "the-one-time-token"
AUCKLAND = ZoneInfo("Pacific/Auckland")


def make_app(
    store: Store,
    *,
    ask_for_run: Callable[[int, str], None] | None = None,
    now: Callable[[], datetime] = lambda: NOW,
    token: str | None = TOKEN,
    hosts: frozenset[str] = frozenset({"hub.example.school.nz"}),
) -> Flask:
    """Return an app over this store; only what a test is about is said."""
    return create_app(
        store=store,
        secret_key=b"sixteen bytes and more",
        facilitator_token=token,
        hosts=hosts,
        zone=AUCKLAND,
        ask_for_run=ask_for_run,
        now=now,
    )


def csrf_of(page: TestResponse) -> str:
    """Return the token in a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, "the page has no form"
    return found[1]


def come_in(client: FlaskClient, token: str) -> TestResponse:
    """Open the one-time link and press its button."""
    page = client.get(f"/enter/{token}")
    return client.post(f"/enter/{token}", data={"csrf_token": csrf_of(page)})
