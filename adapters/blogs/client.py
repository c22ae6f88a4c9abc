"""Asks the APIs of blogs over the guarded session and hands back JSON.

I/O only: what an answer means is said by the ``*_json`` modules, and what to ask next by the
readers. Feeds and pages are fetched as every adapter fetches them, by ``adapters/feeds``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from adapters.feeds.client import FeedClient
from connector.answers import json_in, type_of, unreadable
from connector.errors import ParseError
from connector.http import Response

MAX_JSON_BYTES = 30_000_000


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """One answer of an API; ``value`` is None where a refusal held no JSON."""

    url: str
    status: int
    headers: Mapping[str, str]
    value: object


class BlogClient(FeedClient):
    """The questions that can be put to a blog."""

    def ask_json(self, url: str, *, answers: Collection[int] = ()) -> JsonAnswer:
        """Return the JSON that the address answers.

        Raises:
            ParseError: The address answered with something else.
            SourceError: It did not answer, or refused with a status not in ``answers``.
        """
        response = self._session.get(
            url,
            headers={"Accept": "application/json"},
            answers=answers,
            max_body_bytes=MAX_JSON_BYTES,
        )
        value = json_in(response.body)
        if value is None and response.status not in answers:
            raise not_json(response)
        return JsonAnswer(response.url, response.status, response.headers, value)


def not_json(response: Response) -> ParseError:
    """Say that something else than JSON came."""
    return unreadable(
        response,
        f"The blog's API answers with {type_of(response)} instead of JSON. "
        "Open the address in a browser to see what comes; a plugin or a log-in may be in the way.",
    )


def with_query(url: str, **parameters: str | int) -> str:
    """Return the address with these parameters added to its query."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(parameters, safe=':,')}"
