"""A site's posts, comments, users and terms in the shape that WordPress's REST gives them.

Keys and types follow recorded answers of WordPress 6.1. Routes and parameters are in
``wordpress_rest``.
"""

import hashlib
import re
from datetime import datetime
from typing import Any

from sample_cluster.archive import ZONE, slug_of
from sample_cluster.posts import Comment, Post, Site
from sample_cluster.topics import TOPICS

Json = dict[str, Any]

CATEGORIES = {
    name: 2 + index for index, name in enumerate(sorted({t.category for t in TOPICS.values()}))
}
TAGS = {
    name: 40 + index
    for index, name in enumerate(sorted({tag for t in TOPICS.values() for tag in t.tags}))
}
_CURIES = [{"name": "wp", "href": "https://api.w.org/{rel}", "templated": True}]
_ENTITIES = str.maketrans(
    {
        "&": "&#038;",
        "<": "&lt;",
        "’": "&#8217;",
        "“": "&#8220;",
        "”": "&#8221;",
        "–": "&#8211;",
    }
)
_TAG = re.compile(r"<[^>]+>")
_SCRIPT = re.compile(r"<(script|iframe)\b.*?</\1>", re.DOTALL)


def api(site: Site, path: str) -> str:
    """Return the address of a REST route."""
    return f"{site.blog.base}/wp-json/wp/v2/{path}"


def entities(text: str) -> str:
    """Return plain text as WordPress prints titles: with numeric entities."""
    return text.translate(_ENTITIES)


def content(post: Post) -> str:
    """Return the body as WordPress prints it."""
    return post.html.replace("’", "&#8217;")


def excerpt(post: Post, words: int = 55) -> str:
    """Return the first words of the body, without markup."""
    found = _TAG.sub(" ", _SCRIPT.sub("", content(post))).split()
    more = " [&hellip;]" if len(found) > words else ""
    return " ".join(found[:words]) + more


def local(moment: datetime) -> str:
    """Return a moment as WordPress writes it: the site's zone, without saying so."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def gmt(moment: datetime) -> str:
    """Return a moment in UTC, again without saying so."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def author_id(site: Site, name: str) -> int:
    """Return the user id of an author; 1 is the administrator, who writes nothing."""
    return site.blog.authors.index(name) + 2 if name in site.blog.authors else 0


def post_json(site: Site, post: Post) -> Json:
    """Return one post in the ``view`` context."""
    return {
        "id": post.number,
        "date": local(post.published),
        "date_gmt": gmt(post.published),
        "guid": {"rendered": post.guid},
        "modified": local(post.modified),
        "modified_gmt": gmt(post.modified),
        "slug": post.slug,
        "status": post.status.value,
        "type": "post",
        "link": post.link,
        "title": {"rendered": entities(post.title)},
        "content": {
            "rendered": "" if post.protected else content(post),
            "protected": post.protected,
        },
        "excerpt": {
            "rendered": "" if post.protected else f"<p>{excerpt(post)}</p>\n",
            "protected": post.protected,
        },
        "author": author_id(site, post.author),
        "featured_media": 0,
        "comment_status": "open",
        "ping_status": "open",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": [],
        "categories": [CATEGORIES[post.category]],
        "tags": [TAGS[tag] for tag in post.tags],
        "_links": _post_links(site, post),
    }


def _post_links(site: Site, post: Post) -> Json:
    number = post.number
    author = api(site, f"users/{author_id(site, post.author)}")
    return {
        "self": [{"href": api(site, f"posts/{number}")}],
        "collection": [{"href": api(site, "posts")}],
        "about": [{"href": api(site, "types/post")}],
        "author": [{"embeddable": True, "href": author}],
        "replies": [{"embeddable": True, "href": api(site, f"comments?post={number}")}],
        "version-history": [{"count": 0, "href": api(site, f"posts/{number}/revisions")}],
        "wp:attachment": [{"href": api(site, f"media?parent={number}")}],
        "wp:term": [
            _term_link("category", api(site, f"categories?post={number}")),
            _term_link("post_tag", api(site, f"tags?post={number}")),
        ],
        "curies": _CURIES,
    }


