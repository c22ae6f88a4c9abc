"""From the text of an XML feed to a tree, safely, and the small moves made on that tree.

What the elements of RSS and Atom mean belongs to ``feed_rss`` and ``feed_atom``.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from html.entities import name2codepoint

from lxml import etree

from adapters.feeds.feed_links import absolute
from adapters.feeds.raw_feed import byte_count, storable
from connector.model import Enclosure

Element = etree._Element
Fields = dict[str, list[Element]]
"""The children of one element by prefixed name, each list in document order."""

_PREFIXES = {
    "purl.org/rss/1.0": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "backend.userland.com/rss": "",
    "backend.userland.com/rss2": "",
    "blogs.law.harvard.edu/tech/rss": "",
    "www.w3.org/2005/atom": "atom:",
    "purl.org/atom/ns": "atom:",
    "purl.org/rss/1.0/modules/content": "content:",
    "purl.org/dc/elements/1.1": "dc:",
    "purl.org/dc/terms": "dcterms:",
    "search.yahoo.com/mrss": "media:",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner:",
    "purl.org/syndication/thread/1.0": "thr:",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf:",
    "www.w3.org/1999/xhtml": "xhtml:",
    "webns.net/mvcb": "admin:",
}
"""Namespace without scheme and last stroke, in lower case -> our prefix. Feeds err in just
these: https for http, a stroke more or less."""

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_DECLARATION = re.compile(r"<\?xml\b[^>]*>")
_PROLOG = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<(?:\?xml|rss|rdf:RDF|feed)\b", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:rss|rdf:RDF|feed)\s*>", re.IGNORECASE)
_CDATA = "<![CDATA["
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_REFERENCE = re.compile(r"&(?:#(\d{1,10})|#x([0-9a-fA-F]{1,8})|(\w{2,10}));", re.ASCII)
_DIVS = ("xhtml:div", "atom:div", "div")  # some forget the namespace
_NAMESPACES = re.compile(r' xmlns(?::\w+)?="[^"]*"')


def parse_tree(text: str) -> tuple[Element, bool]:
    """Return the root of a feed, and whether the text is well-formed as it stands.

    No document type survives: feeds need none, and entities declared in one are how small
    documents become large ones, or read the host's files.

    Raises:
        etree.XMLSyntaxError: lxml refuses it, mended too.
    """
    text = without_prolog(text)
    try:
        return _parse(text), True
    except etree.XMLSyntaxError:
        return _parse(mended(text)), False


def without_prolog(text: str) -> str:
    """Return the text without XML declaration (its encoding is history) and document type."""
    if declaration := _DECLARATION.match(text):
        text = text[declaration.end() :].lstrip()
    # Before the first element only: an entry may well speak of document types.
    doctype = _DOCTYPE.match(text, _prolog_end(text))
    return text[: doctype.start()] + text[doctype.end() :] if doctype else text


def _prolog_end(text: str) -> int:
    """Return where blanks, comments and instructions end and the document begins."""
    found = _PROLOG.match(text)
    return found.end() if found else 0


def mended(text: str) -> str:
    """Return the text with the commonest faults of hand-made feeds undone.

    These are: something before or after the feed, control characters (also by number), HTML's
    named entities, and ampersands that should have been escaped.
    """
    parts = []
    for part in _split_at_cdata(storable(_cut_to_feed(text))):
        if not part.startswith(_CDATA):
            part = _LOOSE_AMPERSAND.sub("&amp;", _REFERENCE.sub(_character, part))
        parts.append(part)
    return "".join(parts)


def _split_at_cdata(text: str) -> Iterator[str]:
    """Yield the text in pieces: CDATA sections, and what is between them."""
    done = 0
    while (start := text.find(_CDATA, done)) >= 0 and (end := text.find("]]>", start)) >= 0:
        yield text[done:start]
        yield text[start : end + 3]
        done = end + 3
    yield text[done:]


def is_ended(text: str) -> bool:
    """Whether the feed has its last tag: the answer was not cut off."""
    return _ROOT_END.search(text) is not None


def _parse(text: str) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(text.encode("utf-8", "replace"), parser)


def _cut_to_feed(text: str) -> str:
    start = _ROOT.match(text, _prolog_end(text)) or _ROOT.search(text)
    ends = [found.end() for found in _ROOT_END.finditer(text)]
    return without_prolog(text[start.start() if start else 0 : ends[-1] if ends else None])


def _character(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name is None:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return reference[0] if code <= 0x10FFFF and storable(chr(code)) else ""
    if name in ("amp", "lt", "gt", "quot"):
        return reference[0]
    return chr(name2codepoint[name]) if name in name2codepoint else reference[0]


@lru_cache(maxsize=2048)
def name_of(tag: str) -> str:
    """Return a tag as ``dc:creator``; core RSS has no prefix, a strange namespace is ``?:``."""
    namespace, _, local = tag.rpartition("}")
    if not namespace:
        return local.lower()
    key = namespace[1:].lower().removeprefix("https://").removeprefix("http://").rstrip("/#")
    return _PREFIXES.get(key, "?:") + local.lower()


def fields_of(element: Element) -> Fields:
    """Return the element's children, sorted by name in one pass."""
    fields: Fields = {}
    for child in element.iterchildren("*"):
        fields.setdefault(name_of(child.tag), []).append(child)
    return fields


