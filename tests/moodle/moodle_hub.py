"""A whole hub that reads a small Moodle with the real engine, and what it should hold then."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from adapters.moodle.adapter import ADAPTER
from connector.html import clean
from connector.store import clusters, sources
from connector.store import tables as t
from connector.store.audiences import refs_of
from connector.store.database import Store
from connector.store.sources import SourceRow, SourceSpec
from sync_jobs.jobs import Jobs
from sync_jobs.pull import Report, run_source
from tests.contract.fake_session import FakeSession
from tests.engine import AUCKLAND, PRIVACY
from tests.moodle.small_moodle import SITE, TOKEN, SmallMoodle

Held = dict[str, tuple[str, str]]
"""External id -> its text and who may see it."""


@dataclass
class MoodleHub:
    """One cluster with one Moodle; the hub's clock goes beside the site's."""

    store: Store
    moodle: SmallMoodle
    settings: dict[str, Any]
    skew: int = 0
    """By how many seconds the hub's clock is ahead of the site's."""
    slice_requests: int = 200
    session: FakeSession = field(init=False)

    def __post_init__(self) -> None:
        with self.store.write() as conn:
            clusters.adopt_instance(conn, key_fingerprint=PRIVACY.fingerprint(), now=self.clock())
            self.cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
            clusters.ensure_school(conn, self.cluster_id, "Kōwhai Bush School")
            sources.put_source(
                conn,
                self.cluster_id,
                SourceSpec(
                    key="vln",
                    kind="moodle",
                    title="VLN",
                    address=SITE,
                    settings={"token": TOKEN, **self.settings},
                    rules={},
                ),
                self.clock(),
                privacy=PRIVACY,
            )

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.moodle.now + self.skew, UTC)

    @property
    def jobs(self) -> Jobs:
        self.session = FakeSession(self.moodle.answer)
        return Jobs(
            store=self.store,
            adapters={"moodle": ADAPTER},
            open_session=lambda _per_host: self.session,
            privacy=PRIVACY,
            zone=AUCKLAND,
            clock=self.clock,
            roll=lambda: 0.5,
            slice_requests=self.slice_requests,
        )

    def source(self) -> SourceRow:
        with self.store.read() as conn:
            found = sources.find_source(conn, self.cluster_id, "vln")
        assert found is not None
        return found

    def run(self, *, sweep: bool = False) -> Report:
        """Read for one slice, with the nightly check only where that is asked for."""
        with self.store.write() as conn:
            conn.execute(
                t.source.update().values(
                    sweep_due=datetime.fromtimestamp(self.moodle.now + 10**7, UTC)
                )
            )
        return run_source(self.jobs, self.source().id, force_sweep=sweep)

    def settle(self) -> None:
        """Read until all is read, and once more."""
        for _ in range(20):
            self.moodle.tick(3600)
            if self.run().state == "done":
                break
        self.moodle.tick(3600)
        assert self.run().state == "done"

    def cycle_and_sweep(self) -> None:
        """What the promise speaks of: one cycle and one nightly check."""
        self.moodle.tick(3600)
        assert self.run().state == "done"
        self.moodle.tick(3600)
        report = self.run(sweep=True)
        assert report.state == "done", report.sentence

    def held(self, *kinds: str) -> Held:
        """Return what lives in the hub, with who may see it in effect."""
        with self.store.read() as conn:
            rows = conn.execute(
                select(
                    t.origin.c.external_id,
                    t.origin.c.audience_id,
                    t.origin.c.title,
                    t.origin_text.c.html,
                    t.stream.c.key.label("stream"),
                )
                .outerjoin(t.origin_text, t.origin_text.c.origin_id == t.origin.c.id)
                .join(t.stream, t.stream.c.id == t.origin.c.stream_id)
                .where(t.origin.c.is_live)
            ).all()
            refs = refs_of(conn, [row.audience_id for row in rows])
            streams = {str(row.id): row.key for row in conn.execute(select(t.stream))}
        found = {}
        for row in rows:
            if row.external_id.partition(":")[0] in kinds:
                assert row.external_id not in found, "kept twice"
                ref = refs[row.audience_id]
                key = (
                    streams.get(ref.key, "") if ref.kind == "stream" else ref.key.partition(":")[2]
                )
                found[row.external_id] = (row.html or "", f"{ref.kind} {key}".strip())
        return found

    def members(self, audience_kind: str, key: str) -> set[str]:
        """Return the names that may see an audience, students by their pseudonym's beginning."""
        with self.store.read() as conn:
            streams = {row.key: str(row.id) for row in conn.execute(select(t.stream))}
            wanted = streams.get(key, f"{self.source().id}:{key}")
            rows = conn.execute(
                select(t.identity.c.external_id)
                .join(t.membership, t.membership.c.identity_id == t.identity.c.id)
                .join(t.audience, t.audience.c.id == t.membership.c.audience_id)
                .where(t.audience.c.kind == audience_kind, t.audience.c.key == wanted)
            )
            return {row.external_id for row in rows}

    def sentences(self) -> dict[str, str]:
        """Return what is wrong or odd with each stream."""
        with self.store.read() as conn:
            rows = conn.execute(select(t.stream))
            return {
                row.key: row.trouble_sentence or row.note
                for row in rows
                if row.trouble_sentence or row.note
            }


STAFF = {"manager", "editingteacher", "teacher"}


def posts_there(moodle: SmallMoodle) -> Held:
    """Return what a hub should hold of the forums, worked out from the Moodle itself."""
    staff = {
        user
        for course in moodle.courses.values()
        for user, role in course.roles.items()
        if role in STAFF or course.category == 6
    }
    found = {}
    for post in moodle.posts.values():
        discussion = moodle.discussions[post.discussion]
        forum = moodle.forums[discussion.forum]
        text = clean(post.html) if post.author in staff else ""
        found[f"post:{post.id}"] = (text, _audience(moodle, forum.id, discussion.group))
    return found


def _audience(moodle: SmallMoodle, forum: int, group: int) -> str:
    module = moodle.forums[forum].module
    course = moodle.courses[module.course]
    if not module.visible or not course.visible:
        return "facilitators"
    if module.availability:
        only = '{"op":"&","c":[{"type":"group","id":7}],"showc":[true]}'
        is_apart = module.groupmode == 1 and group not in (-1, 7)
        return "group group:7" if module.availability == only and not is_apart else "facilitators"
    if module.groupmode == 1 and group != -1:
        return f"group group:{group}"
    return f"stream forum:{forum}"
