"""Row 26: a feed's address, a redirect or a changed name leads the hub into its own network.

Seen at fastladder, stringer, PortOS (rebinding), miniflux
and FreshRSS (IPv4 only). The hub looks at the address it connects to, on each hop.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from connector.errors import PermanentError
from connector.http import Network, NetworkPolicy
from connector.store.database import Store
from tests.hostile.hub import NAME, HostileHub, feed, hostile_hub
from tests.loopback import Loopback, Reply

NOT_PUBLIC = (
    "which is not a public address. If that is meant, name its range under allow in [network]."
)
WRITTEN = {
    "decimal": ("http://2852039166/", "169.254.169.254"),
    "hexadecimal": ("http://0xa9fea9fe/", "169.254.169.254"),
    "hexadecimal parts": ("http://0xa9.0xfe.0xa9.0xfe/", "169.254.169.254"),
    "octal parts": ("http://0251.0376.0251.0376/", "169.254.169.254"),
    "mixed parts": ("http://169.0xfe.43518/", "169.254.169.254"),
    "short": ("http://10.1/", "10.0.0.1"),
    "this host": ("http://0/", "0.0.0.0"),
    "another loopback": ("http://127.9.9.9/", "127.9.9.9"),
    "private 10": ("http://10.0.0.1/", "10.0.0.1"),
    "private 172": ("http://172.16.0.1/", "172.16.0.1"),
    "private 192": ("http://192.168.1.1/", "192.168.1.1"),
    "shared": ("http://100.64.0.1/", "100.64.0.1"),
    "everybody": ("http://255.255.255.255/", "255.255.255.255"),
    "group": ("http://224.0.0.1/", "224.0.0.1"),
    "IPv6 loopback": ("http://[::1]/", "::1"),
    "IPv6 nowhere": ("http://[::]/", "::"),
    "IPv6 link": ("http://[fe80::1]/", "fe80::1"),
    "IPv6 unique local": ("http://[fd12::1]/", "fd12::1"),
    "IPv6 site": ("http://[fec0::1]/", "fec0::1"),
    "IPv4-mapped": ("http://[::ffff:169.254.169.254]/", "::ffff:a9fe:a9fe"),
    "IPv4-mapped in hexadecimal": ("http://[::ffff:a9fe:a9fe]/", "::ffff:a9fe:a9fe"),
    "IPv4-compatible": ("http://[::127.0.0.1]/", "::7f00:1"),
    "6to4": ("http://[2002:a9fe:a9fe::1]/", "2002:a9fe:a9fe::1"),
    "NAT64": ("http://[64:ff9b::a9fe:a9fe]/", "64:ff9b::a9fe:a9fe"),
    "NAT64, local": ("http://[64:ff9b:1::a9fe:a9fe]/", "64:ff9b:1::a9fe:a9fe"),
    "Teredo": ("http://[2001:0:a9fe:a9fe::1]/", "2001:0:a9fe:a9fe::1"),
    "cloud over IPv6": ("http://[fd00:ec2::254]/", "fd00:ec2::254"),
}
"""How a private address can be written, and what it is."""
RESOLVED = [
    "127.0.0.2",
    "10.0.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "::1",
    "::ffff:10.0.0.1",
    "fd00:ec2::254",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
]


@pytest.fixture
def hub(sqlite_store: Store) -> Iterator[HostileHub]:
    with hostile_hub(sqlite_store) as found:
        yield found


def _assert_refused(hub: HostileHub, sentence_ends: str) -> None:
    report = hub.run()
    assert report.state == "failed"
    assert report.sentence.endswith(sentence_ends)
    assert hub.source.trouble_sentence == report.sentence


@pytest.mark.parametrize("case", WRITTEN)
def test_a_place_at_a_private_address_is_refused(hub: HostileHub, case: str) -> None:
    address, means = WRITTEN[case]
    hub.add(address)
    _assert_refused(hub, f" leads to {_shown(means)}, {NOT_PUBLIC}")
    assert hub.titles() == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_neither_followed_nor_kept(
    hub: HostileHub, status: int
) -> None:
    hub.add_with_posts()
    before = hub.kept()
    hub.server.on("/feed", Reply(status, {"Location": "http://169.254.169.254/latest/"}))
    hub.wait_until_due()
    _assert_refused(hub, f"169.254.169.254 leads to 169.254.169.254, {NOT_PUBLIC}")
    assert hub.kept() == before
    assert hub.server.paths()[-1] == "/feed"

    hub.server.on("/feed", feed(1, 2))
    hub.wait_until_due()
    assert hub.run().counts == {"unchanged": 2}
    assert hub.server.paths()[-1] == "/feed"


def test_every_written_form_is_refused_as_a_redirect_too(hub: HostileHub) -> None:
    hub.add_with_posts()
    before = hub.kept()
    for address, means in WRITTEN.values():
        hub.server.on("/feed", Reply(302, {"Location": address}))
        hub.wait_until_due()
        _assert_refused(hub, f" leads to {_shown(means)}, {NOT_PUBLIC}")
    assert hub.kept() == before


@pytest.mark.parametrize("address", RESOLVED)
def test_a_name_that_turns_private_between_two_readings_is_refused(
    hub: HostileHub, address: str
) -> None:
    """Rebinding: what the name led to yesterday opens nothing today."""
    hub.add_with_posts()
    before = hub.kept()
    hub.network._wire.close()  # as an hour without a request does: no connection is kept
    hub.addresses[:] = [address]
    hub.wait_until_due()
    _assert_refused(hub, f"{NAME} leads to {_shown(address)}, {NOT_PUBLIC}")
    assert hub.kept() == before

    hub.addresses[:] = ["127.0.0.1"]
    hub.wait_until_due()
    assert hub.run().counts == {"unchanged": 2}


def test_a_name_with_one_private_address_among_good_ones_is_refused(hub: HostileHub) -> None:
    hub.addresses[:] = ["127.0.0.1", "10.0.0.1"]
    hub.server.on("/feed", feed(1))
    hub.add(hub.url("/feed"))
    _assert_refused(hub, f"{NAME} leads to 10.0.0.1, {NOT_PUBLIC}")
    assert hub.server.seen == []


def test_a_name_that_changes_with_every_question_is_asked_once_and_believed_once() -> None:
    """Rebinding within one request: the address that was looked at is the one connected to."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    with Loopback() as server:
        server.on("/feed", feed(1))
        policy = NetworkPolicy(allow=(ip_network("127.0.0.1/32"),), user_agent="x")
        network = Network(policy, resolve=resolve)
        assert network.session().get(server.url("/feed", host=NAME)).status == 200
        assert asked == [NAME]
        network.close()
        network = Network(policy, resolve=resolve)
        with pytest.raises(PermanentError, match=r"leads to 10\.0\.0\.1"):
            network.session().get(server.url("/feed", host=NAME))
        network.close()
        assert len(server.seen) == 1


@pytest.mark.parametrize("link", ["http://169.254.169.254/feed", "http://[::1]/feed", "file:///x"])
def test_a_home_page_whose_feed_lies_inside_leads_nowhere(hub: HostileHub, link: str) -> None:
    page = f'<html><link rel="alternate" type="application/rss+xml" href="{link}"><body>x'
    hub.server.on("/", Reply(200, {"Content-Type": "text/html"}, page.encode()))
    hub.add(hub.url("/"))
    report = hub.run()
    assert report.state == "failed"
    assert hub.titles() == []


@pytest.mark.parametrize("link", ["http://169.254.169.254/?page=2", "http://10.0.0.1/feed"])
def test_a_next_page_that_lies_elsewhere_is_not_asked_for(hub: HostileHub, link: str) -> None:
    body = feed(1, 2).body.replace(
        b"<channel>", f'<channel><atom:link rel="next" href="{link}"/>'.encode(), 1
    )
    hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body))
    hub.add(hub.url("/feed"))
    assert hub.run().counts == {"new": 2}


def _shown(address: str) -> str:
    """Return the address as the sentence writes it."""
    return str(ip_address(address))
