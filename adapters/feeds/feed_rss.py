"""RSS 0.90 to 2.0 -> raw entries.

Read: RSS 2.0.11 (https://www.rssboard.org/rss-specification), RSS 1.0
(https://web.resource.org/rss/1.0/spec), Media RSS 1.5.1. How the tree is made belongs to
``feed_xml``, Atom to ``feed_atom``.
"""

from functools import partial

from adapters.feeds.feed_links import absolute
from adapters.feeds.feed_xml import (
    Element,
    Fields,
    answered,
    base_within,
    fields_of,
    first_text,
    linked_file,
    markup,
    media_files,
    media_text,
    name_of,
    texts,
)
from adapters.feeds.raw_feed import RawEntry, RawFeed, person_name, product_name
from connector.model import Enclosure

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
_VERSIONS = ("0.91", "0.92", "0.93", "0.94", "2.0")
_PUBLISHED = ("pubdate", "atom:published", "dc:date", "dcterms:created", "dcterms:issued")
_UPDATED = ("atom:updated", "dcterms:modified")


def read_rss(root: Element, url: str) -> RawFeed:
    """Return the feed below ``<rss>`` or ``<rdf:RDF>``."""
    top = fields_of(root)
    base = base_within(root, url)
    channel = top.get("channel", [root])[0]
    fields = fields_of(channel)
    base = base_within(channel, base)
    items = [*fields.get("item", ()), *(top.get("item", ()) if channel is not root else ())]
    return RawFeed(
        format=_format(root),
        title=first_text(fields, "title", "dc:title"),
        home=_link(fields, base),
        next_url=_atom_link(fields, base, "next", "prev-archive"),
        generator=_generator(fields),
        entries=[partial(_read_item, item, base, base if base != url else "") for item in items],
    )


def holds_feed(root: Element) -> bool:
    """Whether RDF, which may be about anything, holds RSS 0.90 or 1.0."""
    return any(name_of(child.tag) in ("channel", "item") for child in root.iterchildren("*"))


def _format(root: Element) -> str:
    if root.tag.rpartition("}")[2].lower() == "rdf":
        old = any("netscape.com/rdf/simple/0.9" in (uri or "") for uri in root.nsmap.values())
        return "RSS 0.90" if old else "RSS 1.0"
    version = (root.get("version") or "").strip()
    return f"RSS {version}" if version in _VERSIONS else "RSS 2.0"


def _generator(fields: Fields) -> str:
    text = first_text(fields, "generator")
    for agent in fields.get("admin:generatoragent", ()):
        text = text or agent.get(_RESOURCE) or ""
    return product_name(text)


def _read_item(item: Element, base: str, named_base: str) -> RawEntry:
    fields = fields_of(item)
    own_base = base_within(item, base)
    body, body_base = _body(fields, own_base)
    author, author_url = _author(fields)
    return RawEntry(
        guid=first_text(fields, "guid") or (item.get(_ABOUT) or "").strip(),
        link=_permalink(fields, own_base),
        title=first_text(fields, "title", "dc:title", "media:title"),
        html=body,
        summary=first_text(fields, "description"),
        base=body_base if body_base != base else named_base,
        published=texts(fields, *_PUBLISHED),
        updated=texts(fields, *_UPDATED),
        author=author,
        author_url=author_url,
        tags=texts(fields, "category", "dc:subject"),
        enclosures=_enclosures(fields, own_base),
        in_reply_to=answered(fields, own_base),
    )


def _permalink(fields: Fields, base: str) -> str:
    original = first_text(fields, "feedburner:origlink")
    if found := absolute(original, base) or _link(fields, base):
        return found
    for guid in fields.get("guid", ()):
        text = (guid.text or "").strip()
        if guid.get("isPermaLink", "true").lower() != "false" and text.startswith("http"):
            return text
    return ""


def _link(fields: Fields, base: str) -> str:
    """Return ``<link>``; some write it as Atom does, with ``href``."""
    if text := first_text(fields, "link"):
        return absolute(text, base)
    for link in fields.get("link", ()):
        if link.get("href"):
            return absolute(link.get("href") or "", base)
    return _atom_link(fields, base, "alternate")


def _atom_link(fields: Fields, base: str, *relations: str) -> str:
    for relation in relations:
        for link in fields.get("atom:link", ()):
            if (link.get("rel") or "alternate") == relation and link.get("href"):
                return absolute(link.get("href") or "", base)
    return ""


def _body(fields: Fields, base: str) -> tuple[str, str]:
    """Return the longest form there is, and the base of its links."""
    for name in ("content:encoded", "atom:content", "xhtml:body", "xhtml:div", "description"):
        for element in fields.get(name, ()):
            if body := markup(element):
                return body, base_within(element, base)
    return first_text(fields, "itunes:summary") or media_text(fields), base


def _author(fields: Fields) -> tuple[str, str]:
    for name in texts(fields, "dc:creator"):
        if found := person_name(name):
            return found, ""
    for person in fields.get("atom:author", ()):
        about = fields_of(person)
        if found := person_name(first_text(about, "atom:name")):
            return found, first_text(about, "atom:uri", "atom:url")
    for name in texts(fields, "author", "itunes:author"):
        if found := person_name(name):
            return found, ""
    return "", ""


def _enclosures(fields: Fields, base: str) -> tuple[Enclosure, ...]:
    files = [linked_file(e, base, "url", "length") for e in fields.get("enclosure", ())]
    return (*files, *media_files(fields, base))
