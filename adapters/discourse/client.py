"""Asks a board, or tells it something, over the guarded session and hands back JSON.

I/O only: what an answer means is said by ``parse``, what to ask next by the readers. It also
keeps the pace: a run asks no more than the board allows in a minute, and then pauses instead
of being refused.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from adapters.discourse.json_values import list_at
from adapters.discourse.settings import DiscourseSettings
from connector.answers import json_in, type_of, unreadable, without_query
from connector.errors import (
    AuthError,
    ParseError,
    PermanentError,
    SourceError,
    TemporaryError,
)
from connector.http import Response, Session

MAX_JSON_BYTES = 30_000_000
_PAUSE = timedelta(seconds=61)
_MAY_NOT_WRITE = (
    "The board refused: the key is not taken any more, or its user may not write there. Ask an "
    "administrator of the board which of the two, and save a new key as api_key."
)
_INSIDE = re.compile(r"/(?:t|c|u|tag|tags|g|groups|latest|top|categories|posts)(?:[/.].*)?$")


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """One answer; of a refusal, the board's own words for it."""

    status: int
    value: object


class DiscourseClient:
    """The questions that can be put to one board, in one run."""

    def __init__(self, settings: DiscourseSettings, session: Session, now: datetime) -> None:
        self.base = base_of(settings.address)
        self._settings = settings
        self._session = session
        self._now = now
        self._asked = 0

    @property
    def left(self) -> int:
        """How many requests this run may still make."""
        return max(self._settings.pace - self._asked, 0)

    def ask(
        self,
        path: str,
        parameters: Mapping[str, str | int] | None = None,
        *,
        answers: Collection[int] = (),
    ) -> JsonAnswer:
        """Return the JSON at a path of the board.

        Raises:
            TemporaryError: the run has asked as much as it may; the sentence says so.
            ParseError: something else than JSON came.
            SourceError: no answer, or a refusal with a status not in ``answers``.
        """
        self._keep_pace()
        query = f"?{urlencode(parameters)}" if parameters else ""
        try:
            response = self._session.get(
                f"{self.base}{path}{query}",
                headers=self._headers(),
                answers=answers,
                max_body_bytes=MAX_JSON_BYTES,
            )
        except AuthError as error:
            raise AuthError(self._refusal(), url=error.url, status=error.status) from error
        value = json_in(response.body)
        if response.status >= 400 and not list_at(value, "errors"):
            # A refusal of something in front of the board says nothing about what was asked.
            raise self._refused(response)
        if value is None:
            raise _not_json(response)
        return JsonAnswer(response.status, value)

    def tell(
        self, path: str, body: bytes, *, method: str = "POST", answers: Collection[int] = ()
    ) -> JsonAnswer:
        """Send JSON to a path of the board, once; return its answer, None where there is no JSON.

        Raises:
            AuthError: the key is taken no more, or its user may not do this; nothing was done.
            UnknownOutcome: something may have arrived and the answer was lost.
            SourceError: as ``ask``; nothing was taken, but for a status of 500.
        """
        self._keep_pace()
        headers = {**self._headers(), "Content-Type": "application/json"}
        if method != "POST":
            # Some hosts let nothing else through; the board takes this header in its place.
            headers["X-HTTP-Method-Override"] = method
        url = f"{self.base}{path}"
        try:
            response = self._session.post(url, body=body, headers=headers, answers=answers)
        except AuthError as error:
            raise AuthError(_MAY_NOT_WRITE, url=error.url, status=error.status) from error
        value = json_in(response.body)
        if response.status >= 400 and not list_at(value, "errors"):
            raise self._refused(response)
        return JsonAnswer(response.status, value)

    def _refused(self, response: Response) -> SourceError:
        status, url = response.status, without_query(response.url)
        if status in (401, 403):
            return AuthError(self._refusal(), url=url, status=status)
        return PermanentError(
            f"The board's server answers with an error page ({status}). Check the address.",
            url=url,
            status=status,
        )

    def _keep_pace(self) -> None:
        if not self.left:
            raise TemporaryError(
                f"The board lets itself be asked {self._settings.pace} times a minute. "
                "Reading goes on by itself when the minute is over.",
                url=self.base,
                not_before=self._now + _PAUSE,
            )
        self._asked += 1

    def _headers(self) -> Mapping[str, str]:
        given = {"Accept": "application/json"}
        settings = self._settings
        if settings.api_key:
            given["Api-Key"] = settings.api_key.get_secret_value()
            given["Api-Username"] = settings.api_username
        elif settings.user_api_key:
            given["User-Api-Key"] = settings.user_api_key.get_secret_value()
            if settings.user_api_client_id:
                given["User-Api-Client-Id"] = settings.user_api_client_id
        return given

    def _refusal(self) -> str:
        if self._settings.has_key:
            return (
                "The board refused the key. Ask an administrator of the board for a new one and "
                "save it for this place."
            )
        return (
            "The board shows this only to people who signed in. Ask an administrator of the board "
            "for an API key and save it as api_key."
        )


def base_of(address: str) -> str:
    """Return the board's own address, without a final slash, for that of any of its pages."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    path = _INSIDE.sub("", parts.path.rstrip("/"))
    return f"{parts.scheme}://{parts.netloc}{path}"


def _not_json(response: Response) -> ParseError:
    return unreadable(
        response,
        f"The board answers with {type_of(response)} instead of JSON. Open the address in a "
        "browser to see what comes; it may be no Discourse board, or a log-in may be in the way.",
    )
