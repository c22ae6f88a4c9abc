"""Pure: what a blog's bytes and JSON say. Here only a feed that somebody saved.

Live feeds are read by ``adapters/feeds/parse`` as they are; the JSON of each API has a module of
its own (``wordpress_json``, ``blogger_json``, ``ghost_json``).
"""

from zoneinfo import ZoneInfo

from adapters.feeds.parse import Feed, read_feed
from connector.model import Page

_SAVED = "saved"


def read_saved(body: bytes, zone: ZoneInfo) -> Page:
    """Return the records of a saved feed; relative links resolve by its own home address.

    Raises ParseError.
    """
    feed = _read(body, "", zone)
    if feed.home:
        feed = _read(body, feed.home, zone)
    return Page(
        stream=_SAVED,
        records=feed.records,
        problems=feed.problems,
        listed=feed.listed,
        baseline=True,
    )


def _read(body: bytes, url: str, zone: ZoneInfo) -> Feed:
    return read_feed(body, url=url, content_type="", stream=_SAVED, zone=zone)
