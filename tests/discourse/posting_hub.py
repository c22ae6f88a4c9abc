"""A hub that announces on a board over real sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.discourse.destination import DESTINATION
from connector.announce.moves import State
from connector.announce.writing import Event, Written
from connector.contract import Destination
from connector.store import deliveries, destinations
from connector.store.database import Store
from connector.store.deliveries import DeliveryRow
from connector.store.destinations import DestinationRow, DestinationSpec
from sample_cluster.discourse.posting import Desk
from sample_cluster.discourse.server import BoardServer
from sync_jobs import approve
from sync_jobs.outbox import Outbox
from sync_jobs.push import send_due
from tests.discourse.board_hub import NAME
from tests.discourse.small_board import HUB, KEY, Small
from tests.fake_destination import FakeOutbox
from tests.guarded import network

TITLE = "Maths evening in the hall"
WRITTEN = Written(title=TITLE, body="Nau mai, *haere mai*, bring a friend.")
OTHER = Written(title="Maths evening on Friday", body="Nau mai, *haere mai*, at seven.")
START = datetime(2026, 12, 1, 5, tzinfo=UTC)
WITH_EVENT = Written(
    title=TITLE,
    body="Nau mai, haere mai.",
    event=Event(
        start=START,
        end=START.replace(hour=7),
        place='The "big" hall [upstairs]',
        sign_up="https://kauri.example/sign-up",
    ),
)


class PostingHub:
    """One destination: the small board's open category."""

    def __init__(
        self, outbox: FakeOutbox, small: Small, server: BoardServer, **settings: object
    ) -> None:
        self.outbox = outbox
        self.small = small
        self.server = server
        self.key = KEY
        self.net = network(clock=lambda: outbox.clock.now, read_seconds=0.5, total_seconds=1.0)
        small.board.now = outbox.clock.now
        spec = DestinationSpec(
            key="board",
            kind="discourse",
            title="The board",
            address=server.address,
            settings={
                "api_key": "env:BOARD",
                "api_username": HUB,
                "category": small.open,
                **settings,
            },
            audience_kind="public",
            account="board",
            source_key=NAME,
        )
        with outbox.store.write() as conn:
            destinations.put_destination(conn, outbox.cluster_id, spec)

    @property
    def desk(self) -> Desk:
        return self.small.service.desk

    @property
    def tools(self) -> Outbox:
        return replace(
            self.outbox.tools,
            kinds={"discourse": DESTINATION},
            open_session=self.net.session,
            resolve=lambda told: told | {"api_key": self.key},
        )

    @property
    def row(self) -> DestinationRow:
        with self.outbox.store.read() as conn:
            (found,) = destinations.destinations_of(conn, self.outbox.cluster_id)
        return found

    def opened(self) -> Destination:
        return self.tools.open(self.row)

    def announce(self, written: Written = WRITTEN) -> None:
        row = self.outbox.draft(written, audience="public")
        shown = approve.previews(self.tools, row, [self.row])
        approve.approve(self.tools, row, shown)

    def correct(self, written: Written) -> None:
        approve.correct(self.tools, self.outbox.announcement(), written)

    def retract(self) -> None:
        approve.retract(self.tools, self.outbox.cluster_id, self.outbox.deliveries())

    def send(self, **later: float) -> State:
        """Let the time pass on both clocks, then send what is due."""
        self.outbox.clock.move(**later)
        self.small.board.now = max(self.small.board.now, self.outbox.clock.now)
        send_due(self.tools)
        return self.delivery.state

    @property
    def delivery(self) -> DeliveryRow:
        return self.outbox.delivery()

    def receipt(self) -> tuple[str, str | None]:
        with self.outbox.store.read() as conn:
            known = deliveries.receipts_of(conn, self.outbox.cluster_id, [self.delivery.id])
        found = known[self.delivery.id]
        return found.external_id, found.url

    def copies(self, title: str = TITLE) -> int:
        """Return how many copies people see, or would see if all were let through."""
        waiting = [one for one in self.desk.waiting.values() if one.fields["title"] == title]
        return self.desk.shown(self.small.open).count(title) + len(waiting)

    def written(self) -> list[str]:
        """Return what was sent to the board, the refused as well."""
        return [one for one in self.small.service.asked if one == "/posts.json"]


@contextmanager
def posting_hub(store: Store, folder: Path, **settings: object) -> Iterator[PostingHub]:
    """Yield a hub that knows the board, and has sent nothing yet."""
    small = Small()
    with BoardServer(small.service) as server:
        hub = PostingHub(FakeOutbox(store, folder / "data"), small, server, **settings)
        yield hub
        hub.net.close()


def until_sent(hub: PostingHub, hours: int = 10) -> State:
    for minutes in [1, 4, 10, 20, *[15] * 4 * hours]:
        if hub.send(minutes=minutes) is State.SENT:
            break
    return hub.delivery.state
