"""Keeping pages light: a page weighs at most 60 kB with everything it loads.

Lists are light by themselves. A single post may be a book with five hundred replies; then a
page shows its beginning, and the rest is read at its place.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from markupsafe import escape

from connector.html import excerpt, plain_text
from connector.store.views import ItemView, ReplyView, RevisionView

TEXT_BYTES = 26_000
REPLIES_BYTES = 8_000
REPLY_BYTES = 3_000
FILES_BYTES = 4_000
FORMER_BYTES = 34_000

T = TypeVar("T")


def lighter(html: str, limit: int) -> str:
    """Return outside HTML that weighs at most about ``limit`` bytes.

    What is heavier comes back as its plain beginning: cutting marked-up text would leave
    broken marks.
    """
    if len(html.encode()) <= limit:
        return html
    text = plain_text(html)
    # A character has up to four bytes, and escaping makes some of them longer.
    while len((cut := _paragraphs(text)).encode()) > limit:
        text = excerpt(text, int(len(text) * 0.9 * min(1.0, limit / len(cut.encode()))))
    return cut


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line)


def light_item(item: ItemView) -> ItemView:
    """Return the item with as much of text, files and replies as a page may weigh."""
    replies = (replace(one, html=lighter(one.html, REPLY_BYTES)) for one in item.replies)
    return replace(
        item,
        html=lighter(item.html, TEXT_BYTES),
        enclosures=_within(item.enclosures, lambda one: 2 * len(one.url), FILES_BYTES),
        replies=_within(replies, _reply_bytes, REPLIES_BYTES),
    )


def _reply_bytes(reply: ReplyView) -> int:
    return len(reply.html.encode()) + 300


def light_former(revisions: tuple[RevisionView, ...]) -> tuple[RevisionView, ...]:
    """Return the newest former texts, as many and as much as a page may weigh."""
    share = FORMER_BYTES // max(len(revisions), 1)
    return tuple(replace(one, html=lighter(one.html, max(share, 1_000))) for one in revisions)


def _within(values: Iterable[T], bytes_of: Callable[[T], int], limit: int) -> tuple[T, ...]:
    """Return the first values, until they weigh more than the limit."""
    chosen: list[T] = []
    weight = 0
    for value in values:
        weight += bytes_of(value)
        if weight > limit:
            break
        chosen.append(value)
    return tuple(chosen)
