"""Which addresses the hub may ask: pure rules about URLs and IP addresses.

Nothing here resolves a name or opens a connection; ``connector._transport`` does, and asks
here before each one.
"""

import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from connector.errors import PermanentError

Address = IPv4Address | IPv6Address
AddressRange = IPv4Network | IPv6Network

MAX_URL_CHARACTERS = 4_000
_DEFAULT_PORTS = {"http": 80, "https": 443}

# ``is_global`` differs between Python versions and calls several of these global: they carry
# an IPv4 address inside, or never leave a site. The list stands beside it, not instead.
_NEVER_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.88.99.0/24",  # the withdrawn 6to4 relay
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # unspecified, loopback, IPv4-compatible
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local use
        "100::/64",
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",  # site-local
        "ff00::/8",
    )
)

# Cloud machines hand out their credentials here; a range that happens to hold one of these
# does not open it, only its own exact address does.
_METADATA = tuple(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "64:ff9b::a9fe:a9fe",  # the same through NAT64
        "100.100.100.200",
        "fd00:ec2::254",
    )
)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be asked at this address."""
    plain = unwrapped(address)
    return plain.is_global and not any(plain in known for known in _NEVER_PUBLIC)


def is_allowed(address: Address, allow: tuple[AddressRange, ...]) -> bool:
    """Whether this address is public, or within a range that the operator opened."""
    plain = unwrapped(address)
    if plain in _METADATA:
        return any(named.num_addresses == 1 and plain in named for named in allow)
    return is_public(plain) or any(plain in named for named in allow)


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv4-mapped one, any other unchanged."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address
    return address


def literal(host: str) -> Address | None:
    """Return the IP address that a host is written as, in any form that a resolver takes.

    ``127.1``, ``0x7f000001`` and ``2130706433`` are all 127.0.0.1.
    """
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def is_local_name(host: str) -> bool:
    """Whether a name means the asking machine itself, whoever resolves it."""
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the rules, taken apart once."""

    url: str
    """Normalised, without fragment."""
    scheme: str
    host: str
    port: int
    path: str
    """What stands in the request line: path and query."""
    shown: str
    """Fit for a message: without query."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what decides whether headers may travel on."""
        return (self.scheme, self.host, self.port)


@lru_cache(maxsize=2_048)
def target(url: str) -> Target:
    """Return the URL taken apart.

    Raises:
        PermanentError: not http(s), a user name in it, too long, or no URL at all.
    """
    if len(url) > MAX_URL_CHARACTERS:
        raise PermanentError(
            f"The address is longer than {MAX_URL_CHARACTERS:,} characters. Enter a shorter one."
        )
    try:
        parts = parse_url(url.strip())
    except LocationParseError:
        raise PermanentError(
            "The address cannot be read as a web address. Enter one that starts with https://."
        ) from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.host:
        raise PermanentError(
            "Only addresses that start with http:// or https:// are read. Enter one of these."
        )
    if parts.auth is not None:
        raise PermanentError(
            "The address holds a user name or password. Enter it without them and save them "
            "in the fields of this place.",
            url=_shown(parts.scheme, parts.host, parts.port, parts.path),
        )
    if "%" in parts.host:
        raise PermanentError(
            "The address names a network card of this machine, so it is not a public address. "
            "Enter one that others can reach."
        )
    return Target(
        url=parts._replace(fragment=None, path=parts.path or "/").url,
        scheme=parts.scheme,
        host=parts.host,
        port=parts.port if parts.port is not None else _DEFAULT_PORTS[parts.scheme],
        path=parts._replace(path=parts.path or "/").request_uri,
        shown=_shown(parts.scheme, parts.host, parts.port, parts.path),
    )


def _shown(scheme: str, host: str, port: int | None, path: str | None) -> str:
    """Return the URL without user name, query and fragment."""
    return f"{scheme}://{host}{'' if port is None else f':{port}'}{path or '/'}"
