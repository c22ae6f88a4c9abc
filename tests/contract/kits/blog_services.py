"""A small blog in memory, and the ways in which it can be asked."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape

from tests.contract.fake_session import Answer, Request

HOST = "blog.example.school.nz"
HOME = f"https://{HOST}/"
BEGIN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Entry:
    """A post, or with ``post`` a comment on one."""

    id: int
    text: str
    published: datetime
    modified: datetime
    status: str = "publish"
    password: bool = False
    post: int = 0
    parent: int = 0

    @property
    def open(self) -> bool:
        return self.status == "publish" and not self.password

    @property
    def url(self) -> str:
        return f"{HOME}2026/{self.post or self.id}/" + (f"#comment-{self.id}" * bool(self.post))


class Blog:
    """Posts and comments with a clock that each change moves on by a minute."""

    def __init__(self, posts: int = 230, comments: int = 120) -> None:
        self.now = BEGIN
        self.posts: dict[int, Entry] = {}
        self.comments: dict[int, Entry] = {}
        for number in range(1, posts + 1):
            self.write(f"Kōrero {number} & <b>friends</b>")
            if number <= comments:
                self.say(number, f"Ka pai {number}")

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def write(self, text: str, **fields: object) -> Entry:
        number = max(self.posts, default=0) + 1
        moment = self.tick()
        entry = replace(Entry(number, text, moment, moment), **fields)
        self.posts[number] = entry
        return entry

    def say(self, post: int, text: str, **fields: object) -> Entry:
        number = max(self.comments, default=0) + 1
        moment = self.tick()
        entry = replace(Entry(number, text, moment, moment, post=post), **fields)
        self.comments[number] = entry
        return entry

    def change(self, number: int, **fields: object) -> Entry:
        self.posts[number] = replace(self.posts[number], modified=self.tick(), **fields)
        return self.posts[number]

    def remove(self, number: int) -> None:
        self.tick()
        del self.posts[number]
        self.comments = {k: each for k, each in self.comments.items() if each.post != number}

    def shown_posts(self) -> list[Entry]:
        """What a list shows: published ones, protected ones too."""
        return [each for each in self.posts.values() if each.status == "publish"]

    def open_posts(self) -> list[Entry]:
        return [each for each in self.posts.values() if each.open]

    def open_comments(self) -> list[Entry]:
        open_ids = {each.id for each in self.open_posts()}
        return [c for c in self.comments.values() if c.post in open_ids and c.status == "publish"]


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value).encode(), status, {**JSON, **headers})


class WordPress:
    """The REST API of WordPress 6, its home page and its feeds."""

    api = "/wp-json/wp/v2/"
    modified_after = True
    """False: older than 5.7, where the parameter is ignored."""
    closed = 0
    """A status with which the API answers everybody."""

    def __init__(self, blog: Blog) -> None:
        self.blog = blog

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(self.api):
            return self._rest(request)
        if request.path in ("/feed/", "/comments/feed/"):
            return self._feed(request)
        return self._page(request)

    def _page(self, request: Request) -> Answer:
        number = request.path.strip("/").rpartition("/")[2]
        if number and not (number.isdigit() and int(number) in self.blog.posts):
            return Answer(b"<title>Nothing here</title>", 404, HTML)
        head = (
            "<html><head><title>Kura blog</title>"
            f'<link rel="https://api.w.org/" href="{HOME}wp-json/">'
            f'<link rel="alternate" type="application/rss+xml" href="{HOME}feed/">'
            f'<link rel="alternate" type="application/rss+xml" href="{HOME}comments/feed/">'
        )
        return Answer(head.encode(), 200, HTML)

    def _rest(self, request: Request) -> Answer:
        if self.closed:
            return as_json({"code": "rest_not_logged_in", "message": "No."}, self.closed)
        what, _, number = request.path.removeprefix(self.api).partition("/")
        if what not in ("posts", "comments"):
            return as_json({"code": "rest_no_route"}, 404)
        return self._one(what, int(number)) if number else self._list(what, request.query)

    def _one(self, what: str, number: int) -> Answer:
        kept = self.blog.posts if what == "posts" else self.blog.comments
        entry = kept.get(number)
        if entry is None:
            return as_json({"code": f"rest_{what[:-1]}_invalid_id", "data": {"status": 404}}, 404)
        if entry.status != "publish":
            return as_json({"code": "rest_forbidden", "data": {"status": 401}}, 401)
        return as_json(self._json(entry))

    def _list(self, what: str, query: dict[str, str]) -> Answer:
        found = self.blog.shown_posts() if what == "posts" else self.blog.open_comments()
        if after := query.get("after"):
            found = [each for each in found if stamp(each.published) + "Z" > after]
        if self.modified_after and (after := query.get("modified_after")):
            found = [each for each in found if stamp(each.modified) + "Z" > after]
        if include := query.get("include"):
            found = [each for each in found if str(each.id) in include.split(",")]
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        if size > 100:
            return as_json({"code": "rest_invalid_param"}, 400)
        found.sort(key=ORDERS[query.get("orderby", "date")])
        if query.get("order", "desc") == "desc":
            found.reverse()
        start = int(query["offset"]) if "offset" in query else (page - 1) * size
        if "offset" not in query and page > 1 and start >= len(found):
            return as_json({"code": "rest_post_invalid_page_number"}, 400)
        shown = [self._json(each) for each in found[start : start + size]]
        return as_json(shown, **{"X-WP-Total": str(len(found))})

    def _json(self, entry: Entry) -> dict[str, object]:
        common = {
            "id": entry.id,
            "date_gmt": stamp(entry.published),
            "link": entry.url,
            "content": {
                "rendered": "" if entry.password else f"<p>{escape(entry.text)}</p>\n",
                "protected": entry.password,
            },
        }
        if entry.post:
            more = {"post": entry.post, "parent": entry.parent, "author": 0, "author_name": "Hine"}
            return {**common, **more, "status": "approved"}
        return {
            **common,
            "modified_gmt": stamp(entry.modified),
            "status": entry.status,
            "title": {"rendered": f"Title of {entry.id}"},
            "author": 3,
            "categories": [1, 4],
            "tags": [],
            "_embedded": {
                "author": [{"id": 3, "name": "Ana"}],
                "wp:term": [
                    [
                        {"id": 1, "name": "Uncategorized", "slug": "uncategorized"},
                        {"id": 4, "name": "Pānui", "slug": "panui"},
                    ],
                    [],
                ],
            },
        }

    def _feed(self, request: Request) -> Answer:
        is_comments = request.path.startswith("/comments")
        entries = self.blog.open_comments() if is_comments else self.blog.open_posts()
        page = 1 if is_comments else int(request.query.get("paged", 1))
        # One ETag for all feeds, as WordPress has it; here it moves with every change.
        etag = f'"{hashlib.md5(stamp(self.blog.now).encode()).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        newest = sorted(entries, key=lambda each: (each.published, each.id), reverse=True)
        shown = newest[page * 10 - 10 : page * 10]
        status = 200 if shown or page == 1 else 404
        body = rss(shown, "https://wordpress.org/?v=6.1")
        return Answer(body, status, {"Content-Type": "application/rss+xml", "ETag": etag})


ORDERS = {
    "id": lambda each: each.id,
    "date": lambda each: (each.published, each.id),
    "modified": lambda each: (each.modified, each.id),
}


def rss(entries: list[Entry], generator: str = "") -> bytes:
    items = "".join(
        f"<item><title>Title of {each.id}</title><link>{each.url}</link>"
        f'<guid isPermaLink="false">{HOME}?p={each.id}</guid>'
        f"<pubDate>{each.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"<description>{escape(escape(each.text))}</description></item>"
        for each in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Kura blog</title>'
        f"<link>{HOME}</link><generator>{generator}</generator>{items}</channel></rss>"
    ).encode()


class PlainFeed:
    """A site that has one feed, the newest ten, with an ETag."""

    def __init__(self, blog: Blog) -> None:
        self.blog = blog

    def answer(self, request: Request) -> Answer:
        if request.path == "/news.xml":
            newest = sorted(self.blog.open_posts(), key=lambda each: -each.id)[:10]
            body = rss(newest)
            etag = f'"{hashlib.md5(body).hexdigest()}"'
            if request.headers.get("If-None-Match") == etag:
                return Answer(status=304, headers={"ETag": etag})
            return Answer(body, 200, {"Content-Type": "text/xml", "ETag": etag})
        number = request.path.strip("/").rpartition("/")[2]
        if number and not (number.isdigit() and int(number) in self.blog.posts):
            return Answer(b"<title>Nothing here</title>", 404, HTML)
        head = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'
        return Answer(f"<html><head><title>Kura</title>{head}".encode(), 200, HTML)


class Ghost:
    """Ghost's Content API as 5.130 answers it."""

    key = "0123456789abcdef0123456789"

    def __init__(self, blog: Blog) -> None:
        self.blog = blog

    def answer(self, request: Request) -> Answer:
        if request.path == "/ghost/api/content/posts/":
            if request.query.get("key") != self.key:
                error = {"message": "Unknown Content API Key", "type": "UnauthorizedError"}
                return as_json({"errors": [error]}, 401)
            return self._list(request.query)
        if request.path == "/rss/":
            newest = sorted(self.blog.open_posts(), key=lambda each: -each.id)[:15]
            return Answer(rss(newest, "Ghost 5.130"), 200, {"Content-Type": "text/xml"})
        head = '<meta name="generator" content="Ghost 5.130"><link rel="alternate" '
        head += f'type="application/rss+xml" href="{HOME}rss/">'
        return Answer(f"<html><head><title>Kura</title>{head}".encode(), 200, HTML)

    def _list(self, query: dict[str, str]) -> Answer:
        found = sorted(self.blog.shown_posts(), key=lambda each: (each.modified, each.id))
        wanted = query.get("filter", "")
        if wanted.startswith("updated_at:>"):
            since = wanted.split("'")[1].replace(" ", "T")
            found = [each for each in found if stamp(each.modified) > since]
        elif wanted.startswith("uuid:"):
            found = [each for each in found if uuid_of(each) == wanted.split("'")[1]]
        limit, page = int(query["limit"]), int(query.get("page", 1))
        shown = [self._json(each) for each in found[limit * page - limit : limit * page]]
        following = page + 1 if limit * page < len(found) else None
        pagination = {"page": page, "total": len(found), "next": following}
        return as_json({"posts": shown, "meta": {"pagination": pagination}})

    def _json(self, entry: Entry) -> dict[str, object]:
        return {
            "id": f"{entry.id:024x}",
            "uuid": uuid_of(entry),
            "title": f"Title of {entry.id}",
            # Members-only posts show the part before the paywall.
            "html": f"<p>{escape(entry.text)}</p>",
            "visibility": "members" if entry.password else "public",
            "access": not entry.password,
            "url": entry.url,
            "published_at": stamp(entry.published) + ".000+00:00",
            "updated_at": stamp(entry.modified) + ".000+00:00",
            "tags": [
                {"name": "Pānui", "visibility": "public"},
                {"name": "#x", "visibility": "internal"},
            ],
            "primary_author": {"id": "1", "name": "Ana", "url": f"{HOME}author/ana/"},
        }


