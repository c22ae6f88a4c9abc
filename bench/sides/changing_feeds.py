"""Feeds that change between nights, for ``kills``: new entries, an edit, a post that goes.

Every feed has validators, so that one that was saved too early hides what is new. One in four is
spread over two pages, one in twenty holds more entries than one page of the engine.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.sides.corpus import entry_body

NIGHTS = ("first reading", "feeds changed, nightly check", "second night")
"""What a sync finds on the night of this number."""
ENTRIES = 6
MANY = 104
"""The engine stores a hundred at a time."""
REMOVED = 2
"""This entry leaves its place after the first night."""
_FIRST = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class ChangingFeeds:
    """All feeds of one night; the night is set from outside."""

    def __init__(self) -> None:
        self.night = 0
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.port = 0

    def numbers(self, feed: int) -> list[int]:
        """Return the numbers of the entries that a feed holds tonight, newest first."""
        oldest = MANY if feed % 20 == 3 else ENTRIES
        there = range(oldest + 2 * self.night)
        return [one for one in reversed(there) if self.night == 0 or one != REMOVED]

    def answer(self, path: str, known: str | None) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; ``known`` is the validator that was sent."""
        self.asked[path] += 1
        parts = path.strip("/").split("/")
        feed = int(parts[1])
        if parts[2] == "entry":
            gone = int(parts[3]) not in self.numbers(feed)
            return 404 if gone else 200, {"Content-Type": "text/html"}, b"<p>A post.</p>"
        etag = f'"{feed}-{parts[2]}-{self.night}"'
        if known == etag:
            return 304, {"ETag": etag}, b""
        body = self._page(feed, int(parts[2])).encode()
        return 200, {"ETag": etag, "Content-Type": "application/atom+xml"}, body

    def address(self, feed: int) -> str:
        """Return where a feed is read."""
        return f"http://127.0.0.1:{self.port}/feed/{feed}/1"

    def _page(self, feed: int, page: int) -> str:
        numbers, more = self.numbers(feed), ""
        if feed % 4 == 2:
            half = len(numbers) // 2
            numbers = numbers[:half] if page == 1 else numbers[half:]
            following = self.address(feed)[:-1] + "2"
            more = f'<link rel="next" href="{following}"/>' if page == 1 else ""
        entries = "".join(self._entry(feed, one) for one in numbers)
        return (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>tag:feed{feed}.example,2026:feed</id><title>Room {feed}</title>{more}{entries}"
            "</feed>"
        )

    def _entry(self, feed: int, number: int) -> str:
        edited = self.night >= 1 and number == 1
        body = entry_body(feed, number) if number < 20 else f"<p>Day {number} in {feed}.</p>"
        body += "<p>We found one more eel.</p>" if edited else ""
        moment = _FIRST + timedelta(hours=6 * number)
        address = f"http://127.0.0.1:{self.port}/feed/{feed}/entry/{number}"
        # What has no address is not looked up at night: otherwise nights would be all look-ups.
        link = f'<link href="{address}"/>' if number < ENTRIES else ""
        return (
            f"<entry><id>tag:feed{feed}.example,2026:{number}</id>"
            f"<title>Week {number} in room {feed}</title>{link}"
            f"<author><name>Teacher {feed}</name></author>"
            f"<published>{moment:%Y-%m-%dT%H:%M:%SZ}</published>"
            f'<content type="html">{escape(body)}</content></entry>'
        )


@contextmanager
def serving() -> Iterator[ChangingFeeds]:
    """Serve the feeds on loopback from a thread of this process."""
    feeds = ChangingFeeds()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else every answer waits 40 ms for its second half

        def do_GET(self) -> None:  # the name that the library calls
            status, headers, body = feeds.answer(self.path, self.headers["If-None-Match"])
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever asked was killed; that is what this is for."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        feeds.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield feeds
        finally:
            server.shutdown()
            thread.join()
