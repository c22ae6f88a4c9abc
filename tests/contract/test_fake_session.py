"""The fake session tells an adapter the same as the real one."""

from collections.abc import Callable, Iterator

import pytest

from connector.errors import SourceError
from connector.http import Response, Session
from tests.contract.fake_session import Answer, FakeSession
from tests.guarded import network
from tests.loopback import Loopback, Reply

STATUSES = [304, *range(400, 600)]


def get(session: Session, url: str) -> Response:
    return session.get(url)


def question(session: Session, url: str) -> Response:
    return session.post(url, body=b"x", headers={}, is_question=True)


def sending(session: Session, url: str) -> Response:
    return session.post(url, body=b"x", headers={})


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        for status in STATUSES:
            running.on(f"/{status}", Reply(status))
        yield running


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("ask", [get, question, sending])
def test_status_is_the_same_error_as_over_the_network(
    server: Loopback, ask: Callable[[Session, str], Response], status: int
) -> None:
    url = server.url(f"/{status}?token=t0p")
    fake = FakeSession(lambda _: Answer(status=status))
    with pytest.raises(SourceError) as real:
        ask(network().session(), url)
    with pytest.raises(SourceError) as made:
        ask(fake, url)
    assert type(made.value) is type(real.value)
    assert (made.value.status, made.value.url) == (real.value.status, real.value.url)


def test_service_gets_the_body_of_a_question():
    session = FakeSession(lambda request: Answer(request.form["token"].encode()))
    answer = session.post("https://x.example/", body=b"token=t0p", headers={}, is_question=True)
    assert (answer.body, session.requests, session.bytes_read) == (b"t0p", 1, 3)
    assert session.seen[0].body == b"token=t0p"
