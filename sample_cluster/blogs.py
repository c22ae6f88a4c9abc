"""What a blog of the sample cluster answers: its health first, then its kind.

Pure: a site and a request give an answer. Sockets and faults on demand are in ``servers``.
"""

from collections.abc import Callable

from sample_cluster import blogger, ghost, plain_feeds, wordpress
from sample_cluster.answers import Answer, Request
from sample_cluster.pages import missing_page, moved_page
from sample_cluster.posts import BlogKind, Health, Site

RETRY_AFTER_SECONDS = 120

_BY_KIND: dict[BlogKind, Callable[[Site, Request], Answer]] = {
    BlogKind.WORDPRESS: wordpress.answer,
    BlogKind.WORDPRESS_CLOSED: wordpress.answer,
    BlogKind.RSS: plain_feeds.answer,
    BlogKind.ATOM: blogger.answer,
    BlogKind.JSON_FEED: plain_feeds.answer,
    BlogKind.GHOST: ghost.answer,
}


def answer(site: Site, request: Request) -> Answer:
    """Return what this blog says to a request."""
    ill = _unwell(site, request)
    if ill:
        return ill
    if request.path == "/robots.txt":
        return Answer(200, "User-agent: *\nDisallow:\n", (("Content-Type", "text/plain"),))
    return _BY_KIND[site.blog.kind](site, request)


def _unwell(site: Site, request: Request) -> Answer | None:
    if site.health in (Health.WELL, Health.REFUSING):
        return None
    if site.health is Health.MOVED:
        return moved_page(site) if request.path == "/" else missing_page(site)
    status = int(site.health)
    if status in (404, 410):
        return missing_page(site, status)
    return turned_away(status)


def turned_away(status: int, retry_after: int | None = RETRY_AFTER_SECONDS) -> Answer:
    """Return a short refusal with this status, as a web server in front of a blog writes it."""
    kind = ("Content-Type", "text/html; charset=UTF-8")
    later = (("Retry-After", str(retry_after)),) if retry_after is not None else ()
    headers = (kind, *later) if status in (429, 503) else (kind,)
    return Answer(status, f"<html><body><h1>{status}</h1></body></html>", headers)
