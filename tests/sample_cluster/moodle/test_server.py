"""The stand-in over a real socket."""

import json
import socket
import threading
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPResponse, IncompleteRead, RemoteDisconnected
from urllib.parse import urlencode, urlsplit

import pytest

from sample_cluster.moodle.protocol import ENDPOINT
from sample_cluster.moodle.server import MoodleServer
from tests.sample_cluster.moodle.small import Small

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(
    server: MoodleServer,
    host: str | None = None,
    *,
    function: str = "core_webservice_get_site_info",
    **given: str,
) -> tuple[HTTPResponse, bytes]:
    fields = {"wstoken": "TOKEN", "wsfunction": function, "moodlewsrestformat": "json", **given}
    connection = HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    headers = FORM | ({"Host": host} if host else {})
    try:
        connection.request("POST", ENDPOINT, urlencode(fields), headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_the_site_answers_at_its_address(small: Small) -> None:
    with MoodleServer(small.site) as server:
        response, body = post(server)
        assert response.status == 200
        assert json.loads(body)["siteurl"] == server.address


def test_the_date_is_the_clock_of_the_site(small: Small) -> None:
    with MoodleServer(small.site) as server:
        small.later(minutes=-10)
        response, _ = post(server)
        assert parsedate_to_datetime(response.headers["Date"]) == small.world.clock.now


def test_another_name_of_the_machine_is_redirected(small: Small) -> None:
    with MoodleServer(small.site) as server:
        response, _ = post(server, host="localhost")
        assert response.status == 303
        assert "wstoken=TOKEN" in response.headers["Location"]


def test_faults_of_the_connection_pass(small: Small) -> None:
    with MoodleServer(small.site) as server:
        server.fault("429", retry_after=7, times=1)
        assert post(server)[0].headers["Retry-After"] == "7"
        server.fault("truncated", times=1)
        with pytest.raises(IncompleteRead):
            post(server)
        assert post(server)[0].status == 200


@pytest.mark.parametrize(
    ("kind", "done", "done_later"),
    [("lost", 1, 1), ("500 after", 1, 1), ("late", 0, 1), ("500", 0, 0)],
)
def test_a_fault_meets_one_function_before_or_after_it_did_its_work(
    small: Small, kind: str, done: int, done_later: int
) -> None:
    fields = {"forumid": str(small.news.id), "subject": "Kia ora", "message": "<p>x</p>"}
    with MoodleServer(small.site) as server:
        server.fault(kind, times=1, function="mod_forum_add_discussion")
        assert post(server)[0].status == 200
        if kind.startswith("500"):
            assert post(server, function="mod_forum_add_discussion", **fields)[0].status == 500
        else:
            with pytest.raises(RemoteDisconnected):
                post(server, function="mod_forum_add_discussion", **fields)
        assert len(small.news.discussions) == done
        server.mend()
        assert len(small.news.discussions) == done_later
        server.mend()
        assert len(small.news.discussions) == done_later


def test_many_readers_are_answered_at_once_and_nothing_stays(small: Small) -> None:
    found: list[int] = []
    before = set(threading.enumerate())  # other tests may show a Moodle of their own
    with MoodleServer(small.site, pause=timedelta(milliseconds=200)) as server:
        readers = [
            threading.Thread(target=lambda: found.append(post(server)[0].status)) for _ in range(4)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        address = urlsplit(server.address)
    assert found == [200] * 4
    assert len(small.site.requests) == 4
    patience = time.monotonic() + 10  # a busy machine takes its time to end a thread
    while set(threading.enumerate()) - before:
        assert time.monotonic() < patience
        time.sleep(0.01)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), int(address.port or 0)), 1)


def test_an_answer_takes_as_long_as_it_is_told_to(small: Small) -> None:
    with MoodleServer(small.site, pause=timedelta(milliseconds=300)) as server:
        begun = time.monotonic()
        post(server)
        assert time.monotonic() - begun >= 0.3


def test_another_state_is_shown_at_the_same_address(small: Small) -> None:
    with MoodleServer(small.site) as server:
        other = type(small.site)(small.world)
        server.show(other)
        assert json.loads(post(server)[1])["siteurl"] == server.address
        assert (len(small.site.requests), len(other.requests)) == (0, 1)
