"""The addresses of an Interact: the only ones that are ever asked for or linked to; pure.

Several of Interact's addresses change something when they are merely opened. None of them can
be made here, and no address is taken from a page.
"""

import re
from html import escape, unescape
from urllib.parse import urlencode, urljoin, urlsplit

from adapters.interact.layout import Module

LOGIN_PATH, NEWS_PATH, NEWS_FORM_PATH = "login.php", "spaces/news.php", "news/newsinput.php"
"""The first and the last are sent to by POST, the last only by a destination."""
FORUM_PATH, THREAD_PATH = "modules/forum/forum.php", "modules/forum/thread.php"
READ_PATHS = frozenset(
    {
        "spaces/space.php",
        NEWS_PATH,
        NEWS_FORM_PATH,
        FORUM_PATH,
        THREAD_PATH,
        "modules/journal/journalview.php",
        "modules/journal/entry.php",
        "modules/journal/rss.php",
    }
)
"""What may be asked for by GET: pages that show, and nothing that acts."""
READ_PARAMETERS = frozenset(
    "space_key module_key link_key group_key thread_key post_key journal_user_key offset".split()
)

_LINK = re.compile(
    r"(?P<lead>\s(?:href|src)\s*=\s*)"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'<>]+))",
    re.IGNORECASE,
)
_OPENING = re.compile(r"<[a-zA-Z][^<>]*>")
_HAS_SCHEME = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*:")


def readable(base: str, path: str, **numbers: int) -> str:
    """Return an address that only shows something.

    Raises ValueError for a path or parameter that is not on the list, so that whatever
    somebody writes elsewhere, an address that acts cannot be asked for.
    """
    if path not in READ_PATHS:
        raise ValueError(f"{path!r} is not among the pages that are read")
    if set(numbers) - READ_PARAMETERS or any(type(each) is not int for each in numbers.values()):
        raise ValueError(f"{sorted(numbers)} are not all parameters that only show something")
    return f"{base}{path}?{urlencode(numbers)}"


def thread(base: str, space: int, forum: int, start: int, key: int) -> str:
    """Return where a forum shows one post."""
    query = f"space_key={space}&module_key={forum}&thread_key={start}&post_key={key}"
    return f"{base}{THREAD_PATH}?{query}#{key}"


def entry(base: str, module: Module, start: int, owner: int, comment: int | None) -> str:
    """Return where a journal shows an entry, or a comment below it."""
    query = f"space_key={module.space}&module_key={module.key}&post_key={start}"
    at = f"#{comment}" if comment else ""
    return f"{base}modules/journal/entry.php?{query}&journal_user_key={owner}{at}"


def news(base: str, space: int, key: int) -> str:
    """Return where a space shows its news; the mark keeps one apart from the other."""
    return f"{base}spaces/news.php?space_key={space}#news-{key}"


def module(base: str, one: Module, mark: str = "") -> str:
    """Return where a module stands, and a mark for a part of it."""
    query = urlencode(
        {
            "space_key": one.space,
            "module_key": one.key,
            "link_key": one.link,
            "group_key": one.group,
        }
    )
    kind = re.sub(r"\W", "", one.type, flags=re.ASCII)
    return f"{base}modules/{kind}/{kind}.php?{query}{'#' if mark else ''}{mark}"


def members(base: str, one: Module) -> str:
    """Return where a group lists who is in it."""
    query = f"space_key={one.space}&group_key={one.key}&link_key={one.link}&module_key={one.key}"
    return f"{base}modules/group/members.php?{query}"


def web_link(text: str) -> str:
    """Return a link that somebody typed, fit for an attribute; empty for anything else."""
    link = text.strip()
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    is_link = parts.scheme in ("http", "https") and bool(parts.netloc)
    return escape(link) if is_link and not re.search(r"[\s<>]", link) else ""


def with_absolute_links(html: str, base: str) -> str:
    """Return the body with every relative href and src resolved against its page."""

    def resolve(found: re.Match[str]) -> str:
        value = unescape(found["double"] or found["single"] or found["bare"] or "")
        if not value or _HAS_SCHEME.match(value):
            return found[0]
        try:
            return f'{found["lead"]}"{escape(urljoin(base, value.strip()))}"'
        except ValueError:
            return f'{found["lead"]}""'

    # Only inside tags: a code sample may speak of href="..." too.
    return _OPENING.sub(lambda tag: _LINK.sub(resolve, tag[0]), html)
