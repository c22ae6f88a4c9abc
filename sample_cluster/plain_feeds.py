"""Stand-ins for blogs that are little more than a feed: RSS 2.0, Blogger's Atom, JSON Feed.

Parsed by others, so the odd things here are on purpose: dates that lie, one guid for
everything, a charset left unsaid. Pure: a site and a request give an answer.
"""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from sample_cluster.answers import Answer, Request, with_validators
from sample_cluster.archive import ZONE
from sample_cluster.pages import file_answer, front_page, missing_page, post_page
from sample_cluster.posts import BlogKind, DateLie, Post, Site

_FEED_TYPES = {
    BlogKind.RSS: "application/rss+xml",
    BlogKind.ATOM: "application/atom+xml",
    BlogKind.JSON_FEED: "application/feed+json",
}
_MOST_BLOGGER_GIVES = 150


def answer(site: Site, request: Request) -> Answer:
    """Return what this blog says to a request."""
    if request.path == site.blog.feed_path:
        return _feed(site, request)
    if request.path == "/":
        return front_page(site, request, head=_links(site))
    post = site.by_link.get(site.blog.base + request.path)
    if post:
        return post_page(site, post, head=_links(site))
    return file_answer(request.path) or missing_page(site)


def _links(site: Site) -> str:
    """Return the head's links; the hidden feed stands between things that look like it."""
    kind, title = _FEED_TYPES[site.blog.kind], escape(site.blog.title)
    if site.blog.hidden_feed:
        path = site.blog.feed_path.removeprefix("/")
        return (
            '<link rel="alternate stylesheet" href="/feed-dark.css" title="Dark">'
            '<link rel="alternate" hreflang="mi" href="/mi/">'
            '<link rel="alternate" type="text/calendar" href="/calendar.ics" title="Calendar">'
            f'<LINK REL=alternate TYPE={kind} HREF={path} TITLE="{title}">'
        )
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{site.blog.feed_path}">'


def _feed(site: Site, request: Request) -> Answer:
    kind = site.blog.kind
    if kind is BlogKind.ATOM:
        body = _atom(site, request)
    elif kind is BlogKind.JSON_FEED:
        body = _json_feed(site, request)
    else:
        body = _rss(site)
    # A charset left unsaid is RFC 7303's concern: XML then speaks for itself.
    charset = "" if site.blog.lying_dates else "; charset=UTF-8"
    content_type = "text/xml" if site.blog.lying_dates else _FEED_TYPES[kind]
    full = Answer(200, body, (("Content-Type", content_type + charset),))
    return with_validators(request, full, site.last_modified, weak=kind is BlogKind.ATOM)


def _rss(site: Site) -> str:
    blog = site.blog
    items = "".join(_rss_item(site, post) for post in site.public[: blog.window])
    return (
        '<?xml version="1.0"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{escape(blog.title)}</title><link>{blog.base}/</link>"
        f"<description>{escape(blog.tagline)}</description><language>en-nz</language>\n"
        f"<lastBuildDate>{format_datetime(site.last_modified)}</lastBuildDate>\n"
        f"{items}</channel></rss>\n"
    )


def _rss_item(site: Site, post: Post) -> str:
    is_link = "true" if post.guid == post.shown_link else "false"
    categories = "".join(
        f"<category>{escape(name)}</category>" for name in (post.category, *post.tags)
    )
    file = post.attachment
    enclosure = (
        f'<enclosure url="{file.url}" length="{file.bytes}" type="{file.media_type}"/>'
        if file
        else ""
    )
    return (
        f"<item><title>{escape(post.title)}</title><link>{escape(post.shown_link)}</link>"
        f'<guid isPermaLink="{is_link}">{escape(post.guid)}</guid>{_rss_date(post)}'
        f"<dc:creator>{escape(post.author)}</dc:creator>{categories}{enclosure}"
        f"<description>{escape(post.html)}</description></item>\n"
    )


def _rss_date(post: Post) -> str:
    if post.lie is DateLie.MISSING:
        return ""
    told = {
        DateLie.FUTURE: format_datetime(post.published + timedelta(days=8 * 365)),
        DateLie.NAIVE: post.published.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        DateLie.WORDS: "Thursday, after lunch",
    }
    return f"<pubDate>{told.get(post.lie, format_datetime(post.published))}</pubDate>"


