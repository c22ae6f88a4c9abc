"""The pages that a person sees: a blog's front page, a post, a farewell, pictures and files.

Simple HTML that any of the stand-ins hands out; what is particular to one kind of blog is
in that kind's module.
"""

import struct
import zlib
from html import escape

from sample_cluster.answers import Answer, Headers, Request, html_answer
from sample_cluster.archive import ZONE
from sample_cluster.posts import Post, Site

PER_PAGE = 20

_STYLE = "body{font:1rem/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
_COLOURS = ((46, 125, 90), (180, 92, 46), (52, 96, 148), (148, 62, 100), (120, 120, 40))

_PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n"
)


def page(title: str, body: str, head: str = "", status: int = 200, headers: Headers = ()) -> Answer:
    """Return a whole page; ``body`` and ``head`` are HTML already."""
    return html_answer(
        "<!DOCTYPE html>\n"
        '<html lang="en-NZ"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{head}</head>\n"
        f"<body>{body}</body></html>\n",
        status,
        headers,
    )


def front_page(site: Site, request: Request, head: str = "", headers: Headers = ()) -> Answer:
    """Return the list of a blog's posts, twenty at a time."""
    number = max(1, _number(request.value("page")))
    shown = site.public[(number - 1) * PER_PAGE : number * PER_PAGE]
    items = "".join(
        f'<li><a href="{post.link}">{escape(post.title) or "(no title)"}</a> '
        f"<small>{_day(post)}, {escape(post.author)}</small></li>"
        for post in shown
    )
    older = ""
    if len(site.public) > number * PER_PAGE:
        older = f'<p><a href="{site.blog.base}/?page={number + 1}">Older posts</a></p>'
    body = f"{_heading(site)}<ul>{items}</ul>{older}"
    return page(site.blog.title, body, head, headers=headers)


def post_page(site: Site, post: Post, head: str = "", headers: Headers = ()) -> Answer:
    """Return one post; a protected one shows a form instead of its text."""
    text = CLOSED_FORM if post.protected else post.html
    said = "".join(
        f'<section id="comment-{comment.number}"><h3>{escape(comment.author)}</h3>'
        f"<p>{escape(comment.text)}</p></section>"
        for comment in reversed(site.public_comments)
        if comment.post == post.number
    )
    attached = post.attachment
    file = f'<p><a href="{attached.url}">Attached file</a></p>' if attached else ""
    body = (
        f"{_heading(site)}<article><h1>{escape(post.title)}</h1>"
        f"<p><small>{_day(post)}, {escape(post.author)}</small></p>{text}{file}</article>{said}"
    )
    canonical = f'<link rel="canonical" href="{post.link}">'
    return page(post.title, body, canonical + head, headers=headers)


def missing_page(site: Site, status: int = 404, headers: Headers = ()) -> Answer:
    """Return the page for what is not, or no longer, there."""
    body = f"{_heading(site)}<h1>Page not found</h1><p>Nothing stands at this address.</p>"
    return page(f"Page not found – {site.blog.title}", body, status=status, headers=headers)


def moved_page(site: Site) -> Answer:
    """Return what a blog that has moved leaves behind."""
    new = f"sample://{site.moved_to}/"
    body = f'<h1>{escape(site.blog.title)}</h1><p>We live <a href="{new}">over here</a> now.</p>'
    return page(site.blog.title, body)


def file_answer(path: str) -> Answer | None:
    """Return a small picture or document for addresses that name one, or None."""
    name = path.rsplit("/", 1)[-1]
    if path.startswith("/pictures/"):
        return Answer(200, _picture(name), (("Content-Type", "image/png"),))
    if path.startswith("/files/") and name.endswith(".pdf"):
        return Answer(200, _PDF.ljust(345), (("Content-Type", "application/pdf"),))
    if path.startswith("/files/") and name.endswith(".mp3"):
        return Answer(200, b"\xff\xfb\x90\x00".ljust(417, b"\0"), (("Content-Type", "audio/mpeg"),))
    return None


CLOSED_FORM = (
    '<form action="/wp-login.php?action=postpass" class="post-password-form" method="post">'
    "<p>This post is protected. Enter the password to read it.</p>"
    '<p><label>Password: <input name="post_password" type="password"></label> '
    '<input type="submit" name="Submit" value="Enter"></p></form>\n'
)


def _heading(site: Site) -> str:
    blog = site.blog
    name, tagline = escape(blog.title), escape(blog.tagline)
    return f'<header><p><a href="{blog.base}/">{name}</a> – {tagline}</p></header>'


def _day(post: Post) -> str:
    return post.published.astimezone(ZONE).strftime("%-d %B %Y")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 1


def _picture(name: str) -> bytes:
    """Return a PNG of one colour, which follows from its name."""
    colour = bytes(_COLOURS[sum(name.encode()) % len(_COLOURS)])
    rows = (b"\0" + colour * 120) * 80
    header = struct.pack(">IIBBBBB", 120, 80, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check
