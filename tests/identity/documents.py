"""The bytes of a feed that shows some entries."""

from collections.abc import Sequence
from email.utils import format_datetime
from html import escape

from tests.feeds.feed_reading import NAMESPACES
from tests.identity.cases import Shown


def document(style: str, shows: Sequence[Shown], home: str, *, marked: bool = False) -> bytes:
    """Return the feed; ``marked`` numbers its entries, so that they are known again when read."""
    entry, frame = (_atom_entry, _atom) if style == "atom" else (_rss_item, _rss)
    marks = [f"mark-{number}" if marked else "" for number in range(len(shows))]
    return frame("".join(map(entry, shows, marks)), home).encode()


def _rss(items: str, home: str) -> str:
    head = f"<title>Kura</title><link>{escape(home)}</link><description/>"
    return f'<rss version="2.0" {NAMESPACES}><channel>{head}{items}</channel></rss>'


def _rss_item(shown: Shown, mark: str) -> str:
    parts = [
        _element("title", shown.title),
        _element("link", shown.link),
        f'<guid isPermaLink="false">{escape(shown.id)}</guid>' if shown.id else "",
        _element("dc:creator", shown.author),
        _element("pubDate", format_datetime(shown.on) if shown.on else ""),
        _element("category", mark),
        _element("content:encoded", _body(shown)),
    ]
    if shown.sound:
        parts.append(f'<enclosure url="{escape(shown.sound)}" type="audio/mpeg" length="9"/>')
    return f"<item>{''.join(parts)}</item>"


def _atom(entries: str, home: str) -> str:
    head = f'<title>Kura</title><link href="{escape(home)}"/>'
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}>'
    return f"{feed}{head}{entries}</feed>"


def _atom_entry(shown: Shown, mark: str) -> str:
    parts = [
        _element("title", shown.title),
        f'<link rel="alternate" href="{escape(shown.link)}"/>' if shown.link else "",
        _element("id", shown.id),
        f"<author><name>{escape(shown.author)}</name></author>" if shown.author else "",
        _element("published", shown.on.isoformat() if shown.on else ""),
        f'<category term="{mark}"/>' if mark else "",
        f'<content type="html">{escape(_body(shown))}</content>',
    ]
    return f"<entry>{''.join(parts)}</entry>"


def _body(shown: Shown) -> str:
    photo = f'<p><img src="{shown.photo}" alt=""></p>' if shown.photo else ""
    return f"{photo}<p>{shown.text}</p>" if shown.text else photo


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
