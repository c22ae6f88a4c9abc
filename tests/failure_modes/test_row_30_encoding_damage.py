"""Row 30: macrons and other letters are damaged by wrong or lying encodings.

Seen at jakartablogs.ee (XML without a character set read as cp1252), ruTorrent (a
blank line before the declaration, lying declarations), and feedparser.
"""

import pytest

from connector.store.database import Store
from tests.feeds.feed_reading import rss
from tests.hostile.hub import hostile_hub
from tests.loopback import Reply

TITLE = "Tēnā koutou, kererū – Hōhepa’s café"
TEXT = rss(f"<guid>1</guid><title>{TITLE}</title><description>{TITLE} ĀĒĪŌŪ</description>")
# Without what cp1252 has no letter for.
WESTERN = "Hohepa’s café – naïve"
WESTERN_TEXT = rss(f"<guid>1</guid><title>{WESTERN}</title><description>x</description>")


def _declared(encoding: str, text: str = TEXT) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'


CASES = {
    "no character set anywhere": (TEXT.encode(), "text/xml", TITLE),
    "no type at all": (TEXT.encode(), "", TITLE),
    "a blank line before the declaration": (
        b"\r\n" + _declared("UTF-8").encode(),
        "text/xml",
        TITLE,
    ),
    "a mark and a blank line": (b"\xef\xbb\xbf\n" + _declared("UTF-8").encode(), "", TITLE),
    "declared latin-1, is UTF-8": (_declared("iso-8859-1").encode(), "text/xml", TITLE),
    "header says latin-1, is UTF-8": (
        _declared("UTF-8").encode(),
        "text/xml; charset=ISO-8859-1",
        TITLE,
    ),
    "header says us-ascii, is UTF-8": (TEXT.encode(), "text/xml; charset=us-ascii", TITLE),
    "declared UTF-8, is UTF-16": (_declared("UTF-8").encode("utf-16"), "text/xml", TITLE),
    "UTF-16 without a mark": (_declared("UTF-16").encode("utf-16-le"), "text/xml", TITLE),
    "declared UTF-8, is cp1252": (
        _declared("UTF-8", WESTERN_TEXT).encode("cp1252"),
        "text/xml",
        WESTERN,
    ),
    "declared latin-1, is cp1252": (
        _declared("iso-8859-1", WESTERN_TEXT).encode("cp1252"),
        "text/xml",
        WESTERN,
    ),
    "header and declaration differ": (
        _declared("koi8-r", WESTERN_TEXT).encode("cp1252"),
        "text/xml; charset=windows-1252",
        WESTERN,
    ),
    "Māori letters of latin-4": (
        _declared("iso-8859-4", rss("<guid>1</guid><title>Tēnā kōrero</title>")).encode(
            "iso-8859-4"
        ),
        "text/xml",
        "Tēnā kōrero",
    ),
    "letters by name and number": (
        rss("<guid>1</guid><title>T&#275;n&#x101; caf&eacute; &amp;#333;</title>").encode(),
        "text/xml",
        "Tēnā café ō",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_letters_arrive_as_they_were_written(sqlite_store: Store, case: str) -> None:
    body, content_type, title = CASES[case]
    with hostile_hub(sqlite_store) as hub:
        hub.server.on("/feed", Reply(200, {"Content-Type": content_type}, body))
        hub.add(hub.url("/feed"))
        assert hub.run().counts == {"new": 1}
        assert hub.titles() == [title]


def test_a_single_bad_byte_is_replaced_and_the_rest_is_not_converted_twice(store: Store) -> None:
    with hostile_hub(store) as hub:
        body = TEXT.replace("ĀĒ", "Ā@@Ē").encode().replace(b"@@", b"\xff")
        hub.server.on("/feed", Reply(200, {"Content-Type": "text/xml; charset=latin1"}, body))
        hub.add(hub.url("/feed"))
        assert hub.run().counts == {"new": 1}
        assert hub.titles() == [TITLE]
        assert "Ā\ufffdĒĪŌŪ" in hub.engine.item(TITLE).html
        assert hub.engine.found("tena kereru") == [TITLE]


def test_a_corrected_label_is_no_edit(sqlite_store: Store) -> None:
    with hostile_hub(sqlite_store) as hub:
        hub.add(hub.url("/feed"))
        for content_type in ("text/xml; charset=latin1", "text/xml", "text/xml; charset=utf-8"):
            hub.server.on("/feed", Reply(200, {"Content-Type": content_type}, TEXT.encode()))
            hub.run()
            hub.wait_until_due()
        assert hub.run().counts == {"unchanged": 1}
        assert hub.engine.item(TITLE).revisions == ()
