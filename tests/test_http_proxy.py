"""A web proxy: everything goes through it, and what can be seen to be private still does not."""

import base64
import select
import socket
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from connector.errors import ConfigError, PermanentError, TemporaryError, UnknownOutcome
from tests.guarded import network
from tests.loopback import Loopback, Raw, Reply, Seen


class Proxy:
    """A forward proxy on loopback that knows one site under any name."""

    def __init__(self, front: Loopback, site: Loopback):
        self.front = front
        self.site = site
        self.refuses = 0

    def forward(self, seen: Seen) -> Raw:
        """Pass on a plain request: its URL stands whole in the request line."""
        return Raw(lambda sock: self._copy(sock, self._request(seen)))

    def tunnel(self, seen: Seen) -> Reply | Raw:
        """Open a way for CONNECT."""
        if self.refuses:
            return Reply(self.refuses, {}, b"a page of the proxy's own")
        return Raw(lambda sock: self._copy(sock, b"", b"HTTP/1.1 200 Open\r\n\r\n"))

    def _request(self, seen: Seen) -> bytes:
        path = "/" + seen.path.partition("://")[2].partition("/")[2]
        return f"{seen.method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()

    def _copy(self, client: socket.socket, first: bytes, greeting: bytes = b"") -> None:
        with socket.create_connection(("127.0.0.1", self.site.port)) as site:
            site.sendall(first)
            client.sendall(greeting)
            ends = {client: site, site: client}
            while True:
                for ready in select.select(list(ends), [], [], 5)[0]:
                    piece = ready.recv(65_536)
                    if not piece:
                        return
                    ends[ready].sendall(piece)


@pytest.fixture
def site() -> Iterator[Loopback]:
    with Loopback() as running:
        running.on("/feed", Reply(200, {"ETag": '"a"'}, b"through"))
        yield running


@pytest.fixture
def proxy(site: Loopback) -> Iterator[Proxy]:
    with Loopback() as front:
        made = Proxy(front, site)
        front.on("http://kea.example/feed", made.forward)
        front.on("kea.example:443", made.tunnel)
        yield made


def test_a_plain_request_goes_through_the_proxy(proxy: Proxy) -> None:
    """The name is nowhere but at the proxy, and the proxy's own address is private."""
    response = network(proxy=proxy.front.url(), allow=()).session().get("http://kea.example/feed")
    assert response.body == b"through"
    assert proxy.front.paths() == ["http://kea.example/feed"]


def test_the_proxys_password_goes_to_the_proxy_and_nowhere_else(
    proxy: Proxy, site: Loopback
) -> None:
    address = proxy.front.url().replace("//", "//me:t0p@")
    network(proxy=address).session().get("http://kea.example/feed")
    expected = "Basic " + base64.b64encode(b"me:t0p").decode()
    assert proxy.front.seen[0].headers["proxy-authorization"] == expected
    assert "proxy-authorization" not in site.seen[0].headers


def test_https_goes_through_a_tunnel(proxy: Proxy) -> None:
    """The site speaks no TLS here: that the tunnel stood shows in what failed."""
    with pytest.raises(TemporaryError, match=r"No secure connection to kea\.example"):
        network(proxy=proxy.front.url()).session().get("https://kea.example/feed")
    assert proxy.front.seen[0].method == "CONNECT"
    assert proxy.front.paths() == ["kea.example:443"]


@pytest.mark.parametrize(
    ("status", "kind"), [(403, PermanentError), (407, PermanentError), (502, TemporaryError)]
)
def test_a_refusal_of_the_proxy_is_told_as_such(
    proxy: Proxy, status: int, kind: type[Exception]
) -> None:
    proxy.refuses = status
    with pytest.raises(kind, match=rf"web proxy .*kea\.example \({status}\)") as caught:
        network(proxy=proxy.front.url().replace("//", "//me:t0p@")).session().get(
            "https://kea.example/feed"
        )
    assert "t0p" not in str(caught.value)
    assert "own" not in str(caught.value)


def test_a_plain_407_speaks_of_the_proxy(proxy: Proxy) -> None:
    proxy.front.on("http://kea.example/feed", Reply(407))
    with pytest.raises(PermanentError, match="web proxy"):
        network(proxy=proxy.front.url()).session().get("http://kea.example/feed")


def test_a_proxy_that_is_away_is_temporary() -> None:
    with Loopback() as front:
        address = front.url()
    for url in ("http://kea.example/", "https://kea.example/"):
        with pytest.raises(TemporaryError, match=r"the web proxy 127\.0\.0\.1"):
            network(proxy=address).session().get(url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:10.0.0.1]", "localhost",
     "hub.localhost", "localhost.", "169.254.169.254"],
)  # fmt: skip
def test_what_is_seen_to_be_private_is_not_asked_of_the_proxy(proxy: Proxy, host: str) -> None:
    net = network(proxy=proxy.front.url(), allow=())
    for scheme in ("http", "https"):
        with pytest.raises(PermanentError, match="not a public address"):
            net.session().get(f"{scheme}://{host}/")
    assert proxy.front.seen == []


def test_a_redirect_to_a_private_address_is_not_asked_of_the_proxy(proxy: Proxy) -> None:
    proxy.front.on("http://kea.example/feed", Reply(302, {"Location": "http://10.0.0.1/"}))
    with pytest.raises(PermanentError, match="not a public address"):
        network(proxy=proxy.front.url()).session().get("http://kea.example/feed")
    assert len(proxy.front.seen) == 1


def test_an_allowed_range_is_asked_of_the_proxy(proxy: Proxy) -> None:
    proxy.front.on("http://10.20.0.1/feed", proxy.forward)
    net = network(proxy=proxy.front.url(), allow=(ip_network("10.20.0.0/16"),))
    assert net.session().get("http://10.20.0.1/feed").body == b"through"


def test_a_lost_answer_to_a_post_is_unknown_through_a_proxy_too(proxy: Proxy) -> None:
    proxy.front.on("http://kea.example/send", Raw(lambda sock: None))
    with pytest.raises(UnknownOutcome):
        network(proxy=proxy.front.url()).session().post(
            "http://kea.example/send", body=b"x", headers={}
        )


def test_a_tunnel_that_never_opened_sent_nothing(proxy: Proxy) -> None:
    proxy.refuses = 502
    with pytest.raises(TemporaryError, match="web proxy"):
        network(proxy=proxy.front.url()).session().post(
            "https://kea.example/send", body=b"x", headers={}
        )


@pytest.mark.parametrize("proxy_address", ["proxy.example:3128", "socks5://proxy.example", ""])
def test_an_odd_proxy_address_stops_the_start(proxy_address: str) -> None:
    with pytest.raises(ConfigError, match=r"proxy in \[network\]"):
        network(proxy=proxy_address)
