"""Links as feeds write them -> absolute ones, also inside the body's HTML.

Which link of an entry is its permalink is decided by the format readers; whether a link is
safe to show is ``connector.html``'s question.
"""

import re
from html import escape, unescape
from urllib.parse import urldefrag, urljoin, urlsplit

from connector.html import MAX_LINK_CHARACTERS

_BREAKS = re.compile(r"[\t\r\n]+")
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_LINK = re.compile(
    r"(?P<lead>\s(?:href|src)\s*=\s*)"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'<>]+))",
    re.IGNORECASE,
)
_NOT_FULL = re.compile('=(?!"http)')
_HAS_SCHEME = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*:")


def absolute(link: str, base: str) -> str:
    """Return the link resolved against ``base``; empty for what is no link at all.

    A base that is too long for an address is none: each link would come out as long.
    """
    link = _BREAKS.sub("", link.strip()).replace(" ", "%20")
    if link.startswith(("https://", "http://")) or not link:
        return link
    try:
        return urljoin(base if len(base) <= MAX_LINK_CHARACTERS else "", link)
    except ValueError:
        return ""


def without_fragment(link: str) -> str:
    """Return where a comment's permalink leads: the post; empty when it names no comment."""
    bare, fragment = urldefrag(link)
    return bare if fragment else ""


def shown(url: str) -> str:
    """Return the address as an error may show it: no query, fragment or credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def with_absolute_links(html: str, base: str) -> str:
    """Return the body with every relative href and src resolved against ``base``."""
    if not base or not _may_hold_relative(html):
        return html

    def resolve(attribute: re.Match[str]) -> str:
        value = unescape(attribute["double"] or attribute["single"] or attribute["bare"] or "")
        if not value or _HAS_SCHEME.match(value):
            return attribute[0]
        return f'{attribute["lead"]}"{escape(absolute(value, base))}"'

    # Only inside tags: a code sample may speak of href="..." too.
    return _TAG.sub(lambda tag: _LINK.sub(resolve, tag[0]), html)


def _may_hold_relative(html: str) -> bool:
    """Tell cheaply: counting is many times faster than matching, and most bodies stop here."""
    if not _NOT_FULL.search(html):
        return False
    links = html.count("href=") + html.count("src=")
    full = html.count('href="http') + html.count('src="http')
    return links != full or "HREF=" in html or "SRC=" in html
