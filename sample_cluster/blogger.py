"""A stand-in for Blogger: its Atom feed, the same as JSON, and its pages.

Modelled after the documentation of the Blogger Data API 2.0
(https://developers.google.com/blogger/docs/2.0/developers_guide_protocol) rather than after
recorded answers. Pure: a site and a request give an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from sample_cluster.answers import Answer, Request, json_answer, with_validators
from sample_cluster.archive import ZONE
from sample_cluster.pages import file_answer, front_page, missing_page, post_page
from sample_cluster.posts import Post, Site
from sample_cluster.wordpress_objects import excerpt

MOST_ENTRIES = 150
"""Larger max-results are cut to this without a word."""

Json = dict[str, Any]

_ROUTE = re.compile(r"^/feeds/(posts|comments)/(default|full|summary)(?:/(\d+))?/?$")
_SCHEME = "http://www.blogger.com/atom/ns#"
_SEARCH = "http://a9.com/-/spec/opensearchrss/1.0/"
_THREAD = "http://purl.org/syndication/thread/1.0"


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a listing."""

    posts: Sequence[Post]
    start: int
    size: int
    total: int
    is_summary: bool


def answer(site: Site, request: Request) -> Answer:
    """Return what this blog says to a request."""
    route = _ROUTE.match(request.path)
    if route:
        return _feed(site, request, *route.groups())
    feed = site.blog.base + site.blog.feed_path
    head = f'<link rel="alternate" type="application/atom+xml" title="Atom" href="{feed}">'
    head += '<meta content="blogger" name="generator">'
    if request.path == "/":
        return front_page(site, request, head=head)
    post = site.by_link.get(site.blog.base + request.path)
    if post:
        return post_page(site, post, head=head)
    return file_answer(request.path) or missing_page(site)


def _feed(site: Site, request: Request, what: str, form: str, number: str | None) -> Answer:
    is_json = request.value("alt") == "json"
    posts = _chosen(site, request) if what == "posts" else []
    if number is not None:
        posts = [post for post in posts if post.guid.endswith(f".post-{number}")]
        if not posts:
            return missing_page(site)
    window = _window(site, request, posts, is_summary=form == "summary")
    found = _listing_json(site, request, window) if is_json else None
    if found is not None and number is not None:
        found = {**_JSON_HEAD, "entry": found["feed"]["entry"][0]}
    kind = "application/json" if is_json else "application/atom+xml"
    headers = (("Content-Type", f"{kind}; charset=UTF-8"),)
    full = json_answer(found) if is_json else Answer(200, _atom(site, request, window))
    plain = Answer(200, full.body, headers)
    return with_validators(request, plain, site.last_modified, weak=True)


def _chosen(site: Site, request: Request) -> list[Post]:
    """Return the posts in the order asked for; updated-min counts only with orderby=updated."""
    if request.value("orderby") != "updated":
        return list(site.public)
    posts = sorted(site.public, key=lambda post: (post.modified, post.number), reverse=True)
    floor = _moment(request.value("updated-min"))
    return [post for post in posts if floor is None or post.modified >= floor]


def _window(site: Site, request: Request, posts: list[Post], *, is_summary: bool) -> _Window:
    start = max(1, _number(request.value("start-index"), 1))
    size = min(_number(request.value("max-results"), site.blog.window), MOST_ENTRIES)
    shown = posts[start - 1 : start - 1 + size]
    return _Window(shown, start, size, len(posts), is_summary)


def _links(site: Site, request: Request, window: _Window) -> list[dict[str, str]]:
    found = [{"rel": "alternate", "type": "text/html", "href": f"{site.blog.base}/"}]
    if window.start - 1 + window.size < window.total:
        found.append(_near("next", site, request, window.start + window.size, window.size))
    if window.start > 1:
        start = max(1, window.start - window.size)
        found.append(_near("previous", site, request, start, window.size))
    return found


def _near(relation: str, site: Site, request: Request, start: int, size: int) -> dict[str, str]:
    kept = [(k, v) for k, v in request.query if k not in ("start-index", "max-results")]
    query = urlencode([*kept, ("start-index", start), ("max-results", size)])
    href = f"{site.blog.base}{request.path}?{query}"
    return {"rel": relation, "type": "application/atom+xml", "href": href}


