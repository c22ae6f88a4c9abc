"""A hub in which something of every kind is over its time, and much is not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from connector.model import (
    STREAM,
    Account,
    Enclosure,
    Membership,
    Record,
    Role,
)
from connector.rules import Rules
from connector.store import runs
from connector.store.tables import origin, revision, run, run_day
from tests.announced import put_announcement
from tests.engine import Engine
from tests.fake_place import record

CANARY = "kererūcanary"
"""Stands in each word of what has left, and nowhere else."""
LEFT = "post:1"


def canary(number: int, **changes: object) -> Record:
    """Return a post full of words that nothing else has; its id and address tell nothing."""
    told = {
        "title": f"Title{CANARY} {number}",
        "html": f"<p>Body{CANARY} {number} " + f"more{CANARY} " * 400 + "</p>",
        "author": Account("name:gone", f"Author{CANARY}"),
        "tags": (f"Tag{CANARY}",),
        "enclosures": (Enclosure(f"http://blog.example/{CANARY}.mp3", "audio/mpeg", 7),),
        "location": f"Hall{CANARY}",
        "in_reply_to": f"http://blog.example/{CANARY}",
    }
    return record(number, **(told | changes))


def read_and_leave(engine: Engine) -> datetime:
    """Read posts, edit one, let it leave; return when it left."""
    service = engine.add()
    service.publish(
        canary(1),
        *(record(number) for number in range(2, 12)),
        memberships=(Membership(STREAM, ("user:listed",)),),
        accounts=(Account("user:listed", "Listed Person"),),
    )
    service.publish(canary(1, html=f"<p>Second{CANARY}.</p>"))
    service.publish(record(2, html="<p>Edited and still there.</p>"))
    engine.run()
    service.publish(gone=(LEFT,))
    engine.run()
    return engine.clock.now


def age(engine: Engine) -> dict[str, int]:
    """Bring something over each limit; return how much is over it."""
    read_and_leave(engine)
    engine.clock.move(days=31)
    now = engine.clock.now
    put_revisions(engine, "post:3", [now - timedelta(days=91, hours=one) for one in range(4)])
    put_revisions(engine, "post:4", [now - timedelta(hours=one) for one in range(23)])
    put_runs(engine, runs.KEPT_RUNS + runs.FOLDED_AT_ONCE - 3, now)  # beside those of three runs
    put_days(engine, [now.date() - timedelta(days=days) for days in (399, 400, 401, 500)])
    put_announcement(engine, now - timedelta(days=91), people=2)
    put_announcement(engine, now - timedelta(days=89), people=1)
    engine.run()
    return {
        "names": 1,
        "retired_texts": 1,
        "retired_revisions": 1,
        "old_revisions": 4,
        "surplus_revisions": 3,
        "mail_addresses": 2,
        "old_days": 2,
        "surplus_runs": 0,  # the run folded them
    }


def put_revisions(engine: Engine, external_id: str, replaced: Sequence[datetime]) -> None:
    """Keep former texts of a post."""
    with engine.store.write() as conn:
        origin_id = conn.execute(
            select(origin.c.id).where(origin.c.external_id == external_id)
        ).scalar_one()
        rows = [
            {"origin_id": origin_id, "replaced": one, "title": f"Former {one}", "html": "<p>.</p>"}
            for one in replaced
        ]
        conn.execute(insert(revision), rows)


def put_runs(engine: Engine, count: int, started: datetime) -> None:
    """Keep ended runs."""
    row = {
        "cluster_id": engine.cluster_id,
        "source_id": engine.source().id,
        "started": started,
        "ended": started,
        "state": "done",
        "counts": {"new": 1},
        "requests": 1,
        "bytes": 10,
    }
    with engine.store.write() as conn:
        conn.execute(insert(run), [row] * count)


def put_days(engine: Engine, days: Sequence[object]) -> None:
    """Keep daily totals."""
    row = {
        "cluster_id": engine.cluster_id,
        "source_id": engine.source().id,
        "runs": 3,
        "failed": 0,
        "requests": 3,
        "bytes": 30,
        "counts": {"new": 3},
    }
    with engine.store.write() as conn:
        conn.execute(insert(run_day), [row | {"day": str(day)} for day in days])


def leave_long_ago(engine: Engine, count: int) -> None:
    """Let so many posts, each of an author of its own, leave long ago."""
    service = engine.add()
    service.publish(
        *(record(one, author=Account(f"name:{one}", f"Author {one}")) for one in range(count))
    )
    engine.run()
    with engine.store.write() as conn:
        gone = {"is_live": False, "is_listed": False, "on_front": False}
        long_ago = engine.clock.now - timedelta(days=31)
        conn.execute(update(origin).values(retired=long_ago, **gone))


def student_left(engine: Engine) -> None:
    """Let a student's post leave."""
    service = engine.add("six", host="http://six.example/", rules=Rules())
    author = Account("user:9", "Nikau Student", role=Role.STUDENT)
    service.publish(record(1, author=author, url="http://six.example/1"), record(2))
    engine.run("six")
    service.publish(gone=("post:1",))
    engine.run("six")
