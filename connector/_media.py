"""Turns pictures, films and embedded pages into plain links; pure.

It reads only what the sanitiser has already written out in proper form, and its own result
is sanitised again (``connector.html``): nothing here has to be trusted.
"""

import re
import unicodedata
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import urlsplit

MEDIA_TAGS = frozenset(("img", "iframe", "video", "audio", "source", "embed", "object"))
MEDIA_ATTRIBUTES: dict[str, set[str]] = {
    "img": {"src", "alt", "class", "width", "height"},
    "iframe": {"src", "title"},
    "video": {"src", "title"},
    "audio": {"src", "title"},
    "source": {"src"},
    "embed": {"src", "title"},
    "object": {"data", "title"},
}

_TAG = re.compile(
    r"<iframe((?:\s[^\s=>]+=\"[^\"]*\")*)>.*?</iframe>"
    r"|<(/?)(a|img|video|audio|source|embed|object)((?:\s[^\s=>]+=\"[^\"]*\")*)\s*/?>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"\s([^\s=>]+)=\"([^\"]*)\"")
_LONGEST_EMOJI = 16


def has_media(html: str) -> bool:
    """Whether there may be something to turn into links; cheap, and never wrongly False."""
    return _MAYBE_MEDIA.search(html) is not None


_MAYBE_MEDIA = re.compile("<(?:" + "|".join(sorted(MEDIA_TAGS)) + ")", re.IGNORECASE)


def linked(html: str) -> str:
    """Return the HTML with each picture, film and frame as a link or as its words."""
    state = _State()
    pieces = []
    end = 0
    for match in _TAG.finditer(html):
        pieces.append(html[end : match.start()])
        end = match.end()
        piece = _replaced(match, state)
        if piece and piece != match[0] and html[end : end + 1].isalnum():
            piece += " "
        pieces.append(piece)
    pieces.append(html[end:])
    return "".join(pieces)


@dataclass(slots=True)
class _State:
    links: int = 0
    """How many links are open: inside one, no other may begin."""
    awaits_source: bool = False
    """A film or a recording is open that has not said where it is."""
    kind: str = ""


def _replaced(match: re.Match[str], state: _State) -> str:
    if match[3] is None:
        return _frame(_attributes(match[1]), "src", state)
    name, is_closing = match[3], bool(match[2])
    if name == "a":
        state.links = max(0, state.links + (-1 if is_closing else 1))
        return match[0]
    if is_closing:
        state.awaits_source = False
        return ""
    attributes = _attributes(match[4])
    if name == "img":
        return _picture(attributes, state)
    if name in ("embed", "object"):
        return _frame(attributes, "src" if name == "embed" else "data", state)
    return _film(name, attributes, state)


def _film(name: str, attributes: dict[str, str], state: _State) -> str:
    source = attributes.get("src", "")
    if name == "source":
        # One link for a film, however many formats it comes in; none for a picture's sizes.
        if not state.awaits_source or not source:
            return ""
        state.awaits_source = False
        return _link(source, state.kind, state)
    state.kind = attributes.get("title") or name
    state.awaits_source = not source
    return _link(source, state.kind, state) if source else ""


def _picture(attributes: dict[str, str], state: _State) -> str:
    if attributes.get("width") in ("0", "1") or attributes.get("height") in ("0", "1"):
        return ""  # counts its readers and shows nothing
    alt = attributes.get("alt", "").strip()
    if "wp-smiley" in attributes.get("class", "").split() or _is_emoji(alt):
        return escape(alt, quote=False)
    return _link(attributes.get("src", ""), alt or "picture", state)


def _frame(attributes: dict[str, str], name: str, state: _State) -> str:
    address = attributes.get(name, "")
    return _link(address, attributes.get("title") or _host(address), state)


def _link(address: str, words: str, state: _State) -> str:
    text = escape(" ".join(words.split()), quote=False)
    if state.links:
        return text
    if not address.lower().startswith(("http://", "https://")):
        return "" if words in ("picture", "video", "audio") else text
    return f'<a href="{escape(address)}">{text or escape(address, quote=False)}</a>'


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}


def _is_emoji(text: str) -> bool:
    if not text or len(text) > _LONGEST_EMOJI:
        return False
    return any(unicodedata.category(char) == "So" for char in text) and not any(
        char.isalpha() for char in text
    )
