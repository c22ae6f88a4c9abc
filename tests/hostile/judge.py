"""An independent judge of sanitised HTML: it knows nothing of how the sanitiser works.

Two parsers look at the text, one that follows today's standard as browsers do and one of the
age before it, and every tag, attribute and address has to be on the lists written here.
"""

import re

import lxml.html
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

TAGS = frozenset(
    "html head body address article aside blockquote br caption center dd details div dl dt "
    "figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary "
    "table tbody td tfoot th thead tr ul a abbr b bdi cite code del dfn em i ins kbd mark q rp rt "
    "ruby s samp small strike strong sub sup tt u var wbr colgroup".split()
)
"""Words and their order: nothing here runs, loads, sends, or covers the page."""
ATTRIBUTES = frozenset("href rel lang dir title start colspan rowspan".split())
_HARMLESS_ADDRESS = re.compile(r"\s*(?:https?://|mailto:)", re.IGNORECASE)


def objections(html: str) -> list[str]:
    """Return what is wrong with the text; nothing where it is harmless."""
    return [*_as_browsers_do(html), *_as_older_readers_do(html)]


def _as_browsers_do(html: str) -> list[str]:
    root = LexborHTMLParser(html).root
    found = []
    for node in root.traverse(include_text=False) if root is not None else ():
        tag = node.tag or ""
        if tag.startswith(("-", "!")):
            found.append(f"a comment or a document type: {tag}")
        else:
            found += _about(tag, node.attributes.items())
    return found


def _as_older_readers_do(html: str) -> list[str]:
    if not html.strip():
        return []
    try:
        root = lxml.html.document_fromstring(
            html.encode("utf-8", "surrogatepass"), parser=_parser()
        )
    except etree.ParserError:  # nothing in it
        return []
    found = []
    for node in root.iter():
        tag = node.tag
        found += _about(tag, node.items()) if isinstance(tag, str) else [f"no element: {node!r}"]
    return found


def _parser() -> lxml.html.HTMLParser:
    return lxml.html.HTMLParser(encoding="utf-8", no_network=True)


def _about(tag, attributes) -> list[str]:
    if tag not in TAGS:
        return [f"the element {tag}"]
    return [words for name, value in attributes if (words := _attribute(tag, name, value or ""))]


def _attribute(tag: str, name: str, value: str) -> str:
    if name not in ATTRIBUTES:
        return f"{name} of {tag}"
    if name == "href" and not _HARMLESS_ADDRESS.match(value):
        return f"the address {value[:60]!r}"
    return ""
