"""A stand-in for WordPress's REST interface, read by a stranger.

Routes, parameters, headers and error bodies follow recorded answers of WordPress 6.1; a
parameter that is not listed in ``docs/reference/sample-cluster.md`` is ignored without a word,
as WordPress ignores what it does not know. Pure: a site and a request give an answer.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from sample_cluster.answers import Answer, Headers, Request, json_answer
from sample_cluster.posts import BlogKind, Comment, Post, Site, Status
from sample_cluster.wordpress_objects import (
    CATEGORIES,
    TAGS,
    Json,
    author_id,
    comment_json,
    embedded,
    post_json,
    term_json,
    user_json,
)
from sample_cluster.wordpress_params import (
    RestError,
    Window,
    bad_parameter,
    numbers_in,
    time_tests,
    window_in,
)

_ROOT = "/wp-json"
_ORDERS: dict[str, Callable[[Post], Any]] = {
    "date": lambda post: (post.published, post.number),
    "modified": lambda post: (post.modified, post.number),
    "id": lambda post: post.number,
    "slug": lambda post: post.slug,
    "title": lambda post: post.title,
}
_HELP = {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]}
_ALLOWED_HEADERS = "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"
_EMBED_KEYS = ("id", "date", "slug", "type", "link", "title", "excerpt", "author")


def path_of(request: Request) -> str | None:
    """Return the route that a request is for, or None when it is not for REST."""
    if request.path == "/" and request.value("rest_route"):
        return request.value("rest_route")
    if request.path == _ROOT or request.path.startswith(f"{_ROOT}/"):
        return request.path.removeprefix(_ROOT) or "/"
    return None


def answer(site: Site, request: Request, route: str) -> Answer:
    """Return what REST says to a request."""
    try:
        _refuse_strangers(site, request, route)
        return _answered(site, request, route.rstrip("/"))
    except RestError as refused:
        return json_answer(
            refused.body, refused.status, _headers(site, allows=refused.status == 400)
        )


def _refuse_strangers(site: Site, request: Request, route: str) -> None:
    if site.blog.kind is BlogKind.WORDPRESS_CLOSED:
        raise RestError(401, "rest_not_logged_in", "You are not currently logged in.")
    if request.method not in ("GET", "HEAD"):
        said = "Sorry, you are not allowed to create posts as this user."
        raise RestError(401, "rest_cannot_create", said)
    if request.value("context") == "edit":
        said = "Sorry, you are not allowed to edit posts in this post type."
        raise RestError(401, "rest_forbidden_context", said)


def _answered(site: Site, request: Request, route: str) -> Answer:
    if route == "":
        # The root keeps its links, whatever _fields asks for.
        index = {**_fields(_index(site), request), "_links": _HELP}
        return json_answer(index, headers=_headers(site))
    collection, _, number = route.removeprefix("/wp/v2/").partition("/")
    if not route.startswith("/wp/v2/") or collection not in _COLLECTIONS:
        raise _no_route()
    if not number:
        return _COLLECTIONS[collection](site, request)
    if not number.isdecimal():
        raise _no_route()
    return _SINGLES[collection](site, request, int(number))


def _no_route() -> RestError:
    return RestError(
        404, "rest_no_route", "No route was found matching the URL and request method."
    )


def _headers(site: Site, *more: tuple[str, str], allows: bool = True) -> Headers:
    """Return what every answer carries; refusals other than of a parameter carry no Allow."""
    root = f'<{site.blog.base}/wp-json/>; rel="https://api.w.org/"'
    link = () if any(name == "Link" for name, _ in more) else (("Link", root),)
    return (
        ("Content-Type", "application/json; charset=UTF-8"),
        ("X-Robots-Tag", "noindex"),
        *link,
        ("X-Content-Type-Options", "nosniff"),
        ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
        ("Access-Control-Allow-Headers", _ALLOWED_HEADERS),
        *more,
        *((("Allow", "GET"),) if allows else ()),
        ("Vary", "Origin"),
    )


def _index(site: Site) -> Json:
    blog = site.blog
    return {
        "name": blog.title,
        "description": blog.tagline,
        "url": blog.base,
        "home": blog.base,
        "gmt_offset": 13,
        "timezone_string": "Pacific/Auckland",
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {
            "application-passwords": {
                "endpoints": {"authorization": f"{blog.base}/wp-admin/authorize-application.php"}
            }
        },
        "site_logo": 0,
        "site_icon": 0,
    }


def _posts(site: Site, request: Request) -> Answer:
    window = window_in(request)
    if (request.value("status") or "publish") != "publish":
        raise bad_parameter(
            "status", "Status is forbidden.", "rest_forbidden_status", {"status": 401}
        )
    found = _ordered(_filtered(site, request), request)
    shown, headers = _paged(site, request, found, window, "posts")
    return json_answer([_post(site, post, request) for post in shown], headers=headers)


def _filtered(site: Site, request: Request) -> list[Post]:
    tests = [
        *time_tests(request, "after", "before", lambda post: post.published),
        *time_tests(request, "modified_after", "modified_before", lambda post: post.modified),
    ]
    if slugs := request.values("slug"):
        tests.append(lambda post: post.slug in slugs)
    for name, number_of in _NUMBERS.items():
        if wanted := numbers_in(request, name):
            tests.append(_has_one(wanted, partial(number_of, site)))
    if unwanted := numbers_in(request, "exclude"):
        tests.append(lambda post: post.number not in unwanted)
    return [post for post in site.public if all(test(post) for test in tests)]


_NUMBERS: dict[str, Callable[[Site, Post], set[int]]] = {
    "include": lambda site, post: {post.number},
    "author": lambda site, post: {author_id(site, post.author)},
    "categories": lambda site, post: {CATEGORIES[post.category]},
    "tags": lambda site, post: {TAGS[tag] for tag in post.tags},
}


def _has_one(wanted: set[int], numbers_of: Callable[[Post], set[int]]) -> Callable[[Any], bool]:
    return lambda post: not wanted.isdisjoint(numbers_of(post))


def _ordered(posts: list[Post], request: Request) -> list[Post]:
    order = request.value("order") or "desc"
    if order not in ("asc", "desc"):
        raise bad_parameter("order", "order is not one of asc and desc.", "rest_not_in_enum")
    key = request.value("orderby") or "date"
    if key == "include":
        places = {int(n): place for place, n in enumerate(request.values("include"))}
        return sorted(posts, key=lambda post: places.get(post.number, len(places)))
    if key not in _ORDERS:
        known = ", ".join([*_ORDERS, "include"])
        raise bad_parameter("orderby", f"orderby is not one of {known}.", "rest_not_in_enum")
    return sorted(posts, key=_ORDERS[key], reverse=order == "desc")


def _paged(
    site: Site, request: Request, found: Sequence[Any], window: Window, route: str
) -> tuple[Sequence[Any], Headers]:
    total, pages = len(found), -(-len(found) // window.size)
    if total and window.offset is None and window.page > pages:
        raise _PAST_THE_END[route]()
    start = (window.page - 1) * window.size if window.offset is None else window.offset
    links = _page_links(site, request, window.page, pages, route)
    headers = _headers(site, ("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages)), *links)
    return found[start : start + window.size], headers


def _past_the_end() -> RestError:
    said = "The page number requested is larger than the number of pages available."
    return RestError(400, "rest_post_invalid_page_number", said)


def _past_the_comments() -> RestError:
    said = "The page number requested is larger than the number of pages available."
    return RestError(400, "rest_comment_invalid_page_number", said)


_PAST_THE_END = {"posts": _past_the_end, "comments": _past_the_comments}


def _page_links(
    site: Site, request: Request, page: int, pages: int, route: str
) -> tuple[tuple[str, str], ...]:
    kept = [(k, v) for k, v in request.query if k not in ("page", "rest_route")]
    base = f"{site.blog.base}/wp-json/wp/v2/{route}"
    near = [("prev", page - 1)] if page > 1 else []
    if page < pages:
        near.append(("next", page + 1))
    links = [f'<{base}?{urlencode([*kept, ("page", n)])}>; rel="{rel}"' for rel, n in near]
    return (("Link", ", ".join(links)),) if links else ()


def _post(site: Site, post: Post, request: Request) -> Json:
    found = post_json(site, post)
    if request.value("context") == "embed":
        found = {key: found[key] for key in (*_EMBED_KEYS, "featured_media", "_links")}
    wanted = request.value("_embed")
    if wanted is not None:
        names = request.values("_embed")
        takes_all = not names or names[0] in ("1", "true")
        parts = embedded(site, post)
        found["_embedded"] = {k: v for k, v in parts.items() if takes_all or k in names}
    return _fields(found, request)


def _fields(found: Json, request: Request) -> Json:
    """Return what ``_fields`` asks for; a dotted name keeps one branch of an object."""
    names = request.values("_fields")
    if not names:
        return found
    kept: Json = {}
    for key, value in found.items():
        branches = [name.partition(".")[2] for name in names if name.partition(".")[0] == key]
        if branches and ("" in branches or not isinstance(value, dict)):
            kept[key] = value
        elif branches:
            kept[key] = {k: v for k, v in value.items() if k in branches}
    return kept


def _one_post(site: Site, request: Request, number: int) -> Answer:
    post = site.by_number.get(number)
    if post is None or post.status is Status.DELETED:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    if not post.is_public:
        raise RestError(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
    if post.protected and request.value("password") is not None:
        raise RestError(403, "rest_post_incorrect_password", "Incorrect post password.")
    link = f'<{post.link}>; rel="alternate"; type=text/html'
    return json_answer(_post(site, post, request), headers=_headers(site, ("Link", link)))


def _comments(site: Site, request: Request) -> Answer:
    for name in ("type", "status", "author_email"):
        if request.value(name) is not None:
            raise RestError(401, "rest_forbidden_param", f"Query parameter not permitted: {name}")
    window = window_in(request)
    tests = time_tests(request, "after", "before", lambda comment: comment.written)
    posts, numbers = numbers_in(request, "post"), numbers_in(request, "include")
    found = [
        comment
        for comment in _comment_order(site, request)
        if all(test(comment) for test in tests)
        and (not posts or comment.post in posts)
        and (not numbers or comment.number in numbers)
    ]
    shown, headers = _paged(site, request, found, window, "comments")
    # Comments on posts that are not open are counted and then left out of the page.
    is_open = set(site.public_comments)
    bodies = [_fields(comment_json(site, c), request) for c in shown if c in is_open]
    return json_answer(bodies, headers=headers)


def _comment_order(site: Site, request: Request) -> list[Comment]:
    """Return all that REST counts: comments leave with a post that is trashed or deleted."""
    left = (Status.TRASH, Status.DELETED)
    counted = [c for c in site.comments if site.by_number[c.post].status not in left]
    by_number = request.value("orderby") == "id"
    return sorted(
        counted,
        key=lambda c: (0.0 if by_number else c.written.timestamp(), c.number),
        reverse=request.value("order") != "asc",
    )


def _one_comment(site: Site, request: Request, number: int) -> Answer:
    found = _with_number(site.public_comments, number)
    if found is None:
        raise RestError(404, "rest_comment_invalid_id", "Invalid comment ID.")
    return json_answer(_fields(comment_json(site, found), request), headers=_headers(site))


def _with_number(comments: Sequence[Comment], number: int) -> Comment | None:
    return next((comment for comment in comments if comment.number == number), None)


def _terms(site: Site, request: Request, taxonomy: str) -> Answer:
    is_category = taxonomy == "category"
    used = {n for p in site.public for n in ((p.category,) if is_category else p.tags)}
    found = [term_json(site, name, taxonomy) for name in sorted(used)]
    if slugs := request.values("slug"):
        found = [term for term in found if term["slug"] in slugs]
    route = "categories" if is_category else "tags"
    if numbers := numbers_in(request, "include"):
        found = [term for term in found if term["id"] in numbers]
    return _unpaged_check(site, request, found, route)


def _users(site: Site, request: Request) -> Answer:
    names = sorted({post.author for post in site.public})
    found = [user_json(site, name) for name in names if author_id(site, name)]
    return _unpaged_check(site, request, found, "users")


def _unpaged_check(site: Site, request: Request, found: list[Json], route: str) -> Answer:
    """Terms and users beyond the last page are an empty list, not an error."""
    window = window_in(request)
    pages = -(-len(found) // window.size)
    start = (window.page - 1) * window.size if window.offset is None else window.offset
    links = _page_links(site, request, window.page, pages, route)
    counts = (("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(pages)))
    shown = [_fields(value, request) for value in found[start : start + window.size]]
    return json_answer(shown, headers=_headers(site, *counts, *links))


def _one_user(site: Site, request: Request, number: int) -> Answer:
    found = [user for user in _authors(site) if author_id(site, user) == number]
    if not found:
        said = "Sorry, you are not allowed to list users."
        raise RestError(401, "rest_user_cannot_view", said)
    return json_answer(_fields(user_json(site, found[0]), request), headers=_headers(site))


def _authors(site: Site) -> set[str]:
    return {post.author for post in site.public}


def _one_term(site: Site, request: Request, number: int, taxonomy: str) -> Answer:
    names = CATEGORIES if taxonomy == "category" else TAGS
    name = next((name for name, known in names.items() if known == number), None)
    if name is None:
        raise RestError(404, "rest_term_invalid", "Term does not exist.")
    return json_answer(_fields(term_json(site, name, taxonomy), request), headers=_headers(site))


_COLLECTIONS: dict[str, Callable[[Site, Request], Answer]] = {
    "posts": _posts,
    "comments": _comments,
    "categories": lambda site, request: _terms(site, request, "category"),
    "tags": lambda site, request: _terms(site, request, "post_tag"),
    "users": _users,
}
_SINGLES: dict[str, Callable[[Site, Request, int], Answer]] = {
    "posts": _one_post,
    "comments": _one_comment,
    "categories": lambda site, request, number: _one_term(site, request, number, "category"),
    "tags": lambda site, request, number: _one_term(site, request, number, "post_tag"),
    "users": _one_user,
}
