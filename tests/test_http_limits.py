"""Every answer ends: by its own end, at the byte limit, or when time is over."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from connector.errors import PermanentError, TemporaryError
from tests.guarded import network
from tests.loopback import Loopback, Raw, Reply, Seen

TEXT = b"tena koutou " * 200


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def _bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", _bare_deflate),
        ("identity", bytes),
        (
            "gzip",
            lambda body: gzip.compress(body[:100], mtime=0) + gzip.compress(body[100:], mtime=0),
        ),
        ("gzip", lambda body: gzip.compress(body, mtime=0) + b"\x00" * 20),
    ],
)
def test_a_packed_body_is_unpacked(
    server: Loopback, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    server.on("/", Reply(200, {"Content-Encoding": encoding}, pack(TEXT)))
    session = network().session()
    assert session.get(server.url()).body == TEXT
    assert session.bytes_read == len(TEXT)


def test_a_packed_body_of_nothing_is_nothing(server: Loopback) -> None:
    server.on("/", Reply(200, {"Content-Encoding": "gzip"}))
    assert network().session().get(server.url()).body == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress"])
def test_an_encoding_nobody_asked_for_is_refused(server: Loopback, encoding: str) -> None:
    server.on("/", Reply(200, {"Content-Encoding": encoding}, b"\x00" * 10))
    with pytest.raises(PermanentError, match="gzip and deflate"):
        network().session().get(server.url())


def test_a_body_as_large_as_the_limit_is_read(server: Loopback) -> None:
    server.on("/", Reply(200, {}, b"x" * 1_000))
    server.on(
        "/packed", Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 1_000, mtime=0))
    )
    session = network(max_body_bytes=1_000).session()
    assert len(session.get(server.url()).body) == 1_000
    assert len(session.get(server.url("/packed")).body) == 1_000


def test_an_announced_length_beyond_the_limit_is_refused_unread(server: Loopback) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n"
    server.on("/", Raw(lambda sock: sock.sendall(head)))
    with pytest.raises(PermanentError, match=r"1,000 bytes.*max_body_bytes"):
        network(max_body_bytes=1_000).session().get(server.url())


def test_an_endless_body_is_cut_at_the_limit(server: Loopback) -> None:
    server.on("/", Raw(_endless))
    with pytest.raises(PermanentError, match="100,000 bytes"):
        network(max_body_bytes=100_000).session().get(server.url())


def _endless(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        sock.sendall(b"x" * 10_000)


def test_a_gzip_bomb_is_stopped_at_the_decoded_limit(server: Loopback) -> None:
    bomb = gzip.compress(b"\x00" * 50_000_000, mtime=0)
    assert len(bomb) < 60_000
    server.on("/", Reply(200, {"Content-Encoding": "gzip"}, bomb))
    session = network(max_body_bytes=1_000_000).session()
    with pytest.raises(PermanentError, match="1,000,000 bytes"):
        session.get(server.url())
    assert session.bytes_read == 0


def test_a_stream_of_empty_members_is_stopped_too(server: Loopback) -> None:
    """Compressed bytes count as well: these unpack to nothing, for ever."""
    server.on("/", Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(b"", mtime=0) * 5_000))
    with pytest.raises(PermanentError, match="10,000 bytes"):
        network(max_body_bytes=10_000).session().get(server.url())


def test_a_caller_may_lower_the_limit_but_not_raise_it(server: Loopback) -> None:
    server.on("/", Reply(200, {}, b"x" * 1_000))
    session = network(max_body_bytes=500).session()
    with pytest.raises(PermanentError, match=" 100 bytes"):
        session.get(server.url(), max_body_bytes=100)
    with pytest.raises(PermanentError, match=" 500 bytes"):
        session.get(server.url(), max_body_bytes=100_000)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(TEXT, mtime=0)[:-9],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n" + zlib.compress(TEXT)[:20],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nthis is no gzip at all",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 2",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_a_damaged_answer_is_temporary(server: Loopback, sent: bytes) -> None:
    server.on("/", Raw(lambda sock: sock.sendall(sent)))
    with pytest.raises(TemporaryError, match="truncated"):
        network().session().get(server.url())


def test_a_damaged_answer_leaves_no_broken_connection_behind(server: Loopback) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    server.on("/", [Raw(lambda sock: sock.sendall(half)), Reply(200, {}, b"whole")])
    session = network().session()
    with pytest.raises(TemporaryError):
        session.get(server.url())
    assert session.get(server.url()).body == b"whole"


def _dripping(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def write(sock: socket.socket) -> None:
        sock.sendall(head)
        for _ in range(500):
            sock.sendall(drop)
            time.sleep(0.02)  # the pace of the drip, nothing waits for it

    return write


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"x"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9999\r\n\r\n", b"x"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 9999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"", mtime=0)),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_drip_feed_ends_when_total_time_is_over(
    server: Loopback, head: bytes, drop: bytes
) -> None:
    """Each byte comes in time, their sum does not: in status line, headers, chunks or body."""
    server.on("/", Raw(_dripping(head, drop)))
    session = network(total_seconds=0.4, read_seconds=5.0).session()
    started = time.monotonic()
    with pytest.raises((TemporaryError, PermanentError)):
        session.get(server.url())
    assert time.monotonic() - started < 2


def test_the_sentence_names_the_total_time(server: Loopback) -> None:
    server.on("/", Raw(_dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x")))
    with pytest.raises(TemporaryError, match=r"within 0\.3 seconds"):
        network(total_seconds=0.3).session().get(server.url())


def test_a_pause_ends_the_answer(server: Loopback) -> None:
    done = threading.Event()
    server.on("/", Raw(lambda sock: done.wait(5) and None))
    with pytest.raises(TemporaryError, match=r"0\.2 seconds"):
        network(read_seconds=0.2).session().get(server.url())
    done.set()


def test_total_time_covers_all_redirects(server: Loopback) -> None:
    def slow(seen: Seen) -> Reply:
        time.sleep(0.1)  # the pace of the server, nothing waits for it
        return Reply(302, {"Location": "/"})

    server.on("/", slow)
    started = time.monotonic()
    with pytest.raises(TemporaryError):
        network(total_seconds=0.35, max_redirects=100).session().get(server.url())
    assert time.monotonic() - started < 2


def test_a_host_that_takes_no_connection_is_temporary() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        # The backlog holds one; the next attempts hang as at a host that drops packets.
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        try:
            with pytest.raises(TemporaryError, match="No connection to"):
                network(connect_seconds=0.2).session().get(f"http://127.0.0.1:{port}/")
        finally:
            for sock in waiting:
                sock.close()