def texts(fields: Fields, *names: str) -> tuple[str, ...]:
    """Return what stands in these children, those of the first name first, without blanks."""
    found = [_text(child) for name in names if name in fields for child in fields[name]]
    return tuple(text for text in found if text)


def first_text(fields: Fields, *names: str) -> str:
    """Return the first that is not blank, or an empty text."""
    for name in names:
        for child in fields.get(name, ()):
            if text := _text(child):
                return text
    return ""


def _text(element: Element) -> str:
    if len(element):
        return "".join(map(str, element.itertext())).strip()
    return (element.text or "").strip()


def markup(element: Element) -> str:
    """Return the content as HTML: escaped HTML as it is, elements written out again."""
    if not len(element):
        return (element.text or "").strip()
    # Not the element itself: it is still to be found under its name when it is read again.
    for node in element.iterdescendants("*"):
        node.tag = node.tag.rpartition("}")[2]
    parts = [escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode", method="html") for child in element]
    return _NAMESPACES.sub("", "".join(parts)).strip()


def rewritten(xhtml: str) -> str:
    """Return XHTML, given as text, as HTML; what is not well-formed stays as it is."""
    try:
        return inner_html(_parse(f"<div>{xhtml}</div>"))
    except etree.XMLSyntaxError:
        return xhtml


def inner_html(element: Element) -> str:
    """Return the content as HTML, without the ``<div>`` that Atom wraps XHTML in."""
    children = list(element.iterchildren("*"))
    outside = "".join([element.text or "", *(child.tail or "" for child in children)])
    if len(children) == 1 and name_of(children[0].tag) in _DIVS and not outside.strip():
        return markup(children[0])
    return markup(element)


def base_within(element: Element, base: str) -> str:
    """Return the base for links inside this element."""
    written = element.get(_BASE)
    return absolute(written, base) or base if written else base


def media_text(fields: Fields) -> str:
    """Return Media RSS's description as HTML."""
    groups = [fields, *(fields_of(group) for group in fields.get("media:group", ()))]
    for group in groups:
        for element in group.get("media:description", ()):
            text = (element.text or "").strip()
            return text if element.get("type") == "html" else escape(text, quote=False)
    return ""


def linked_file(element: Element, base: str, link: str, length: str) -> Enclosure:
    """Return the file that these attributes name; whether it is kept is decided later."""
    size = byte_count(element.get(length) or "")
    return Enclosure(absolute(element.get(link) or "", base), element.get("type") or "", size)


def media_files(fields: Fields, base: str) -> list[Enclosure]:
    """Return each ``media:content``, also of a ``media:group``."""
    groups = [fields, *(fields_of(group) for group in fields.get("media:group", ()))]
    contents = [element for group in groups for element in group.get("media:content", ())]
    return [linked_file(element, base, "url", "fileSize") for element in contents]


def answered(fields: Fields, base: str) -> str:
    """Return what a comment answers (RFC 4685): its address, or else its id."""
    for element in fields.get("thr:in-reply-to", ()):
        return absolute(element.get("href") or "", base) or (element.get("ref") or "").strip()
    return ""
