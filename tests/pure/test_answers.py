"""A body that is no JSON becomes an error with facts of it, and nothing that it said."""

import hashlib

import pytest

from connector.answers import json_in, type_of, unreadable
from connector.errors import ParseError
from connector.http import Response


def answer(body: bytes, content_type: str = "text/html; charset=utf-8") -> Response:
    headers = {"content-type": content_type}
    return Response("https://a.example/x?key=secret#y", 200, headers, body)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_nothing(body: bytes) -> None:
    assert json_in(body) is None


def test_json_is_its_value() -> None:
    assert json_in(b'{"a": [1]}') == {"a": [1]}


def test_error_holds_size_type_and_digest_and_an_address_without_its_query() -> None:
    error = unreadable(answer(b"<p>Words</p>"), "Something else came.")
    assert isinstance(error, ParseError)
    assert (error.url, error.status) == ("https://a.example/x", 200)
    assert error.body is not None
    assert error.body.size == 12
    assert error.body.sha256 == hashlib.sha256(b"<p>Words</p>").hexdigest()
    assert "Words" not in f"{error!r}{error.body}"
    assert "secret" not in f"{error!r}{error.url}"


@pytest.mark.parametrize(
    ("content_type", "named"), [("text/html; charset=utf-8", "text/html"), ("", "no type at all")]
)
def test_type_as_a_sentence_names_it(content_type: str, named: str) -> None:
    assert type_of(answer(b"", content_type)) == named
