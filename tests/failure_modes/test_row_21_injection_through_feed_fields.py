"""Row 21: HTML or scripts come in by feed fields other than the body.

Seen at FreshRSS (feed name, authors), miniflux (srcset), fusion
(``javascript:`` link, address changed after sanitising) and dokuwiki.
"""

import re
from html import escape

import pytest
from selectolax.lexbor import LexborHTMLParser

from connector.store.database import Store
from tests.hostile.hub import hostile_hub
from tests.hostile.payloads import PAYLOADS
from tests.loopback import Reply
from tests.web.making import TOKEN, come_in, make_app

EVERYWHERE = [
    "<script>hit()</script>",
    '"><img src=x onerror=hit()>',
    "'-hit()-'",
    "javascript:hit()",
    "</title></head><script>hit()</script>",
    "{{ hit() }}{% raw %}",
    *PAYLOADS["text that turns into markup"][:6],
]
_OURS = {"http", "https", "mailto"}


def _feed_of(text: str) -> bytes:
    """Return a feed that says this in every field there is."""
    said = escape(text)
    items = "".join(
        f"<item><guid>g{number}{said}</guid><link>{link}</link><title>T{number} {said}</title>"
        f"<author>{said}</author><dc:creator>{said}</dc:creator><category>{said}</category>"
        f"<comments>{said}</comments><source url='{said}'>{said}</source>"
        f"<enclosure url='{link}' type='{said}' length='{said}'/>"
        f"<media:content url='https://x.example/{number}' type='{said}'/>"
        f"<description>T{number} {said}</description></item>"
        for number, link in enumerate([said, f"https://x.example/{said}", "javascript:hit()"])
    )
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        f"<title>{said}</title><link>{said}</link><description>{said}</description>"
        f"<generator>{said}</generator><image><url>{said}</url><title>{said}</title></image>"
        f"{items}</channel></rss>"
    ).encode()


def _objections(page: str) -> list[str]:
    """Return what is active in one of our own pages."""
    found = []
    for node in LexborHTMLParser(page).root.traverse(include_text=False):
        if node.tag in ("script", "iframe", "img", "svg", "math", "object", "embed", "base"):
            found.append(f"the element {node.tag}")
        for name, value in node.attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc", "srcset", "formaction"):
                found.append(f"{name} of {node.tag}")
            scheme = re.match(r"\s*([a-zA-Z][\w+.-]*):", value or "")
            if name in ("href", "src", "action") and scheme and scheme[1].lower() not in _OURS:
                found.append(f"the address {value}")
    return found


@pytest.mark.parametrize("number", range(len(EVERYWHERE)))
def test_no_field_of_a_feed_becomes_markup_on_a_page(sqlite_store: Store, number: int) -> None:
    with hostile_hub(sqlite_store) as hub:
        body = _feed_of(EVERYWHERE[number])
        hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body))
        hub.add(hub.url("/feed"))
        assert hub.run().counts == {"new": 3}
        client = make_app(sqlite_store, now=hub.engine.clock).test_client()
        come_in(client, TOKEN)
        paths = ["/c/kauri/", "/c/kauri/places", "/c/kauri/?q=T1"]
        news = client.get(paths[0]).text
        paths += sorted(set(re.findall(r'href="(/c/kauri/items?/\d+)"', news)))
        pages = [client.get(path) for path in paths]
        assert {page.status_code for page in pages} == {200}
        assert len(pages) == 6
        assert "T1" in news
        assert [_objections(page.text) for page in pages] == [[]] * 6


def test_the_judge_of_pages_objects() -> None:
    """Otherwise the test above could not fail."""
    for text in ("<p onclick=x>", "<script>x</script>", "<a href='javascript:x'>y</a>"):
        assert _objections(text)


@pytest.mark.parametrize("link", ["javascript:hit()", "data:text/html,x", "https:logout", "//x"])
def test_a_link_that_is_none_is_not_kept(sqlite_store: Store, link: str) -> None:
    with hostile_hub(sqlite_store) as hub:
        body = f"<rss><channel><item><guid isPermaLink='false'>1</guid><link>{link}</link><title>T</title></item></channel></rss>"
        hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body.encode()))
        hub.add(hub.url("/feed"))
        hub.run()
        url = hub.engine.item("T").summary.url
        assert url is None or url.startswith(("https://", "http://"))
