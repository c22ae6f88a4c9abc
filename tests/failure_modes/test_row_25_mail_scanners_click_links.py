"""Row 25: a mail scanner, or a link checker, opens every link and so presses every button."""

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html as lxml_html

from connector.store.database import Store
from connector.store.schema import metadata
from connector.web.app import create_app
from tests.engine import AUCKLAND
from tests.web.garden import NOW, Garden, plant
from tests.web.making import come_in

STOP = "/stop/1/anna@kauri.example/proof"
ENTER = "/enter/once"


@pytest.fixture
def scanner(store: Store) -> FlaskClient:
    """Somebody's mail scanner, at a hub with something of everything."""
    plant(Garden(store))
    app = create_app(
        store=store,
        secret_key=b"sixteen bytes and more",
        facilitator_token="once",
        hosts=frozenset(),
        zone=AUCKLAND,
        ask_for_run=lambda cluster_id, place: pytest.fail("a run was asked for"),
        take_word=lambda *told: pytest.fail("somebody's word was taken"),
        stop_token=lambda cluster_id, address: "proof",
        now=lambda: NOW,
    )
    return app.test_client()


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with store.read() as conn:
        return {
            table.name: sorted((tuple(row) for row in conn.execute(table.select())), key=repr)
            for table in metadata.tables.values()
        }


def opened(client: FlaskClient, *first: str) -> set[str]:
    """Open these addresses and all that their pages link to, or send forms to; return them."""
    seen: set[str] = set()
    waiting = list(first)
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        client.head(address)
        answer = client.get(address, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        page = lxml_html.document_fromstring(answer.text)
        for found in page.xpath("//a/@href | //form/@action | //link/@href"):
            parts = urlsplit(str(found))
            if not parts.netloc and parts.path and parts.path not in seen:
                waiting.append(str(found).partition("#")[0])
    return seen


@pytest.mark.parametrize("who", ["stranger", "facilitator"])
def test_opening_every_link_changes_nothing(store: Store, scanner: FlaskClient, who: str) -> None:
    """Even in a facilitator's own browser, with their cookie."""
    if who == "facilitator":
        come_in(scanner, "once")
    before = everything(store)
    assert before["delivery"]
    seen = opened(scanner, "/", STOP, ENTER)
    assert everything(store) == before
    wanted = {"/c/tarapunga/places", STOP}
    if who == "facilitator":
        wanted |= {"/c/tarapunga/deliveries/5", "/c/tarapunga/places/read", "/leave"}
    assert wanted <= seen


def test_a_link_that_was_opened_before_still_lets_its_owner_in(scanner: FlaskClient) -> None:
    opened(scanner, ENTER)
    assert scanner.get("/c/tarapunga/announcements").status_code == 403
    come_in(scanner, "once")
    assert scanner.get("/c/tarapunga/announcements").status_code == 200


def test_the_button_behind_the_link_does_what_it_says(store: Store, scanner: FlaskClient) -> None:
    before = everything(store)
    assert scanner.post(STOP).status_code == 200
    assert everything(store) != before
