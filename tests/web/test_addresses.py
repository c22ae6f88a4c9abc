"""The pages show where a place is, and none of the secrets that its address may hold."""

import pytest
from flask.testing import FlaskClient

from connector.store.database import Store
from tests.web.garden import Garden, record

HERE = "/c/tarapunga/places"


def set_addresses(store: Store, address: str) -> None:
    with store.write() as conn:
        for table, column in (("source", "address"), ("stream", "url")):
            conn.exec_driver_sql(f"UPDATE {table} SET {column} = ?", (address,))
        conn.exec_driver_sql("UPDATE stream SET note = 'It repeats an id.'")


@pytest.mark.parametrize("who", ["visitor", "facilitator"])
@pytest.mark.parametrize(
    "address",
    [
        "https://blog.example/feed?token=Secret",
        "https://blog.example/feed?Secret#x",
        "https://blog.example/feed#Secret",
        "https://me:Secret@blog.example/feed",
    ],
)
def test_the_address_of_a_place_is_shown_without_its_secrets(
    store: Store, garden: Garden, request: pytest.FixtureRequest, who: str, address: str
) -> None:
    bed = garden.place("blog", "A blog")
    garden.keep(bed, record(1, bed=bed))
    set_addresses(store, address)
    client: FlaskClient = request.getfixturevalue(who)
    page = client.get(HERE).text
    assert page.count('href="https://blog.example/feed"') == (2 if who == "facilitator" else 1)
    assert "Secret" not in page


@pytest.mark.parametrize("address", ["https://[::1", "", "a.mbox"])
def test_a_place_whose_address_is_none_is_shown_by_its_title(
    store: Store, garden: Garden, facilitator: FlaskClient, address: str
) -> None:
    garden.place("blog", "A blog")
    set_addresses(store, address)
    page = facilitator.get(HERE)
    assert (page.status_code, "A blog" in page.text) == (200, True)
