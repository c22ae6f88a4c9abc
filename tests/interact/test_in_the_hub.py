"""An Interact in a whole hub: read by the engine, kept, swept, and nothing of it leaking."""

import logging
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.registry import ADAPTERS
from connector.model import AudienceKind
from connector.store import places
from connector.store.database import Store
from sample_cluster.interact_site import CANARIES, DELETED, DRAFT, HIDDEN, InteractSite
from sample_cluster.interact_web import InteractWeb
from sync_jobs.pull import run_source
from tests.chances import TAKES_ALL
from tests.conftest import BOTH
from tests.engine import Engine
from tests.interact.old_forum import community, pages_of
from tests.interact.reading import HOME, dump_of, read, settings_of
from tests.interact.web import session_for


class Hub(Engine):
    """An engine with the real adapters, and perhaps a running Interact."""

    web = None
    slowly = False

    @property
    def jobs(self):
        jobs = replace(super().jobs, adapters=dict(ADAPTERS))
        if self.web is None:
            return jobs
        if self.slowly:
            return replace(jobs, open_session=lambda _: slow(session_for(self.web), self.clock))
        return replace(jobs, open_session=lambda _: session_for(self.web))

    def old(self, path, **settings) -> None:
        self.put(dump=str(path), **settings)

    def put(self, **settings) -> None:
        self.add("old", host=HOME, settings=settings)
        with self.store.write(self.cluster_id) as conn:
            conn.exec_driver_sql("UPDATE source SET kind = 'interact' WHERE key = 'old'")

    def read_to_end(self, *, sweep: bool = False):
        for _ in range(50):
            report = run_source(self.jobs, self.source("old").id, force_sweep=sweep)
            if report.state != "partial":
                return report
        raise AssertionError("it never ends")


@pytest.fixture
def hub(store: Store) -> Hub:
    return Hub(store)


def items(hub: Hub) -> int:
    with hub.store.read() as conn:
        return places.count_items(conn)


def test_whole_community_is_kept_once_and_a_quiet_cycle_changes_nothing(hub, tmp_path):
    site = InteractSite()
    hub.old(dump_of(site, tmp_path))
    assert hub.read_to_end().state == "done"
    assert items(hub) == len(site.expected)
    report = hub.read_to_end()
    assert (report.state, report.counts, items(hub)) == ("done", {}, len(site.expected))


def test_what_is_read_stays_with_the_facilitators_until_opened(hub, tmp_path):
    path = dump_of(InteractSite(), tmp_path)
    hub.old(path)
    hub.read_to_end()
    assert hub.titles(hub.visitor()) == []
    assert hub.titles(hub.facilitator())
    hub.old(path, audience="interact")
    hub.read_to_end()
    assert hub.titles(hub.visitor())


def test_killed_half_way_the_next_run_goes_on_to_the_same_end(hub, tmp_path):
    site = InteractSite()
    hub.old(dump_of(site, tmp_path))
    place = ADAPTERS["interact"]
    stopped = 0

    class Stopping(type(place)):
        def open(self, settings, session, now):
            opened = super().open(settings, session, now)
            whole = opened.read

            def some(cursors):
                nonlocal stopped
                for number, page in enumerate(whole(cursors)):
                    if number == 7 and stopped < 3:
                        stopped += 1
                        raise KeyboardInterrupt
                    yield page

            opened.read = some
            return opened

    adapters = dict(ADAPTERS, interact=Stopping())
    jobs = replace(hub.jobs, adapters=adapters)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run_source(jobs, hub.source("old").id)
        hub.clock.move(minutes=10)
        with hub.store.write(hub.cluster_id) as conn:
            conn.exec_driver_sql("UPDATE source SET lease_end = NULL")
    assert 0 < items(hub) < len(site.expected)
    assert hub.read_to_end().state == "done"
    assert items(hub) == len(site.expected)


def test_what_left_a_newer_dump_leaves_the_hub(hub, tmp_path):
    site = InteractSite()
    path = dump_of(site, tmp_path)
    hub.old(path)
    hub.read_to_end()
    gone = [one for one in site.expected if one.kind == "comment"][:3]
    keys = {int(one.external_id.partition(":")[2]) for one in gone}
    site.rows["posts"] = [row for row in site.rows["posts"] if row[0] not in keys]
    dump_of(site, tmp_path)
    hub.clock.move(days=2)
    report = hub.read_to_end(sweep=True)
    assert report.counts["retired"] == 3


