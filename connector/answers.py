"""What is made of an answer's body, whatever the service; the sentences are each kind's own."""

import hashlib
import json
from urllib.parse import urlsplit

from connector.errors import BodyFacts, ParseError
from connector.http import Response


def json_in(body: bytes) -> object:
    """Return the value in a body, or None where it is no JSON (or JSON's own nothing)."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def type_of(response: Response) -> str:
    """Return the media type of an answer as a sentence names it."""
    return response.content_type.split(";")[0].strip() or "no type at all"


def unreadable(response: Response, sentence: str) -> ParseError:
    """Return the error for an answer that is something else than it should be.

    Its address goes without query and fragment, which may hold a key.
    """
    return ParseError(
        sentence,
        url=without_query(response.url),
        status=response.status,
        body=facts_of(response),
    )


def without_query(url: str) -> str:
    """Return an address without its query and fragment."""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def facts_of(response: Response) -> BodyFacts:
    """Return what may be kept of a body that could not be read."""
    return BodyFacts(
        size=len(response.body),
        content_type=response.content_type,
        sha256=hashlib.sha256(response.body).hexdigest(),
    )
