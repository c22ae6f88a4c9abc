"""A blog's feed that somebody saved is read as it stands, with the addresses that it had."""

from adapters.blogs.adapter import ADAPTER
from adapters.blogs.settings import BlogSettings

SETTINGS = BlogSettings(address="https://saved.example/")
ITEM = "<item><guid>g1</guid><title>Kia ora</title><link>{link}</link></item>"


def saved(head, link):
    body = f'<rss version="2.0"><channel>{head}{ITEM.format(link=link)}</channel></rss>'
    page = ADAPTER.read_saved(body.encode(), SETTINGS)
    assert page.baseline
    return page


def test_links_of_a_saved_feed_resolve_by_its_own_home():
    page = saved("<link>https://kura.example/blog/</link>", "2012/first.html")
    assert [record.url for record in page.records] == ["https://kura.example/blog/2012/first.html"]
    assert page.listed == tuple(record.external_id for record in page.records)


def test_links_of_a_saved_feed_without_a_home_stay_unknown():
    (record,) = saved("<title>Room 5</title>", "2012/first.html").records
    assert (record.title, record.url) == ("Kia ora", None)
