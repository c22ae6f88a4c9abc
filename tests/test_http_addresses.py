"""No request reaches an address that is not public, by whatever way it is named."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.addresses import is_allowed, is_public, literal, target
from connector.errors import PermanentError
from connector.http import Network, NetworkPolicy
from tests.guarded import LOOPBACK, names, network
from tests.loopback import Loopback, Reply

# A busy machine is no failure.
unhurried = settings(deadline=None)

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.8.9.10",
    "169.254.1.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "202.27.184.3", "2606:4700:4700::1111", "2404:138::1"]


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_that_is_not_for_everybody_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not is_allowed(ip_address(text), ())


@pytest.mark.parametrize("text", [*PUBLIC, "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(text: str) -> None:
    assert is_allowed(ip_address(text), ())


@unhurried
@given(st.ip_addresses(v=4))
def test_a_mapped_address_counts_as_the_one_inside(address: IPv4Address) -> None:
    mapped = IPv6Address(b"\x00" * 10 + b"\xff\xff" + address.packed)
    assert is_public(mapped) == is_public(address)


def test_a_named_range_is_open_and_its_neighbour_is_not() -> None:
    allow = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))
    assert is_allowed(ip_address("10.20.3.4"), allow)
    assert is_allowed(ip_address("::ffff:10.20.3.4"), allow)
    assert is_allowed(ip_address("fd12::5"), allow)
    assert not is_allowed(ip_address("10.21.0.1"), allow)


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("169.254.169.254", "169.254.0.0/16"),
        ("::ffff:169.254.169.254", "0.0.0.0/0"),
        ("64:ff9b::a9fe:a9fe", "64:ff9b::/96"),
        ("fd00:ec2::254", "fc00::/7"),
        ("100.100.100.200", "100.64.0.0/10"),
    ],
)
def test_where_credentials_are_handed_out_only_the_exact_address_opens(
    text: str, around: str
) -> None:
    address = ip_address(text)
    exact = ip_network(getattr(address, "ipv4_mapped", None) or address)
    assert not is_allowed(address, (ip_network(around),))
    assert is_allowed(address, (exact,))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
def test_every_way_to_write_an_address_is_known(host: str) -> None:
    assert literal(host) == IPv4Address("127.0.0.1")
    assert literal("[::1]") == IPv6Address("::1")
    assert literal("kea.example") is None


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        running.on("/", Reply(200, {}, b"inside"))
        yield running


@pytest.fixture
def closed() -> Iterator[Network]:
    """A network as it is installed: nothing private is open, names are the system's."""
    net = Network(NetworkPolicy(user_agent="x"))
    yield net
    net.close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "0.0.0.0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::]",
        "[fe80::1%25lo]",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
def test_no_way_to_write_it_leads_inside(server: Loopback, closed: Network, host: str) -> None:
    with pytest.raises(PermanentError, match="not a public address"):
        closed.session().get(server.url(host=host))
    assert server.seen == []


@pytest.mark.parametrize(
    # Where the test's own server listens is left out.
    "address",
    [text for text in PRIVATE if text not in ("127.0.0.1", "::ffff:127.0.0.1")],
)
def test_a_redirect_to_a_refused_address_is_not_followed(server: Loopback, address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    server.on("/", Reply(302, {"Location": f"http://{host}/latest/meta-data/"}))
    only_the_server = (ip_network("127.0.0.1/32"),)
    with pytest.raises(PermanentError, match="not a public address"):
        network(allow=only_the_server).session().get(server.url())
    assert len(server.seen) == 1


def test_a_name_with_one_refused_address_is_refused_whole(server: Loopback) -> None:
    net = network({"kea.example": ["127.0.0.1", "10.0.0.1"]})
    with pytest.raises(PermanentError, match=r"kea\.example leads to 10\.0\.0\.1"):
        net.session().get(server.url(host="kea.example"))
    assert server.seen == []


def test_a_name_is_resolved_once_for_each_connection(server: Loopback) -> None:
    """Rebinding: the second answer of the resolver is never used for the same connection."""
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    net = Network(NetworkPolicy(user_agent="x", allow=LOOPBACK), resolve=resolve)
    session = net.session()
    assert session.get(server.url(host="kea.example")).body == b"inside"
    assert session.get(server.url(host="kea.example")).body == b"inside"
    assert asked == ["kea.example"]
    net.close()
    with pytest.raises(PermanentError):
        session.get(server.url(host="kea.example"))
    assert len(asked) == 2


def test_the_host_header_stays_on_the_name(server: Loopback) -> None:
    network({"kea.example": ["127.0.0.1"]}).session().get(server.url(host="kea.example"))
    assert server.seen[0].headers["host"] == f"kea.example:{server.port}"


def test_the_next_address_is_tried_when_one_does_not_answer(server: Loopback) -> None:
    net = network({"kea.example": ["127.0.0.9", "127.0.0.1"]})
    assert net.session().get(server.url(host="kea.example")).body == b"inside"


def test_ipv6_is_asked_and_vetted_alike() -> None:
    with Loopback(host="::1") as server:
        server.on("/", Reply(200, {}, b"six"))
        assert network().session().get(server.url(host="[::1]")).body == b"six"
        only_four = Network(NetworkPolicy(user_agent="x", allow=LOOPBACK[:1]), resolve=names({}))
        with pytest.raises(PermanentError, match="::1"):
            only_four.session().get(server.url(host="[::1]"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://kea.example/",
        "file:///etc/passwd",
        "gopher://kea.example/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "//kea.example/",
        "kea.example",
        "",
        "http://",
        "http:///feed",
        "http://kea.example:99999/",
        "http://kea example/",
        "http://[::1/",
        "http://" + "a" * 5_000,
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(PermanentError):
        network().session().get(url)


@pytest.mark.parametrize(
    "url", ["http://me:t0p@kea.example/x?y", "http://me@kea.example/", "https://:t0p@kea.example/"]
)
def test_a_user_name_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(PermanentError, match="user name") as caught:
        network().session().get(url)
    assert caught.value.url is not None
    assert "me" not in caught.value.url.replace("example", "")
    assert "t0p" not in str(caught.value)


@unhurried
@given(st.text() | st.text().map("http://".__add__) | st.text().map("https://kea.example".__add__))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    try:
        found = target(text)
    except PermanentError:
        return
    assert found.scheme in ("http", "https")
    assert found.host
    assert "#" not in found.url
    assert "?" not in found.shown
    assert target(found.url).origin == found.origin
