"""Chat rooms over HTTP: at most one copy, and nothing is said to be sent that is not there."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from adapters.chat.adapter import ADAPTER
from connector.announce.moves import State
from connector.announce.writing import Written
from connector.model import Message
from sample_cluster.chat_room import ChatRoomServer
from sync_jobs import approve
from sync_jobs.probe import probe_due
from tests.announce.chat_rooms import EXAMPLES, room
from tests.announce.reaching import TITLE, Reaching
from tests.chances import some_of
from tests.fake_destination import FakeOutbox
from tests.guarded import network
from tests.loopback import Loopback, Reply


@pytest.fixture
def server() -> Iterator[ChatRoomServer]:
    with ChatRoomServer() as running:
        yield running


def reaching(outbox: FakeOutbox, webhook: str, **policy: float) -> Reaching:
    return Reaching(
        outbox,
        ADAPTER,
        "https://chat.kauri.example/staff",
        {"url": "env:STAFF_ROOM"},
        {"url": webhook},
        network(clock=outbox.clock, **policy),
    )


@pytest.fixture
def hub(outbox: FakeOutbox, server: ChatRoomServer) -> Reaching:
    return reaching(outbox, server.webhook)


def copies(server: ChatRoomServer) -> int:
    return len([one for one in server.messages if TITLE in one])


def test_what_was_shown_stands_in_the_room_once(hub: Reaching, server: ChatRoomServer) -> None:
    (planned,) = hub.preview().requests
    hub.announce()
    assert hub.send() is State.SENT
    (text,) = server.messages
    assert text.split() == [*TITLE.split(), "Nau", "mai,", "haere", "mai."]
    assert text.split("\r\n")[-1] in planned.body
    assert hub.send_until_quiet() is State.SENT
    assert copies(server) == 1


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_long_text_is_cut_where_it_is_shown(name: str) -> None:
    opened = room(EXAMPLES[name].url)
    text = "\n".join(f"Line {number}: kererū" for number in range(9_000))
    message = Message(title="Kererū " * 60, html=f"<p>{text}</p>", text=text)
    cut = opened.preview(message)
    most = opened._room._plugin.body_maxlen
    assert len(cut.title) + len(cut.text) <= most
    assert len(cut.text) > most - 300
    assert cut.text.endswith("…")
    assert cut.text.startswith("Line 0: kererū\nLine 1: kererū\n")
    assert "Line 8999" not in cut.html
    assert opened.objections(cut) == ()


def test_a_short_text_is_left_alone() -> None:
    message = Message(title=TITLE, html="<p>Nau <em>mai</em></p>", text="Nau *mai*")
    assert room(EXAMPLES["Slack"].url).preview(message) == message


# --- whatever the server does ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost", "500 after", "truncated"])
def test_where_the_answer_was_lost_a_person_decides(
    hub: Reaching, server: ChatRoomServer, kind: str
) -> None:
    hub.announce()
    server.fault(kind, times=1)
    assert hub.send() is State.UNKNOWN
    assert hub.send_until_quiet() is State.UNKNOWN
    assert copies(server) == 1
    assert "settle" in (hub.delivery.sentence or "")
    approve.settle(hub.tools, hub.delivery, is_there=True)
    assert hub.send_until_quiet() is State.SENT
    assert copies(server) == 1


def test_a_server_that_falls_over_may_have_it(hub: Reaching, server: ChatRoomServer) -> None:
    hub.announce()
    server.fault("500", times=1)
    assert hub.send() is State.UNKNOWN
    approve.settle(hub.tools, hub.delivery, is_there=False)
    assert hub.send(minutes=1) is State.SENT
    assert copies(server) == 1


def test_a_server_that_drips_is_given_up(outbox: FakeOutbox, server: ChatRoomServer) -> None:
    hub = reaching(outbox, server.webhook, total_seconds=0.3)
    hub.announce()
    server.fault("slow", times=1)
    assert hub.send() is State.UNKNOWN
    assert hub.send_until_quiet() is State.UNKNOWN
    assert copies(server) == 1


def test_what_was_surely_not_taken_is_sent_again(hub: Reaching, server: ChatRoomServer) -> None:
    hub.announce()
    server.fault("503", retry_after=60, times=2)
    assert hub.send() is State.QUEUED
    assert hub.send_until_quiet() is State.SENT
    assert copies(server) == 1


def test_a_503_that_names_no_time_may_be_a_proxy_in_front(
    hub: Reaching, server: ChatRoomServer
) -> None:
    hub.announce()
    server.fault("503", times=1)
    assert hub.send() is State.UNKNOWN
    assert hub.send_until_quiet() is State.UNKNOWN
    assert copies(server) == 0


def test_nobody_comes_before_the_server_said(hub: Reaching, server: ChatRoomServer) -> None:
    hub.announce()
    server.fault("429", retry_after=1800, times=1)
    assert hub.send() is State.QUEUED
    assert hub.send(minutes=29) is State.QUEUED
    assert len(server.seen) == 1
    assert hub.send(minutes=2) is State.SENT


def test_a_revoked_webhook_waits_for_a_person_and_goes_on(
    hub: Reaching, server: ChatRoomServer
) -> None:
    hub.announce()
    server.fault("403")
    assert hub.send() is State.NEEDS_ATTENTION
    assert hub.send_until_quiet() is State.NEEDS_ATTENTION
    assert len(server.seen) == 1
    server.mend()
    hub.configure({"url": "env:NEW_STAFF_ROOM"})  # believed until tried
    probe_due(hub.tools)
    assert hub.send() is State.SENT
    assert copies(server) == 1


def test_a_wrong_token_is_told_and_not_repeated(outbox: FakeOutbox, server: ChatRoomServer) -> None:
    hub = reaching(outbox, server.webhook[:-3] + "xyz")
    hub.announce()
    assert hub.send() is State.FAILED
    assert hub.send_until_quiet() is State.FAILED
    assert len(server.seen) == 1


def test_nothing_listens(outbox: FakeOutbox) -> None:
    with ChatRoomServer() as server:
        webhook = server.webhook
    hub = reaching(outbox, webhook)
    hub.announce()
    assert hub.send() is State.QUEUED


def test_a_redirect_is_not_followed(outbox: FakeOutbox) -> None:
    with Loopback() as first, Loopback() as second:
        second.on("/hooks/abcdefgh", Reply(200))
        first.on("/hooks/abcdefgh", Reply(302, {"Location": second.url("/hooks/abcdefgh")}))
        hub = reaching(outbox, f"mmost://127.0.0.1:{first.port}/abcdefgh")
        hub.announce()
        assert hub.send() is State.FAILED
        assert (len(first.seen), len(second.seen)) == (1, 0)


def test_an_endless_answer_is_not_read(outbox: FakeOutbox) -> None:
    with Loopback() as big:
        big.on("/hooks/abcdefgh", Reply(200, body=b"x" * 5_000_000))
        webhook = f"mmost://127.0.0.1:{big.port}/abcdefgh"
        hub = reaching(outbox, webhook, max_body_bytes=1_000_000)
        hub.announce()
        assert hub.send() is State.UNKNOWN


FAULTS = ("lost", "500", "500 after", "503", "429", "truncated")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", range(some_of(60)))
def test_at_most_one_copy_and_sent_means_there(
    outbox: FakeOutbox, server: ChatRoomServer, seed: int
) -> None:
    dice = Random(seed)
    outbox.more = {"late_limit": timedelta(days=30)}
    hub = reaching(outbox, server.webhook)
    hub.announce()
    for minutes in (0, 2, 4, 8, 16, 32):
        if dice.random() < 0.7:
            server.fault(dice.choice(FAULTS), times=1, retry_after=60)
        hub.send(minutes=minutes)
    server.mend()
    state = hub.send_until_quiet()
    assert state in (State.SENT, State.UNKNOWN)
    assert copies(server) == 1 if state is State.SENT else copies(server) <= 1


# --- afterwards -----------------------------------------------------------------------------


def test_corrections_and_withdrawals_are_messages_of_their_own(
    hub: Reaching, server: ChatRoomServer
) -> None:
    hub.announce()
    hub.send()
    corrected = Written(title="Maths evening, moved", body="To Friday.")
    approve.correct(hub.tools, hub.outbox.announcement(), corrected)
    assert hub.send(minutes=1) is State.SENT
    approve.retract(hub.tools, hub.outbox.cluster_id, [hub.delivery])
    assert hub.send(minutes=1) is State.RETRACTED
    assert [one.split("\r\n")[0].partition(":")[0] for one in server.messages] == [
        TITLE,
        "Correction",
        "Withdrawn",
    ]


def test_a_new_url_on_the_same_server_changes_nothing_about_what_was_agreed_to(
    hub: Reaching,
) -> None:
    before = hub.preview().plan
    hub.secrets = {"url": f"{hub.secrets['url']}2"}
    assert hub.preview().plan == before
    hub.secrets = {"url": "mmosts://other.kauri.example/abcdefgh"}
    assert hub.preview().plan != before


def test_the_check_reaches_the_server_and_posts_nothing(
    hub: Reaching, server: ChatRoomServer
) -> None:
    report = hub.opened.check()
    assert report.ok
    assert "Mattermost" in report.lines[0].sentence
    assert [(one.method, one.path) for one in server.seen] == [("GET", "/")]


def test_the_check_says_where_the_server_is_inside(outbox: FakeOutbox) -> None:
    hub = reaching(outbox, "mmosts://169.254.169.254/abcdefgh")
    (line,) = hub.opened.check().lines
    assert not line.ok
    assert "not a public address" in line.sentence
