"""A stand-in for a WordPress site as a stranger meets it: which part answers what.

REST is in ``wordpress_rest``, feeds in ``wordpress_feeds``; here are pages and redirects.
"""

from sample_cluster import wordpress_feeds, wordpress_rest
from sample_cluster.answers import Answer, Headers, Request, redirect
from sample_cluster.pages import file_answer, front_page, missing_page, post_page
from sample_cluster.posts import BlogKind, Site

_BY_WORDPRESS = ("X-Redirect-By", "WordPress")


def answer(site: Site, request: Request) -> Answer:
    """Return what this site says to a request."""
    route = wordpress_rest.path_of(request)
    if route is not None:
        return wordpress_rest.answer(site, request, route)
    wanted = wordpress_feeds.wanted_by(request)
    if wanted is not None:
        return wordpress_feeds.answer(site, request, wanted)
    return _page(site, request)


def _page(site: Site, request: Request) -> Answer:
    number = request.value("p")
    if request.path == "/" and number:
        return _short_link(site, number)
    if request.path == "/":
        return front_page(site, request, head=_head(site), headers=_headers(site))
    post = site.by_link.get(site.blog.base + request.path)
    if post:
        return post_page(site, post, head=_head(site), headers=_headers(site))
    return _elsewhere(site, request)


def _elsewhere(site: Site, request: Request) -> Answer:
    path = request.path if request.path.endswith("/") else f"{request.path}/"
    if path != request.path and site.blog.base + path in site.by_link:
        return redirect(site.blog.base + path, (_BY_WORDPRESS,))
    renamed = dict(site.redirects).get(path)
    if renamed and renamed in site.by_link:
        return redirect(renamed, (_BY_WORDPRESS,))
    return file_answer(request.path) or missing_page(site, headers=_headers(site))


def _short_link(site: Site, number: str) -> Answer:
    post = site.by_number.get(int(number)) if number.isdecimal() else None
    if post is None or not post.is_public:
        return missing_page(site, headers=_headers(site))
    return redirect(post.link, (_BY_WORDPRESS,))


def _head(site: Site) -> str:
    base = site.blog.base
    feeds = (
        f'<link rel="alternate" type="application/rss+xml" title="Feed" href="{base}/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="Comments Feed" '
        f'href="{base}/comments/feed/"><meta name="generator" content="WordPress 6.1.9">'
    )
    if site.blog.kind is BlogKind.WORDPRESS_CLOSED:
        return feeds
    return f'{feeds}<link rel="https://api.w.org/" href="{base}/wp-json/">'


def _headers(site: Site) -> Headers:
    if site.blog.kind is BlogKind.WORDPRESS_CLOSED:
        return ()
    return (("Link", f'<{site.blog.base}/wp-json/>; rel="https://api.w.org/"'),)
