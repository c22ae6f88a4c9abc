"""What a recorded failure leaves in the log, the database and the pages, over real HTTP."""

import ipaddress
import logging
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest

from connector.http import Network, NetworkPolicy
from connector.store.database import Store
from sync_jobs.pull import Report, run_source
from tests.contract.kits.moodle import village
from tests.loopback import Loopback, Reply
from tests.moodle.moodle_hub import MoodleHub
from tests.moodle.recorded import Recorded
from tests.moodle.small_moodle import TOKEN
from tests.moodle.test_over_http import point_at
from tests.moodle.test_recorded_failures import EXPECTED, FAILURES
from tests.web.making import TOKEN as ONE_TIME
from tests.web.making import come_in, make_app

ASK = "/webservice/rest/server.php"
REDIRECT = "redirect with the token included"
LATER = "asked again later"
"""A place that is down for a while is waited for: that is the next step."""


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def network() -> Iterator[Network]:
    loopback = (ipaddress.ip_network("127.0.0.0/8"),)
    found = Network(NetworkPolicy(allow=loopback, user_agent="test", total_seconds=5))
    yield found
    found.close()


def reply_of(capture: Recorded) -> Reply:
    return Reply(capture.status, {"Content-Type": capture.content_type}, capture.body)


REPLIES = {name: reply_of(each) for name, each in FAILURES.items()} | {
    REDIRECT: Reply(303, {"Location": f"https://moodle.example.school.nz{ASK}?wstoken={TOKEN}"})
}


@pytest.mark.parametrize("name", sorted(REPLIES))
def test_failure_is_shown_with_its_next_step_and_nothing_of_what_came(
    server: Loopback,
    network: Network,
    sqlite_store: Store,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    server.on(ASK, REPLIES[name])
    hub = MoodleHub(sqlite_store, village(), {"courses": [12], "token": "env:VLN_TOKEN"})
    point_at(hub, server.url(""))
    with caplog.at_level(logging.DEBUG):
        report = run(hub, network)
        page = places_page(hub)
    assert report.state == "failed"
    assert step_of(name) in report.sentence
    assert report.sentence in page
    captured = capsys.readouterr()
    shown = [report.sentence, caplog.text, captured.out, captured.err, page, hub_file(hub)]
    for one in told_by(REPLIES[name]):
        assert [one in text for text in shown] == [False] * len(shown), one


def run(hub: MoodleHub, network: Network) -> Report:
    hub.moodle.tick(60)
    over_http = replace(
        hub.jobs,
        open_session=lambda per_host: network.session(requests_per_host=per_host),
        resolve=lambda settings: {**settings, "token": TOKEN},
    )
    return run_source(over_http, hub.source().id)


def places_page(hub: MoodleHub) -> str:
    """Return the page of places as a facilitator reads it."""
    client = make_app(hub.store, now=hub.clock).test_client()
    come_in(client, ONE_TIME)
    found = client.get("/c/kauri/places")
    assert found.status_code == 200
    return unescape(found.text)


def hub_file(hub: MoodleHub) -> str:
    """Return all rows that a run can leave behind, as one text."""
    with hub.store.read() as conn:
        tables = ("source", "stream", "run", "outcome")
        return repr([conn.exec_driver_sql(f'SELECT * FROM "{one}"').all() for one in tables])


def step_of(name: str) -> str:
    if name == REDIRECT:
        return "Enter https://moodle.example.school.nz as the address"
    return EXPECTED[name][1] or LATER


def told_by(reply: Reply) -> list[str]:
    """Return what must be found nowhere: the token, paths, and runs of words that came."""
    body = reply.body.decode("utf-8", "replace")
    capture = [each for each in FAILURES.values() if each.body == reply.body]
    message = capture[0].response if capture else ""
    if isinstance(message, dict):
        message = message.get("message", "")
    return [each for each in (TOKEN, "/var/www", "debuginfo", body[:200], message) if each]
