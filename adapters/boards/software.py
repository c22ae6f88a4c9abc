"""Pure: what each kind of board calls its feeds, and which topic an address belongs to.

Board software as of its common versions: phpBB 3 (``feed.php``), vBulletin 3 to 5
(``external.php``, ``external``), XenForo 2 (``index.rss``), Elgg (``?view=rss``), Discourse.
"""

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from adapters.boards.settings import Software

_PHPBB = re.compile(r"/(?:viewforum|viewtopic|feed|index)\.php$|/feed/?$")
_VBULLETIN = re.compile(r"/(?:forumdisplay|showthread|external|forum)\.php(?:/.*)?$|/external$")
_XENFORO = re.compile(r"^(?P<base>.*?)/(?P<what>forums|threads)/(?P<name>[^/]+)(?:/.*)?$")
_ELGG = re.compile(r"/(?:discussion|groups|activity|blog|thewire)(?:/|$)")
_DISCOURSE = re.compile(r"^(?P<base>.*?)/(?P<what>t|c|latest|posts|tag|categories)(?:[/.]|$)")
_DISCOURSE_TOPIC = re.compile(r"(/t/(?:[^/]+/)?\d+)(?:/(\d+))?/?$")
_XENFORO_TOPIC = re.compile(r"(/threads/[^/]+/)(?:(?:post-\d+|page-\d+|latest|unread).*)?$")
_VBULLETIN_TOPIC = re.compile(r"(/(?:threads|forum/[^?]+)/\d+[^/]*)(?:/page\d+)?$")
_VBULLETIN_NUMBER = re.compile(r"(\d+)(?:-[^&=]*)?(?:&|$)")
"""vBulletin 4 writes ``showthread.php?341-Title-of-the-thread``."""
_REPLY = re.compile(r"^\s*(?:Re|Aw|Réf|Antw)\s*:\s*", re.IGNORECASE)


def recognised(address: str) -> Software:
    """Return what an address says about the board that it is of; "auto": it says nothing."""
    parts = urlsplit(address)
    names = {name for name, _ in parse_qsl(parts.query)}
    if _VBULLETIN.search(parts.path) or "forumids" in names:
        return "vbulletin"
    if _PHPBB.search(parts.path) and not parts.path.endswith("/index.php"):
        return "phpbb"
    if _XENFORO.match(parts.path):
        return "xenforo"
    if "view" in names and dict(parse_qsl(parts.query))["view"] == "rss":
        return "elgg"
    if _DISCOURSE.match(parts.path):
        return "discourse"
    return "elgg" if _ELGG.search(parts.path) else "auto"


def feeds_of(address: str, software: Software) -> tuple[str, ...]:
    """Return the feeds that a board should have for this address, the best first."""
    chosen = recognised(address) if software == "auto" else software
    if chosen == "feed":
        return (address,)
    if chosen == "auto":
        root = _root(address)
        guesses = (
            feeds_of(root, kind) for kind in ("phpbb", "xenforo", "vbulletin", "discourse", "elgg")
        )
        return tuple(dict.fromkeys([address, *(feed for feeds in guesses for feed in feeds)]))
    return _FEEDS[chosen](address)


def _phpbb(address: str) -> tuple[str, ...]:
    base, query = _folder(address), dict(parse_qsl(urlsplit(address).query))
    narrow = {name: query[name] for name in ("f", "t") if query.get(name, "").isdecimal()}
    if "t" in narrow:
        return (f"{base}feed.php?t={narrow['t']}",)
    if "f" in narrow:
        return (f"{base}feed.php?f={narrow['f']}",)
    modes = ("", "?mode=topics", "?mode=topics_active")
    return (*(f"{base}feed.php{mode}" for mode in modes), f"{base}feed")


