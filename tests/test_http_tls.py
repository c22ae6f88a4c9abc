"""TLS: certificates are always checked, on the name; a private CA can be trusted."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector.errors import ConfigError, PermanentError, TemporaryError
from tests.guarded import network
from tests.loopback import Loopback, Reply

NAMES = {"kea.example": ["127.0.0.1"], "tui.example": ["127.0.0.1"]}


@dataclass(frozen=True)
class Authority:
    """A CA of its own, and a server's certificate for kea.example made by it."""

    ca: Path
    chain: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context


def _openssl(*words: str) -> None:
    command = shutil.which("openssl")
    assert command, "these tests make certificates: install the openssl command"
    subprocess.run([command, *words], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("ca")
    ca, ca_key = str(folder / "ca.pem"), str(folder / "ca.key")
    key, ask, chain = (str(folder / name) for name in ("key.pem", "ask.pem", "cert.pem"))
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    _openssl(
        *("req", "-x509", *curve, "-keyout", ca_key, "-out", ca, "-subj", "/CN=Kea College CA"),
        *("-addext", "basicConstraints=critical,CA:TRUE"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    _openssl("req", *curve, "-keyout", key, "-out", ask, "-subj", "/CN=kea.example")
    names = folder / "names"
    names.write_text(
        "subjectAltName=DNS:kea.example\nauthorityKeyIdentifier=keyid\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
    )
    _openssl(
        *("x509", "-req", "-in", ask, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial"),
        *("-days", "30", "-out", chain, "-extfile", str(names)),
    )
    return Authority(Path(ca), Path(chain), Path(key))


@pytest.fixture
def server(authority: Authority) -> Iterator[Loopback]:
    with Loopback(context=authority.server_context()) as running:
        running.on("/", Reply(200, {}, b"safe"))
        yield running


def test_a_private_authority_is_trusted_when_named(server: Loopback, authority: Authority) -> None:
    session = network(NAMES, ca_bundle=str(authority.ca)).session()
    for _ in range(2):
        assert session.get(server.url(host="kea.example")).body == b"safe"
    assert len({seen.connection for seen in server.seen}) == 1
    assert server.seen[0].headers["host"] == f"kea.example:{server.port}"


def test_an_unknown_authority_is_permanent_and_says_what_to_do(server: Loopback) -> None:
    with pytest.raises(PermanentError, match=r"kea\.example is not trusted.*ca_bundle"):
        network(NAMES).session().get(server.url(host="kea.example"))
    assert server.seen == []


def test_a_certificate_for_another_name_is_refused(server: Loopback, authority: Authority) -> None:
    """The check stays on the name, though the connection goes to the vetted address."""
    net = network(NAMES, ca_bundle=str(authority.ca))
    for host in ("tui.example", "127.0.0.1"):
        with pytest.raises(PermanentError, match="not trusted"):
            net.session().get(server.url(host=host))
    assert server.seen == []


def test_the_name_is_told_to_the_server(authority: Authority) -> None:
    told = []
    context = authority.server_context()
    context.sni_callback = lambda sock, name, ctx: told.append(name)
    with Loopback(context=context) as server:
        server.on("/", Reply())
        network(NAMES, ca_bundle=str(authority.ca)).session().get(server.url(host="kea.example"))
    assert told == ["kea.example"]


def test_tls_to_a_plain_port_is_temporary() -> None:
    with Loopback() as plain, pytest.raises(TemporaryError, match="No secure connection"):
        network().session().get(f"https://127.0.0.1:{plain.port}/")


def test_a_post_that_fails_at_the_certificate_was_not_sent(server: Loopback) -> None:
    with pytest.raises(PermanentError, match="ca_bundle"):
        network(NAMES).session().post(server.url(host="kea.example"), body=b"x", headers={})


def test_a_downgrade_with_a_credential_is_refused(server: Loopback, authority: Authority) -> None:
    with Loopback() as plain:
        plain.on("/", Reply(200, {}, b"open"))
        server.on("/", Reply(302, {"Location": plain.url(host="kea.example")}))
        session = network(NAMES, ca_bundle=str(authority.ca)).session()
        with pytest.raises(PermanentError, match="https to http"):
            session.get(server.url(host="kea.example"), headers={"Api-Key": "t0p"})
        assert plain.seen == []
        assert session.get(server.url(host="kea.example")).body == b"open"


def test_a_proxy_reached_over_tls_is_checked_like_a_site(authority: Authority) -> None:
    with Loopback(context=authority.server_context()) as front:
        front.on("http://tui.example/feed", Reply(200, {}, b"through"))
        proxy = front.url(host="kea.example")
        trusting = network(NAMES, proxy=proxy, ca_bundle=str(authority.ca))
        assert trusting.session().get("http://tui.example/feed").body == b"through"
        with pytest.raises(PermanentError, match=r"kea\.example is not trusted"):
            network(NAMES, proxy=proxy).session().get("http://tui.example/feed")


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_an_unreadable_bundle_stops_the_start(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "school.pem"
    if content is not None:
        bundle.write_text(content)
    with pytest.raises(ConfigError, match=r"ca_bundle in \[network\].*school\.pem"):
        network(ca_bundle=str(bundle))
