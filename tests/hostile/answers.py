"""The table of hostile answers: what a server can say instead of a feed or a home page."""

import gzip
import socket
import time
from collections.abc import Callable

from tests.hostile.hub import NAME, Hostile, posts
from tests.loopback import Raw, Reply

RSS_TYPE = {"Content-Type": "application/rss+xml"}
HTML_TYPE = {"Content-Type": "text/html; charset=utf-8"}
NO_FEED_HERE = (
    f"{NAME} answers, but shows neither a feed nor an API. "
    "Look for a feed symbol or the word RSS on the page and use that address."
)
PAGE = (
    "This is a web page, not a feed. "
    "Use the address of the feed itself, often the page's address followed by /feed/."
)
LOGIN = (
    "This is a login page, not a feed. "
    "Ask the owner of the blog to open its feed, or use an address that needs no login."
)
LOGIN_PAGE = (
    f"{NAME} shows a log-in page instead of a blog. "
    "Open the address without being logged in, and use one that everybody can read."
)
OTHER = "This is not a feed. Open the address in a browser and check that it shows a feed."
BROKEN_OFF = (
    f"The answer of {NAME} broke off, was truncated, or paused for more than 10 seconds. "
    "It is tried again later."
)
TOO_LARGE = (
    f"The answer of {NAME} is larger than the limit of 20,000,000 bytes. "
    "If it is meant to be read, raise max_body_bytes in [network]."
)
BROKEN = (
    "This feed is broken XML that cannot be repaired. "
    "Ask the owner of the blog to check it with a feed validator."
)
OVER_LIMIT = (
    "This feed holds a single text of more than 10 MB or more than 256 levels of elements. "
    "Ask the owner of the blog to list fewer or shorter entries in it."
)
TOO_MUCH_TO_MEND = (
    "This feed is broken XML of more than 2 MB or 50,000 tags, too much to be repaired. "
    "Ask the owner of the blog to check it with a feed validator."
)
ENTITIES = (
    "This feed declares entities that would grow it to more than 10 MB. "
    "Ask the owner of the blog to write its texts out instead."
)
ENDLESS = (
    f"{NAME} redirects more than 5 times. "
    "Open the address in a browser and enter the one it ends at."
)
NOWHERE = (
    f"{NAME} redirects, but does not say properly where to. "
    "Open the address in a browser and enter the one it ends at."
)
NO_WEB_ADDRESS = "Only addresses that start with http:// or https:// are read. Enter one of these."
COMPRESSED = (
    f"{NAME} compresses its answer in a way that the hub does not read. "
    "Tell whoever runs it that only gzip and deflate are asked for."
)


def _private(host: str, address: str) -> str:
    return (
        f"{host} leads to {address}, which is not a public address. "
        "If that is meant, name its range under allow in [network]."
    )


