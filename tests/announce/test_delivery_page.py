"""The page of one delivery: the text to copy, and a facilitator's word on its copy."""

import pytest
from flask.testing import FlaskClient

from connector.announce.moves import State
from connector.announce.writing import Written
from connector.errors import StoreError, UnknownOutcome
from connector.store import deliveries
from connector.web.app import create_app
from connector.web.parts import Said
from sync_jobs import approve
from tests.announced import put_announcement
from tests.engine import AUCKLAND
from tests.fake_destination import FakeOutbox, once
from tests.fake_place import NOON
from tests.web.making import come_in, csrf_of

LIST = "/c/kauri/announcements"


def page_of(number: int) -> str:
    return f"/c/kauri/deliveries/{number}"


@pytest.fixture
def visitor(outbox: FakeOutbox) -> FlaskClient:
    def take_word(cluster_id: int, number: int, said: Said, url: str | None) -> None:
        with outbox.store.read() as conn:
            row = deliveries.find_delivery(conn, cluster_id, number)
        if row is None:
            raise StoreError("There is none.")
        if said == "send":
            approve.retry(outbox.tools, row)
        else:
            approve.settle(outbox.tools, row, is_there=said == "there", url=url)

    app = create_app(
        store=outbox.store,
        secret_key=b"sixteen bytes and more",
        facilitator_token="once",
        hosts=frozenset(),
        zone=AUCKLAND,
        take_word=take_word,
        now=lambda: NOON,
    )
    return app.test_client()


@pytest.fixture
def facilitator(visitor: FlaskClient) -> FlaskClient:
    client = visitor.application.test_client()
    come_in(client, "once")
    return client


@pytest.fixture
def by_hand(outbox: FakeOutbox) -> int:
    """An announcement that waits for a person to post it."""
    outbox.add("by_hand")
    body = "Nau mai.\n\n" + "A long line of it. " * 400
    outbox.announce(written=Written(title="Maths evening", body=body.strip()))
    assert outbox.send() == [State.NEEDS_ATTENTION]
    return outbox.delivery().id


def say(client: FlaskClient, number: int, said: str, address: str = "") -> int:
    """Press a button of the page; return the answer's status."""
    token = csrf_of(client.get(page_of(number)))
    form = {"csrf_token": token, "said": said, "address": address}
    return client.post(page_of(number), data=form).status_code


def test_the_whole_text_can_be_copied_however_long_it_is(
    outbox: FakeOutbox, facilitator: FlaskClient, by_hand: int
) -> None:
    assert page_of(by_hand) in facilitator.get(LIST).text
    text = outbox.delivery().message.text
    assert len(text) > 6000
    assert text in facilitator.get(page_of(by_hand)).text


def test_i_have_posted_it_ends_it_with_its_address(
    outbox: FakeOutbox, facilitator: FlaskClient, by_hand: int
) -> None:
    assert say(facilitator, by_hand, "there", "https://notice.example/7") == 303
    assert outbox.states() == [State.SENT]
    page = facilitator.get(LIST).text
    assert "https://notice.example/7" in page
    assert page_of(by_hand) not in page
    assert "I have posted it" not in facilitator.get(page_of(by_hand)).text


def test_a_wrong_address_is_said_and_nothing_is_noted(
    outbox: FakeOutbox, facilitator: FlaskClient, by_hand: int
) -> None:
    assert say(facilitator, by_hand, "there", "javascript:alert(1)") == 400
    assert outbox.states() == [State.NEEDS_ATTENTION]


def test_what_nobody_knows_is_there_or_is_sent_again(
    outbox: FakeOutbox, facilitator: FlaskClient
) -> None:
    number = put_announcement(outbox, NOON, people=0, state=State.UNKNOWN).id
    assert say(facilitator, number, "absent") == 303
    assert outbox.states() == [State.QUEUED]
    # Pressed once more, from a page that was still open.
    assert say(facilitator, number, "absent") == 400


def test_what_is_held_is_sent_with_a_yes(outbox: FakeOutbox, facilitator: FlaskClient) -> None:
    outbox.more = {"flood_brake": 1}
    board = outbox.add()
    for _ in range(2):
        outbox.announce()
        outbox.send(minutes=1)
    held = outbox.deliveries(2)[0]
    assert held.state is State.HELD
    assert "Yes, send it" in facilitator.get(page_of(held.id)).text
    assert say(facilitator, held.id, "send") == 303
    outbox.send(minutes=1)
    assert outbox.states(2) == [State.SENT]
    assert len(board.copies) == 2
    assert "Yes, send it" not in facilitator.get(page_of(held.id)).text


