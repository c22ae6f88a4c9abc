"""Announcements: Markdown that somebody pasted becomes harmless HTML and plain text."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from connector.announce.limits import fitted, too_small
from connector.announce.writing import (
    MAX_MARKDOWN_CHARACTERS,
    Event,
    Written,
    faults_of,
    message_of,
)
from connector.html import clean
from connector.model import Limits, Message
from tests.hostile.judge import objections
from tests.hostile.promises import Parser, as_cut_apart, bodies, is_a_sentence

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ZONE = ZoneInfo("Pacific/Auckland")
_START = datetime(2026, 3, 12, 2, 30, tzinfo=UTC)
_PLACES = (
    Limits(most_title=60, plain_title=True, most_text=300),
    Limits(least_title=15, least_text=20, most_text=35_000),
    Limits(line_bytes=75),
)


def _announcement(body: bytes) -> None:
    """Write: the first line is the title, the place, the sign-up and the picture as well."""
    text = body.decode("utf-8", "replace")
    line = text.partition("\n")[0]
    is_event = text.endswith("\n")
    written = Written(
        title=line,
        body=text[:MAX_MARKDOWN_CHARACTERS],
        event=Event(start=_START, place=line, sign_up=line) if is_event else None,
        picture=line if line.startswith("http") else None,
    )
    for fault in faults_of(written):
        is_a_sentence(fault)
    message = message_of(written, zone=ZONE, uid="one")
    if len(text) < 1_000:
        assert message == message_of(written, zone=ZONE, uid="one")
    assert clean(message.html) == message.html
    _is_harmless(message)
    for limits in _PLACES:
        shown = fitted(message, limits)
        _is_harmless(shown)
        assert limits.most_title is None or len(shown.title) <= limits.most_title
        assert limits.most_text is None or len(shown.text) <= limits.most_text
        assert fitted(shown, limits) == shown
        for sentence in too_small(shown, limits):
            is_a_sentence(sentence)


def _is_harmless(message: Message) -> None:
    assert objections(message.html) == []
    assert "\n" not in message.title
    for text in (message.title, message.text, message.location, message.html):
        text.encode()
        assert not _CONTROLS.search(text)


_MARKDOWN = """Maths evening
# Nau mai, **haere** mai

1. paper
   - [the plan](https://kauri.example/plan "Plan")
   - <https://kauri.example/> and ![a tūī](https://kauri.example/tui.jpg)

> quoted `code`

| a | b |
|---|---|
| 1 | <b>2</b> |

```
if a < b:
```
---
    as it is &amp; *stays*
[ref]: javascript:alert(1)
[ref] and [this](data:text/html,x)
"""


def _seeds() -> list[bytes]:
    texts = as_cut_apart("blogs/rest-post-rich*/body.json")()
    return [
        _MARKDOWN.encode(),
        b"https://kauri.example/sign-up\nAll of *you*.\n",
        *(text for text in texts if len(text) > 200),
        *bodies("fuzz/announcement/*")(),
    ]


announcement = Parser(_announcement, _seeds)