def sent(head: bytes, *pieces: bytes) -> Raw:
    """Send this as it is and hang up."""

    def write(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        for piece in pieces:
            sock.sendall(piece)

    return Raw(write)


def dripping(seconds: float = 0.02) -> Callable[[socket.socket], None]:
    """Return a writer that gives the feed one byte at a time."""

    def write(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n")
        for byte in posts(1, 2, 3):
            sock.sendall(bytes((byte,)))
            time.sleep(seconds)  # the pace of the drip, nothing waits for it

    return write


def endless_body(sock: socket.socket) -> None:
    """Send a feed that never ends, without saying how long it is."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss><channel>")
    while True:
        sock.sendall(b"<item><title>and on</title></item>" * 2_000)


def _bomb() -> bytes:
    """Return 300 MB of nothing, packed: ten members of one compressed stream after another."""
    return gzip.compress(b"\x00" * 10_000_000) * 30


_LAUGHS = "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10 if level else "ha"}">' for level in range(10)
)
_ENTITY_BOMB = f"<!DOCTYPE rss [{_LAUGHS}]><rss><channel><item><guid>1</guid><title>&l9;</title>"
_NESTED = "<rss><channel><item>" + "<a>" * 200_000 + "</a>" * 200_000 + "</item></channel></rss>"
_LOGIN_FORM = (
    b"<!doctype html><title>Sign in</title><form><input name=u><input type=password name=p></form>"
)
_HTML = b"<!doctype html><title>Sold</title><h1>This domain is for sale</h1>"


def moved(to: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status, {"Location": to})


ANSWERS: dict[str, Hostile] = {
    "an HTML page": Hostile(Reply(200, HTML_TYPE, _HTML), PAGE, NO_FEED_HERE),
    "an HTML page that says it is RSS": Hostile(Reply(200, RSS_TYPE, _HTML), PAGE, NO_FEED_HERE),
    "a login page": Hostile(Reply(200, HTML_TYPE, _LOGIN_FORM), LOGIN, LOGIN_PAGE),
    "nothing": Hostile(
        Reply(200, RSS_TYPE),
        "The answer is empty. Open the address in a browser and check that it shows a feed.",
    ),
    "blanks": Hostile(
        Reply(200, RSS_TYPE, b" \r\n" * 1_000),
        "The answer is empty. Open the address in a browser and check that it shows a feed.",
    ),
    "half of what it promised": Hostile(
        sent(b"Content-Length: 9000", posts(1, 2, 3)[:400]), BROKEN_OFF, temporary=True
    ),
    "a chunk cut off": Hostile(
        sent(b"Transfer-Encoding: chunked", b"ffff\r\n<rss>"), BROKEN_OFF, temporary=True
    ),
    "gzip cut off": Hostile(
        sent(b"Content-Encoding: gzip", gzip.compress(posts(1, 2, 3))[:-9]),
        BROKEN_OFF,
        temporary=True,
    ),
    "what says it is gzip and is not": Hostile(
        Reply(200, {"Content-Encoding": "gzip"}, posts(1, 2, 3)), BROKEN_OFF, temporary=True
    ),
    "a compression nobody asked for": Hostile(
        Reply(200, {"Content-Encoding": "br"}, b"\x1b\x00"), COMPRESSED
    ),
    "headers without end": Hostile(
        Raw(lambda sock: sock.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500)),
        BROKEN_OFF,
        temporary=True,
    ),
    "no HTTP at all": Hostile(
        Raw(lambda sock: sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")), BROKEN_OFF, temporary=True
    ),
    "a gzip bomb of 300 MB": Hostile(Reply(200, {"Content-Encoding": "gzip"}, _bomb()), TOO_LARGE),
    "50 MB announced": Hostile(sent(b"Content-Length: 50000000", b"<rss>"), TOO_LARGE),
    "a body without end": Hostile(Raw(endless_body), TOO_LARGE),
    "an entity bomb": Hostile(
        Reply(200, RSS_TYPE, f"{_ENTITY_BOMB}</item></channel></rss>".encode()), ENTITIES
    ),
    "200,000 nested tags": Hostile(Reply(200, RSS_TYPE, _NESTED.encode()), OVER_LIMIT),
    "200,000 tags left open": Hostile(
        Reply(200, RSS_TYPE, b"<rss><channel>" + b"<a>" * 200_000), OVER_LIMIT
    ),
    "much broken XML": Hostile(
        Reply(200, RSS_TYPE, b"<rss><channel>" + b"<item><b></item>" * 60_000), TOO_MUCH_TO_MEND
    ),
    "broken XML without an entry": Hostile(Reply(200, RSS_TYPE, b"<rss><chan"), BROKEN),
    "a character set of another age": Hostile(
        Reply(200, RSS_TYPE, posts(1, 2, 3).decode().encode("cp500", "replace")),
        OTHER,
        NO_FEED_HERE,
    ),
    "a picture": Hostile(
        Reply(200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9),
        OTHER,
        NO_FEED_HERE,
    ),
    "other XML": Hostile(
        Reply(200, RSS_TYPE, b"<soap:Envelope xmlns:soap='x'><a/></soap:Envelope>"),
        "This is XML, but not a feed. Use the address of the feed itself.",
        NO_FEED_HERE,
    ),
    "other JSON": Hostile(
        Reply(200, {"Content-Type": "application/json"}, b'{"error": "no"}'),
        "This is JSON, but not a JSON Feed. Use the address of the feed itself.",
    ),
    "a million open brackets": Hostile(
        Reply(200, {"Content-Type": "application/json"}, b"[" * 1_000_000),
        "This is JSON, but not a JSON Feed. Use the address of the feed itself.",
    ),
    "a redirect to itself": Hostile(lambda seen: moved(seen.path), ENDLESS),
    "a redirect to ever new addresses": Hostile(lambda seen: moved(f"{seen.path}?x"), ENDLESS),
    "a redirect to nowhere": Hostile(Reply(302), NOWHERE),
    "a redirect to a file": Hostile(moved("file:///etc/passwd"), NO_WEB_ADDRESS),
    "a redirect to a script": Hostile(moved("javascript:alert(1)"), NO_WEB_ADDRESS),
    "a redirect to where credentials are handed out": Hostile(
        moved("http://169.254.169.254/latest/meta-data/"),
        _private("169.254.169.254", "169.254.169.254"),
    ),
    "a captive portal by redirect": Hostile(
        moved("http://10.0.0.1/portal?from=x"), _private("10.0.0.1", "10.0.0.1")
    ),
    "a captive portal by status": Hostile(
        Reply(511, HTML_TYPE, _LOGIN_FORM),
        f"{NAME} cannot answer at the moment (511). It is asked again later.",
        temporary=True,
    ),
    "a drip feed": Hostile(
        Raw(dripping()),
        f"{NAME} did not finish its answer within 0.4 seconds. It is tried again later.",
        policy={"total_seconds": 0.4},
        temporary=True,
    ),
    "silence": Hostile(
        Raw(lambda sock: time.sleep(0.5)),  # longer than anybody waits for it
        f"The answer of {NAME} broke off, was truncated, or paused for more than 0.2 seconds. "
        "It is tried again later.",
        policy={"read_seconds": 0.2},
        temporary=True,
    ),
}
