"""The RSS feeds of a Moodle in memory: the newest fifteen posts, and the key in the address."""

from email.utils import formatdate
from html import escape
from urllib.parse import urlsplit

from tests.contract.fake_session import Answer, Request
from tests.moodle.small_moodle import BEGIN, SITE

KEY = "8a6f1c02d97e44aa"
SHOWN = 15


class Feeds:
    """A forum and a blog."""

    def __init__(self) -> None:
        self.posts: dict[str, str] = {}
        for number in range(30):
            self.write(f"<p>canary-feed-words {number}</p>")

    def write(self, html: str) -> str:
        external_id = f"post:{len(self.posts) + 101}"
        self.posts[external_id] = html
        return external_id

    def answer(self, request: Request) -> Answer:
        path = urlsplit(request.url).path
        if path == f"/rss/file.php/87/{KEY}/mod_forum/13/rss.xml":
            items = [self._item(each) for each in list(self.posts)[::-1][:SHOWN]]
            return feed("Discussion space", items)
        if path == f"/rss/file.php/2/{KEY}/blog/site/0/rss.xml":
            return feed(
                "[[siteblog]]", [item(f"{SITE}/blog/index.php?entryid=41", "From us", "x", 0)]
            )
        return Answer(b"<title>Nothing here</title>", 404, {"Content-Type": "text/html"})

    def _item(self, external_id: str) -> str:
        number = int(external_id.partition(":")[2])
        link = f"{SITE}/mod/forum/discuss.php?d=58&parent={number}"
        return item(link, "Re: Questions", self.posts[external_id], number)


def item(link: str, title: str, html: str, number: int) -> str:
    """Return one entry as Moodle 4.5 writes it."""
    body = escape(f"by Hana Ruru. &nbsp;<p>{html}</p>")
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<pubDate>{formatdate(BEGIN + 60 * number, usegmt=True)}</pubDate>"
        f"<description>{body}</description>"
        f'<guid isPermaLink="true">{escape(link)}</guid></item>'
    )


def feed(title: str, items: list[str]) -> Answer:
    """Return the whole document."""
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'
    return Answer(text.encode(), 200, {"Content-Type": "application/xml; charset=utf-8"})
