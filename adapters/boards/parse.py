"""Pure: a feed of a board becomes posts and replies, by forum.

What a feed is, in whatever format, is told by the feed readers; here is only what boards add:
the forum, the topic that a post belongs to, and lines that the board's software adds.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from adapters.boards.software import bare_title, is_post_alone, is_reply, topic_of
from adapters.feeds.parse import Feed, read_feed
from connector.html import fold
from connector.model import Audience, Kind, Record

PARSER_VERSION = 2

_FORUM_BEFORE_TITLE = re.compile(r"^(?P<forum>[^•]{1,100}) • (?P<title>.+)$", re.DOTALL)
# What the software of the board writes behind a post: phpBB, XenForo, Discourse.
_ADDED = (
    re.compile(r"\s*<p>\s*Statistics: Posted by .*?</p>\s*(?:<hr\s*/?>)?\s*$", re.DOTALL),
    re.compile(r"(?:\s|<br\s*/?>)*<a\b[^<>]*\bclass=\"link link--internal\"[^<>]*>[^<]*</a>\s*$"),
    re.compile(
        r"\s*<p><small>\d+ posts? - \d+ participants?</small></p>"
        r"\s*<p><a href=\"[^\"]*\">Read full topic</a></p>\s*$"
    ),
    re.compile(r"\s*<hr\s*/?>\s*$"),  # phpBB where its statistics are off
)
_SCANNED = 20_000
"""How far from its end such a line may begin."""


def read_board(
    body: bytes, *, url: str, content_type: str, source: str, zone: ZoneInfo, audience: Audience
) -> tuple[Feed, dict[str, tuple[Record, ...]]]:
    """Return a feed and its records by forum ("": none is named). Raises ParseError.

    Args:
        source: becomes part of every external id.
    """
    feed = read_feed(body, url=url, content_type=content_type, stream=source, zone=zone)
    forums: dict[str, list[Record]] = {}
    begun: dict[tuple[str, str], list[str]] = {}
    for record in feed.records:
        forum, made = _post(record, audience)
        forums.setdefault(forum, []).append(made)
        if made.kind is not Kind.COMMENT and made.url:
            begun.setdefault((forum, fold(made.title)), []).append(made.url)
    titles = {record.external_id: _forum_of(record)[1] for record in feed.records}
    return feed, {
        forum: tuple(
            _under_its_topic(one, begun.get((forum, fold(bare_title(titles[one.external_id]))), []))
            for one in records
        )
        for forum, records in forums.items()
    }


def _under_its_topic(record: Record, topics: Sequence[str]) -> Record:
    """Return a reply that names no topic under the one topic that has its title.

    phpBB's addresses name a post alone since 3.3: then only the title tells the topic.
    """
    if len(topics) == 1 and is_post_alone(record.in_reply_to):
        return replace(record, in_reply_to=topics[0])
    return record


def _post(record: Record, audience: Audience) -> tuple[str, Record]:
    """Return the forum of an entry, and the entry as a post or a reply."""
    forum, title, tags = _forum_of(record)
    link = record.url or ""
    made = replace(record, html=_without_added(record.html), audience=audience, tags=tags)
    if not link or not is_reply(link, title):
        return forum, replace(made, title=title, url=topic_of(link) if link else None)
    return forum, replace(made, kind=Kind.COMMENT, title="", in_reply_to=topic_of(link))


def _forum_of(record: Record) -> tuple[str, str, tuple[str, ...]]:
    """Return (forum, title, tags): boards name the forum as the first category, or before
    the title."""
    before = _FORUM_BEFORE_TITLE.match(record.title)
    title = before["title"] if before else record.title
    named = record.tags[0] if record.tags else before["forum"] if before else ""
    return named, title, record.tags[1:]


def _without_added(html: str) -> str:
    for pattern in _ADDED:
        start = max(len(html) - _SCANNED, 0)
        found = pattern.search(html, start)
        if found:
            return html[: found.start()]
    return html


def key_of(source: str, forum: str) -> str:
    """Return the stream of one forum of one feed."""
    return f"{source}#{fold(forum)}"
