"""Wherever a request has to wait, other runs of the process work meanwhile."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from connector.errors import SourceError
from connector.http import GuardedSession
from connector.turns import Turns
from tests.guarded import network
from tests.loopback import Loopback, Raw, Reply, Seen

PATIENCE = 5.0
"""Seconds after which a test has failed rather than hangs."""
LARGE = b"x" * 20_000_000
"""More than any socket holds back."""


class Others:
    """Another run, which works as soon as it has its turn."""

    def __init__(self) -> None:
        self.turns = Turns()
        self._worked = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        with self.turns.work():
            self._worked.set()

    def work(self) -> None:
        """Return once the other run has worked; fail where it cannot."""
        if self._thread.ident is None:
            self._thread.start()
        assert self._worked.wait(PATIENCE), "nobody gave the turn away"

    @property
    def have_worked(self) -> bool:
        return self._worked.is_set()


@pytest.fixture
def others() -> Others:
    return Others()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def _whole(others: Others, ask: Callable[[], Any]) -> None:
    """Ask with the turn in hand; the other run has to have worked before the answer came."""
    with others.turns.work():
        with suppress(SourceError):
            ask()
        assert others.have_worked


def test_while_an_answer_is_waited_for(server: Loopback, others: Others) -> None:
    def slow(seen: Seen) -> Reply:
        others.work()
        return Reply(200)

    server.on("/", slow)
    _whole(others, lambda: network().session().get(server.url()))


def test_while_the_rest_of_a_body_is_waited_for(server: Loopback, others: Others) -> None:
    def in_two(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        others.work()
        sock.sendall(b"half")

    server.on("/", Raw(in_two))
    _whole(others, lambda: network().session().get(server.url()))


def test_while_something_large_is_sent(others: Others) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take_late() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1)
                others.work()

        thread = threading.Thread(target=take_late)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        _whole(others, lambda: network().session().post(url, body=LARGE, headers={}))
        thread.join(PATIENCE)


def test_while_tls_is_agreed_on(others: Others) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def never_shake_hands() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1)
                others.work()

        thread = threading.Thread(target=never_shake_hands)
        thread.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        _whole(others, lambda: network().session().get(url))
        thread.join(PATIENCE)


def test_while_a_name_is_looked_up(
    server: Loopback, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int) -> list[str]:
        others.work()
        return ["127.0.0.1"]

    monkeypatch.setattr("tests.guarded.names", lambda known: look_up)
    _whole(others, lambda: network().session().get(server.url(host="kea.example")))


def test_while_a_connection_comes_about(
    server: Loopback, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = socket.create_connection

    def slow(*arguments: Any) -> socket.socket:
        others.work()
        return connect(*arguments)

    monkeypatch.setattr(socket, "create_connection", slow)
    _whole(others, lambda: network().session().get(server.url()))


def test_while_a_host_has_enough_to_do(server: Loopback, others: Others) -> None:
    """Whoever waits at the gate lets those work who are through it: nobody waits in a ring."""
    under_way, answers = threading.Event(), threading.Event()

    def slow(seen: Seen) -> Reply:
        under_way.set()
        assert answers.wait(PATIENCE)
        return Reply(200)

    server.on("/", slow)
    session: GuardedSession = network(requests_per_host=1).session()
    ended = []

    def ask() -> None:
        with others.turns.work():
            ended.append(session.get(server.url()).status)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    assert under_way.wait(PATIENCE)
    for thread in threads[1:]:
        thread.start()
    others.work()
    answers.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert ended == [200, 200, 200]


def test_the_work_of_others_does_not_count_against_the_time_of_an_answer(
    server: Loopback, others: Others
) -> None:
    """Whoever works for long between two pieces of a body does not end the request."""
    begun = threading.Event()

    def in_pieces(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        assert begun.wait(PATIENCE)
        sock.sendall(b"ha")
        time.sleep(0.2)  # time is looked at between two pieces
        sock.sendall(b"lf")

    def work_for_long() -> None:
        with others.turns.work():
            begun.set()
            time.sleep(1.5)  # longer than an answer may take, below

    server.on("/", Raw(in_pieces))
    with others.turns.work():
        thread = threading.Thread(target=work_for_long)
        thread.start()
        assert network(total_seconds=1.0).session().get(server.url()).body == b"halfhalf"
    thread.join(PATIENCE)
