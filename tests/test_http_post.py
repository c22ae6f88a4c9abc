"""POST: sent once, never sent on, and honest when nobody knows what became of it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from connector.errors import (
    AuthError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.http import GuardedSession
from tests.guarded import network
from tests.loopback import Loopback, Raw, Reply


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def session() -> GuardedSession:
    return network(read_seconds=1.0).session()


def test_the_body_arrives_and_the_answer_comes_back(
    server: Loopback, session: GuardedSession
) -> None:
    server.on("/posts", Reply(201, {"Location": "/posts/7"}, b'{"id": 7}'))
    response = session.post(
        server.url("/posts"), body=b"wstoken=t0p", headers={"Content-Type": "text/plain"}
    )
    seen = server.seen[0]
    assert (seen.method, seen.body) == ("POST", b"wstoken=t0p")
    assert seen.headers["content-type"] == "text/plain"
    assert response.status == 201
    assert response.body == b'{"id": 7}'
    assert response.headers["location"] == "/posts/7"
    assert session.requests == 1


def test_an_empty_body_is_sent_as_one(server: Loopback, session: GuardedSession) -> None:
    server.on("/", Reply())
    session.post(server.url(), body=b"", headers={})
    assert server.seen[0].headers["content-length"] == "0"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Loopback, session: GuardedSession, status: int) -> None:
    server.on("/", Reply(status, {"Location": "/end"}))
    with pytest.raises(PermanentError):
        session.post(server.url(), body=b"x", headers={})
    response = session.post(server.url(), body=b"x", headers={}, answers={status})
    assert response.headers["location"] == "/end"
    assert server.paths() == ["/", "/"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentError),
        (401, AuthError),
        (404, PermanentError),
        (429, TemporaryError),
        (500, TemporaryError),
        (502, UnknownOutcome),
        (503, TemporaryError),
        (504, UnknownOutcome),
    ],
)
def test_a_status_is_judged_and_a_gateways_word_is_no_answer(
    server: Loopback, session: GuardedSession, status: int, kind: type[SourceError]
) -> None:
    server.on("/", Reply(status))
    with pytest.raises(SourceError) as caught:
        session.post(server.url("/?token=t0p"), body=b"x", headers={})
    assert type(caught.value) is kind
    assert caught.value.url == server.url("/")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx",
    ],
)
def test_a_lost_answer_is_an_unknown_outcome(
    server: Loopback, session: GuardedSession, sent: bytes
) -> None:
    server.on("/", Raw(lambda sock: sock.sendall(sent)))
    with pytest.raises(UnknownOutcome, match="Look there whether it arrived") as caught:
        session.post(server.url("/?token=t0p"), body=b"x", headers={})
    assert caught.value.url == server.url("/")
    assert len(server.seen) == 1


def test_silence_is_an_unknown_outcome(server: Loopback) -> None:
    done = threading.Event()
    server.on("/", Raw(lambda sock: done.wait(5) and None))
    with pytest.raises(UnknownOutcome):
        network(read_seconds=0.2).session().post(server.url(), body=b"x", headers={})
    done.set()


def test_without_a_connection_nothing_was_sent(session: GuardedSession) -> None:
    with Loopback() as server:
        address = server.url()
    with pytest.raises(TemporaryError):
        session.post(address, body=b"x", headers={})


def test_a_refused_address_was_not_sent(server: Loopback) -> None:
    with pytest.raises(PermanentError, match="not a public address"):
        network(allow=()).session().post(server.url(), body=b"x", headers={})
    assert server.seen == []


def test_a_connection_just_used_is_used_again(server: Loopback, session: GuardedSession) -> None:
    server.on("/", Reply())
    session.get(server.url())
    session.post(server.url(), body=b"x", headers={})
    assert len({seen.connection for seen in server.seen}) == 1


def test_an_idle_connection_is_not_used_for_sending(
    server: Loopback, session: GuardedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the server closes at this moment would leave the outcome unknown for nothing."""
    monkeypatch.setattr("connector._transport._FRESH_SECONDS", -1.0)
    server.on("/", Reply())
    session.get(server.url())
    session.get(server.url())
    session.post(server.url(), body=b"x", headers={})
    first, second, third = (seen.connection for seen in server.seen)
    assert first == second != third


def test_an_answer_lost_on_a_kept_connection_is_an_unknown_outcome(
    server: Loopback, session: GuardedSession
) -> None:
    server.on("/", Reply())
    server.on("/lost", Raw(lambda sock: None))
    session.get(server.url())
    with pytest.raises(UnknownOutcome):
        session.post(server.url("/lost"), body=b"x", headers={})
    assert len({seen.connection for seen in server.seen}) == 1


def test_a_large_body_is_sent_whole(server: Loopback, session: GuardedSession) -> None:
    server.on("/", Reply())
    body = bytes(range(256)) * 8_000
    session.post(server.url(), body=body, headers={})
    assert server.seen[0].body == body


def test_a_reset_in_the_middle_of_sending_is_an_unknown_outcome() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reset() -> None:
            connection, _ = listener.accept()
            connection.recv(100)
            connection.close()  # with bytes unread: the other side gets a reset

        thread = threading.Thread(target=reset)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(UnknownOutcome):
            network().session().post(f"http://127.0.0.1:{port}/", body=b"x" * 5_000_000, headers={})
        thread.join()
