"""The guarded session: what it sends, what it returns, which status becomes which error."""

from collections.abc import Iterator

import pytest

from connector.errors import AuthError, PermanentError, SourceError, TemporaryError
from connector.http import NetworkPolicy, Response, Session, Validators
from tests.guarded import network
from tests.loopback import Loopback, Reply


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def session() -> Iterator[Session]:
    net = network()
    yield net.session()
    net.close()


def test_a_good_answer_comes_whole(server: Loopback, session: Session) -> None:
    server.on("/feed", Reply(200, {"Content-Type": "text/xml", "ETag": '"a"'}, b"<rss/>"))
    response = session.get(server.url("/feed?page=2#top"))
    assert response.url == server.url("/feed?page=2")
    assert response.body == b"<rss/>"
    assert response.content_type == "text/xml"
    assert response.validators == Validators('"a"', None)
    assert not response.not_modified
    assert server.paths() == ["/feed?page=2"]


def test_any_2xx_is_returned(server: Loopback, session: Session) -> None:
    server.on("/made", Reply(201, {}, b"made"))
    server.on("/none", Reply(204))
    assert session.get(server.url("/made")).status == 201
    assert session.get(server.url("/none")).body == b""


def test_header_names_are_lower_case_and_repeats_are_joined(session: Session) -> None:
    with Loopback() as server:
        server.on("/", Reply(200, {"Link": "<a>", "LINK": "<b>", "X-Total": "7"}))
        headers = session.get(server.url()).headers
    assert headers["link"] == "<a>, <b>"
    assert headers["x-total"] == "7"


def test_the_user_agent_and_the_callers_headers_are_sent(
    server: Loopback, session: Session
) -> None:
    server.on("/", Reply())
    session.get(server.url(), headers={"Accept": "application/json", "Api-Key": "k1"})
    sent = server.seen[0].headers
    assert sent["user-agent"] == "ClusterHub/test"
    assert sent["accept"] == "application/json"
    assert sent["api-key"] == "k1"
    assert sent["accept-encoding"] == "gzip, deflate"


def test_validators_are_sent_back_and_304_is_an_answer(server: Loopback, session: Session) -> None:
    server.on("/", Reply(304, {"ETag": '"b"'}))
    response = session.get(server.url(), validators=Validators('"a"', "Sat, 21 Nov 2026 00:00:00"))
    assert response.not_modified
    assert response.body == b""
    assert server.seen[0].headers["if-none-match"] == '"a"'
    assert server.seen[0].headers["if-modified-since"] == "Sat, 21 Nov 2026 00:00:00"


def test_a_weak_tag_is_sent_back_without_its_mark(server: Loopback, session: Session) -> None:
    server.on("/", Reply(200, {"ETag": 'W/"a"'}))
    kept = session.get(server.url()).validators
    assert kept.etag == 'W/"a"'
    session.get(server.url(), validators=kept)
    assert server.seen[1].headers["if-none-match"] == '"a"'


@pytest.mark.parametrize("etag", ['"a\x01"', '"' + "a" * 2_000 + '"', '"a\r\n X-Evil: 1"'])
def test_a_validator_that_cannot_be_sent_back_is_left_out(
    server: Loopback, session: Session, etag: str
) -> None:
    server.on("/", Reply())
    session.get(server.url(), validators=Validators(etag))
    assert "if-none-match" not in server.seen[0].headers
    assert "x-evil" not in server.seen[0].headers