def _vbulletin(address: str) -> tuple[str, ...]:
    # Not with lastpost=1: then each thread is one entry that shows its last post under the
    # thread's own id, so that the first words and their author would be overwritten.
    base, query = _folder(address), dict(parse_qsl(urlsplit(address).query))
    forum = query.get("forumids") or query.get("f") or ""
    if forum.replace(",", "").isdecimal():
        return (f"{base}external.php?type=RSS2&forumids={forum}",)
    return (f"{base}external.php?type=RSS2", f"{base}external?type=rss2")


def _xenforo(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    found = _XENFORO.match(parts.path)
    base = found["base"] if found else parts.path.rstrip("/")
    name = found["name"] if found and found["what"] == "forums" else "-"
    return (parts._replace(path=f"{base}/forums/{name}/index.rss", query="").geturl(),)


def _elgg(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "view"]
    return (parts._replace(query=urlencode([*query, ("view", "rss")])).geturl(),)


def _discourse(address: str) -> tuple[str, ...]:
    parts = urlsplit(address)
    path = parts.path.removesuffix(".rss").removesuffix(".json").rstrip("/")
    found = _DISCOURSE.match(path)
    plain = parts._replace(query="")
    if found and found["what"] in ("c", "tag", "t") and path.count("/") > 1:
        topic = _DISCOURSE_TOPIC.search(path)
        narrow = path if topic is None else path[: topic.start()] + topic[1]
        return (plain._replace(path=f"{narrow}.rss").geturl(),)
    base = found["base"] if found else path
    names = ("posts.rss", "latest.rss")
    return tuple(plain._replace(path=f"{base}/{name}").geturl() for name in names)


_FEEDS = {
    "phpbb": _phpbb,
    "vbulletin": _vbulletin,
    "xenforo": _xenforo,
    "elgg": _elgg,
    "discourse": _discourse,
}


def _folder(address: str) -> str:
    """Return the folder that the board's scripts lie in."""
    plain = urlsplit(address)._replace(query="").geturl()
    return urljoin(plain, "." if re.search(r"\.php|/feed/?$|/external$", plain) else "./")


def _root(address: str) -> str:
    return urljoin(address, "/")


def topic_of(link: str) -> str:
    """Return the address of the topic that a post's address belongs to."""
    parts = urlsplit(link)
    query = dict(parse_qsl(parts.query))
    if parts.path.endswith(("viewtopic.php", "showthread.php")):
        found = _VBULLETIN_NUMBER.match(parts.query)
        return _by_number(link, {"t": found[1]} if found else query)
    for pattern in (_DISCOURSE_TOPIC, _XENFORO_TOPIC, _VBULLETIN_TOPIC):
        found = pattern.search(parts.path)
        if found:
            path = parts.path[: found.start()] + found[1]
            return parts._replace(path=path, query="", fragment="").geturl()
    return parts._replace(fragment="").geturl()


def _by_number(link: str, query: dict[str, str]) -> str:
    """Return a topic's address by its number; one post's own where only that is known."""
    names = ("t",) if "t" in query else ("p",)
    kept = urlencode([(name, query[name]) for name in names if name in query])
    return urlsplit(link)._replace(query=kept, fragment="").geturl()


def is_post_alone(link: str | None) -> bool:
    """Whether an address names one post, and not the topic that it belongs to."""
    parts = urlsplit(link or "")
    return parts.path.endswith(("viewtopic.php", "showthread.php")) and "p" in dict(
        parse_qsl(parts.query)
    )


def bare_title(title: str) -> str:
    """Return the title of the topic that a reply with this title answers in."""
    return _REPLY.sub("", title)


def is_reply(link: str, title: str) -> bool:
    """Whether an entry answers in a topic, rather than beginning one."""
    discourse = _DISCOURSE_TOPIC.search(urlsplit(link).path)
    if discourse and discourse[2]:
        return int(discourse[2][:9]) > 1
    if "#elgg-object" in link or "#comment" in link:
        return True
    return _REPLY.match(title) is not None
