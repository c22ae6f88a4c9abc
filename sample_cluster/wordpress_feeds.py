"""A stand-in for WordPress's feeds: RSS 2.0 and Atom of posts, RSS of comments.

They behave as recorded from WordPress 6.1: ten entries, ``?paged``, 404 with an empty channel
beyond the end, one ETag for the whole site, emoji as pictures. Pure: a site and a request
give an answer.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from sample_cluster.answers import Answer, Headers, Request, http_date, not_modified_since, redirect
from sample_cluster.archive import slug_of
from sample_cluster.pages import CLOSED_FORM
from sample_cluster.posts import Comment, Post, Site
from sample_cluster.wordpress_objects import content, entities, excerpt

PER_FEED = 10
_EMOJI = re.compile("[\U0001f300-\U0001faff](?:[\U0001f3fb-\U0001f3ff]|\ufe0f)?")
_FEED_PATH = re.compile(
    r"^(?:/(?P<kind>category|tag|author)/(?P<name>[^/]+)|(?P<post>/\d{4}/\d\d/[^/]+)|(?P<said>/comments))?"
    r"/feed(?:/(?P<format>rss2|atom|rss))?(?P<slash>/?)$"
)
_SELF = "http://127.0.0.1"
"""WordPress before 6.7 leaves the port out of rel=self."""
_RSS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"\n'
    '\txmlns:content="http://purl.org/rss/1.0/modules/content/"\n'
    '\txmlns:wfw="http://wellformedweb.org/CommentAPI/"\n'
    '\txmlns:dc="http://purl.org/dc/elements/1.1/"\n'
    '\txmlns:atom="http://www.w3.org/2005/Atom"\n'
    '\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"\n'
    '\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"\n\t>\n\n'
)


@dataclass(frozen=True, slots=True)
class FeedWanted:
    """Which feed an address means."""

    kind: str = ""
    """category, tag or author; empty: all posts."""
    name: str = ""
    post: str = ""
    """The path of one post, whose comments are meant."""
    comments: bool = False
    atom: bool = False
    slash: bool = True


def wanted_by(request: Request) -> FeedWanted | None:
    """Return which feed a request asks for, or None."""
    if request.path == "/" and (named := request.value("feed")):
        return FeedWanted(atom=named == "atom", comments=named.startswith("comments"))
    found = _FEED_PATH.match(request.path)
    if not found:
        return None
    return FeedWanted(
        kind=found["kind"] or "",
        name=found["name"] or "",
        post=found["post"] or "",
        comments=bool(found["said"]),
        atom=found["format"] == "atom",
        slash=bool(found["slash"]),
    )


def answer(site: Site, request: Request, wanted: FeedWanted) -> Answer:
    """Return a feed, 304, or a redirect to the address with its slash."""
    if not wanted.slash:
        return redirect(f"{site.blog.base}{request.path}/", (("X-Redirect-By", "WordPress"),))
    is_said = wanted.comments or bool(wanted.post)
    modified = _comments_modified(site) if is_said else site.last_modified
    etag = f'"{hashlib.sha256(modified.isoformat().encode()).hexdigest()[:32]}"'
    headers: Headers = (
        ("Last-Modified", http_date(modified)),
        ("ETag", etag),
        ("Content-Type", f"application/{'atom' if wanted.atom else 'rss'}+xml; charset=UTF-8"),
    )
    if _holds(request, etag, modified):
        return Answer(304, "", headers)
    api = f'<{site.blog.base}/wp-json/>; rel="https://api.w.org/"'
    status, body = _said(site, wanted) if is_said else _posts(site, request, wanted)
    return Answer(status, body, (*headers, ("Link", api)))


def _holds(request: Request, etag: str, modified: datetime) -> bool:
    """WordPress: both must match where both are sent; a weak mark never matches."""
    asked = request.headers.get("if-none-match")
    if asked is None:
        return not_modified_since(request, modified)
    if asked.strip() != etag:
        return False
    return "if-modified-since" not in request.headers or not_modified_since(request, modified)


def _comments_modified(site: Site) -> datetime:
    return max((c.written for c in site.public_comments), default=site.last_modified)


def _posts(site: Site, request: Request, wanted: FeedWanted) -> tuple[int, str]:
    posts = [post for post in site.public if _belongs(post, wanted)]
    if request.value("orderby") == "modified":
        posts.sort(key=lambda post: (post.modified, post.number), reverse=True)
    number = _number(request.value("paged"))
    shown = posts[(number - 1) * PER_FEED : number * PER_FEED]
    is_beyond = number > 1 and not shown
    title = entities(site.blog.title)
    if is_beyond or number > 1:
        title = f"{'Page not found' if is_beyond else f'Page {number}'} &#8211; {title}"
    make = _atom if wanted.atom else _rss
    body = make(site, shown, title, request.target)
    return (404 if is_beyond else 200), body


def _belongs(post: Post, wanted: FeedWanted) -> bool:
    if wanted.kind == "category":
        return slug_of(post.category) == wanted.name
    if wanted.kind == "tag":
        return wanted.name in {slug_of(tag) for tag in post.tags}
    return wanted.kind != "author" or slug_of(post.author) == wanted.name


def _rss(site: Site, posts: Sequence[Post], title: str, target: str) -> str:
    items = "".join(_rss_item(site, post) for post in posts)
    return _channel(site, title, target, items)


def _channel(site: Site, title: str, path: str, items: str) -> str:
    base = site.blog.base
    return (
        f"{_RSS_HEAD}<channel>\n\t<title>{title}</title>\n"
        f'\t<atom:link href="{_SELF}{escape(path)}" rel="self" type="application/rss+xml" />\n'
        f"\t<link>{base}</link>\n\t<description>{entities(site.blog.tagline)}</description>\n"
        f"\t<lastBuildDate>{format_datetime(site.last_modified)}</lastBuildDate>\n"
        "\t<language>en-NZ</language>\n\t<sy:updatePeriod>\n\thourly\t</sy:updatePeriod>\n"
        "\t<sy:updateFrequency>\n\t1\t</sy:updateFrequency>\n"
        f"\t<generator>https://wordpress.org/?v=6.1.9</generator>\n{items}</channel>\n</rss>\n"
    )


def _rss_item(site: Site, post: Post) -> str:
    said = sum(comment.post == post.number for comment in site.public_comments)
    categories = "".join(
        f"<category>{_cdata(name)}</category>" for name in (post.category, *post.tags)
    )
    return (
        f"\t<item>\n\t\t<title>{_title(post)}</title>\n\t\t<link>{post.link}</link>\n"
        f"\t\t<comments>{post.link}#respond</comments>\n"
        f"\t\t<dc:creator>{_cdata(post.author)}</dc:creator>\n"
        f"\t\t<pubDate>{format_datetime(post.published)}</pubDate>\n\t\t{categories}\n"
        f'\t\t<guid isPermaLink="false">{post.guid}</guid>\n'
        f"\t\t<description>{_cdata(_summary(post))}</description>\n"
        f"\t\t<content:encoded>{_cdata(_body(post))}</content:encoded>\n"
        f"\t\t<wfw:commentRss>{post.link}feed/</wfw:commentRss>\n"
        f"\t\t<slash:comments>{said}</slash:comments>\n{_enclosure(post)}\t</item>\n"
    )


def _enclosure(post: Post) -> str:
    file = post.attachment
    if file is None:
        return ""
    return f'\t\t<enclosure url="{file.url}" length="{file.bytes}" type="{file.media_type}" />\n'


def _title(post: Post) -> str:
    return entities(f"Protected: {post.title}" if post.protected else post.title)


def _summary(post: Post) -> str:
    if post.protected:
        return "There is no excerpt because this is a protected post."
    return excerpt(post).replace("[&hellip;]", "[&#8230;]")


def _body(post: Post) -> str:
    return CLOSED_FORM if post.protected else _EMOJI.sub(_smiley, content(post))


def _smiley(found: re.Match[str]) -> str:
    name = "-".join(f"{ord(sign):x}" for sign in found[0])
    return (
        f'<img src="https://s.w.org/images/core/emoji/14.0.0/72x72/{name}.png" alt="{found[0]}" '
        'class="wp-smiley" style="height: 1em; max-height: 1em;" />'
    )


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]&gt;')}]]>"


def _atom(site: Site, posts: Sequence[Post], title: str, target: str) -> str:
    base, blog = site.blog.base, site.blog
    entries = "".join(_atom_entry(site, post) for post in posts)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed\n\txmlns="http://www.w3.org/2005/Atom"\n'
        '\txmlns:thr="http://purl.org/syndication/thread/1.0"\n\txml:lang="en-NZ"\n\t>\n'
        f'\t<title type="text">{title}</title>\n'
        f'\t<subtitle type="text">{entities(blog.tagline)}</subtitle>\n'
        f"\t<updated>{_rfc3339(site.last_modified)}</updated>\n"
        f'\t<link rel="alternate" type="text/html" href="{base}" />\n\t<id>{base}/feed/atom/</id>\n'
        f'\t<link rel="self" type="application/atom+xml" href="{_SELF}{escape(target)}" />\n'
        '\t<generator uri="https://wordpress.org/" version="6.1.9">WordPress</generator>\n'
        f"{entries}</feed>\n"
    )


def _atom_entry(site: Site, post: Post) -> str:
    categories = "".join(
        f'<category scheme="{site.blog.base}" term="{escape(name)}" />'
        for name in (post.category, *post.tags)
    )
    file = post.attachment
    enclosure = (
        f'<link href="{file.url}" rel="enclosure" length="{file.bytes}" type="{file.media_type}" />'
        if file
        else ""
    )
    return (
        f"\t<entry>\n\t\t<author><name>{escape(post.author)}</name></author>\n"
        f'\t\t<title type="html">{_cdata(_title(post))}</title>\n'
        f'\t\t<link rel="alternate" type="text/html" href="{post.link}" />\n'
        f"\t\t<id>{post.guid}</id>\n\t\t<updated>{_rfc3339(post.modified)}</updated>\n"
        f"\t\t<published>{_rfc3339(post.published)}</published>\n\t\t{categories}\n"
        f'\t\t<summary type="html">{_cdata(_summary(post))}</summary>\n'
        f'\t\t<content type="html" xml:base="{post.link}">{_cdata(_body(post))}</content>\n'
        f"\t\t{enclosure}\n\t</entry>\n"
    )


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _said(site: Site, wanted: FeedWanted) -> tuple[int, str]:
    title = f"Comments for {entities(site.blog.title)}"
    comments: Sequence[Comment] = site.public_comments
    path = "/comments/feed/"
    if wanted.post:
        post = site.by_link.get(f"{site.blog.base}{wanted.post}/")
        if post is None:
            return 404, _channel(site, "Page not found", f"{wanted.post}/feed/", "")
        title, path = f"Comments on: {entities(post.title)}", f"{wanted.post}/feed/"
        comments = [comment for comment in comments if comment.post == post.number]
    items = "".join(_comment_item(site, comment) for comment in comments[:PER_FEED])
    return 200, _channel(site, title, path, items)


def _comment_item(site: Site, comment: Comment) -> str:
    post = site.by_number[comment.post]
    text = entities(comment.text)
    return (
        f"\t<item>\n\t\t<title>Comment on {entities(post.title)} by {entities(comment.author)}"
        f"</title>\n\t\t<link>{post.link}#comment-{comment.number}</link>\n"
        f"\t\t<dc:creator>{_cdata(comment.author)}</dc:creator>\n"
        f"\t\t<pubDate>{format_datetime(comment.written)}</pubDate>\n"
        f'\t\t<guid isPermaLink="false">{site.blog.base}/?p={post.number}#comment-{comment.number}'
        f"</guid>\n\t\t<description>{_cdata(text)}</description>\n"
        f"\t\t<content:encoded>{_cdata(f'<p>{text}</p>')}</content:encoded>\n\t</item>\n"
    )


def _number(text: str | None) -> int:
    return max(1, int(text)) if text and text.isdecimal() else 1