def held_in_doubt(outbox: FakeOutbox, kind: str) -> int:
    """An announcement that was being sent when the hub was moved; return its delivery."""
    outbox.add(kind).after["send"] = once(UnknownOutcome("The answer was lost."))
    outbox.announce()
    assert outbox.send() == [State.UNKNOWN]
    with outbox.store.write(outbox.cluster_id) as conn:
        deliveries.hold_all(conn, outbox.cluster_id, "moved", "It was moved.", NOON)
    return outbox.delivery().id


@pytest.mark.parametrize(("is_there", "copies"), [(True, 1), (False, 2)])
def test_what_nobody_knows_is_looked_for_before_it_is_sent(
    outbox: FakeOutbox, facilitator: FlaskClient, is_there: bool, copies: int
) -> None:
    number = held_in_doubt(outbox, "board")
    page = facilitator.get(page_of(number)).text
    assert "Look there, and send it if it is missing" in page
    assert "Yes, send it" not in page
    board = outbox.boards["fake://board"]
    board.hides = not is_there
    assert say(facilitator, number, "send") == 303
    outbox.send_until_quiet(hours=1)
    assert outbox.states() == [State.SENT]
    assert len(board.copies) == copies


def test_where_the_hub_cannot_look_a_yes_asks_for_a_word(
    outbox: FakeOutbox, facilitator: FlaskClient
) -> None:
    number = held_in_doubt(outbox, "chat")
    assert say(facilitator, number, "send") == 303
    outbox.send_until_quiet(hours=1)
    assert outbox.states() == [State.UNKNOWN]
    assert len(outbox.boards["fake://chat"].copies) == 1
    page = facilitator.get(page_of(number)).text
    assert "The hub cannot look there" in page
    assert "It is not there: send it again" in page


def test_what_was_to_be_taken_back_is_not_offered_to_be_sent(
    outbox: FakeOutbox, facilitator: FlaskClient
) -> None:
    number = held_in_doubt(outbox, "board")
    approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries())
    page = facilitator.get(page_of(number)).text
    assert "send it" not in page.split("<form")[-1]
    assert "It is not there: leave it" in page
    assert say(facilitator, number, "absent") == 303
    assert outbox.states() == [State.CANCELLED]


def test_the_page_tells_a_withdrawal_from_a_copy_that_is_gone(
    outbox: FakeOutbox, facilitator: FlaskClient
) -> None:
    outbox.add("board"), outbox.add("chat")
    outbox.announce()
    outbox.send()
    approve.retract(outbox.tools, outbox.cluster_id, outbox.deliveries())
    assert outbox.send() == [State.RETRACTED] * 2
    page = facilitator.get(LIST).text
    assert page.count("Withdrawn by a message of its own") == 1
    assert page.count("Taken back") == 1


def test_it_is_not_there_is_offered_only_where_nobody_knows(
    facilitator: FlaskClient, by_hand: int
) -> None:
    assert "send it again" not in facilitator.get(page_of(by_hand)).text
    assert say(facilitator, by_hand, "absent") == 400


def test_nobody_else_sees_or_says_anything(
    outbox: FakeOutbox, visitor: FlaskClient, by_hand: int
) -> None:
    assert visitor.get(page_of(by_hand)).status_code == 403
    assert visitor.post(page_of(by_hand), data={"said": "there"}).status_code == 400
    assert outbox.states() == [State.NEEDS_ATTENTION]


def test_opening_the_page_changes_nothing(
    outbox: FakeOutbox, facilitator: FlaskClient, by_hand: int
) -> None:
    before = outbox.delivery()
    assert facilitator.get(page_of(by_hand)).status_code == 200
    assert outbox.delivery() == before


def test_there_is_no_page_for_what_is_not_there(facilitator: FlaskClient) -> None:
    assert facilitator.get(page_of(77)).status_code == 404


def test_a_hub_that_only_shows_pages_takes_no_word(outbox: FakeOutbox, by_hand: int) -> None:
    app = create_app(
        store=outbox.store,
        secret_key=b"sixteen bytes and more",
        facilitator_token="once",
        hosts=frozenset(),
        zone=AUCKLAND,
        now=lambda: NOON,
    )
    client = app.test_client()
    come_in(client, "once")
    assert "I have posted it" not in client.get(page_of(by_hand)).text
    form = {"csrf_token": csrf_of(client.get(page_of(by_hand))), "said": "there"}
    assert client.post(page_of(by_hand), data=form).status_code == 400
    assert outbox.states() == [State.NEEDS_ATTENTION]
