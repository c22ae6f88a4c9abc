"""A host is asked no more often, and no earlier, than it wants."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from connector.errors import TemporaryError
from connector.http import GuardedSession
from tests.guarded import NOON, HandClock, network
from tests.loopback import Loopback, Reply, Seen

DAY = 86_400


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        running.on("/other", Reply())
        yield running


def _asked(session: GuardedSession, url: str) -> TemporaryError:
    with pytest.raises(TemporaryError) as caught:
        session.get(url)
    return caught.value


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 1),
        ("30", 31),
        (" 30 ", 31),
        (str(DAY), DAY + 1),
        ("999999999999", DAY + 1),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 301),
        ("Saturday, 21-Nov-26 12:05:00 GMT", 301),
        ("Sun, 22 Nov 2026 01:05:00 +1300", 301),
        ("Sat, 21 Nov 2026 12:05:00 -0000", 301),
        ("Sat, 21 Nov 2026 12:05:00", 301),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY + 1),
    ],
)
def test_retry_after_is_kept_in_both_forms(
    server: Loopback, status: int, header: str, seconds: int
) -> None:
    server.on("/", Reply(status, {"Retry-After": header}))
    error = _asked(network().session(), server.url())
    assert error.not_before == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5e9", "\u0663", "1" * 400, "Sat, 99 Foo"])
def test_an_unreadable_retry_after_is_none(server: Loopback, header: str) -> None:
    sent = header.encode().decode("latin-1")
    server.on("/", Reply(429, {"Retry-After": sent}))
    assert _asked(network().session(), server.url()).not_before is None


def test_other_statuses_close_no_gate(server: Loopback) -> None:
    server.on("/", Reply(500, {"Retry-After": "30"}))
    session = network().session()
    assert _asked(session, server.url()).not_before is None
    assert session.get(server.url("/other")).status == 200


def _limited(extras: Any, **headers: str) -> Reply:
    body = json.dumps({"errors": ["too often"], "extras": extras}).encode()
    return Reply(429, {"Content-Type": "application/json; charset=utf-8", **headers}, body)


def test_discourses_own_seconds_win_over_the_header(server: Loopback) -> None:
    server.on("/", _limited({"wait_seconds": 12}, **{"Retry-After": "300"}))
    error = _asked(network().session(), server.url())
    assert error.not_before == NOON + timedelta(seconds=13)


@pytest.mark.parametrize(
    "extras",
    [None, [], {}, "x", {"wait_seconds": "12"}, {"wait_seconds": True}, {"wait_seconds": -1}],
)
def test_odd_json_falls_back_to_the_header(server: Loopback, extras: Any) -> None:
    server.on("/", _limited(extras, **{"Retry-After": "300"}))
    error = _asked(network().session(), server.url())
    assert error.not_before == NOON + timedelta(seconds=301)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 5_000,
        b'{"extras": {"wait_seconds": NaN}}',
        b'{"extras": {"wait_seconds": -Infinity}}',
        b"\xff\xfe",
        b"x" * 100_000,
    ],
)
def test_a_body_that_is_no_json_changes_nothing(server: Loopback, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Retry-After": "5"}
    server.on("/", Reply(429, headers, body))
    error = _asked(network().session(), server.url())
    assert error.not_before == NOON + timedelta(seconds=6)


def test_an_endless_wait_in_json_is_bounded(server: Loopback) -> None:
    body = b'{"extras": {"wait_seconds": 1e999}}'
    server.on("/", Reply(429, {"Content-Type": "application/json"}, body))
    error = _asked(network().session(), server.url())
    assert error.not_before == NOON + timedelta(seconds=DAY + 1)


def test_a_host_that_asked_to_wait_is_not_asked_until_then(server: Loopback) -> None:
    clock = HandClock()
    server.on("/", Reply(429, {"Retry-After": "30"}))
    net = network(clock=clock)
    _asked(net.session(), server.url())
    error = _asked(net.session(), server.url("/other"))
    assert error.not_before == NOON + timedelta(seconds=31)
    assert error.url == server.url("/other")
    assert server.paths() == ["/"]
    clock.forward(31)
    assert net.session().get(server.url("/other")).status == 200


def test_other_hosts_are_asked_meanwhile(server: Loopback) -> None:
    server.on("/", Reply(503, {"Retry-After": "30"}))
    net = network()
    _asked(net.session(), server.url())
    with Loopback() as second:
        second.on("/", Reply())
        assert net.session().get(second.url()).status == 200


def test_a_shorter_wait_does_not_shorten_a_longer_one() -> None:
    clock = HandClock()
    both_in = threading.Barrier(2)

    def limited(seen: Seen) -> Reply:
        both_in.wait(5)
        return Reply(429, {"Retry-After": seen.path[1:]})

    with Loopback() as server, ThreadPoolExecutor(2) as pool:
        server.on("/30", limited)
        server.on("/300", limited)
        session = network(clock=clock).session()
        list(pool.map(lambda path: _asked(session, server.url(path)), ["/300", "/30"]))
        clock.forward(60)
        error = _asked(session, server.url("/other"))
    assert error.not_before == NOON + timedelta(seconds=301)


class _Crowd:
    """Counts how many requests are inside at once; each stays until it is let go."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.most = 0
        self.arrived = threading.Semaphore(0)
        self.leave = threading.Semaphore(0)

    def __call__(self, seen: Seen) -> Reply:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.arrived.release()
        self.leave.acquire(timeout=5)
        with self.lock:
            self.inside -= 1
        return Reply()


def test_no_more_than_the_limit_are_under_way_at_one_host(server: Loopback) -> None:
    crowd = _Crowd()
    server.on("/", crowd)
    net = network(requests_per_host=2)
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(net.session().get, server.url()) for _ in range(6)]
        for _ in range(6):
            assert crowd.arrived.acquire(timeout=5)
            crowd.leave.release()
        assert [one.result().status for one in asked] == [200] * 6
    assert crowd.most <= 2


def test_a_session_may_have_its_own_limit(server: Loopback) -> None:
    crowd = _Crowd()
    server.on("/", crowd)
    session = network(requests_per_host=1).session(requests_per_host=3)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(session.get, server.url()) for _ in range(3)]
        assert all(crowd.arrived.acquire(timeout=5) for _ in range(3))
        crowd.leave.release(3)
        assert [one.result().status for one in asked] == [200] * 3
    assert session.requests == 3


def test_waiting_for_a_place_is_bounded(server: Loopback) -> None:
    crowd = _Crowd()
    server.on("/", crowd)
    net = network(requests_per_host=1, total_seconds=1.0, read_seconds=1.0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(net.session().get, server.url())
        assert crowd.arrived.acquire(timeout=5)
        error = _asked(net.session(), server.url("/other"))
        crowd.leave.release()
        assert first.result().status == 200
    assert "busy" in str(error)
    assert net.session().get(server.url("/other")).status == 200


def test_an_error_gives_its_place_back(server: Loopback) -> None:
    server.on("/", Reply(500))
    session = network(requests_per_host=1).session()
    for _ in range(3):
        _asked(session, server.url())
    assert session.get(server.url("/other")).status == 200
