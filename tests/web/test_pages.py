"""What the pages say, and where their links lead."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html as lxml_html

from connector.model import CLUSTER, Kind, Role
from connector.store.database import Store
from connector.web.query import WORDS_LIMIT
from tests.web.garden import NOW, Garden, record
from tests.web.making import come_in, make_app

HERE = "/c/tarapunga"


def parsed(page: str) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(page)


def test_the_first_page_leads_to_the_only_cluster(garden: Garden, visitor: FlaskClient) -> None:
    assert visitor.get("/").headers["Location"] == f"{HERE}/"


def test_the_first_page_lists_clusters_where_there_are_several(
    store: Store, garden: Garden, visitor: FlaskClient
) -> None:
    Garden(store, "korimako", "Korimako Cluster")
    page = visitor.get("/").text
    assert 'href="/c/tarapunga/"' in page
    assert 'href="/c/korimako/"' in page


def test_without_a_cluster_the_first_page_says_what_to_do(
    store: Store, visitor: FlaskClient
) -> None:
    assert "names the first one in" in visitor.get("/").text


@pytest.mark.parametrize("path", ["/c/nowhere/", "/c/nowhere/places", "/nowhere"])
def test_what_is_not_there_is_404_with_a_sentence(
    garden: Garden, visitor: FlaskClient, path: str
) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_older_posts_are_reached_page_by_page_each_once(
    garden: Garden, visitor: FlaskClient
) -> None:
    bed = garden.place("blog", "Blog")
    garden.keep(bed, *(record(n, f"Number {n:03}", days_ago=n) for n in range(1, 71)))
    seen: list[str] = []
    path: str | None = f"{HERE}/"
    while path:
        tree = parsed(visitor.get(path).text)
        seen += [one.text_content() for one in tree.xpath("//article/h2")]
        older = tree.xpath("//a[text()='Older posts']/@href")
        path = older[0] if older else None
    assert seen == [f"Number {n:03}" for n in range(1, 71)]


def test_older_search_results_keep_words_and_choices(garden: Garden, visitor: FlaskClient) -> None:
    bed = garden.place("blog", "Blog")
    garden.keep(bed, *(record(n, "Kauri & co", days_ago=n) for n in range(1, 41)))
    tree = parsed(visitor.get(f"{HERE}/search?q=kauri+co&place=blog").text)
    [older] = tree.xpath("//a[text()='Older posts']/@href")
    assert "q=kauri+co&place=blog&before=" in older
    assert len(parsed(visitor.get(older).text).xpath("//article")) == 10


@pytest.mark.parametrize(
    "query",
    ["before=x", "before=1e9", "before=99999999999999999999", "before=٣", "school=x", "kind=x",
     "before=9223372036854775808", "school=--1"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused_by_name(
    garden: Garden, visitor: FlaskClient, query: str
) -> None:
    answer = visitor.get(f"{HERE}/?{query}")
    assert answer.status_code == 400
    assert f"cannot be read: {query.partition('=')[0]}." in answer.text


@pytest.mark.parametrize("item_id", ["0", "9223372036854775807", "99999999999999999999", "-1", "x"])
def test_any_item_number_is_answered(garden: Garden, visitor: FlaskClient, item_id: str) -> None:
    assert visitor.get(f"{HERE}/item/{item_id}").status_code == 404


@pytest.mark.parametrize("page", ["-3", "0", "9223372036854775807"])
def test_any_page_of_places_is_answered(
    ids: dict[str, int], visitor: FlaskClient, page: str
) -> None:
    assert visitor.get(f"{HERE}/places?page={page}").status_code == 200


def test_very_long_words_are_cut(garden: Garden, visitor: FlaskClient) -> None:
    page = parsed(visitor.get(f"{HERE}/search?q={'a' * 5000}").text)
    assert len(page.xpath("//input[@name='q']/@value")[0]) == WORDS_LIMIT


def test_macrons_stay_in_the_search_box_and_do_not_matter(
    ids: dict[str, int], visitor: FlaskClient
) -> None:
    typed = visitor.get(f"{HERE}/search?q=wh%C4%81nau").text
    assert 'value="whānau"' in typed
    assert "2 posts and replies with “whānau”" in typed
    assert "<mark>Whānau</mark> hui" in typed
    assert "2 posts and replies with “WHANAU”" in visitor.get(f"{HERE}/search?q=WHANAU").text


def test_above_a_thousand_the_count_stops(garden: Garden, visitor: FlaskClient) -> None:
    bed = garden.place("blog", "Blog")
    garden.keep(bed, *(record(n, f"Kauri {n}", days_ago=n / 100) for n in range(1005)))
    assert "1,000+ posts and replies with" in visitor.get(f"{HERE}/search?q=kauri").text


def test_lists_are_narrowed_by_school_place_and_kind(
    ids: dict[str, int], facilitator: FlaskClient
) -> None:
    def titles(query: str) -> set[str]:
        tree = parsed(facilitator.get(f"{HERE}/?{query}").text)
        return {one.text_content() for one in tree.xpath("//article/h2")}

    tree = parsed(facilitator.get(f"{HERE}/").text)
    [tui] = tree.xpath("//option[text()='Lake Tūī School']/@value")
    assert titles(f"school={tui}") == {
        "Matariki planning day", "Photos of sports day", "Whānau hui: what we heard"
    }  # fmt: skip
    assert titles("kind=reflection") == {"Where my inquiry got stuck"}
    assert titles(f"school={tui}&kind=workshop") == {"Matariki planning day"}
    assert titles("place=young-writers") == {"A student wrote"}
    chosen = parsed(facilitator.get(f"{HERE}/?school={tui}").text)
    assert chosen.xpath("//option[@selected]/text()") == ["Lake Tūī School"]


def test_a_students_post_has_no_title_name_or_text(
    ids: dict[str, int], facilitator: FlaskClient
) -> None:
    pages = facilitator.get(f"{HERE}/").text
    pages += facilitator.get(f"{HERE}/item/{ids['stream']}").text
    assert "A student wrote" in pages
    assert "A student replied" in pages
    for hidden in ("secret", "Isla", "Kauri", "It was the best day"):
        assert hidden not in pages


def test_a_date_in_the_future_says_so_and_pins_nothing(
    garden: Garden, visitor: FlaskClient
) -> None:
    bed = garden.place("blog", "Blog")
    garden.keep(bed, record(1, "Tomorrow", days_ago=-300), record(2, "Yesterday", days_ago=1))
    page = visitor.get(f"{HERE}/").text
    assert "10 March 2027</time> (date in the future)" in page
    assert page.count("(date in the future)") == 1


def test_dates_are_those_of_the_hubs_zone(garden: Garden, visitor: FlaskClient) -> None:
    bed = garden.place("blog", "Blog")
    evening = NOW.replace(hour=13, minute=30) - timedelta(days=2)
    garden.keep(bed, record(1, days_ago=(NOW - evening) / timedelta(days=1)))
    page = visitor.get(f"{HERE}/").text
    assert '<time datetime="2026-05-12T13:30Z">13 May 2026</time>' in page


def test_a_post_without_a_title_is_named_by_its_author(
    garden: Garden, visitor: FlaskClient
) -> None:
    bed = garden.place("blog", "Blog")
    garden.keep(bed, record(1, ""), record(2, "", author=""))
    page = visitor.get(f"{HERE}/").text
    assert "Post by Hinemoa Paretai" in page
    assert "Post without a title" in page


def test_a_post_shows_where_else_it_was_found_and_who_can_see_it(
    ids: dict[str, int], facilitator: FlaskClient, visitor: FlaskClient
) -> None:
    path = f"{HERE}/item/{ids['stream']}"
    page = facilitator.get(path).text
    assert "Also found at" in page
    assert "Inquiry together" in page
    assert "Everyone, also outside the cluster" in page
    assert "Inquiry together" not in visitor.get(path).text


def test_a_reply_leads_to_what_it_answers(garden: Garden, visitor: FlaskClient) -> None:
    bed = garden.place("blog", "Blog")
    [parent] = garden.keep(bed, record(1))
    [reply] = garden.keep(bed, record(2, "", kind=Kind.COMMENT, answers=1))
    assert f'href="{HERE}/item/{parent}">this post</a>' in visitor.get(f"{HERE}/item/{reply}").text


def test_places_that_need_somebody_come_first(
    ids: dict[str, int], facilitator: FlaskClient
) -> None:
    tree = parsed(facilitator.get(f"{HERE}/places").text)
    titles = [one.text_content() for one in tree.xpath("//li//h2")]
    assert titles[0] == "Inquiry together"
    assert titles[-1] == "Old Interact community"
    assert "Create a new one and save it" in tree.text_content()


def test_many_places_are_shown_in_parts(garden: Garden, facilitator: FlaskClient) -> None:
    for number in range(45):
        garden.place(f"b{number}", f"Blog {number}")
    first = parsed(facilitator.get(f"{HERE}/places").text)
    [more] = first.xpath("//a[text()='More places']/@href")
    second = parsed(facilitator.get(more).text)
    assert len(first.xpath("//main//li//h2")) + len(second.xpath("//main//li//h2")) == 45
    assert not second.xpath("//a[text()='More places']")


def test_read_now_asks_for_that_place(store: Store, ids: dict[str, int]) -> None:
    asked: list[tuple[int, str]] = []
    app = make_app(store, ask_for_run=lambda cluster_id, place: asked.append((cluster_id, place)))
    client = app.test_client()
    come_in(client, "the-one-time-token")
    form = parsed(client.get(f"{HERE}/places").text).xpath("//form[.//input[@value='lake-tui']]")[0]
    fields = {one.name: one.value for one in form.xpath(".//input")}
    answer = client.post(form.get("action"), data=fields, follow_redirects=True)
    assert asked == [(1, "lake-tui")]
    assert "Lake Tūī stories is read within a few minutes." in answer.text
    assert client.post(form.get("action"), data=fields | {"place": "nowhere"}).status_code == 404
    assert (
        client.post(form.get("action"), data=fields | {"place": "old-interact"}).status_code == 400
    )
    assert len(asked) == 1


def test_read_now_is_for_facilitators(store: Store, ids: dict[str, int]) -> None:
    asked: list[str] = []
    app = make_app(store, ask_for_run=lambda cluster_id, place: asked.append(place))
    client = app.test_client()
    token = client.get("/enter/the-one-time-token").text.split('value="')[1].split('"')[0]
    form = {"csrf_token": token, "place": "lake-tui"}
    assert client.post(f"{HERE}/places/read", data=form).status_code == 403
    assert asked == []


def test_without_a_way_to_ask_there_is_no_button(
    ids: dict[str, int], facilitator: FlaskClient
) -> None:
    assert "Read now" not in facilitator.get(f"{HERE}/places").text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"{HERE}/", "A technician adds one with"),
        (f"{HERE}/places", "A technician adds one with"),
        (f"{HERE}/search?q=moa", "Macrons and capitals make no difference"),
        (f"{HERE}/?kind=event", "show everything"),
        (f"{HERE}/?before=1", "Go to the newest posts"),
    ],
)
def test_an_empty_page_says_what_to_do_next(
    garden: Garden, facilitator: FlaskClient, path: str, says: str
) -> None:
    assert says in facilitator.get(path).text


def test_with_very_many_places_the_list_of_them_is_left_out(
    garden: Garden, visitor: FlaskClient
) -> None:
    for number in range(70):
        garden.keep(garden.place(f"b{number}", f"Blog {number}"), record(number))
    tree = parsed(visitor.get(f"{HERE}/").text)
    assert not tree.xpath("//select[@name='place']")
    chosen = parsed(visitor.get(f"{HERE}/?place=b7").text)
    assert chosen.xpath("//select[@name='place']/option/text()") == ["All places", "Blog 7"]


def test_closed_posts_and_students_have_no_reply_hint(
    garden: Garden, facilitator: FlaskClient
) -> None:
    bed = garden.place("young", "Young writers")
    [item_id] = garden.keep(bed, record(1, bed=bed, role=Role.STUDENT, audience=CLUSTER))
    page = facilitator.get(f"{HERE}/item/{item_id}").text
    assert "The words of students stay at their place" in page
    assert "Reply at its place" not in page
