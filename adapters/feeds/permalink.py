"""Whether a page that a record links to is still there, for places without an API."""

from urllib.parse import urlsplit

from adapters.feeds.client import FeedClient
from adapters.feeds.feed_records import is_password_form
from connector.model import Presence

_GONE = (404, 410)
_NO_WORD = (400, 401, 403, 405, 406, 451)
"""Refusals that say nothing about the page: a log-in, a firewall, a country."""


def presence_of_page(client: FeedClient, url: str | None) -> Presence:
    """Ask for the page: only 404 and 410 say that it is gone, and WordPress's password form.

    A redirect elsewhere (to the home page, to a log-in, to a domain for sale) is unknown, and
    so is a home page itself, which is there whatever became of the post. Raises SourceError.
    """
    if url is None or not _path(url):
        return Presence.UNKNOWN
    response = client.fetch(url, answers=(*_GONE, *_NO_WORD))
    if response.status in _GONE:
        return Presence.GONE
    if response.status == 200 and is_password_form(response.body.decode("utf-8", "replace")):
        return Presence.GONE
    if response.status == 200 and _same_page(url, response.url):
        return Presence.PRESENT
    return Presence.UNKNOWN


def _same_page(asked: str, answered: str) -> bool:
    """Whether host and path agree; scheme, ``www.`` and a slash at the end do not matter."""
    return _host(asked) == _host(answered) and _path(asked) == _path(answered)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _path(url: str) -> str:
    """Return path and query; a post may be named by ``?p=137`` alone."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return parts.path.strip("/") + query
