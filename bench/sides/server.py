"""Serves the benchmark's feeds on loopback, with validators, as lightly as Python can.

``python -m bench.sides.server`` prints its port and serves until its standard input closes.
``/feed/N`` answers 200 or 304; ``/advance`` gives every feed one entry more; ``/asked`` tells
how many feeds were asked for since it was last asked, and how many answers were 304;
``/forget`` answers 200 from now on, with the same bytes.
``/feed/300`` is one of 50 MB that does not say its length.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field

from bench.sides.corpus import BIG_FEED, FEEDS, big_feed_pieces, feed_bytes


@dataclass
class Feeds:
    """All answers, ready made."""

    new: int = 0
    forgets: bool = False
    asked: int = 0
    not_modified: int = 0
    answers: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    """By feed: the answer, and the one for whoever has it already."""

    def make(self) -> None:
        """Make the answers of the present state."""
        self.answers = {feed: self._made(feed) for feed in range(FEEDS)}

    def _made(self, feed: int) -> tuple[bytes, bytes]:
        body, content_type = feed_bytes(feed, self.new)
        validators = f'ETag: "{feed}-{self.new}"\r\n'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{validators}"
        full = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        return full, f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()

    def answer(self, head: bytes) -> bytes:
        """Return the answer to one request."""
        path = head.split(b" ", 2)[1]
        if path == b"/advance":
            self.new += 1
            self.make()
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if path == b"/forget":
            self.forgets = True
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if path == b"/asked":
            told = json.dumps([self.asked, self.not_modified]).encode()
            self.asked = self.not_modified = 0
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told
        if not path.startswith(b"/feed/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        feed = int(path.rpartition(b"/")[2])
        # More feeds than the benchmark of feeds has are made when they are asked for.
        full, short = self.answers.get(feed) or self._made(feed)
        known = f'"{feed}-{self.new}"'.encode()
        is_known = not self.forgets and b"none-match: " + known in head.lower()
        self.asked += 1
        self.not_modified += is_known
        return short if is_known else full


async def serve(feeds: Feeds) -> None:
    """Answer until standard input closes."""

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /feed/%d " % BIG_FEED):
                    await send_big(writer)
                    return
                writer.write(feeds.answer(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def send_big(writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
        writer.write(head + b"Connection: close\r\n\r\n")
        for piece in big_feed_pieces():
            writer.write(piece)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer_all, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    """Serve."""
    feeds = Feeds()
    feeds.make()
    asyncio.run(serve(feeds))


if __name__ == "__main__":
    main()
