"""Asks a hub for its pages, one after the other, and times each whole answer.

``python -m bench.sides.pages FOLDER TIMES`` goes through the real app with everything that it
does; questions and viewers take turns. Prints milliseconds by viewer and question, of the clock
and of the processor, and the most memory held.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from bench.sides.asked_pages import ASKED, VIEWERS, Viewer, few_scope
from bench.sides.measure import peak_megabytes
from connector.audience import visitor_scope
from connector.cli.hub import Hub, open_hub
from connector.web import gate
from connector.web.app import create_app
from sync_jobs.jobs import utc_now

TOKEN = "one-time"  # noqa: S105  # opens nothing but this process
Times = dict[str, dict[str, list[tuple[float, float]]]]


def make_app(hub: Hub) -> Flask:
    """Return the app as ``serve`` makes it."""
    return create_app(
        store=hub.store,
        secret_key=b"sixteen bytes and more",
        facilitator_token=TOKEN,
        hosts=frozenset(),
        zone=hub.settings.hub.timezone,
        now=utc_now,
    )


def facilitator_of(app: Flask) -> FlaskClient:
    """Return a client that came in by the one-time link."""
    client = app.test_client()
    form = client.get(f"/enter/{TOKEN}").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert found
    client.post(f"/enter/{TOKEN}", data={"csrf_token": found[1]})
    return client


@contextmanager
def _seen_as(viewer: Viewer) -> Iterator[None]:
    """Hand a viewer who sees little in at the gate: pages know two kinds of viewers today."""
    if viewer == "0.1 %":
        setattr(gate, "visitor_scope", few_scope)  # noqa: B010  # its own name is not exported
    try:
        yield
    finally:
        setattr(gate, "visitor_scope", visitor_scope)  # noqa: B010


def ask(client: FlaskClient, viewer: Viewer, address: str) -> tuple[float, float]:
    """Return the milliseconds of one answer, by the clock and of the processor."""
    with _seen_as(viewer):
        begun, worked = time.perf_counter(), time.thread_time()
        answer = client.get(address)
        seconds, worked = time.perf_counter() - begun, time.thread_time() - worked
    if answer.status_code != 200:
        raise SystemExit(f"{address} answers {answer.status}.")
    return seconds * 1000, worked * 1000


def measure(app: Flask, times: int) -> Times:
    """Ask for everything so many times, in turn."""
    clients: dict[Viewer, FlaskClient] = {
        "visitor": app.test_client(),
        "facilitator": facilitator_of(app),
        "0.1 %": app.test_client(),
    }
    found: Times = {viewer: {asked.name: [] for asked in ASKED} for viewer in VIEWERS}
    for number in range(times):
        for asked in ASKED:
            for viewer in VIEWERS:
                taken = ask(clients[viewer], viewer, asked.address(number))
                found[viewer][asked.name].append(taken)
    return found


def many_at_once(app: Flask, threads: int) -> None:
    """Ask by as many threads as ``serve`` has, so that each opens its connection."""

    def some(number: int) -> None:
        client = app.test_client()
        for asked in ASKED:
            client.get(asked.address(number))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))


def main() -> None:
    """Measure and tell."""
    folder, times = Path(sys.argv[1]), int(sys.argv[2])
    with open_hub(folder / "config.toml") as hub:
        app = make_app(hub)
        found = measure(app, times)
        alone = peak_megabytes()
        many_at_once(app, hub.settings.serve.threads)
        told = {"times": found, "peak_megabytes": alone, "peak_many_megabytes": peak_megabytes()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
