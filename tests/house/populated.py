"""Filling a hub through real runs, so that every table has rows."""

from pathlib import Path

from sqlalchemy import text

from connector.hub_files import Withdrawal
from connector.model import STREAM, Account, Count, Kind, Membership, Presence, Role
from connector.privacy import Privacy
from connector.rules import Rules
from connector.store import restoring, tombstones
from connector.store.backup import write_backup
from connector.store.database import Store
from tests.announced import put_announcement
from tests.engine import PRIVACY, Engine
from tests.fake_place import NOON, record

MARK = "kererū"
"""A word of the post that is withdrawn in these tests, and of no other."""


def populate(engine: Engine) -> None:
    """Read two places with everything a page can carry, twice, and bar one post."""
    service = engine.add(school="Kauri School")
    service.publish(
        record(1),
        record(2, audience=STREAM, tags=("maths",)),
        record(7, title="A bird", html=f"<p>The {MARK} is in our garden.</p>"),
        accounts=(Account("user:7", "Aroha Park"),),
        memberships=(Membership(STREAM, ("user:7",)),),
        counts=(Count("views", 12, "2026-03-01"),),
    )
    service.publish(
        record(10, kind=Kind.COMMENT, in_reply_to="post:2", url=None, title=""),
        record(3, author=Account("user:7")),
        record(4, author=Account("user:8", "A Student", role=Role.STUDENT)),
    )
    service.presence = {"post:1": Presence.PRESENT, "post:3": Presence.GONE}
    copy = engine.add("copies", host="http://other.example/", rules=Rules())
    copy.publish(record(1, external_id="copy:1"))
    for key in ("room5", "copies"):
        assert engine.run(key).state == "done"
    service.publish(
        record(1, html="<p>Another text of the first post, edited.</p>"), gone=("post:3",)
    )
    engine.run()
    bar(engine, "post:99")
    put_announcement(engine, engine.clock.now)


def bar(engine: Engine, external_id: str, key: str = "room5") -> None:
    """Withdraw a post by its id."""
    with engine.store.write(engine.cluster_id) as conn:
        tombstones.put_tombstone(
            conn,
            engine.cluster_id,
            engine.source(key).id,
            PRIVACY,
            external_id=external_id,
            link_key=None,
            reason="asked",
            now=engine.clock.now,
        )


def withdrawal(external_id: str, key: str = "room5", link_key: int | None = None) -> Withdrawal:
    """Return the withdrawal of a post as the file beside the database has it."""
    link = None if link_key is None else PRIVACY.digest(str(link_key))
    return Withdrawal(
        cluster="kauri",
        source=key,
        id_digest=PRIVACY.digest(external_id),
        link_digest=link,
        reason="asked",
        at=1_770_000_000_000_000,
    )


def move(
    store: Store,
    folder: Path,
    target: Store,
    *,
    withdrawn: tuple[Withdrawal, ...] = (),
    privacy: Privacy | None = PRIVACY,
) -> int:
    """Back up one database and restore it to another; return how many posts were taken back."""
    folder.mkdir(exist_ok=True)
    path = folder / "one.db"
    write_backup(store, path, NOON)
    return put(path, folder, target, withdrawn=withdrawn, privacy=privacy)


def put(
    path: Path,
    folder: Path,
    target: Store,
    *,
    withdrawn: tuple[Withdrawal, ...] = (),
    privacy: Privacy | None = PRIVACY,
) -> int:
    """Restore a backup."""
    prepared = restoring.prepare(path, folder, NOON)
    taken = restoring.settle_in(
        prepared, above_epoch=0, privacy=privacy, withdrawn=withdrawn, now=NOON
    )
    restoring.put_in_place(prepared, target, NOON)
    return taken


def numbers(store: Store, table: str, columns: str) -> list[tuple[object, ...]]:
    """Return rows with their own numbers, in order."""
    with store.read() as conn:
        rows = conn.execute(text(f"SELECT {columns} FROM {table} ORDER BY {columns}"))
        return [tuple(row) for row in rows]
