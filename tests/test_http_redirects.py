"""Redirects: followed by hand, vetted hop by hop, without giving anything away."""

from collections.abc import Iterator

import pytest

from connector.errors import PermanentError
from connector.http import Validators
from tests.guarded import network
from tests.loopback import Loopback, Reply

NAMES = {"kea.example": ["127.0.0.1"], "tui.example": ["127.0.0.1"]}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        running.on("/end", Reply(200, {"ETag": '"e"'}, b"end"))
        yield running


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(server: Loopback, status: int) -> None:
    server.on("/a/start", Reply(status, {"Location": "../end?x=1#part"}))
    response = network().session().get(server.url("/a/start"))
    assert response.body == b"end"
    assert response.url == server.url("/end?x=1")


def test_an_endless_redirect_ends_at_the_limit(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": "/"}))
    with pytest.raises(PermanentError, match="more than 3 times"):
        network(max_redirects=3).session().get(server.url())
    assert len(server.seen) == 4


@pytest.mark.parametrize("location", [None, "", "   ", "http://[", "javascript:alert(1)"])
def test_a_redirect_to_nowhere_is_permanent(server: Loopback, location: str | None) -> None:
    server.on("/", Reply(302, {} if location is None else {"Location": location}))
    with pytest.raises(PermanentError):
        network().session().get(server.url())


@pytest.mark.parametrize("location", ["ftp://kea.example/", "file:///etc/passwd"])
def test_a_redirect_to_another_scheme_is_refused(server: Loopback, location: str) -> None:
    server.on("/", Reply(302, {"Location": location}))
    with pytest.raises(PermanentError, match="https://"):
        network().session().get(server.url())


def test_a_redirect_with_a_user_name_is_refused(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": "http://me:t0p@tui.example/"}))
    with pytest.raises(PermanentError, match="user name") as caught:
        network(NAMES).session().get(server.url())
    assert "t0p" not in str(caught.value)


def test_a_location_in_plain_utf8_is_understood(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": "/m\u0101ori".encode().decode("latin-1")}))
    server.on("/m%C4%81ori", Reply(200, {}, b"kia ora"))
    assert network().session().get(server.url()).body == b"kia ora"


def test_no_header_of_the_caller_crosses_to_another_host(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": server.url("/end", host="tui.example")}))
    network(NAMES).session().get(
        server.url(host="kea.example"),
        headers={
            "Authorization": "Bearer t0p",
            "Cookie": "sid=t0p",
            "Api-Key": "t0p",
            "Accept": "application/json",
        },
    )
    first, second = server.seen
    assert first.headers["authorization"] == "Bearer t0p"
    assert "t0p" not in str(second.headers)
    assert second.headers["accept"] == "application/json"


def test_headers_lost_on_the_way_do_not_come_back(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": server.url("/back", host="tui.example")}))
    server.on("/back", Reply(302, {"Location": server.url("/end", host="kea.example")}))
    network(NAMES).session().get(server.url(host="kea.example"), headers={"Cookie": "sid=t0p"})
    assert "cookie" not in server.seen[2].headers


def test_another_port_is_another_origin(server: Loopback) -> None:
    with Loopback() as other:
        other.on("/end", Reply())
        server.on("/", Reply(302, {"Location": other.url("/end")}))
        network().session().get(server.url(), headers={"Authorization": "Bearer t0p"})
        assert "authorization" not in other.seen[0].headers


def test_headers_stay_within_one_origin(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": "/end"}))
    network().session().get(server.url(), headers={"Authorization": "Bearer t0p"})
    assert server.seen[1].headers["authorization"] == "Bearer t0p"


def test_validators_travel_along(server: Loopback) -> None:
    server.on("/", Reply(301, {"Location": "/end"}))
    server.on("/end", Reply(304))
    assert network().session().get(server.url(), validators=Validators('"e"')).not_modified
    assert server.seen[1].headers["if-none-match"] == '"e"'


def test_a_large_redirect_body_is_not_read(server: Loopback) -> None:
    server.on("/", Reply(302, {"Location": "/end"}, b"x" * 3_000_000))
    session = network(max_body_bytes=1_000).session()
    assert session.get(server.url()).body == b"end"
    assert session.bytes_read == 3
