"""Serves the benchmark's feeds on loopback, with validators, as lightly as Python can.

``python -m bench.sides.server`` prints its port and serves until its standard input closes.
``/feed/N`` answers 200 or 304; ``/advance`` gives every feed one entry more.
"""

import asyncio
import sys
from dataclasses import dataclass, field

from bench.sides.corpus import FEEDS, feed_bytes


@dataclass
class Feeds:
    """All answers, ready made."""

    new: int = 0
    answers: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    """By feed: the answer, and the one for whoever has it already."""

    def make(self) -> None:
        """Make the answers of the present state."""
        for feed in range(FEEDS):
            body, content_type = feed_bytes(feed, self.new)
            validators = f'ETag: "{feed}-{self.new}"\r\n'
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{validators}"
            full = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            short = f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
            self.answers[feed] = (full, short)

    def answer(self, head: bytes) -> bytes:
        """Return the answer to one request."""
        path = head.split(b" ", 2)[1]
        if path == b"/advance":
            self.new += 1
            self.make()
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if not path.startswith(b"/feed/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        feed = int(path.rpartition(b"/")[2])
        full, short = self.answers[feed]
        known = f'"{feed}-{self.new}"'.encode()
        return short if b"none-match: " + known in head.lower() else full


async def serve(feeds: Feeds) -> None:
    """Answer until standard input closes."""

    async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(feeds.answer(await reader.readuntil(b"\r\n\r\n")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
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
