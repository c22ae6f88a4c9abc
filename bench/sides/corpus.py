"""Invented feeds for benchmarks: the same bytes for the same numbers, of every format."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from random import Random

FEEDS = 300
ENTRIES = 50
BIG_FEED = FEEDS
"""The number of the feed that is too big."""
BIG_BYTES = 50_000_000
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_WORDS = (
    "tamariki whānau kura kōrero pukapuka garden stream eel fractions number talk reading "
    "writing Matariki waiata kapa haka science week inquiry question picture bridge paper "
    "tūī kererū harakeke marae hāngī camp bus library pencil window lunch rain wind hill "
    "team class room teacher parent koro nana Monday Tuesday Friday term together slowly"
).split()


def entry_body(feed: int, number: int) -> str:
    """Return about 1.6 kB of HTML that hardly another entry shares a sentence with."""
    dice = Random(feed * 100_003 + number)
    paragraphs = []
    for _ in range(4):
        words = " ".join(dice.choice(_WORDS) for _ in range(45))
        link = f'<a href="https://blog{feed}.example/{number}/more">more</a>'
        paragraphs.append(f"<p>{words} <em>{dice.choice(_WORDS)}</em> {link} &amp; so on.</p>")
    picture = f'<img src="https://blog{feed}.example/{number}.jpg" alt="our {dice.choice(_WORDS)}">'
    return "".join(paragraphs) + (picture if number % 3 == 0 else "")


def feed_bytes(feed: int, new: int = 0) -> tuple[bytes, str]:
    """Return a feed and its content type, ``new`` entries later than at the start.

    Formats take turns: RSS 2.0 in UTF-8 and Latin-1, Atom 1.0, RSS 1.0.
    """
    numbers = range(new + ENTRIES - 1, new - 1, -1)
    kind = feed % 4
    if kind == 2:
        return _atom(feed, numbers).encode(), "application/atom+xml; charset=utf-8"
    if kind == 3:
        return _rdf(feed, numbers).encode(), "application/rdf+xml"
    text = _rss(feed, numbers, "iso-8859-1" if kind == 1 else "utf-8")
    if kind == 1:
        return text.encode("latin-1", "xmlcharrefreplace"), "text/xml"
    return text.encode(), "application/rss+xml; charset=utf-8"


def _moment(number: int) -> datetime:
    return START + timedelta(hours=6 * number)


def _rss(feed: int, numbers: range, encoding: str) -> str:
    items = "".join(
        f"<item><title>Week {n} in room {feed}</title><link>https://blog{feed}.example/{n}/</link>"
        f'<guid isPermaLink="false">https://blog{feed}.example/?p={n}</guid>'
        f"<dc:creator>Teacher {feed}</dc:creator><category>{_WORDS[n % len(_WORDS)]}</category>"
        f"<pubDate>{_moment(n):%a, %d %b %Y %H:%M:%S +0000}</pubDate>"
        f"<content:encoded>{escape(entry_body(feed, n))}</content:encoded></item>"
        for n in numbers
    )
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Blog {feed}</title><link>https://blog{feed}.example/</link>{items}</channel></rss>"
    )


def _atom(feed: int, numbers: range) -> str:
    entries = "".join(
        f"<entry><id>tag:blog{feed}.example,2026:{n}</id><title>Week {n} in room {feed}</title>"
        f'<link rel="alternate" href="https://blog{feed}.example/{n}/"/>'
        f"<author><name>Teacher {feed}</name></author>"
        f'<category term="{_WORDS[n % len(_WORDS)]}"/>'
        f"<published>{_moment(n):%Y-%m-%dT%H:%M:%SZ}</published>"
        f"<updated>{_moment(n):%Y-%m-%dT%H:%M:%SZ}</updated>"
        f'<content type="html">{escape(entry_body(feed, n))}</content></entry>'
        for n in numbers
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>tag:blog{feed}.example,2026:feed</id><title>Blog {feed}</title>"
        f'<link rel="alternate" href="https://blog{feed}.example/"/>{entries}</feed>'
    )


def _rdf(feed: int, numbers: range) -> str:
    items = "".join(
        f'<item rdf:about="https://blog{feed}.example/{n}/"><title>Week {n} in room {feed}</title>'
        f"<link>https://blog{feed}.example/{n}/</link><dc:creator>Teacher {feed}</dc:creator>"
        f"<dc:subject>{_WORDS[n % len(_WORDS)]}</dc:subject>"
        f"<dc:date>{_moment(n):%Y-%m-%dT%H:%M:%SZ}</dc:date>"
        f"<content:encoded>{escape(entry_body(feed, n))}</content:encoded></item>"
        for n in numbers
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f'<channel rdf:about="https://blog{feed}.example/"><title>Blog {feed}</title>'
        f"<link>https://blog{feed}.example/</link></channel>{items}</rdf:RDF>"
    )


_TAIL = b"</channel></rss>"


def big_feed_pieces() -> Iterator[bytes]:
    """Yield a well-formed RSS feed of 50 MB, piece by piece."""
    whole = _rss(BIG_FEED, range(ENTRIES), "utf-8").encode()
    head, mark, rest = whole.partition(b"<item>")
    items, tail = (mark + rest).removesuffix(_TAIL), _TAIL
    yield head
    for _ in range(BIG_BYTES // len(items) + 1):
        yield items
    yield tail
