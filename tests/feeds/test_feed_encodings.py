"""Bytes become the right text, whatever the labels say."""

import pytest

from adapters.feeds.encodings import decode

MACRONS = "<rss>Ngā kōrero o Tāwhai – “āe”</rss>"
LATIN = "<rss>Café Élan naïve</rss>"


def declared(encoding, text):
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("label", ["", "text/xml; charset=iso-8859-1", "text/xml;charset=utf-16"])
def test_unicode_wins_over_a_lying_charset(encoding, label):
    assert decode(MACRONS.encode(encoding), label) == MACRONS


def test_utf8_wins_over_a_lying_declaration():
    text = declared("ISO-8859-1", MACRONS)
    assert decode(text.encode(), "text/xml") == text


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("latin-1", "text/xml; charset=ISO-8859-1"),
        ("latin-1", "text/xml; charset='latin1'"),
        ("latin-1", 'text/xml; Charset = "us-ascii"'),
        ("latin-1", "text/xml; charset=utf-8"),
        ("latin-1", ""),
        ("cp1252", "text/xml; charset=windows-1252"),
        ("iso8859-13", "text/xml; charset=ISO-8859-13"),
    ],
)
def test_legacy_text_is_read_by_its_charset(encoding, label):
    text = LATIN.replace("ï", "") if encoding == "iso8859-13" else LATIN
    assert decode(text.encode(encoding), label) == text


def test_macrons_in_a_baltic_charset_are_read_by_the_declaration():
    text = declared("windows-1257", "<rss>Ngā kōrero</rss>")
    assert decode(text.encode("cp1257"), "text/xml; charset=utf-8") == text


def test_charset_of_the_answer_comes_before_the_declaration():
    text = declared("windows-1251", "<rss>Ngā kōrero</rss>")
    assert decode(text.encode("cp1257"), "text/xml; charset=windows-1257") == text


@pytest.mark.parametrize(
    "label", ["klingon", "punycode", "rot13", "idna", "base64", "utf-7", "a\x00b"]
)
def test_unknown_or_dangerous_charset_is_passed_over(label):
    assert decode(LATIN.encode("latin-1"), f"text/xml; charset={label}") == LATIN


def test_characters_that_windows_has_and_latin1_has_not_are_kept():
    text = "<rss>“quoted” – dash</rss>"
    assert decode(text.encode("cp1252"), "text/xml; charset=iso-8859-1") == text


def test_single_bad_byte_is_replaced_and_the_rest_is_not_converted_twice():
    body = MACRONS.encode() + b"\xe9"
    assert decode(body, "text/xml; charset=iso-8859-1") == MACRONS + "\ufffd"


def test_byte_that_windows_does_not_define_is_replaced():
    assert decode(b"<rss>\xe9\x81</rss>", "") == "<rss>é\ufffd</rss>"


def test_blanks_and_marks_before_the_text_are_dropped():
    assert decode(b"\r\n\xef\xbb\xbf\t <rss/>", "") == "<rss/>"


@pytest.mark.parametrize("body", [b"", b"\x00", b"<", b"\x00<", b"<\x00", b"\xff\xfe", b"\xff"])
def test_shortest_bodies_give_a_text(body):
    assert isinstance(decode(body, ""), str)