def _atom(site: Site, request: Request, window: _Window) -> str:
    blog = site.blog
    links = "".join(
        f'<link rel="{link["rel"]}" type="{link["type"]}" href="{escape(link["href"])}"/>'
        for link in _links(site, request, window)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="{_THREAD}"'
        f' xmlns:openSearch="{_SEARCH}"><id>{_blog_id(site)}</id>'
        f"<updated>{_rfc3339(site.last_modified)}</updated><title type='text'>{escape(blog.title)}"
        f"</title><subtitle type='html'>{escape(blog.tagline)}</subtitle>{links}"
        "<generator version='7.00' uri='https://www.blogger.com'>Blogger</generator>"
        f"<openSearch:totalResults>{window.total}</openSearch:totalResults>"
        f"<openSearch:startIndex>{window.start}</openSearch:startIndex>"
        f"<openSearch:itemsPerPage>{window.size}</openSearch:itemsPerPage>"
        f"{''.join(_atom_entry(post, window.is_summary) for post in window.posts)}</feed>"
    )


def _atom_entry(post: Post, is_summary: bool) -> str:
    categories = "".join(
        f'<category scheme="{_SCHEME}" term="{escape(tag)}"/>' for tag in post.tags
    )
    body = (
        f"<summary type='text'>{escape(excerpt(post))}</summary>"
        if is_summary
        else f"<content type='html'>{escape(post.html)}</content>"
    )
    return (
        f"<entry><id>{post.guid}</id><published>{_rfc3339(post.published)}</published>"
        f"<updated>{_rfc3339(post.modified)}</updated>{categories}"
        f"<title type='text'>{escape(post.title)}</title>{body}"
        f'<link rel="alternate" type="text/html" href="{post.link}" title="{escape(post.title)}"/>'
        f"<author><name>{escape(post.author)}</name></author><thr:total>0</thr:total></entry>"
    )


_JSON_HEAD: Json = {"version": "1.0", "encoding": "UTF-8"}


def _listing_json(site: Site, request: Request, window: _Window) -> Json:
    feed: Json = {
        "xmlns": "http://www.w3.org/2005/Atom",
        "xmlns$openSearch": _SEARCH,
        "xmlns$thr": _THREAD,
        "id": {"$t": _blog_id(site)},
        "updated": {"$t": _rfc3339(site.last_modified)},
        "title": {"type": "text", "$t": site.blog.title},
        "subtitle": {"type": "html", "$t": site.blog.tagline},
        "link": _links(site, request, window),
        "generator": {"version": "7.00", "uri": "https://www.blogger.com", "$t": "Blogger"},
        "openSearch$totalResults": {"$t": str(window.total)},
        "openSearch$startIndex": {"$t": str(window.start)},
        "openSearch$itemsPerPage": {"$t": str(window.size)},
    }
    # Without entries the key is not there at all.
    if window.posts:
        feed["entry"] = [_entry_json(post, window.is_summary) for post in window.posts]
    return {**_JSON_HEAD, "feed": feed}


def _entry_json(post: Post, is_summary: bool) -> Json:
    body = (
        {"type": "text", "$t": excerpt(post)} if is_summary else {"type": "html", "$t": post.html}
    )
    return {
        "id": {"$t": post.guid},
        "published": {"$t": _rfc3339(post.published)},
        "updated": {"$t": _rfc3339(post.modified)},
        "category": [{"scheme": _SCHEME, "term": tag} for tag in post.tags],
        "title": {"type": "text", "$t": post.title},
        "summary" if is_summary else "content": body,
        "link": [{"rel": "alternate", "type": "text/html", "href": post.link, "title": post.title}],
        "author": [{"name": {"$t": post.author}, "email": {"$t": "noreply@blogger.com"}}],
        "thr$total": {"$t": "0"},
    }


def _blog_id(site: Site) -> str:
    return f"tag:blogger.com,1999:blog-{sum(site.blog.slug.encode()) + 10**17}"


def _rfc3339(moment: datetime) -> str:
    """Blogger writes the blog's own zone, with milliseconds."""
    return moment.astimezone(ZONE).isoformat(timespec="milliseconds")


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise
