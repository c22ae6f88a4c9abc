"""A hub that sends to one stand-in, over HTTP and through the guarded session."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.announce.moves import State
from connector.announce.writing import Written
from connector.contract import Destination, DestinationAdapter
from connector.http import Network
from connector.store import destinations
from connector.store.deliveries import DeliveryRow
from connector.store.destinations import DestinationRow, DestinationSpec
from sync_jobs import approve
from sync_jobs.approve import Preview
from sync_jobs.outbox import Outbox
from sync_jobs.push import send_due
from tests.fake_destination import FakeOutbox
from tests.guarded import network

TITLE, BODY = "Maths evening", "Nau mai, *haere mai*."


@dataclass
class Reaching:
    """One destination of one kind."""

    outbox: FakeOutbox
    adapter: DestinationAdapter
    address: str
    settings: dict[str, Any]
    secrets: Mapping[str, str]
    net: Network = field(default_factory=network)

    def __post_init__(self) -> None:
        self.configure(self.settings)

    def configure(self, settings: dict[str, Any]) -> None:
        spec = DestinationSpec(
            key="there",
            kind=self.adapter.INFO.kind,
            title="There",
            address=self.address,
            settings=settings,
            audience_kind="members",
            account="there",
        )
        with self.outbox.store.write() as conn:
            destinations.put_destination(conn, self.outbox.cluster_id, spec)

    @property
    def tools(self) -> Outbox:
        return replace(
            self.outbox.tools,
            kinds={self.adapter.INFO.kind: self.adapter},
            open_session=self.net.session,
            resolve=lambda told: told | dict(self.secrets),
        )

    @property
    def row(self) -> DestinationRow:
        with self.outbox.store.read() as conn:
            (row,) = destinations.destinations_of(conn, self.outbox.cluster_id)
        return row

    @property
    def opened(self) -> Destination:
        return self.tools.open(self.row)

    def preview(self, title: str = TITLE, body: str = BODY) -> Preview:
        draft = self.outbox.draft(Written(title=title, body=body))
        (shown,) = approve.previews(self.tools, draft, [self.row])
        return shown

    def announce(self, title: str = TITLE, body: str = BODY) -> None:
        draft = self.outbox.draft(Written(title=title, body=body))
        approve.approve(self.tools, draft, approve.previews(self.tools, draft, [self.row]))

    def send(self, **later: float) -> State:
        """Send what is due after so long; return how the first delivery stands."""
        self.outbox.clock.move(**later)
        send_due(self.tools)
        return self.delivery.state

    def send_until_quiet(self, hours: int = 3) -> State:
        for minutes in [1] * 40 + [10] * (6 * hours):
            self.send(minutes=minutes)
        return self.delivery.state

    @property
    def delivery(self) -> DeliveryRow:
        return self.outbox.delivery()
