"""What refusing 50 MB costs: ``./run exec python -m tests.hostile.memory`` prints JSON.

One process reads a feed of two posts, then is given 50 MB instead, once announced and once
not, eleven times each. ``first`` is how far its peak rises over what a good reading takes,
``more`` how far the next ten of each raise it.
"""

import json
import resource
import socket
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from connector.store.database import open_database, sqlite_url
from connector.store.migrate import migrate
from tests.hostile.answers import TOO_LARGE
from tests.hostile.hub import HostileHub, hostile_hub
from tests.loopback import Raw

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
PIECE = b"<item><title>and on</title></item>" * 2_000


def _unannounced(sock: socket.socket) -> None:
    sock.sendall(HEAD + b"\r\n<rss><channel>")
    for _ in range(50_000_000 // len(PIECE)):
        sock.sendall(PIECE)


def _announced(sock: socket.socket) -> None:
    sock.sendall(HEAD + b"Content-Length: 50000000\r\n\r\n<rss><channel>")


def peak_megabytes() -> float:
    """Return the highest memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def refuse(hub: HostileHub, times: int) -> int:
    """Let the hub refuse both forms so often; return how often it did."""
    refused = 0
    for write in (_announced, _unannounced) * times:
        hub.server.on("/feed", Raw(write))
        hub.wait_until_due()
        refused += hub.run().sentence == TOO_LARGE
    return refused


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_database(sqlite_url(Path(folder) / "hub.db"))
        migrate(store, datetime.now(UTC))
        with hostile_hub(store) as hub:
            hub.add_with_posts()
            good = peak_megabytes()
            refused = refuse(hub, 1)
            first = peak_megabytes()
            refused += refuse(hub, 10)
            after = peak_megabytes()
        store.close()
    figures = {
        "refused": refused,
        "good_megabytes": round(good, 1),
        "first_megabytes": round(first - good, 1),
        "more_megabytes": round(after - first, 1),
        "peak_megabytes": round(after, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
