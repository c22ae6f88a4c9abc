"""Atom 1.0 and 0.3 -> raw entries.

Read: RFC 4287, RFC 4685 (threading), RFC 5005 (paging), and the Atom 0.3 draft of December
2003. How the tree is made belongs to ``feed_xml``, RSS to ``feed_rss``.
"""

from functools import partial
from html import escape

from adapters.feeds.feed_links import absolute
from adapters.feeds.feed_xml import (
    Element,
    Fields,
    answered,
    base_within,
    fields_of,
    first_text,
    inner_html,
    linked_file,
    markup,
    media_files,
    media_text,
    texts,
)
from adapters.feeds.raw_feed import RawEntry, RawFeed, person_name, product_name
from connector.model import Enclosure

_HTML = ("html", "text/html")
_XHTML = ("xhtml", "application/xhtml+xml")
BLOGGER_KIND = "schemas.google.com/g/2005#kind"
"""Blogger's own category: it says "post", never what the post is about."""


def read_atom(root: Element, url: str) -> RawFeed:
    """Return the feed below ``<feed>``."""
    fields = fields_of(root)
    base = base_within(root, url)
    author = _author(fields)
    return RawFeed(
        format="Atom 0.3" if "purl.org/atom/ns" in root.tag else "Atom 1.0",
        title=_text(fields, "atom:title"),
        home=_alternate(fields, base),
        next_url=_link(fields, base, "next") or _link(fields, base, "prev-archive"),
        generator=_generator(fields),
        entries=[
            partial(_read_entry, entry, base, base if base != url else "", author)
            for entry in fields.get("atom:entry", ())
        ],
    )


def _generator(fields: Fields) -> str:
    name = first_text(fields, "atom:generator")
    return product_name(name, fields["atom:generator"][0].get("version") or "") if name else ""


def _read_entry(
    entry: Element, base: str, named_base: str, feed_author: tuple[str, str]
) -> RawEntry:
    fields = fields_of(entry)
    own_base = base_within(entry, base)
    body, body_base = _body(fields, own_base)
    author, author_url = _entry_author(fields) or feed_author
    updated = texts(fields, "atom:updated", "atom:modified", "dcterms:modified")
    return RawEntry(
        guid=first_text(fields, "atom:id"),
        link=_permalink(fields, own_base),
        title=_text(fields, "atom:title") or _text(fields, "media:title"),
        html=body,
        summary=_text(fields, "atom:summary"),
        base=body_base if body_base != base else named_base,
        published=(*texts(fields, "atom:published", "atom:issued", "atom:created"), *updated),
        updated=updated,
        author=author,
        author_url=author_url,
        tags=_tags(fields),
        enclosures=_enclosures(fields, own_base),
        in_reply_to=answered(fields, own_base),
    )


def _permalink(fields: Fields, base: str) -> str:
    original = first_text(fields, "feedburner:origlink")
    return absolute(original, base) or _alternate(fields, base)


def _alternate(fields: Fields, base: str) -> str:
    """Return the link to the page itself: the one that says HTML, else the first."""
    links = [e for e in fields.get("atom:link", ()) if (e.get("rel") or "alternate") == "alternate"]
    links.sort(key=lambda link: (link.get("type") or "text/html") not in (*_HTML, *_XHTML))
    for link in links:
        if found := absolute(link.get("href") or "", base_within(link, base)):
            return found
    return ""


def _link(fields: Fields, base: str, relation: str) -> str:
    for link in fields.get("atom:link", ()):
        if link.get("rel") == relation:
            return absolute(link.get("href") or "", base)
    return ""


def _text(fields: Fields, name: str) -> str:
    return as_html(fields[name][0]) if name in fields else ""


def _body(fields: Fields, base: str) -> tuple[str, str]:
    for name in ("atom:content", "atom:summary"):
        for element in fields.get(name, ()):
            if body := as_html(element):
                return body, base_within(element, base)
    return media_text(fields), base


def as_html(element: Element) -> str:
    """Return a text construct as HTML; empty for what lies elsewhere or is no text."""
    kind = (element.get("type") or "text").split(";")[0].strip().lower()
    if element.get("src") or (element.get("mode") or "").lower() == "base64":
        return ""
    if kind in _XHTML or (len(element) and kind in _HTML):
        return inner_html(element)
    if kind in _HTML:
        return markup(element)
    if kind == "text" or kind.startswith("text/"):
        return escape("".join(map(str, element.itertext())).strip(), quote=False)
    return ""


def _entry_author(fields: Fields) -> tuple[str, str] | None:
    """Return who wrote the entry: itself, else the feed it was taken from, says so."""
    sources = [fields, *(fields_of(source) for source in fields.get("atom:source", ()))]
    for source in sources:
        author = _author(source)
        if author[0]:
            return author
    return None


def _author(fields: Fields) -> tuple[str, str]:
    for person in fields.get("atom:author", ()):
        about = fields_of(person)
        if name := person_name(first_text(about, "atom:name")):
            return name, first_text(about, "atom:uri", "atom:url")
    return person_name(first_text(fields, "dc:creator", "itunes:author")), ""


def _tags(fields: Fields) -> tuple[str, ...]:
    terms = [
        (element.get("label") or element.get("term") or element.text or "").strip()
        for element in fields.get("atom:category", ())
        if BLOGGER_KIND not in (element.get("scheme") or "")
    ]
    return (*terms, *texts(fields, "dc:subject"))


def _enclosures(fields: Fields, base: str) -> tuple[Enclosure, ...]:
    links = [e for e in fields.get("atom:link", ()) if e.get("rel") == "enclosure"]
    files = [linked_file(e, base, "href", "length") for e in links]
    return (*files, *media_files(fields, base))