def test_304_without_validators_is_temporary(server: Loopback, session: Session) -> None:
    server.on("/", Reply(304))
    with pytest.raises(TemporaryError):
        session.get(server.url())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, PermanentError),
        (305, PermanentError),
        (400, PermanentError),
        (401, AuthError),
        (402, PermanentError),
        (403, AuthError),
        (404, PermanentError),
        (408, TemporaryError),
        (410, PermanentError),
        (418, PermanentError),
        (425, TemporaryError),
        (429, TemporaryError),
        (451, PermanentError),
        (500, TemporaryError),
        (502, TemporaryError),
        (503, TemporaryError),
        (504, TemporaryError),
        (599, TemporaryError),
    ],
)
def test_every_other_status_is_an_error(
    server: Loopback, session: Session, status: int, kind: type[SourceError]
) -> None:
    server.on("/secret", Reply(status, {}, b"body with a phrase"))
    with pytest.raises(SourceError) as caught:
        session.get(server.url("/secret?token=t0p"))
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.url == server.url("/secret")
    assert str(status) in str(caught.value)
    assert "phrase" not in str(caught.value)
    assert "t0p" not in str(caught.value)


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500])
def test_a_status_the_caller_asks_for_is_an_answer(
    server: Loopback, session: Session, status: int
) -> None:
    server.on("/", Reply(status, {"Location": "/elsewhere"}, b"told"))
    response = session.get(server.url(), answers=(status,))
    assert response.status == status
    assert response.body == b"told"
    assert len(server.seen) == 1


def test_no_cookie_is_kept(server: Loopback, session: Session) -> None:
    server.on("/", Reply(200, {"Set-Cookie": "visit=1; Path=/"}))
    session.get(server.url())
    session.get(server.url())
    assert "cookie" not in server.seen[1].headers


def test_requests_and_bytes_are_counted(server: Loopback, session: Session) -> None:
    server.on("/a", Reply(302, {"Location": "/b"}))
    server.on("/b", Reply(200, {}, b"12345"))
    session.get(server.url("/a"))
    with pytest.raises(PermanentError):
        session.get(server.url("/missing"))
    assert session.requests == 3
    assert session.bytes_read == 5


def test_connections_are_kept(server: Loopback, session: Session) -> None:
    server.on("/", Reply(200, {}, b"x"))
    server.on("/same", Reply(304))
    session.get(server.url())
    session.get(server.url("/same"), validators=Validators('"a"'))
    with pytest.raises(PermanentError):
        session.get(server.url("/missing"))
    session.get(server.url())
    assert len({seen.connection for seen in server.seen}) == 1


def test_the_environment_names_no_proxy(
    server: Loopback, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.on("/", Reply(200, {}, b"direct"))
    assert session.get(server.url()).body == b"direct"


@pytest.mark.parametrize("value", ["t0p\r\nX-Evil: 1", "t0p\n", "t0p\x00", "t0p\u0101"])
def test_a_credential_that_cannot_be_sent_is_refused_without_repeating_it(
    server: Loopback, session: Session, value: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        session.get(server.url(), headers={"Authorization": value})
    assert "t0p" not in str(caught.value)
    assert "Authorization" in str(caught.value)
    assert server.seen == []


def test_repr_shows_no_header_no_query_and_no_proxy_password() -> None:
    response = Response("https://kea.example/?token=t0p", 200, {"x": "t0p"}, b"t0p")
    policy = NetworkPolicy(user_agent="x", proxy="http://me:t0p@proxy.example:3128")
    net = network(proxy="http://me:t0p@proxy.example:3128")
    assert "t0p" not in repr(response) + repr(policy) + repr(net) + repr(net.session())


def test_no_query_reaches_the_log(
    server: Loopback, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.on("/x", Reply())
    session.get(server.url("/x?token=t0p"), headers={"Api-Key": "t0p"})
    assert "t0p" not in caplog.text


def test_a_missing_content_type_is_empty(server: Loopback, session: Session) -> None:
    server.on("/", Reply())
    assert session.get(server.url()).content_type == ""


def test_an_unknown_name_is_temporary(session: Session) -> None:
    with pytest.raises(TemporaryError, match=r"nowhere\.example was not found"):
        session.get("http://nowhere.example/")


def test_a_closed_port_is_temporary_and_no_query_is_told(session: Session) -> None:
    with Loopback() as server:
        address = server.url("/x?token=t0p")
    with pytest.raises(TemporaryError) as caught:
        session.get(address)
    error: BaseException | None = caught.value
    while error is not None:
        assert "t0p" not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__