def _term_link(taxonomy: str, href: str) -> Json:
    return {"taxonomy": taxonomy, "embeddable": True, "href": href}


def embedded(site: Site, post: Post) -> Json:
    """Return what ``_embed`` adds: the author, the terms and the comments."""
    author = {k: v for k, v in user_json(site, post.author).items() if k != "meta"}
    terms = [
        [_embedded_term(site, post.category, "category")],
        [_embedded_term(site, tag, "post_tag") for tag in post.tags],
    ]
    said = [comment for comment in site.public_comments if comment.post == post.number]
    found: Json = {"author": [author]}
    if said:
        found["replies"] = [[_embedded_comment(site, comment) for comment in said]]
    return {**found, "wp:term": terms}


def _embedded_term(site: Site, name: str, taxonomy: str) -> Json:
    wanted = ("id", "link", "name", "slug", "taxonomy", "_links")
    found = term_json(site, name, taxonomy)
    return {key: found[key] for key in wanted}


def _embedded_comment(site: Site, comment: Comment) -> Json:
    left_out = ("post", "date_gmt", "status", "meta")
    return {k: v for k, v in comment_json(site, comment).items() if k not in left_out}


def comment_json(site: Site, comment: Comment) -> Json:
    """Return one comment."""
    post = site.by_number[comment.post]
    up = {"embeddable": True, "post_type": "post", "href": api(site, f"posts/{comment.post}")}
    return {
        "id": comment.number,
        "post": comment.post,
        "parent": 0,
        "author": author_id(site, comment.author) if comment.by_teacher else 0,
        "author_name": comment.author,
        "author_url": "",
        "date": local(comment.written),
        "date_gmt": gmt(comment.written),
        "content": {"rendered": f"<p>{entities(comment.text)}</p>\n"},
        "link": f"{post.link}#comment-{comment.number}",
        "status": "approved",
        "type": "comment",
        "author_avatar_urls": _avatars(comment.author),
        "meta": [],
        "_links": {
            "self": [{"href": api(site, f"comments/{comment.number}")}],
            "collection": [{"href": api(site, "comments")}],
            "up": [up],
        },
    }


def user_json(site: Site, name: str) -> Json:
    """Return one author."""
    number = author_id(site, name)
    return {
        "id": number,
        "name": name,
        "url": "",
        "description": "",
        "link": f"{site.blog.base}/author/{slug_of(name)}/",
        "slug": slug_of(name),
        "avatar_urls": _avatars(name),
        "meta": [],
        "_links": {
            "self": [{"href": api(site, f"users/{number}")}],
            "collection": [{"href": api(site, "users")}],
        },
    }


def term_json(site: Site, name: str, taxonomy: str) -> Json:
    """Return one category (``category``) or tag (``post_tag``)."""
    is_category = taxonomy == "category"
    number = CATEGORIES[name] if is_category else TAGS[name]
    route, folder = ("categories", "category") if is_category else ("tags", "tag")
    used = [post for post in site.public if name in (post.category if is_category else post.tags)]
    found: Json = {
        "id": number,
        "count": len(used),
        "description": "",
        "link": f"{site.blog.base}/{folder}/{slug_of(name)}/",
        "name": name.replace("&", "&amp;"),
        "slug": slug_of(name),
        "taxonomy": taxonomy,
    }
    if is_category:
        found["parent"] = 0
    posts = api(site, f"posts?{route}={number}")
    found["meta"] = []
    found["_links"] = {
        "self": [{"href": api(site, f"{route}/{number}")}],
        "collection": [{"href": api(site, route)}],
        "about": [{"href": api(site, f"taxonomies/{taxonomy}")}],
        "wp:post_type": [{"href": posts}],
        "curies": _CURIES,
    }
    return found


def _avatars(name: str) -> Json:
    mark = hashlib.sha256(name.encode()).hexdigest()[:32]
    return {
        size: f"https://avatars.example.org/avatar/{mark}?s={size}&d=mm&r=g"
        for size in ("24", "48", "96")
    }