def uuid_of(entry: Entry) -> str:
    return f"00000000-0000-4000-8000-{entry.id:012d}"


class Blogger:
    """Blogger's JSON feeds, modelled after their documentation."""

    def __init__(self, blog: Blog) -> None:
        self.blog = blog

    def answer(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[0] == "feeds" and request.query.get("alt") == "json":
            if len(parts) == 4:
                is_there = int(parts[3]) in {each.id for each in self.blog.open_posts()}
                return as_json({"entry": {}}) if is_there else Answer(b"gone", 404)
            return self._list(parts[1], request.query)
        head = "<meta content='blogger' name='generator'/>"
        return Answer(f"<html><head><title>Kura</title>{head}".encode(), 200, HTML)

    def _list(self, what: str, query: dict[str, str]) -> Answer:
        found = self.blog.open_posts() if what == "posts" else self.blog.open_comments()
        by_change = query.get("orderby") == "updated"
        if by_change and "updated-min" in query:
            found = [each for each in found if stamp(each.modified) + "Z" >= query["updated-min"]]
        found.sort(key=ORDERS["modified" if by_change else "date"], reverse=True)
        start, size = int(query.get("start-index", 1)) - 1, min(int(query["max-results"]), 60)
        entries = [self._json(each) for each in found[start : start + size]]
        total = {"$t": str(len(found))}
        return as_json({"feed": {"entry": entries, "openSearch$totalResults": total}})

    def _json(self, entry: Entry) -> dict[str, object]:
        reply = {"ref": f"tag:blogger.com,1999:blog-45.post-{entry.post}"}
        return {
            "id": {"$t": f"tag:blogger.com,1999:blog-45.post-{entry.id}"},
            "title": {"$t": f"Title of {entry.id}", "type": "text"},
            "content": {"$t": f"<p>{escape(entry.text)}</p>", "type": "html"},
            "published": {"$t": stamp(entry.published) + ".000+00:00"},
            "updated": {"$t": stamp(entry.modified) + ".001+00:00"},
            "author": [{"name": {"$t": "Ana"}, "email": {"$t": "noreply@blogger.com"}}],
            "category": [{"term": "Pānui"}],
            "link": [{"rel": "alternate", "href": entry.url}],
            **({"thr$in-reply-to": reply} if entry.post else {}),
        }
