"""The page of announcements: for facilitators, of their cluster; and the link that stops letters."""

import pytest
from flask.testing import FlaskClient

from connector.announce.moves import State
from connector.store import clusters, destinations, mailings
from connector.web.app import create_app
from connector.web.wording import DELIVERIES, DELIVERY_LOOKS
from tests.announced import put_announcement
from tests.engine import AUCKLAND, Engine
from tests.fake_place import NOON
from tests.web.making import come_in

PAGE = "/c/kauri/announcements"


def proof(cluster_id: int, address: str) -> str:
    return f"proof-{cluster_id}-{address}"


@pytest.fixture
def visitor(engine: Engine) -> FlaskClient:
    app = create_app(
        store=engine.store,
        secret_key=b"sixteen bytes and more",
        facilitator_token="once",
        hosts=frozenset(),
        zone=AUCKLAND,
        stop_token=proof,
        now=lambda: NOON,
    )
    return app.test_client()


@pytest.fixture
def facilitator(visitor: FlaskClient) -> FlaskClient:
    client = visitor.application.test_client()
    come_in(client, "once")
    return client


def test_facilitators_see_what_became_of_each_copy(
    engine: Engine, facilitator: FlaskClient
) -> None:
    put_announcement(engine, NOON, people=2)
    page = facilitator.get(PAGE).text
    assert "Maths evening" in page
    assert DELIVERIES["sent"] in page
    assert "http://board.example/7" in page
    assert "2 sent" in page


def test_nobody_else_sees_anything(engine: Engine, visitor: FlaskClient) -> None:
    put_announcement(engine, NOON, title="Only for some", audience="facilitators")
    answer = visitor.get(PAGE)
    assert answer.status_code == 403
    assert "Only for some" not in answer.text
    assert "Announcements" not in visitor.get("/c/kauri/").text


def test_another_clusters_announcements_are_not_here(
    engine: Engine, facilitator: FlaskClient
) -> None:
    other = Engine(engine.store)
    with engine.store.write() as conn:
        other.cluster_id = clusters.ensure_cluster(conn, "rata", "Rata cluster")
    put_announcement(other, NOON, title="Theirs alone")
    assert "Theirs alone" not in facilitator.get(PAGE).text
    assert "Theirs alone" in facilitator.get("/c/rata/announcements").text


def test_what_was_typed_is_text_and_no_code(engine: Engine, facilitator: FlaskClient) -> None:
    put_announcement(engine, NOON, title="<script>x</script>", url="javascript:alert(1)")
    page = facilitator.get(PAGE).text
    assert "<script>" not in page
    assert "javascript:" not in page


def test_a_destination_to_reconnect_stands_on_top(engine: Engine, facilitator: FlaskClient) -> None:
    row = put_announcement(engine, NOON, state=State.SCHEDULED)
    with engine.store.write() as conn:
        destinations.note_trouble(conn, row.destination_id, "Renew the token.", NOON)
    page = facilitator.get(PAGE).text
    assert page.index("Reconnect Mail") < page.index("Maths evening")


def test_every_state_has_its_words_and_its_look() -> None:
    assert set(DELIVERIES) == set(DELIVERY_LOOKS) == {*map(str, State), "withdrawn"}


def stop_link(engine: Engine, address: str = "anna@kauri.example") -> str:
    return f"/stop/{engine.cluster_id}/{address}/{proof(engine.cluster_id, address)}"


def stopped(engine: Engine) -> set[str]:
    with engine.store.read() as conn:
        return mailings.stopped(conn, engine.cluster_id)


def test_a_mail_scanner_that_opens_every_link_stops_nothing(
    engine: Engine, visitor: FlaskClient
) -> None:
    for method in ("GET", "HEAD"):
        assert visitor.open(stop_link(engine), method=method).status_code == 200
    assert stopped(engine) == set()


def test_a_mail_programs_own_button_stops_the_letters(engine: Engine, visitor: FlaskClient) -> None:
    for _ in range(2):
        answer = visitor.post(stop_link(engine), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert stopped(engine) == {"anna@kauri.example"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wrong_link_stops_nothing(engine: Engine, visitor: FlaskClient, method: str) -> None:
    wrong = stop_link(engine).replace("proof", "guess")
    assert visitor.open(wrong, method=method).status_code == 404
    assert stopped(engine) == set()


def test_opening_the_page_changes_nothing(engine: Engine, facilitator: FlaskClient) -> None:
    row = put_announcement(engine, NOON, state=State.HELD)
    facilitator.get(PAGE)
    with engine.store.read() as conn:
        from connector.store import deliveries

        assert deliveries.get_delivery(conn, row.id) == row