def _atom(site: Site, request: Request) -> str:
    """Blogger's feed: start-index from 1, max-results cut, updated-min only with orderby."""
    blog = site.blog
    posts = _blogger_order(site, request)
    start = max(1, _number(request.value("start-index"), 1))
    size = min(_number(request.value("max-results"), blog.window), _MOST_BLOGGER_GIVES)
    shown = posts[start - 1 : start - 1 + size]
    links = [f'<link rel="alternate" type="text/html" href="{blog.base}/"/>']
    if start - 1 + size < len(posts):
        links.append(_atom_link("next", site, request, start + size, size))
    if start > 1:
        links.append(_atom_link("previous", site, request, max(1, start - size), size))
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"'
        ' xmlns:openSearch="http://a9.com/-/spec/opensearchrss/1.0/">'
        f"<id>tag:blogger.com,1999:blog-{sum(blog.slug.encode()) + 10**17}</id>"
        f"<updated>{_rfc3339(site.last_modified)}</updated><title type='text'>{escape(blog.title)}"
        f"</title><subtitle type='html'>{escape(blog.tagline)}</subtitle>{''.join(links)}"
        f"<generator version='7.00' uri='https://www.blogger.com'>Blogger</generator>"
        f"<openSearch:totalResults>{len(posts)}</openSearch:totalResults>"
        f"<openSearch:startIndex>{start}</openSearch:startIndex>"
        f"<openSearch:itemsPerPage>{size}</openSearch:itemsPerPage>"
        f"{''.join(_atom_entry(post) for post in shown)}</feed>"
    )


def _blogger_order(site: Site, request: Request) -> list[Post]:
    if request.value("orderby") != "updated":
        return list(site.public)
    posts = sorted(site.public, key=lambda post: (post.modified, post.number), reverse=True)
    floor = _moment(request.value("updated-min"))
    return [post for post in posts if floor is None or post.modified >= floor]


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _atom_link(relation: str, site: Site, request: Request, start: int, size: int) -> str:
    kept = [(k, v) for k, v in request.query if k not in ("start-index", "max-results")]
    query = urlencode([*kept, ("start-index", start), ("max-results", size)])
    href = escape(f"{site.blog.base}{site.blog.feed_path}?{query}")
    return f'<link rel="{relation}" type="application/atom+xml" href="{href}"/>'


def _atom_entry(post: Post) -> str:
    categories = "".join(
        f'<category scheme="http://www.blogger.com/atom/ns#" term="{escape(tag)}"/>'
        for tag in post.tags
    )
    return (
        f"<entry><id>{post.guid}</id><published>{_rfc3339(post.published)}</published>"
        f"<updated>{_rfc3339(post.modified)}</updated>{categories}"
        f"<title type='text'>{escape(post.title)}</title>"
        f"<content type='html'>{escape(post.html)}</content>"
        f'<link rel="alternate" type="text/html" href="{post.link}" title="{escape(post.title)}"/>'
        f"<author><name>{escape(post.author)}</name></author><thr:total>0</thr:total></entry>"
    )


def _rfc3339(moment: datetime) -> str:
    """Blogger writes its own zone, with milliseconds."""
    return moment.astimezone(ZONE).isoformat(timespec="milliseconds")


def _json_feed(site: Site, request: Request) -> str:
    blog = site.blog
    number = max(1, _number(request.value("page"), 1))
    end = number * blog.window
    found: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": blog.title,
        "home_page_url": f"{blog.base}/",
        "feed_url": f"{blog.base}{blog.feed_path}",
        "description": blog.tagline,
        "language": "en-NZ",
        "items": [_json_item(post) for post in site.public[end - blog.window : end]],
    }
    if end < len(site.public):
        found["next_url"] = f"{blog.base}{blog.feed_path}?page={number + 1}"
    return json.dumps(found, ensure_ascii=False, indent=1)


def _json_item(post: Post) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": post.guid,
        "url": post.shown_link,
        "title": post.title,
        "content_html": post.html,
        "date_published": post.published.isoformat(),
        "date_modified": post.modified.isoformat(),
        "authors": [{"name": post.author}],
        "tags": list(post.tags),
    }
    if post.attachment:
        file = post.attachment
        item["attachments"] = [
            {"url": file.url, "mime_type": file.media_type, "size_in_bytes": file.bytes}
        ]
    return item


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise
