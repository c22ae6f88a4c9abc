"""Makes outside HTML harmless, and text out of it; pure.

Outside HTML passes ``clean`` once, on the way in; titles, names and tags pass ``plain_line``,
links ``safe_link``. How pictures become links is in ``connector._media``. What a page looks
like is the web's own matter.
"""

import re
import unicodedata
from html import escape, unescape
from urllib.parse import urlsplit

import lxml.html
import nh3
from lxml.etree import LxmlError

from connector._media import MEDIA_ATTRIBUTES, MEDIA_TAGS, has_media, linked

MAX_HTML_CHARACTERS = 1_000_000
"""What is longer is cut here, and ends in the middle."""
MAX_LINE_CHARACTERS = 300
MAX_LINK_CHARACTERS = 2_000

_BLOCKS = (
    "address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure"
    "|footer|h1|h2|h3|h4|h5|h6|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td"
    "|tfoot|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|b|bdi|cite|code|del|dfn|em|i|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|strike|strong"
    "|sub|sup|tt|u|var|wbr"
)
_TAGS = {*_BLOCKS.split("|"), *_INLINE.split("|")}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"lang", "dir"},
    "a": {"href"},
    "abbr": {"title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
# Their content is no text for readers.
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "template",
    "title",
    "head",
    "svg",
    "math",
    "button",
    "select",
    "textarea",
}


def _cleaner(tags: set[str], attributes: dict[str, set[str]]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=tags,
        attributes=attributes,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        url_schemes={"http", "https", "mailto"},
        # A relative link would lead into the hub itself; adapters make links absolute.
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


_FINAL = _cleaner(_TAGS, _ATTRIBUTES)
_WITH_MEDIA = _cleaner(_TAGS | MEDIA_TAGS, _ATTRIBUTES | MEDIA_ATTRIBUTES)

# The parser's work grows faster than the number of entities in one text.
_MOST_ENTITIES = 50_000
# It also grows with the square of the depth. With fewer tags than this that does not
# matter; more go through libxml2 first, which cuts a document off at a depth of 256.
_MANY_TAGS = 2_000
_MOST_ROUNDS = 5
_MOST_LEVELS = 300
# Written out properly; then libxml2, which reads by older rules, has nothing to mend.
_PROPER_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)(?: [a-z]+="[^"]*")*>')
_VOID = frozenset(("br", "hr", "wbr"))
# Browsers read "https:logout" as a page of the site that it stands on, if that is https too,
# and pass over line ends within it.
_MAYBE_HALF = re.compile('href="(?!https://|http://|mailto:)')
_HALF_ADDRESS = re.compile(
    r'(<a(?: [a-z]+="[^"]*")*?) href="(?!\s*(?:https?://|mailto:))[^"]*"', re.IGNORECASE
)

# Controls but tab and line ends, overrides of the writing direction, halves of characters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# In one line also what is invisible; joiners stay, since emoji are made with them.
_PLAIN_LINE = re.compile("(?:[^\\s<&]+(?: [^\\s<&]+)*)?")
_UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff]")
# What the sanitiser has written and what, by its form alone, it would write in the same way
# again: words, and inline elements one deep, in paragraphs, headings and plain lists.
_WORDS = "[^<]*"
_PLAIN = "|".join(f"{tag}>{_WORDS}</{tag}>" for tag in "b code del em i s strong sub sup u".split())
_LINKED = (
    r'a href="[^"<>]*" rel="noopener noreferrer nofollow">'
    f"{_WORDS}(?:<(?:{_PLAIN}){_WORDS})*</a>"
)
_LINE = f"{_WORDS}(?:<(?:{_PLAIN}|{_LINKED}|br>){_WORDS})*"
_PARAGRAPHS = "|".join(f"{tag}>{_LINE}</{tag}>" for tag in "p h1 h2 h3 h4 h5 h6".split())
_LISTS = "|".join(rf"{tag}>(?:\s*<li>{_LINE}</li>)*\s*</{tag}>" for tag in ("ul", "ol"))
_SETTLED = re.compile(
    f"{_WORDS}(?:<(?:{_PARAGRAPHS}|{_LISTS}|{_PLAIN}|{_LINKED}|br>|hr>){_WORDS})*"
)
_INLINED_BYTES = re.compile(r"data:[\w/+.;=-]{0,100}?;base64,[A-Za-z0-9+/=]+")
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*>", re.DOTALL)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})(?:\s[^<>]*)?/?>")
_ANY_TAG = re.compile(r"<(/?[a-z][a-z0-9]*)(?:\s[^<>]*)?/?>")
_BREAKING = frozenset(f"{sign}{tag}" for tag in _BLOCKS.split("|") for sign in ("", "/"))
_BREAK = "\x1e"
"""Where a line ends. It stands in no text: it is a control, and no entity means it."""
_LOOSE_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>", re.DOTALL)


def clean(html: str) -> str:
    """Return harmless HTML: known tags, http(s) and mailto links, no pictures, no styles.

    Pictures, films and frames become links to them. Cleaning twice changes nothing. What is
    longer than MAX_HTML_CHARACTERS, nested deeper than 256, or has more than 50,000 entities is
    cut off there.
    """
    text = _bounded(html)
    if has_media(text):
        text = _bounded(linked(_WITH_MEDIA.clean(text)))
    for _ in range(_MOST_ROUNDS):
        # Tags that were taken out can make the rest parse in another way, once or twice; and
        # what is written out properly may be longer than it was.
        former, cleaned = text, _without_half_addresses(_FINAL.clean(text))
        text = _bounded(cleaned)
        if cleaned == former or (text is cleaned and _SETTLED.fullmatch(text)):
            return text
    return _bounded(escape(plain_text(text), quote=False))


def _without_half_addresses(text: str) -> str:
    return _HALF_ADDRESS.sub(r"\1", text) if _MAYBE_HALF.search(text) else text


def without_controls(text: str) -> str:
    """Return the text without controls but tab and line ends, and without what turns its
    direction round."""
    # All that is unwanted counts as unprintable, and this test is ten times as fast.
    if text.replace("\n", "").isprintable():
        return text
    return _UNWANTED.sub("", text)


def _bounded(html: str) -> str:
    """Return the HTML at a size and depth that can be worked on."""
    text = without_controls(html)
    if len(text) <= _MANY_TAGS:
        return text  # most are: too short for anything to be too many
    text = _shortened(text)
    if text.count("<") <= _MANY_TAGS or _is_proper(text):
        return text
    try:
        tree = lxml.html.fragment_fromstring(text, create_parent="div")
        return _shortened(str(lxml.html.tostring(tree, encoding="unicode")))
    except (LxmlError, ValueError):
        return _shortened(escape(_LOOSE_TAG.sub(" ", text), quote=False))


def _shortened(text: str) -> str:
    if len(text) > MAX_HTML_CHARACTERS:
        text = _INLINED_BYTES.sub("", text)[:MAX_HTML_CHARACTERS]
    if text.count("&") > _MOST_ENTITIES:
        text = "&".join(text.split("&", _MOST_ENTITIES)[:_MOST_ENTITIES])
    return text


def _is_proper(text: str) -> bool:
    """Whether only known tags are in it, each closed in its turn, and none too deep."""
    levels: list[str] = []
    end = 0
    for tag in _PROPER_TAG.finditer(text):
        closing, name = tag.groups()
        if name not in _TAGS or text.find("<", end, tag.start()) >= 0:
            return False
        end = tag.end()
        if name in _VOID:
            continue
        if closing and (not levels or levels.pop() != name):
            return False
        if not closing:
            levels.append(name)
            if len(levels) > _MOST_LEVELS:
                return False
    return not levels and text.find("<", end) < 0


def plain_text(html_cleaned: str) -> str:
    """Return the words, one line for each paragraph, item or line break; no empty lines."""
    text = unescape(_with_breaks(html_cleaned.replace(_BREAK, " ")))
    lines = text.split(_BREAK)
    if _is_even(text.replace(_BREAK, "")):
        return "\n".join(line for each in lines if (line := each.strip(" ")))
    return "\n".join(line for each in lines if (line := " ".join(without_controls(each).split())))


def _with_breaks(html: str) -> str:
    """Return the text with a break for each tag that begins or ends a line, entities as they are.

    A single cut does it where each sign of a tag is one's, as in all that the sanitiser wrote.
    """
    pieces = _ANY_TAG.split(html)
    if len(pieces) // 2 != html.count("<") or len(pieces) // 2 != html.count(">"):
        return _TAG.sub("", _BLOCK_TAG.sub(_BREAK, html))
    for at in range(1, len(pieces), 2):
        pieces[at] = _BREAK if pieces[at] in _BREAKING else ""
    return "".join(pieces)


def _is_even(text: str) -> bool:
    """Whether there are no controls and no blanks but single spaces; cheap."""
    return "  " not in text and text.isprintable()


def plain_line(text: str) -> str:
    """Return a title, name or tag as one line: no tags, entities decoded once, 300 characters."""
    if len(text) <= MAX_LINE_CHARACTERS and _PLAIN_LINE.fullmatch(text) and text.isprintable():
        return text  # most are so, and every record has several
    if len(text) > 20 * MAX_LINE_CHARACTERS:
        text = text[: 20 * MAX_LINE_CHARACTERS]
    if "<" in text:
        text = _LOOSE_TAG.sub("", text)
    if "&" in text:
        text = unescape(text)
    text = " ".join(_UNSEEN.sub("", _UNWANTED.sub("", text)).split())
    return excerpt(text, MAX_LINE_CHARACTERS)


_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_BEYOND_MACRONS = re.compile("[^\x00-\x7f\u0300-\u036f]")
_MACRONS = tuple(zip("āēīōūĀĒĪŌŪ", "aeiouaeiou", strict=True))
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ı": "i"}
)


def fold(text: str) -> str:
    """Return the form to search by: small letters without macrons, accents and ligatures."""
    if not text.isascii():
        # In most texts of ours macrons are all there is, and this takes a fifth of the time.
        for letter, bare in _MACRONS:
            text = text.replace(letter, bare)
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    if not _BEYOND_MACRONS.search(apart):
        # Again small, for some signs come apart into capitals.
        return apart.encode("ascii", "ignore").decode("ascii").lower()
    bare = _MARKS.sub("", apart)
    return _MARKS.sub("", unicodedata.normalize("NFKD", bare.casefold())).translate(_LETTERS)


def excerpt(text: str, limit: int = 280) -> str:
    """Return at most ``limit`` characters in one line, cut at a word, with an ellipsis."""
    line = text[: limit + 1].replace("\n", " ")
    if "  " in line or not line.isprintable() or line[:1] == " ":
        line = " ".join(text[: 4 * limit + 1_000].split())
    if len(line) <= limit:
        return line
    start = line[: limit - 1]
    if not line[limit - 1].isspace():
        start = start.rpartition(" ")[0] or start
    return start.rstrip(" ,;:.-–") + "…"


# What most links are like; nothing in it can be misread.
_PLAIN_LINK = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,4})?(?:/[A-Za-z0-9._~/%?#=&;+,:!*'()-]*)?"
)


def safe_link(url: str | None) -> str | None:
    """Return the URL when it is http(s), names a host, no user, and holds nothing odd."""
    if url is None:
        return None
    if len(url) <= MAX_LINK_CHARACTERS and _PLAIN_LINK.fullmatch(url):
        return url
    link = url.strip().replace(" ", "%20")
    if len(link) > MAX_LINK_CHARACTERS or _UNWANTED.search(link) or _UNSEEN.search(link):
        return None
    if re.search(r"\s", link) or "\\" in link:
        return None
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018  # raises when it is no number
    except ValueError:
        return None
    is_safe = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return link if is_safe else None
