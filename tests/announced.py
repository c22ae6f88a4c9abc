"""An announcement as it is kept, with all that can hang on one, without anything being sent."""

from datetime import datetime
from typing import Protocol

from connector.announce.moves import State
from connector.announce.writing import Event, Written
from connector.model import Message, Receipt
from connector.store import announcements, deliveries, destinations, mailings
from connector.store.database import Store
from connector.store.deliveries import DeliveryRow, NewDelivery
from connector.store.destinations import DestinationSpec
from connector.store.mailings import Letter


class Hub(Protocol):
    """A store with a cluster."""

    store: Store
    cluster_id: int


def put_announcement(
    engine: Hub,
    at: datetime,
    *,
    people: int = 1,
    title: str = "Maths evening",
    body: str = "Nau mai.",
    state: State = State.SENT,
    audience: str = "cluster",
    url: str = "http://board.example/7",
    sentence: str | None = None,
    cause: str | None = None,
) -> DeliveryRow:
    """Keep an announcement of an event that went to one destination then, and to some people."""
    cluster_id, key = engine.cluster_id, f"mail-{at:%Y%m%d%H%M%S%f}"
    event = Event(start=at, place="Hall", sign_up="https://kauri.example/sign-up")
    written = Written(title=title, body=body, event=event)
    with engine.store.write(cluster_id) as conn:
        spec = DestinationSpec(
            key=key,
            kind="mail",
            title="Mail",
            address="smtp://mail.example",
            settings={"token": "env:NAME"},
            audience_kind=audience,
            account=key,
        )
        to = destinations.put_destination(conn, cluster_id, spec)
        number = announcements.add_draft(
            conn, cluster_id, written, audience_kind=audience, made_public=False, now=at
        )
        announcements.put_wording(conn, cluster_id, number, to, title=f"{title}!", body=None)
        announcements.mark_approved(conn, number, at)
        new = NewDelivery(
            destination_id=to,
            marker=f"hub-{cluster_id}-{key}",
            state=state,
            message=Message(title=title, html=f"<p>{body}</p>", text=body, start=at),
            plan="",
            planned=at,
        )
        deliveries.add_deliveries(conn, cluster_id, number, [new], at)
        (row,) = deliveries.deliveries_of(conn, cluster_id, [number])
        deliveries.postpone(conn, row, at, sentence=sentence, cause=cause)
        deliveries.put_receipt(conn, row, Receipt("post:7", url, version="1"), at)
        letter = Letter(
            cluster_id=cluster_id, announcement_id=number, delivery_id=row.id, version=0
        )
        for person in range(people):
            line = mailings.begin(conn, letter, f"teacher{person}@kauri.example", at)
            mailings.end(conn, line, mailings.SENT, at)
        mailings.stop(conn, cluster_id, "stopped@kauri.example", at)
    return row
