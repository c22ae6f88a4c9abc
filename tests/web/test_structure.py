"""How every page is built: well-formed, labelled, plain and light."""

import pytest
from flask.testing import FlaskClient
from lxml import html as lxml_html

from connector.model import Kind
from connector.store.database import Store
from tests.web.garden import LONG, Garden, record
from tests.web.making import come_in, make_app

HERE = "/c/tarapunga"
MOST_BYTES = 60_000


def pages_of(ids: dict[str, int]) -> list[str]:
    stream, edited = ids["stream"], ids["edited"]
    return [
        "/", f"{HERE}/", f"{HERE}/?kind=event", f"{HERE}/search?q=whanau", f"{HERE}/search?q=moa",
        f"{HERE}/item/{stream}", f"{HERE}/item/{stream + 999}", f"{HERE}/item/{ids['closed']}",
        f"{HERE}/item/{edited}", f"{HERE}/item/{edited}/former", f"{HERE}/item/{stream}/former",
        f"{HERE}/places", f"{HERE}/announcements", f"{HERE}/deliveries/2", f"{HERE}/deliveries/5",
        "/nowhere", "/enter/another", "/leave", f"{HERE}/?before=x",
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["visitor", "facilitator"])
def test_every_page_is_well_formed_labelled_and_plain(
    store: Store, ids: dict[str, int], who: str
) -> None:
    Garden(store, "korimako", "Korimako Cluster")
    client = make_app(store, ask_for_run=lambda cluster_id, place: None).test_client()
    paths = pages_of(ids)
    if who == "facilitator":
        come_in(client, "the-one-time-token")
    else:
        paths.append("/enter/the-one-time-token")
    for path in paths:
        check_structure(path, client.get(path, follow_redirects=True).text)


def check_structure(path: str, page: str) -> None:
    parser = lxml_html.HTMLParser()
    tree = lxml_html.document_fromstring(page, parser=parser)
    # libxml2 knows HTML 4 only: names of newer elements are no mistakes (801).
    mistakes = [one for one in parser.error_log if one.type != 801]
    assert not mistakes, (path, mistakes)
    assert tree.get("lang") == "en-NZ"
    assert tree.xpath("//title")[0].text_content().strip()
    assert len(tree.xpath("//h1")) == 1, path
    assert len(tree.xpath("//main[@id='main']")) == 1
    assert tree.xpath("//body/a[1]/@href") == ["#main"]
    levels = [int(one.tag[1]) for one in tree.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert all(b <= a + 1 for a, b in zip([0, *levels], levels, strict=False)), (path, levels)
    found = tree.xpath("//*[@id]/@id")
    assert len(found) == len(set(found)), (path, found)
    for field in tree.xpath("//input[not(@type='hidden')]|//select"):
        assert tree.xpath(f"//label[@for='{field.get('id')}']"), (path, field.get("name"))
    for form in tree.xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']/@value"), path
    for labelled in tree.xpath("//@aria-labelledby"):
        assert tree.xpath(f"//*[@id='{labelled}']"), path
    assert not tree.xpath("//script|//style|//@style|//@*[starts-with(name(), 'on')]"), path
    for link in tree.xpath("//a"):
        assert link.text_content().strip(), (path, link.get("href"))


def test_no_page_weighs_too_much_with_long_posts(
    garden: Garden, visitor: FlaskClient, facilitator: FlaskClient
) -> None:
    for number in range(60):
        bed = garden.place(
            f"school-number-{number}",
            f"Ngā kōrero o te kura {number}: the long name of a blog",
            school=f"Te Kura Kaupapa Māori o Waikōtare {number}",
            in_file=True,
        )
        posts = [
            record(n, f"He pātai: {'how do we keep on learning? ' * 6}", "<p>" + "Whānau ā " * 90,
                   bed=bed, author="Ngāhuia Kererū-Hall of the cluster", kind=Kind.REFLECTION,
                   days_ago=n + number / 100)
            for n in range(2)
        ]  # fmt: skip
        [item_id, _] = garden.keep(bed, *posts)
        garden.verdict(bed, "attention", "The server refused the request (403). " * 6)
    replies = [record(100 + n, "", LONG, kind=Kind.COMMENT, answers=1) for n in range(30)]
    garden.keep(bed, *replies)
    style = len(visitor.get("/static/hub.css").data) + len(visitor.get("/static/icon.svg").data)
    assert style < 12_000
    for client in (visitor, facilitator):
        for path in ("", "search?q=whanau", "places", f"item/{item_id}"):
            page = client.get(f"{HERE}/{path}")
            assert page.status_code == 200
            assert len(page.data) + style < MOST_BYTES, (path, len(page.data))