def test_hub_that_goes_on_with_the_live_site_after_a_dump_doubles_nothing(hub, tmp_path):
    site = community()
    hub.old(dump_of(site, tmp_path), spaces=[1])
    hub.read_to_end()
    before = items(hub)
    hub.web = InteractWeb()
    hub.web.forum = pages_of(site)
    hub.put(forums=[f"1/{hub.web.forum.key}"])
    hub.web.forum.write("Something new")
    hub.clock.move(days=2)
    report = hub.read_to_end()
    assert (report.state, items(hub)) == ("done", before + 1), report
    assert report.counts.get("new") == 1
    assert "Something new" in hub.titles(hub.facilitator())
    hub.clock.move(days=2)
    del hub.web.forum.posts[9005]
    report = hub.read_to_end(sweep=True)
    assert (report.state, report.counts["retired"]) == ("done", 1)
    assert hub.source("old").trouble is None


def slow(session, clock):
    """Let every page of a site take four seconds."""
    ask = session.get

    def get(*args, **more):
        clock.move(seconds=4)
        return ask(*args, **more)

    session.get = get
    return session


@pytest.mark.parametrize("database_url", BOTH if TAKES_ALL else BOTH[:1], indirect=True)
def test_large_slow_forum_is_looked_through_in_days_and_holds_up_nothing(hub):
    """Its nightly check would take longer than it may, each night from the beginning."""
    hub.web = InteractWeb()
    forum = hub.web.forum
    for number in range(350):
        start = forum.write(f"Thread {number}")
        forum.write("A reply", parent=start.key)
    hub.put(forums=["3/46"])
    hub.slowly = True
    assert hub.read_to_end().state == "done"
    assert items(hub) == 700
    edited, left, *_, last = sorted(forum.threads())
    forum.tells_news = False
    hub.clock.move(days=1)
    hub.read_to_end(sweep=True)
    forum.posts[edited].html = "<p>Entirely pohutukawa</p>"
    del forum.posts[left + 1], forum.posts[last], forum.posts[last + 1]
    counts = Counter()
    for _ in range(8):
        hub.clock.move(days=1)
        begun = hub.clock()
        for _ in range(20):
            report = run_source(hub.jobs, hub.source("old").id, force_sweep=True)
            counts.update(report.counts)
            # A slice, and the twenty posts that are looked up in a night.
            assert hub.clock() - begun < timedelta(minutes=4), "the others wait"
            begun = hub.clock()
            if report.state != "partial":
                break
        assert report.state == "done"
    assert counts["retired"] == 3
    assert hub.found("pohutukawa", hub.facilitator()) == ["Thread 0"]
    assert hub.source("old").trouble is None


def test_nothing_forbidden_or_hidden_enters_the_hub_its_log_or_its_output(
    hub, tmp_path, caplog, capsys
):
    with caplog.at_level(logging.DEBUG):
        hub.old(dump_of(InteractSite(), tmp_path), audience="interact", schools=["a.nz=A"])
        hub.read_to_end()
        hub.read_to_end(sweep=True)
    with hub.store.read() as conn:
        tables = [
            row[0]
            for row in conn.exec_driver_sql(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
                if conn.dialect.name == "postgresql"
                else "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
        ]
        held = "".join(
            repr(conn.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall()) for name in tables
        )
    said = held + caplog.text + "".join(capsys.readouterr())
    assert "claymation" in held
    assert [one for one in (*CANARIES.values(), DRAFT, HIDDEN, DELETED) if one in said] == []


def test_journals_are_never_more_open_than_the_cluster(tmp_path):
    found = read(settings_of(dump=str(dump_of(InteractSite(), tmp_path)))).records
    journals = [one for one in found.values() if one.object and one.object.startswith("user:")]
    wide = [one for one in journals if one.audience.kind is AudienceKind.PUBLIC]
    assert (len(journals) > 50, wide) == (True, [])
    public = [one for one in found.values() if one.audience.kind is AudienceKind.PUBLIC]
    assert public


def test_more_sign_ups_than_places_are_all_shown_and_told(tmp_path):
    found = read(settings_of(dump=str(dump_of(InteractSite(), tmp_path))))
    crowded = next(one for one in found.records.values() if "Places: 4." in one.html)
    signed = [one for one in found.records.values() if one.object == crowded.external_id]
    assert len(signed) == 6
    assert all(one.published for one in signed)
    reasons = [one.reason for page in found.pages for one in page.problems]
    assert any("6 sign-ups for 4 places" in one for one in reasons)


def test_activity_is_counted_by_space_day_and_school(tmp_path):
    schools = ("school1.example.school.nz=Rimuwai School",)
    site = InteractSite()
    found = read(settings_of(dump=str(dump_of(site, tmp_path)), schools=schools))
    counts = [(page.stream, one) for page in found.pages for one in page.counts]
    assert sum(one.value for _, one in counts if not one.subject) == site.size.visits
    assert {one.subject for _, one in counts} == {"", "school:Rimuwai School"}
    assert {stream for stream, _ in counts} == {f"space:{key}" for key in range(1, 9)}
