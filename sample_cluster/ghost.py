"""A stand-in for Ghost: its RSS and its Content API, read with the public key.

Keys, types and error bodies follow recorded answers of Ghost 5.130. Pure: a site and a
request give an answer.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sample_cluster.answers import Answer, Headers, Request, json_answer, with_validators
from sample_cluster.archive import slug_of
from sample_cluster.pages import file_answer, front_page, missing_page, post_page
from sample_cluster.posts import Post, Site
from sample_cluster.wordpress_objects import excerpt

CONTENT_KEY = "7a11e57c0de0a11b1a5ba0ba00"
"""Public by design: Ghost prints it into its own pages."""

Json = dict[str, Any]

_API = "/ghost/api/content/posts/"
_FILTER = re.compile(r"^(updated_at|published_at):(>=?)'([^']+)'$")
_ONE = re.compile(r"^uuid:'([^']+)'$")
_HEADERS: Headers = (
    ("X-Powered-By", "Express"),
    ("Content-Version", "v5.130"),
    ("Vary", "Accept-Version, Accept-Encoding"),
    ("Cache-Control", "public, max-age=0"),
    ("Access-Control-Allow-Origin", "*"),
    ("Content-Type", "application/json; charset=utf-8"),
)
_ABSENT_IN_POSTS = (
    "custom_excerpt",
    "codeinjection_head",
    "codeinjection_foot",
    "custom_template",
    "canonical_url",
)
_ABSENT_AT_THE_END = (
    "og_image",
    "og_title",
    "og_description",
    "twitter_image",
    "twitter_title",
    "twitter_description",
    "meta_title",
    "meta_description",
    "email_subject",
    "frontmatter",
    "feature_image_alt",
    "feature_image_caption",
)
_ABSENT_IN_AUTHORS = (
    "profile_image",
    "cover_image",
    "bio",
    "website",
    "location",
    "facebook",
    "twitter",
    "threads",
    "bluesky",
    "mastodon",
    "tiktok",
    "youtube",
    "instagram",
    "linkedin",
    "meta_title",
    "meta_description",
)
_ABSENT_IN_TAGS = (
    "og_image",
    "og_title",
    "og_description",
    "twitter_image",
    "twitter_title",
    "twitter_description",
    "meta_title",
    "meta_description",
    "codeinjection_head",
    "codeinjection_foot",
    "canonical_url",
    "accent_color",
)


def answer(site: Site, request: Request) -> Answer:
    """Return what this blog says to a request."""
    if request.path.startswith(_API):
        return _content_api(site, request)
    feed = re.match(r"^/rss/(?:(\d+)/)?$", request.path)
    if feed:
        return _rss(site, request, int(feed[1] or 1))
    head = f'<link rel="alternate" type="application/rss+xml" href="{site.blog.base}/rss/">'
    head += '<meta name="generator" content="Ghost 5.130">'
    if request.path == "/":
        return front_page(site, request, head=head)
    post = site.by_link.get(site.blog.base + request.path)
    if post:
        return post_page(site, post, head=head)
    return file_answer(request.path) or missing_page(site)


def _content_api(site: Site, request: Request) -> Answer:
    if request.value("key") != CONTENT_KEY:
        return _refused(401, "Unknown Content API Key", "Unauthorized", "UNKNOWN_CONTENT_API_KEY")
    rest = request.path.removeprefix(_API).strip("/")
    if not rest:
        return _checked(site, request, _listing(site, request))
    slug = rest.removeprefix("slug/")
    found = [p for p in site.public if p.slug == slug or (slug == rest and p.guid == rest)]
    if not found:
        return _refused(404, "Resource not found error, cannot read post.", "NotFound", None)
    return _checked(site, request, {"posts": [_shown(site, found[0], request)]})


def _checked(site: Site, request: Request, found: Json) -> Answer:
    plain = json_answer(found, headers=_HEADERS)
    return with_validators(request, plain, site.last_modified, weak=True)


def _refused(status: int, message: str, kind: str, code: str | None) -> Answer:
    error = {
        "message": message,
        "context": None,
        "type": f"{kind}Error",
        "details": None,
        "property": None,
        "help": None,
        "code": code,
        "id": "5a3c1e00-0000-11f1-9cd7-000000000000",
        "ghostErrorCode": None,
    }
    return json_answer({"errors": [error]}, status, _HEADERS)


def _listing(site: Site, request: Request) -> Json:
    posts = _ordered(_filtered(list(site.public), request.value("filter")), request)
    limit, page = request.value("limit") or "15", _number(request.value("page"), 1)
    size = max(len(posts), 1) if limit == "all" else _number(limit, 15)
    pages = max(1, -(-len(posts) // size))
    shown = posts[(page - 1) * size : page * size]
    pagination = {
        "page": page,
        "limit": "all" if limit == "all" else size,
        "pages": pages,
        "total": len(posts),
        "next": page + 1 if page < pages else None,
        "prev": page - 1 if page > 1 else None,
    }
    posts_json = [_shown(site, post, request) for post in shown]
    return {"posts": posts_json, "meta": {"pagination": pagination}}


def _filtered(posts: list[Post], wanted: str | None) -> list[Post]:
    named = _ONE.match(wanted or "")
    if named:
        return [post for post in posts if _uuid(post.guid) == named[1]]
    found = _FILTER.match(wanted or "")
    if not found:
        return posts
    field, sign, text = found.groups()
    moment = _moment(text)
    inclusive = sign == ">="
    return [p for p in posts if (at := _MOMENTS[field](p)) > moment or (inclusive and at == moment)]


_MOMENTS: dict[str, Callable[[Post], datetime]] = {
    "updated_at": lambda post: post.modified,
    "published_at": lambda post: post.published,
}


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ordered(posts: list[Post], request: Request) -> list[Post]:
    field, _, direction = (request.value("order") or "published_at desc").partition(" ")
    newest_first = direction.lower() != "asc"
    if field == "id":
        return sorted(posts, key=lambda post: post.guid, reverse=newest_first)
    key = _MOMENTS.get(field, _MOMENTS["published_at"])
    return sorted(posts, key=lambda post: (key(post), post.number), reverse=newest_first)


def _shown(site: Site, post: Post, request: Request) -> Json:
    found = _post_json(site, post, request.values("include"))
    wanted = request.values("fields")
    return {k: v for k, v in found.items() if k in wanted} if wanted else found


def _post_json(site: Site, post: Post, include: tuple[str, ...]) -> Json:
    found: Json = {
        "id": post.guid,
        "uuid": _uuid(post.guid),
        "title": post.title,
        "slug": post.slug,
        "html": post.html,
        "comment_id": post.guid,
        "feature_image": None,
        "featured": False,
        "visibility": "public",
        "created_at": _time(post.published),
        "updated_at": _time(post.modified),
        "published_at": _time(post.published),
        **dict.fromkeys(_ABSENT_IN_POSTS),
    }
    authors, tags = [_author(site, post)], [_tag(site, tag) for tag in post.tags]
    if "authors" in include:
        found["authors"] = authors
    if "tags" in include:
        found["tags"] = tags
    if "authors" in include:
        found["primary_author"] = authors[0]
    if "tags" in include:
        found["primary_tag"] = tags[0]
    return {
        **found,
        "url": post.link,
        "excerpt": excerpt(post),
        "reading_time": 1,
        "access": True,
        "comments": False,
        **dict.fromkeys(_ABSENT_AT_THE_END),
    }


def _author(site: Site, post: Post) -> Json:
    slug = slug_of(post.author)
    number = str(site.blog.authors.index(post.author) + 1)
    return {
        "id": number,
        "name": post.author,
        "slug": slug,
        **dict.fromkeys(_ABSENT_IN_AUTHORS),
        "url": f"{site.blog.base}/author/{slug}/",
    }


def _tag(site: Site, name: str) -> Json:
    return {
        "id": hashlib.sha256(name.encode()).hexdigest()[:24],
        "name": name,
        "slug": slug_of(name),
        "description": None,
        "feature_image": None,
        "visibility": "public",
        **dict.fromkeys(_ABSENT_IN_TAGS),
        "url": f"{site.blog.base}/tag/{slug_of(name)}/",
    }


def _uuid(guid: str) -> str:
    mark = hashlib.sha256(guid.encode()).hexdigest()
    return f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-8{mark[17:20]}-{mark[20:32]}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+00:00")


def _rss(site: Site, request: Request, number: int) -> Answer:
    blog = site.blog
    shown = site.public[(number - 1) * blog.window : number * blog.window]
    if not shown:
        return missing_page(site)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" version="2.0" '
        'xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        f"<title><![CDATA[{blog.title}]]></title><description><![CDATA[{blog.tagline}]]></description>"
        f"<link>{blog.base}/</link><generator>Ghost 5.130</generator>"
        f"<lastBuildDate>{_rfc822(site.last_modified)}</lastBuildDate>"
        f'<atom:link href="{blog.base}/rss/" rel="self" type="application/rss+xml"/><ttl>60</ttl>'
    )
    body = f"{head}{''.join(_rss_item(post) for post in shown)}</channel></rss>"
    kind = ("Content-Type", "application/rss+xml; charset=utf-8")
    return with_validators(request, Answer(200, body, (kind,)), site.last_modified, weak=True)


def _rss_item(post: Post) -> str:
    categories = "".join(f"<category><![CDATA[{tag}]]></category>" for tag in post.tags)
    return (
        f"<item><title><![CDATA[{post.title}]]></title>"
        f"<description><![CDATA[{excerpt(post)}]]></description><link>{post.link}</link>"
        f'<guid isPermaLink="false">{post.guid}</guid>{categories}'
        f"<dc:creator><![CDATA[{post.author}]]></dc:creator>"
        f"<pubDate>{_rfc822(post.published)}</pubDate>"
        f"<content:encoded><![CDATA[{post.html}]]></content:encoded></item>"
    )


def _rfc822(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _number(text: str | None, otherwise: int) -> int:
    return max(1, int(text)) if text and text.isdecimal() else otherwise
