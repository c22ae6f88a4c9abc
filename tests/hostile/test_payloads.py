"""No known way past a sanitiser leads past ours, and what comes out stays as it is.

The judge is independent: it parses the result with two other parsers and knows only what is
allowed (``tests.hostile.judge``).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.html import clean, plain_line, plain_text, safe_link
from tests.chances import some_of
from tests.hostile.judge import objections
from tests.hostile.payloads import CONTEXTS, PAYLOADS, payloads

ALL = payloads()


def assert_harmless(html: str) -> None:
    cleaned = clean(html)
    assert objections(cleaned) == [], html
    assert clean(cleaned) == cleaned, html
    assert objections(plain_text(cleaned).replace("<", "&lt;")) == [], html


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_payload_passes(context: str) -> None:
    for payload in ALL:
        assert_harmless(context.replace("{}", payload))


@settings(max_examples=some_of(300), deadline=None)
@given(
    st.lists(st.sampled_from(ALL), min_size=2, max_size=4), st.sampled_from(["", " ", "\n", ">"])
)
def test_no_payloads_put_together_pass(several: list[str], joint: str) -> None:
    assert_harmless(joint.join(several))


@settings(max_examples=some_of(300), deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_no_damaged_payload_passes(payload: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(payload)))
    end = data.draw(st.integers(start, min(len(payload), start + 6)))
    inserted = data.draw(st.text(alphabet="<>\"'/=&; \n\x00-!abp", max_size=4))
    assert_harmless(payload[:start] + inserted + payload[end:])


@settings(max_examples=some_of(300), deadline=None)
@given(st.text())
def test_any_text_is_harmless(text: str) -> None:
    assert_harmless(text)


def test_a_link_that_is_called_safe_leads_to_the_web() -> None:
    for payload in ALL:
        for text in (payload, f"https://{payload}", f"https:{payload}"):
            link = safe_link(text)
            assert link is None or link.startswith(("https://", "http://")), payload


def test_a_title_is_one_line_of_words() -> None:
    """It is escaped where it is shown; what stays of markup are words."""
    for payload in ALL:
        line = plain_line(payload)
        assert line == " ".join(line.split())
        assert len(line) <= 300
        line.encode()


@pytest.mark.parametrize(
    ("html", "objection"),
    [
        ("<script>x</script>", "script"),
        ("<b onclick=x>y</b>", "onclick"),
        ("<a href='javascript:x'>y</a>", "javascript"),
        ("<a href='/logout'>y</a>", "/logout"),
        ("<a href='https:logout'>y</a>", "https:logout"),
        ("<p>x<!-- y --></p>", "comment"),
        ("<svg><a></a></svg>", "svg"),
        ("<img src=x>", "img"),
        ("<p style=x>y</p>", "style"),
    ],
)
def test_the_judge_objects_to_what_is_active(html: str, objection: str) -> None:
    """A judge that never objects would prove nothing."""
    assert any(objection in words for words in objections(html))


def test_every_class_of_payloads_has_some_that_the_judge_objects_to() -> None:
    harmless_as_they_are = {"character sets"}
    for name, texts in PAYLOADS.items():
        if name not in harmless_as_they_are:
            assert any(objections(text) for text in texts), name
