"""Row 15: a cursor that is a date loses posts or brings them twice."""

from datetime import timedelta

import pytest

from connector.store import sources
from connector.store.database import Store
from connector.store.sources import SourceSpec
from tests.contract.fake_session import Answer, Request
from tests.contract.kits.blog_services import HOME as SITE
from tests.contract.kits.blog_services import Blog, WordPress
from tests.engine import PRIVACY
from tests.identity.telling import HOME, add_blog, entry, read
from tests.identity.village import BEGIN, Village

FLOOR = BEGIN - timedelta(days=58)


class Site(Village):
    """A hub that reads one WordPress through its API."""

    def _answer(self, request: Request) -> Answer:
        return self.wordpress.answer(request)


@pytest.fixture
def village(store: Store) -> Village:
    found = Village(store)
    add_blog(found)
    return found


def test_a_post_dated_before_the_newest_one_is_not_lost(village: Village) -> None:
    """Written in January, published in March with January's date."""
    read(village, entry(1), entry(5))
    read(village, entry(1), entry(3), entry(5))
    read(village, entry(0, on=BEGIN - timedelta(days=900)), entry(5))
    assert village.titles() == ["Title5", "Title3", "Title1", "Title0"]


def test_posts_of_one_second_are_all_there_once(village: Village) -> None:
    read(village, entry(1, on=FLOOR), entry(2, on=FLOOR))
    read(village, *(entry(n, on=FLOOR) for n in (1, 2, 3)))
    read(village, *(entry(n, on=FLOOR) for n in (3, 4)))
    assert sorted(village.titles()) == ["Title1", "Title2", "Title3", "Title4"]


@pytest.mark.parametrize("date", ["Thursday, after lunch", "0000-00-00 00:00:00", "31 Feb 2026"])
def test_a_date_that_is_none_stops_no_reading(village: Village, date: str) -> None:
    read(village, entry(1))
    url = f"{HOME}/feed/"
    item = (
        f"<item><title>Odd</title><link>{HOME}/odd/</link><guid>odd</guid>"
        f"<pubDate>{date}</pubDate><description>Odd.</description></item>"
    )
    body = village.web[url].decode().replace("<item>", f"{item}<item>", 1)
    for _ in range(2):
        village.web[url] = body.encode()
        assert village.run("blog").state == "done"
    assert sorted(village.titles()) == ["Odd", "Title1"]


def wordpress(store: Store) -> tuple[Site, Blog]:
    site, blog = Site(store), Blog(posts=5, comments=0)
    site.wordpress = WordPress(blog)
    spec = SourceSpec(
        key="site", kind="blogs", title="Site", address=SITE, settings={"comments": False}, rules={}
    )
    with store.write(site.cluster_id) as conn:
        sources.put_source(conn, site.cluster_id, spec, site.clock.now, privacy=PRIVACY)
    site.clock.now = blog.now + timedelta(days=1)
    return site, blog


def settled(site: Site) -> int:
    for _ in range(3):
        site.clock.move(hours=1)
        assert site.run("site").state == "done"
    return len(site.news(limit=200))


def test_an_api_asked_by_date_shows_what_is_dated_back_or_of_one_second(store: Store) -> None:
    site, blog = wordpress(store)
    assert settled(site) == 5
    newest = blog.posts[5]
    same = {"published": newest.published, "modified": newest.modified}
    blog.write("Of the same second", **same)
    old = newest.published - timedelta(days=400)
    blog.write("Dated back", published=old, modified=old)
    assert settled(site) == 7
    assert settled(site) == 7
