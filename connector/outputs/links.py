"""Links as they may leave the hub: nothing in them opens a door. Pure.

An address may hold a key: a token of a private feed, a signature of a file, a name with a
password. What looks like one is left out, and so is every secret of the configuration.
"""

import re
from collections.abc import Collection
from html import escape, unescape
from urllib.parse import SplitResult, unquote_plus, urlsplit, urlunsplit

_SECRET_ENDING = re.compile(
    r"(token|secret|passw(or)?d|passphrase|pwd|api[_-]?key|private[_-]?key|user[_-]?key"
    r"|auth[_-]?key|sess(ion)?[_-]?(key|id)?|signature|credentials?|authori[sz]ation|jwt)$",
    re.IGNORECASE,
)
_SECRET_NAMES = frozenset({"key", "sig", "auth", "pass", "sid", "hmac", "private", "k", "login"})
# The key is part of the path: Moodle's files and feeds, private calendars, chat hooks.
_SECRET_PATH = re.compile(
    r"/tokenpluginfile\.php/|/rss/file\.php/|/private-[0-9a-z]{8,}|/api/webhooks/|^/services/T[0-9A-Z]+/",
    re.IGNORECASE,
)
_LINKS = re.compile(r'\shref="(?P<target>[^"]*)"|(?P<plain>https?://[^\s"<>]+)', re.IGNORECASE)
SHORTEST_SECRET = 6
"""What is shorter stands in many an address by chance."""
LEFT_OUT = "(link left out)"


def shareable(url: str | None, secrets: Collection[str] = ()) -> str | None:
    """Return the address without what opens a door; None where nothing harmless is left.

    Args:
        url: an absolute address.
        secrets: values of the configuration that stand nowhere outside it.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = unquote_plus(url)
    if any(len(one) >= SHORTEST_SECRET and (one in url or one in plain) for one in secrets):
        return None
    if _SECRET_PATH.search(parts.path):
        return None
    return _without_keys(url, parts)


def _without_keys(url: str, parts: SplitResult) -> str:
    """Return the very same text when there is nothing to leave out."""
    netloc = parts.netloc.rpartition("@")[2] if "@" in parts.netloc else parts.netloc
    query, fragment = _kept(parts.query), _kept(parts.fragment)
    if (netloc, query, fragment) == (parts.netloc, parts.query, parts.fragment):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, fragment))


def _kept(query: str) -> str:
    if "=" not in query:
        return query
    return "&".join(one for one in query.split("&") if not _is_secret(one))


def _is_secret(parameter: str) -> bool:
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in _SECRET_NAMES or _SECRET_ENDING.search(name) is not None


def shareable_html(html: str, secrets: Collection[str] = ()) -> str:
    """Return sanitised HTML with each link as ``shareable`` gives it."""

    def link(match: re.Match[str]) -> str:
        target, plain = match["target"], match["plain"]
        kept = shareable(unescape(plain if target is None else target), secrets)
        if target is None:
            return LEFT_OUT if kept is None else escape(kept, quote=False)
        return "" if kept is None else f' href="{escape(kept)}"'

    return _LINKS.sub(link, html)
