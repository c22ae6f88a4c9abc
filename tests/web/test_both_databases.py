"""The pages answer alike on both databases, whatever an address asks for."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html as lxml_html

from connector.model import CLUSTER
from connector.store.database import Store, open_database
from tests.web.garden import Garden, plant, record
from tests.web.making import TOKEN, come_in, make_app

HERE = "/c/tarapunga"


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def clients(store: Store) -> tuple[FlaskClient, FlaskClient]:
    """A visitor and a facilitator."""
    app = make_app(store)
    facilitator = app.test_client()
    come_in(facilitator, TOKEN)
    return app.test_client(), facilitator


QUERIES = [
    "before=-1", "before=", "school=&place=&kind=&q=", "school=999", "place=nowhere",
    "q=%00%01", "q=%22", "q=*", "q=a+OR+b", "place=%00", "q=%ED%A0%80", "q=-", "q=((",
    "before=9223372036854775807", "before=-9223372036854775807", "q=%F0%9F%8C%B1",
    "school=9223372036854775807", "unknown=1", "q=a%27%3B--", "q=%25", "q=_", "q=%22a b%22",
    "q=NEAR(a+b)", "q=tokens%3Ac1", "q=c1", "q=a1", "kind=activity",
]  # fmt: skip


def test_any_address_is_answered(store: Store, clients: tuple[FlaskClient, FlaskClient]) -> None:
    plant(Garden(store))
    for client in clients:
        for query in QUERIES:
            for page in ("", "search"):
                assert client.get(f"{HERE}/{page}?{query}").status_code == 200, query
        for item_id in (0, 2**31, 2**63 - 1):
            assert client.get(f"{HERE}/item/{item_id}").status_code == 404


def test_both_show_the_same_pages(store: Store, clients: tuple[FlaskClient, FlaskClient]) -> None:
    ids = plant(Garden(store))
    visitor, facilitator = clients

    def titles(client: FlaskClient, path: str) -> list[str]:
        tree = lxml_html.document_fromstring(client.get(path).text)
        return [one.text_content() for one in tree.xpath("//article/h2")]

    assert titles(visitor, f"{HERE}/") == [
        "Matariki planning day",
        "What lives under the stones",
        "A student wrote",
        "Whānau hui: what we heard",
        "Our reading corner, a month later",
    ]
    assert titles(facilitator, f"{HERE}/search?q=WHANAU") == [
        "What lives under the stones",
        "Whānau hui: what we heard",
    ]
    for path in (f"item/{ids['stream']}", f"item/{ids['edited']}/former", "places"):
        assert facilitator.get(f"{HERE}/{path}").status_code == 200


def test_a_closed_word_is_found_by_facilitators_only(
    store: Store, clients: tuple[FlaskClient, FlaskClient]
) -> None:
    garden = Garden(store)
    bed = garden.place("course", "Course")
    garden.keep(bed, record(1, "Open"), record(2, "Canary", audience=CLUSTER))
    visitor, facilitator = clients
    assert "No posts or replies with" in visitor.get(f"{HERE}/search?q=canary").text
    assert "1 post or reply with" in facilitator.get(f"{HERE}/search?q=canary").text
