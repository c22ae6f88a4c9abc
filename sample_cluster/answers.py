"""What a stand-in is asked and what it answers, without any socket.

Values and the few rules of HTTP that all stand-ins share; what each kind of blog says belongs
in its own module.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_SAMPLE = re.compile(r"sample://([a-z0-9-]+)")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in."""

    method: str
    target: str
    """Path and query, as on the wire."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The query's pairs, decoded, in order."""
        return tuple(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def value(self, name: str) -> str | None:
        """Return the last value of a query parameter, or None."""
        return dict(self.query).get(name)

    def values(self, name: str) -> tuple[str, ...]:
        """Return all values of a parameter: repeated, with brackets, or with commas."""
        found = [value for key, value in self.query if key in (name, f"{name}[]")]
        return tuple(part.strip() for value in found for part in value.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, before addresses are filled in."""

    status: int
    body: str | bytes = ""
    headers: Headers = ()


def resolve(text: str, addresses: Mapping[str, str]) -> str:
    """Return the text with every ``sample://slug`` replaced by that blog's real address."""
    return _SAMPLE.sub(lambda found: addresses.get(found[1], found[0]), text)


def json_answer(value: Any, status: int = 200, headers: Headers = ()) -> Answer:
    """Return the value as JSON; ``headers`` name the content type."""
    return Answer(status, json.dumps(value, ensure_ascii=False), headers)


def html_answer(body: str, status: int = 200, headers: Headers = ()) -> Answer:
    """Return a page; scripts in it do not run, so that a person may look around safely."""
    policy = ("Content-Security-Policy", "script-src 'none'; frame-src 'none'; form-action 'none'")
    return Answer(status, body, (("Content-Type", "text/html; charset=UTF-8"), policy, *headers))


def redirect(location: str, headers: Headers = ()) -> Answer:
    """Return a permanent redirect."""
    kind = ("Content-Type", "text/html; charset=UTF-8")
    return Answer(301, "", (kind, ("Location", location), *headers))


def http_date(moment: datetime) -> str:
    """Return the moment as HTTP writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def with_validators(request: Request, answer: Answer, modified: datetime, weak: bool) -> Answer:
    """Add an ETag of the body and Last-Modified, and answer 304 where they still hold.

    As static servers do: If-None-Match decides when it is there, and a weak mark is ignored.
    """
    body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    shown = f"W/{etag}" if weak else etag
    validators: Headers = (("ETag", shown), ("Last-Modified", http_date(modified)))
    if _still_valid(request, etag, modified):
        return Answer(304, "", validators)
    return Answer(answer.status, answer.body, (*answer.headers, *validators))


def _still_valid(request: Request, etag: str, modified: datetime) -> bool:
    asked = request.headers.get("if-none-match")
    if asked is not None:
        return etag in (part.strip().removeprefix("W/") for part in asked.split(","))
    return not_modified_since(request, modified)


def not_modified_since(request: Request, modified: datetime) -> bool:
    """Whether If-Modified-Since is there, readable, and not before ``modified``."""
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(since) >= modified.replace(microsecond=0)
    except (TypeError, ValueError):
        return False
