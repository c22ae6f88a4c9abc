"""Stand-ins for blogs that are little more than a feed: RSS 2.0 and JSON Feed.

Some odd things are here on purpose: dates that lie, one guid for everything, a charset left
unsaid. Pure: a site and a request give an answer.
"""

import json
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from sample_cluster.answers import Answer, Request, with_validators
from sample_cluster.archive import ZONE
from sample_cluster.pages import file_answer, front_page, missing_page, post_page
from sample_cluster.posts import BlogKind, DateLie, Post, Site

_FEED_TYPES = {
    BlogKind.RSS: "application/rss+xml",
    BlogKind.JSON_FEED: "application/feed+json",
}


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
    body = _json_feed(site, request) if kind is BlogKind.JSON_FEED else _rss(site)
    # A charset left unsaid is RFC 7303's concern: XML then speaks for itself.
    charset = "" if site.blog.lying_dates else "; charset=UTF-8"
    content_type = "text/xml" if site.blog.lying_dates else _FEED_TYPES[kind]
    full = Answer(200, body, (("Content-Type", content_type + charset),))
    return with_validators(request, full, site.last_modified, weak=False)


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
