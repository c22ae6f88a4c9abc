"""Asks a Moodle over the guarded session and hands back JSON.

I/O only. One question is one POST to the canonical address, with the token in its body: a
redirect is never followed, for Moodle repeats the token in it (seen on 4.5). Which questions
go together is said by ``batch``, what an answer means by ``said``. What is to be done there goes
the same way (``tell``), but a lost answer to it leaves doubt.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from adapters.moodle.refusals import Refusal, refusal_in, refusal_in_xml
from adapters.moodle.values import LAST_SECOND
from connector.answers import type_of, unreadable
from connector.errors import AuthError, PermanentError, UnknownOutcome
from connector.http import Response, Session

ENDPOINT = "/webservice/rest/server.php"
RAW = {"moodlewssettingraw": "true"}
"""Lets texts come as they are stored: not escaped, not cleaned."""
FORM = ("Content-Type", "application/x-www-form-urlencoded")
_REDIRECTS = (301, 302, 303, 307, 308)
# PHP warnings stand before the answer on sites that show them; more are not looked through.
_MOST_STARTS = 50

Arguments = Mapping[str, object]


class MoodleClient:
    """The questions that can be put to one Moodle."""

    def __init__(self, site: str, token: SecretStr, session: Session, now: datetime) -> None:
        self.site = site
        self._token = token
        self._session = session
        self._now = now
        self.clock: int | None = None
        """The site's own clock at its first answer, in seconds; None before."""

    @property
    def moment(self) -> int:
        """The present moment in seconds: by the site's clock once it has answered."""
        return int(self._now.timestamp()) if self.clock is None else self.clock

    def ask(
        self, function: str, arguments: Arguments | None = None, *, is_raw: bool = False
    ) -> object:
        """Return what a function answers.

        Args:
            function: Its name.
            arguments: What it is given.
            is_raw: See ``RAW``.

        Raises:
            AuthError: The token, the service or a capability is missing.
            TemporaryError: No answer, maintenance, an upgrade, database trouble.
            PermanentError: No such thing or function, another address.
            ParseError: Something else than JSON came.
        """
        value = self.answer(function, {**(RAW if is_raw else {}), **(arguments or {})})
        if isinstance(value, Refusal):
            raise value.error
        return value

    def answer(self, function: str, arguments: Arguments) -> object | Refusal:
        """Return what a function answers, a refusal too; raises SourceError for no answer."""
        return self._told(form_of(function, arguments), is_question=True)

    def tell(self, function: str, arguments: Arguments) -> object | Refusal:
        """Let a function do something; return its answer, or the refusal that it did nothing.

        Raises:
            UnknownOutcome: It may have been done.
            SourceError: As ``ask``; nothing was done.
        """
        value = self._told(form_of(function, arguments), is_question=False)
        if isinstance(value, Refusal) and value.leaves_doubt:
            raise UnknownOutcome(
                "Moodle failed while it was writing, so nobody knows whether it is there."
            )
        return value

    def _told(self, form: dict[str, str], *, is_question: bool) -> object | Refusal:
        response = self._session.post(
            f"{self.site}{ENDPOINT}",
            body=urlencode({"wstoken": self._token.get_secret_value(), **form}).encode(),
            headers=dict((FORM,)),
            answers=(403, *_REDIRECTS),
            is_question=is_question,
        )
        if response.status != 200:
            raise self._not_let_in(response)
        if self.clock is None:
            self.clock = _clock_of(response)
        value = _decoded(response)
        return refusal_in(value) or value

    def _not_let_in(self, response: Response) -> AuthError | PermanentError:
        where = f"{self.site}{ENDPOINT}"
        if response.status == 403:
            return AuthError(
                "Web services or their REST protocol are switched off on this Moodle (403). Ask "
                "its administrator to enable both (Site administration, Advanced features; "
                "Server, Manage protocols), or read its RSS feeds instead (rss_key).",
                url=where,
                status=403,
            )
        host = _host_in(response)
        which = f" {host}" if host else " the one in the address line of its pages"
        return PermanentError(
            f"This Moodle answers under another address ({response.status}). Enter{which} as the "
            "address of this place.",
            url=where,
            status=response.status,
        )


def form_of(function: str, arguments: Arguments) -> dict[str, str]:
    """Return the fields of a call, all but the token."""
    fields = {"wsfunction": function, "moodlewsrestformat": "json"}
    return fields | dict(flattened(arguments))


def flattened(value: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield form fields as PHP reads them: ``a[0][b]``; truth is 1 or 0."""
    for key, each in value.items():
        yield from _flat(key, each)


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name}[{key}]", each)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _flat(f"{name}[{number}]", each)
    else:
        yield name, str(int(value)) if isinstance(value, bool) else str(value)


def _clock_of(response: Response) -> int | None:
    try:
        said = parsedate_to_datetime(response.headers.get("date", ""))
        seconds = int(said.replace(tzinfo=said.tzinfo or UTC).timestamp())
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < LAST_SECOND else None


def _host_in(response: Response) -> str:
    """Return where a redirect leads, its host alone: the rest of it may hold the token."""
    try:
        parts = urlsplit(response.headers.get("location", ""))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host.isascii() or len(host) > 253:
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _decoded(response: Response) -> object | Refusal:
    """Return the JSON in the body, also behind PHP's warnings, or what XML refuses.

    Raises ParseError for anything else.
    """
    for text in _candidates(response.body):
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return value
    refusal = refusal_in_xml(response.body)
    if refusal is not None:
        return refusal
    raise unreadable(
        response,
        "Moodle's web service answers with something else than JSON "
        f"({type_of(response)}). Open the address of this place in a browser: if that is a Moodle, "
        "ask its administrator to look into its error log.",
    )


def _candidates(body: bytes) -> Iterator[bytes]:
    yield body
    start = -1
    for _ in range(_MOST_STARTS):
        starts = [each for mark in (b"\n{", b"\n[") if (each := body.find(mark, start + 1)) >= 0]
        if not starts:
            return
        start = min(starts)
        yield body[start + 1 :]
