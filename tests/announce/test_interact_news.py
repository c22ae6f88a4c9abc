"""News of an Interact over HTTP: one copy, whatever the site does, and no news when read back."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from adapters.interact.news_form import ADAPTER
from connector.announce.moves import State
from connector.announce.plan import shown
from connector.announce.writing import Written
from connector.cli import main
from connector.store.database import Store, open_database, sqlite_url
from connector.store.tables import origin
from sample_cluster.config import write_configuration
from sample_cluster.interact_server import SECRETS, InteractServer, demo_space, space_toml
from sample_cluster.interact_web import LEADER, LEADERS_WORD, SPACE
from sample_cluster.servers import SampleServers
from sample_cluster.world import DEFAULT_SEED, World
from sync_jobs import approve
from sync_jobs.probe import probe_due
from tests.announce.reaching import TITLE, Reaching
from tests.chances import some_of
from tests.fake_destination import FakeOutbox
from tests.guarded import network

TODAY = date(2026, 11, 20)


@pytest.fixture
def site() -> Iterator[InteractServer]:
    with InteractServer(demo_space(TODAY)) as server:
        yield server


def reaching(outbox: FakeOutbox, site: InteractServer, **policy: float) -> Reaching:
    return Reaching(
        outbox,
        ADAPTER,
        site.address,
        {"username": LEADER, "password": "env:SAMPLE_INTERACT", "space": SPACE},
        {"password": LEADERS_WORD},
        network(**policy),
    )


@pytest.fixture
def hub(outbox: FakeOutbox, site: InteractServer) -> Reaching:
    return reaching(outbox, site)


def copies(site: InteractServer, title: str = TITLE) -> int:
    return len([one for one in site.web.news if one.heading == title])


# --- what is shown first --------------------------------------------------------------------


def test_the_plan_is_what_is_sent_and_holds_no_secret(hub: Reaching, site: InteractServer) -> None:
    plan = hub.preview().requests
    assert [(one.method, one.address.removeprefix(site.address)) for one in plan] == [
        ("POST", "/login.php"),
        ("POST", "/news/newsinput.php"),
    ]
    told = "\n".join(shown(one) for one in plan)
    assert LEADERS_WORD not in told
    assert "Cookie: (kept secret)" in told
    hub.announce()
    assert hub.send() is State.SENT
    posts = [one for one in site.seen if one.method == "POST"]
    assert [one.path for one in posts] == ["/login.php", "/news/newsinput.php"]
    (news,) = [one for one in site.web.news if one.heading == TITLE]
    assert f"heading: {news.heading}" in plan[1].body
    assert news.body.partition("<span")[0] in plan[1].body


def test_a_long_heading_is_cut_where_it_is_previewed(hub: Reaching, site: InteractServer) -> None:
    title = "Whānau maths evening in the hall of the middle school beside the river"
    cut = hub.preview(title).message.title
    assert len(cut) <= 60
    assert title.startswith(cut.removesuffix("…"))
    hub.announce(title)
    hub.send()
    assert copies(site, cut) == 1


def test_a_new_password_changes_nothing_about_what_was_agreed_to(
    hub: Reaching, site: InteractServer
) -> None:
    before = hub.preview().plan
    hub.secrets = {"password": "another-word"}
    assert hub.preview().plan == before


# --- whatever the site does -----------------------------------------------------------------

_FORM = "/news/newsinput.php"


@pytest.mark.parametrize("kind", ["lost", "500 after", "500"])
def test_an_answer_that_is_no_answer_is_looked_for(
    hub: Reaching, site: InteractServer, kind: str
) -> None:
    hub.announce()
    site.fault(kind, times=1, path=_FORM, method="POST")
    assert hub.send() is State.UNKNOWN
    assert hub.send_until_quiet() is State.SENT
    assert copies(site) == 1


def test_a_site_that_drips_is_given_up_and_looked_for(
    outbox: FakeOutbox, site: InteractServer
) -> None:
    hub = reaching(outbox, site, total_seconds=0.3)
    hub.announce()
    site.fault("slow", times=1, path=_FORM, method="POST")
    assert hub.send() is State.UNKNOWN
    assert hub.send(minutes=1) is State.SENT
    assert copies(site) == 1


def test_what_is_stored_late_is_found_before_it_is_sent_again(
    hub: Reaching, site: InteractServer
) -> None:
    hub.announce()
    site.web.stores_late = 1
    assert hub.send() is State.UNKNOWN
    assert hub.send(minutes=1) is State.UNKNOWN
    assert hub.send(minutes=4) is State.UNKNOWN
    site.web.catch_up()
    assert hub.send(minutes=25) is State.SENT
    assert hub.send_until_quiet() is State.SENT
    assert copies(site) == 1


def test_a_session_that_ends_before_the_form_is_renewed(
    hub: Reaching, site: InteractServer
) -> None:
    hub.announce()
    site.web.ended_before_form = 1
    assert hub.send() is State.SENT
    assert copies(site) == 1
    assert [one.path for one in site.seen].count("/login.php") == 2


def test_a_session_that_will_not_last_posts_nothing_and_says_so(
    hub: Reaching, site: InteractServer
) -> None:
    hub.announce()
    site.web.ended_before_form = 50
    assert hub.send() is State.NEEDS_ATTENTION
    assert copies(site) == 0
    assert "log-in" in (hub.delivery.sentence or "")


FAULTS = ("lost", "500", "500 after", "503", "401", "truncated")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(some_of(100)))
def test_exactly_one_copy_whatever_happens(
    outbox: FakeOutbox, site: InteractServer, seed: int
) -> None:
    dice = Random(seed)
    outbox.more = {"late_limit": timedelta(days=30)}
    hub, web = reaching(outbox, site), site.web
    web.loses_answers, web.stores_late = dice.randint(0, 2), dice.randint(0, 1)
    web.ended_before_form = dice.randint(0, 3)
    hub.announce()
    for minutes in [1, 4, 25, 1, 10, 10, 30, 60] * 2:
        if dice.random() < 0.4:
            method = dice.choice(["GET", "POST", ""])
            site.fault(dice.choice(FAULTS), times=dice.randint(1, 2), method=method)
        hub.send(minutes=minutes)
        web.catch_up()  # late, and still before the last look
        site.mend()
    for _ in range(9):
        hub.outbox.clock.move(hours=25)
        probe_due(hub.tools)  # access that was refused is tried once a day
        hub.send()
    assert hub.delivery.state is State.SENT, hub.delivery
    assert copies(site) == 1


# --- afterwards -----------------------------------------------------------------------------


def test_corrections_and_withdrawals_are_news_of_their_own(
    hub: Reaching, site: InteractServer
) -> None:
    hub.announce()
    hub.send()
    corrected = Written(title="Maths evening, moved", body="To Friday.")
    approve.correct(hub.tools, hub.outbox.announcement(), corrected)
    assert hub.send(minutes=1) is State.SENT
    approve.retract(hub.tools, hub.outbox.cluster_id, [hub.delivery])
    assert hub.send(minutes=1) is State.RETRACTED
    assert [one.heading for one in site.web.news[-3:]] == [
        TITLE,
        "Correction: Maths evening, moved",
        "Withdrawn: Maths evening, moved",
    ]


def test_the_check_opens_the_form_and_posts_nothing(hub: Reaching, site: InteractServer) -> None:
    before = len(site.web.news)
    report = hub.opened.check()
    assert [line.ability for line in report.lines] == ["sign in", "read back", "post"]
    assert report.ok
    site.web.is_leader = False
    last = hub.opened.check().lines[-1]
    assert (last.ability, last.ok) == ("post", False)
    assert "leader" in last.sentence
    hub.secrets = {"password": "wrong"}
    assert [line.ok for line in hub.opened.check().lines] == [False]
    assert len(site.web.news) == before
    assert site.web.acted == []


def test_who_is_no_leader_is_told_and_nothing_is_repeated(
    hub: Reaching, site: InteractServer
) -> None:
    site.web.is_leader = False
    hub.announce()
    assert hub.send() is State.FAILED
    assert "leader" in (hub.delivery.sentence or "")
    assert copies(site) == 0


def news_rows(store: Store) -> list[tuple[str, int, bool]]:
    with store.read() as conn:
        query = select(origin.c.title, origin.c.item_id, origin.c.is_news).order_by(origin.c.id)
        return [tuple(row) for row in conn.execute(query)]


def test_our_copy_is_no_news_when_the_space_is_read(tmp_path: Path, site: InteractServer) -> None:
    world = World(DEFAULT_SEED, TODAY)
    config = tmp_path / "config.toml"

    def do(*words: str) -> None:
        result = CliRunner().invoke(main, ["--config", str(config), *words])
        assert result.exit_code == 0, result.output

    with SampleServers(world) as servers:
        told = space_toml(site.address)
        write_configuration(servers, config, tmp_path / "data", more=told, secrets=SECRETS)
        do("sync", "space")
        store = open_database(sqlite_url(tmp_path / "data" / "hub.db"))
        before = news_rows(store)
        (tmp_path / "news.md").write_text("# Pō pāngarau\n\nNau mai.\n")
        do("announce", str(tmp_path / "news.md"), "--to", "space-news", "--yes")
        site.web.news.append(site.web.news[0].__class__("From Sam", "x", "Sam", site.web._now))
        do("sync", "space")
        after = news_rows(store)
        do("sync", "space")
        assert news_rows(store) == after
        store.close()
    assert copies(site, "Pō pāngarau") == 1
    new = {title: is_news for title, _, is_news in after[len(before) :]}
    assert new == {"Pō pāngarau": False, "From Sam": True}
