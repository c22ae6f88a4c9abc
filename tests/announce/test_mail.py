"""Letters through a real mail server: each person once, whatever happens on the way."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import pytest

from adapters.mail.adapter import ADAPTER
from adapters.mail.letter import calendar_entry
from adapters.mail.settings import MailSettings
from connector.announce.moves import State
from connector.announce.writing import Event, Written
from connector.contract import PerPerson
from connector.errors import AuthError, PermanentError, TemporaryError, UnknownOutcome
from connector.http import Network
from connector.model import Message, Recipient
from connector.store import destinations, mailings
from connector.store.database import open_database
from connector.store.destinations import DestinationSpec
from sync_jobs import approve
from sync_jobs.letters import MOST_PAUSES
from sync_jobs.push import send_due
from tests.chances import some_of
from tests.fake_destination import FakeOutbox
from tests.guarded import network
from tests.mail_server import PASSWORD, USER, MailServer
from tests.test_http_tls import Authority, authority

__all__ = ["authority"]

PEOPLE = some_of(500)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MESSAGE = Message(
    title="Pō pāngarau", html="<p>Nau mai.</p>", text="Nau mai.\n.a line with a dot", uid="u1"
)
ANNA = Recipient("anna@kauri.example", "Anna Tūī")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def opened() -> Iterator[Any]:
    """Open destinations, and hang up at the end."""
    made: list[Any] = []

    def open_one(server: MailServer, net: Network | None = None, **settings: Any) -> Any:
        told = {
            "address": server.address,
            "security": "none",
            "sender": "hub@kauri.example",
            "people": ("anna@kauri.example",),
        } | settings
        session = (net or network()).session()
        found = ADAPTER.open_destination(MailSettings(**told), session, NOW)
        assert isinstance(found, PerPerson)
        made.append(found)
        return found

    yield open_one
    for one in made:
        one.close()


def test_a_letter_arrives_as_text_and_html(opened: Any, server: MailServer) -> None:
    opened(server).send_to(ANNA, MESSAGE, "hub-1")
    ((address, mail),) = server.box.letters
    assert address == "anna@kauri.example"
    assert mail["Subject"] == "Pō pāngarau"
    assert mail["To"] == "Anna Tūī <anna@kauri.example>"
    assert mail["X-Cluster-Hub"] == "hub-1"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert ".a line with a dot" in text.get_content().splitlines()
    assert "<p>Nau mai.</p>" in html.get_content()


def test_no_line_is_longer_than_mail_allows(opened: Any, server: MailServer) -> None:
    destination = opened(server)
    long = Message(title="ā" * 400, html=f"<p>{'word ' * 2000}</p>", text="kupu " * 2000)
    destination.send_to(ANNA, destination.preview(long), "hub-1")
    ((_, mail),) = server.box.letters
    assert max(len(line) for line in mail.as_bytes().splitlines()) <= 998


def test_stopping_is_a_button_that_posts(opened: Any, server: MailServer) -> None:
    to = Recipient("anna@kauri.example", stop_url="https://hub.kauri.example/stop/1")
    opened(server).send_to(to, MESSAGE, "hub-1")
    ((_, mail),) = server.box.letters
    assert "<https://hub.kauri.example/stop/1>" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_calendar_keeps_one_entry_through_corrections() -> None:
    first = Message(title="A; b, c", html="", text="ā" * 100, start=NOW, uid="u1", version=0)
    entries = [
        calendar_entry(one, organizer="hub@kauri.example", now=NOW)
        for one in (
            first,
            Message(title="B", html="", text="", start=NOW, uid="u1", version=1),
            Message(title="B", html="", text="", start=NOW, uid="u1", version=2, cancelled=True),
        )
    ]
    assert [entry.count("UID:u1@kauri.example\r\n") for entry in entries] == [1, 1, 1]
    assert [f"SEQUENCE:{n}\r\n" in entry for n, entry in enumerate(entries)] == [True] * 3
    assert "METHOD:CANCEL\r\n" in entries[2]
    assert "SUMMARY:A\\; b\\, c\r\n" in entries[0]
    assert max(len(line.encode()) for line in entries[0].split("\r\n")) <= 75


def test_an_event_comes_as_a_calendar_entry(opened: Any, server: MailServer) -> None:
    event = Message(title="A", html="<p>B</p>", text="B", start=NOW, uid="u1")
    opened(server).send_to(ANNA, event, "hub-1")
    ((_, mail),) = server.box.letters
    (entry,) = mail.iter_attachments()
    assert entry.get_content_type() == "text/calendar"
    assert entry.get_param("method") == "PUBLISH"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("refused", PermanentError),
        ("later", TemporaryError),
        ("hang_up_before", UnknownOutcome),
        ("hang_up_after", UnknownOutcome),
    ],
)
def test_what_became_of_a_letter_is_told_honestly(
    opened: Any, server: MailServer, fault: str, error: type[Exception]
) -> None:
    getattr(server.box, fault).add(ANNA.address)
    destination = opened(server)
    with pytest.raises(error):
        destination.send_to(ANNA, MESSAGE, "hub-1")
    destination.send_to(Recipient("ben@kauri.example"), MESSAGE, "hub-1")  # it goes on
    assert server.box.addresses()[-1] == "ben@kauri.example"


def test_nobody_there_is_temporary(opened: Any) -> None:
    with MailServer() as server:
        destination = opened(server)
    with pytest.raises(TemporaryError):
        destination.send_to(ANNA, MESSAGE, "hub-1")


IN_THE_OPEN = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@IN_THE_OPEN
def test_sign_in_by_password_and_by_token(opened: Any) -> None:
    with MailServer(needs_user=True) as server:
        opened(server, user=USER, password=PASSWORD).send_to(ANNA, MESSAGE, "hub-1")
        token = f"{sys.executable} -c \"print('TOKEN')\""
        opened(server, user=USER, token_command=token).send_to(ANNA, MESSAGE, "hub-1")
        assert len(server.box.letters) == 2


@IN_THE_OPEN
def test_a_wrong_password_is_said_before_the_first_letter(opened: Any) -> None:
    with MailServer(needs_user=True) as server:
        destination = opened(server, user=USER, password="wrong")
        (line,) = destination.check().lines
        assert not line.ok
        assert "Renew the password" in line.sentence
        with pytest.raises(AuthError) as told:
            destination.send_to(ANNA, MESSAGE, "hub-1")
        assert "wrong" not in str(told.value)
        assert server.box.letters == []


def test_starttls_checks_the_certificate(opened: Any, authority: Authority) -> None:
    with MailServer(tls=authority.server_context()) as server:
        known = {"kea.example": ["127.0.0.1"]}
        told = {"address": f"smtp://kea.example:{server.port}", "security": "starttls"}
        trusting = network(known, ca_bundle=str(authority.ca))
        opened(server, trusting, **told).send_to(ANNA, MESSAGE, "hub-1")
        assert len(server.box.letters) == 1
        with pytest.raises(TemporaryError):
            opened(server, network(known), **told).send_to(ANNA, MESSAGE, "hub-2")
        assert len(server.box.letters) == 1


def test_a_private_address_is_refused_unless_allowed(opened: Any, server: MailServer) -> None:
    with pytest.raises(PermanentError, match="not a public address"):
        opened(server, network(allow=())).send_to(ANNA, MESSAGE, "hub-1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "smtp://mail.example", "security": "none"},
        {"address": "https://mail.example"},
        {"sender": "nobody"},
        {"people": ("a@b\nBcc: c@d",)},
        {"password": "x"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    good = {"address": "smtp://mail.example", "sender": "hub@kauri.example"}
    with pytest.raises(ValueError, match=r"write|only|missing"):
        MailSettings(**good | wrong)


# --- through the outbox ---------------------------------------------------------------------


def tools(outbox: FakeOutbox, server: MailServer, count: int) -> Any:
    people = tuple(f"teacher{number}@kauri.example" for number in range(count))
    settings = {
        "security": "none",
        "sender": "hub@kauri.example",
        "people": list(people),
    }
    with outbox.store.write(outbox.cluster_id) as conn:
        destinations.put_destination(
            conn,
            outbox.cluster_id,
            DestinationSpec(
                key="mail",
                kind="mail",
                title="Mail",
                address=server.address,
                settings=settings,
                audience_kind="cluster",
                account="mail",
            ),
        )
    net = network()
    return replace(outbox.tools, kinds={"mail": ADAPTER}, open_session=net.session)


def announce(outbox: FakeOutbox, made: Any, **more: Any) -> None:
    row = outbox.draft(**more)
    with outbox.store.read() as conn:
        chosen = destinations.destinations_of(conn, outbox.cluster_id)
    approve.approve(made, row, approve.previews(made, row, chosen))


def test_hundreds_of_people_and_a_crash_in_the_middle(
    outbox: FakeOutbox, server: MailServer
) -> None:
    made = tools(outbox, server, PEOPLE)
    announce(outbox, made)
    outbox.store.close()

    def die(address: str) -> None:
        if len(server.box.letters) == PEOPLE // 2:
            os.kill(victim.pid, signal.SIGKILL)

    server.box.seen = die
    victim: Any = get_context("fork").Process(target=_send, args=(outbox, server))
    victim.start()
    victim.join()
    assert victim.exitcode == -signal.SIGKILL
    server.box.seen = lambda address: None
    with outbox.store.write() as conn:
        destinations.let_go_of_all(conn)  # as when the lease has run out
    send_due(made)
    got = server.box.addresses()
    assert len(got) == len(set(got)) >= PEOPLE - 1
    assert outbox.states() == [State.UNKNOWN]
    with outbox.store.read() as conn:
        (line,) = mailings.doubtful(conn, outbox.cluster_id, 1)
        assert mailings.counts(conn, outbox.cluster_id, [1])[1] == {
            "sent": PEOPLE - 1,
            "unknown": 1,
        }
    assert line.state == mailings.UNKNOWN
    approve.settle(made, outbox.delivery(), is_there=line.address in got)
    send_due(made)
    assert sorted(server.box.addresses()) == sorted(
        f"teacher{n}@kauri.example" for n in range(PEOPLE)
    )
    assert outbox.states() == [State.SENT]


def _send(outbox: FakeOutbox, server: MailServer) -> None:
    own = object.__new__(FakeOutbox)
    vars(own).update(
        vars(outbox)
        | {
            "store": open_database(
                str(outbox.store.engine.url.render_as_string(hide_password=False))
            )
        }
    )
    send_due(tools(own, server, PEOPLE))
    os._exit(0)


def test_a_refused_address_is_told_and_the_others_get_theirs(
    outbox: FakeOutbox, server: MailServer
) -> None:
    server.box.refused = {"teacher1@kauri.example"}
    made = tools(outbox, server, 3)
    announce(outbox, made)
    send_due(made)
    assert outbox.states() == [State.SENT]
    assert outbox.delivery().sentence == "2 sent, 1 refused by the mail server."


def test_who_cannot_be_sent_to_now_gets_theirs_later(
    outbox: FakeOutbox, server: MailServer
) -> None:
    server.box.later = {"teacher1@kauri.example"}
    made = tools(outbox, server, 3)
    announce(outbox, made)
    send_due(made)
    assert outbox.states() == [State.QUEUED]
    assert len(server.box.letters) == 2
    server.box.later = set()
    outbox.clock.move(hours=1)
    send_due(made)
    assert outbox.states() == [State.SENT]
    assert sorted(server.box.addresses()) == [f"teacher{n}@kauri.example" for n in range(3)]


def test_full_mailboxes_starve_nobody_and_come_last(outbox: FakeOutbox, server: MailServer) -> None:
    full = [f"teacher{n}@kauri.example" for n in range(4)]
    server.box.later = set(full)
    made = tools(outbox, server, 6)
    announce(outbox, made)
    send_due(made)
    assert server.box.addresses() == ["teacher4@kauri.example", "teacher5@kauri.example"]
    assert outbox.delivery().sentence == "2 sent."
    server.box.later = set()
    outbox.clock.move(hours=1)
    send_due(made)
    assert outbox.states() == [State.SENT]
    assert server.box.addresses()[2:] == full


def test_a_server_that_wants_a_pause_gets_it(outbox: FakeOutbox, server: MailServer) -> None:
    server.box.busy = {f"teacher{n}@kauri.example" for n in range(4)}
    made = tools(outbox, server, 6)
    announce(outbox, made)
    send_due(made)
    assert server.box.letters == []
    assert len(server.box.asked) == MOST_PAUSES
    server.box.asked.clear()
    outbox.clock.move(hours=1)
    send_due(made)
    assert server.box.addresses() == ["teacher4@kauri.example", "teacher5@kauri.example"]
    assert server.box.asked[0] == "teacher3@kauri.example"  # not tried so far


def test_nobody_gets_more_than_so_many_a_day(outbox: FakeOutbox, server: MailServer) -> None:
    made = tools(outbox, server, 1)
    for _ in range(4):
        announce(outbox, made)
        send_due(made)
    assert len(server.box.letters) == 3
    outbox.clock.move(hours=11)
    send_due(made)
    assert len(server.box.letters) == 3


def test_whoever_stopped_the_letters_gets_none(outbox: FakeOutbox, server: MailServer) -> None:
    made = tools(outbox, server, 2)
    with outbox.store.write() as conn:
        mailings.stop(conn, outbox.cluster_id, "teacher0@kauri.example", NOW)
    announce(outbox, made)
    send_due(made)
    assert server.box.addresses() == ["teacher1@kauri.example"]


def test_a_corrected_event_replaces_the_calendar_entry(
    outbox: FakeOutbox, server: MailServer
) -> None:
    made = tools(outbox, server, 1)
    event = Event(start=NOW)
    announce(outbox, made, written=Written(title="A", body="B", event=event))
    send_due(made)
    approve.correct(made, outbox.announcement(), Written(title="A2", body="B", event=event))
    send_due(made)
    entries = [next(mail.iter_attachments()).get_content() for _, mail in server.box.letters]
    told = [entry if isinstance(entry, str) else entry.decode() for entry in entries]
    uids = {line for entry in told for line in entry.splitlines() if line.startswith("UID:")}
    assert len(uids) == 1
    assert ["SEQUENCE:0" in told[0], "SEQUENCE:1" in told[1]] == [True, True]
    assert server.box.letters[1][1]["Subject"] == "Correction: A2"


def test_tls_is_never_half(opened: Any) -> None:
    """A server that offers no STARTTLS gets no password and no letter."""
    with MailServer() as server:
        found = opened(server, security="starttls", user=USER, password=PASSWORD)
        with pytest.raises(PermanentError, match="does not offer"):
            found.send_to(ANNA, MESSAGE, "hub-1")
        assert server.box.letters == []
