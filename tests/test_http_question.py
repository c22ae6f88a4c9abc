"""A question put by POST: a lost answer leaves nothing in doubt, and the secret stays inside."""

import threading
from collections.abc import Iterator

import pytest

from connector.errors import AuthError, PermanentError, SourceError, TemporaryError
from connector.http import GuardedSession, Response
from tests.guarded import network
from tests.loopback import Loopback, Raw, Reply


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def session() -> GuardedSession:
    return network(read_seconds=1.0).session()


def ask(session: GuardedSession, url: str, body: bytes = b"wstoken=t0p") -> Response:
    return session.post(url, body=body, headers={}, is_question=True)


def test_the_body_arrives_and_the_answer_comes_back(
    server: Loopback, session: GuardedSession
) -> None:
    server.on("/rest", Reply(200, {}, b"[]"))
    assert ask(session, server.url("/rest")).body == b"[]"
    assert (server.seen[0].method, server.seen[0].body) == ("POST", b"wstoken=t0p")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentError),
        (403, AuthError),
        (429, TemporaryError),
        (500, TemporaryError),
        (502, TemporaryError),
        (503, TemporaryError),
        (504, TemporaryError),
    ],
)
def test_a_status_means_what_it_means_to_get(
    server: Loopback, session: GuardedSession, status: int, kind: type[SourceError]
) -> None:
    server.on("/", Reply(status))
    with pytest.raises(SourceError) as caught:
        ask(session, server.url())
    assert type(caught.value) is kind
    assert "t0p" not in str(caught.value)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx",
    ],
)
def test_a_lost_answer_is_asked_for_again_later(
    server: Loopback, session: GuardedSession, sent: bytes
) -> None:
    server.on("/", Raw(lambda sock: sock.sendall(sent)))
    with pytest.raises(TemporaryError, match="tried again later"):
        ask(session, server.url())
    assert len(server.seen) == 1


def test_silence_is_asked_again_later(server: Loopback) -> None:
    done = threading.Event()
    server.on("/", Raw(lambda sock: done.wait(5) and None))
    with pytest.raises(TemporaryError, match="tried again later"):
        ask(network(read_seconds=0.2).session(), server.url())
    done.set()


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n", "max_body_bytes"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nx", "gzip"),
    ],
)
def test_an_answer_that_cannot_be_read_names_its_limit(
    server: Loopback, session: GuardedSession, sent: bytes, named: str
) -> None:
    server.on("/", Raw(lambda sock: sock.sendall(sent)))
    with pytest.raises(PermanentError, match=named):
        ask(session, server.url())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Loopback, session: GuardedSession, status: int) -> None:
    """The body may hold a token, and where it leads was not asked for."""
    server.on("/", Reply(status, {"Location": "/end"}))
    with pytest.raises(PermanentError):
        ask(session, server.url())
    assert server.paths() == ["/"]


def test_an_idle_connection_is_used_again(
    server: Loopback, session: GuardedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector._transport._FRESH_SECONDS", -1.0)
    server.on("/", Reply())
    ask(session, server.url())
    ask(session, server.url())
    assert len({seen.connection for seen in server.seen}) == 1
