"""Fetches feeds, and the pages that they link to, over the guarded session. I/O only."""

from collections.abc import Collection
from urllib.parse import urlsplit

from connector.http import Response, Session, Validators


class FeedClient:
    """The questions that can be put to a place that has feeds."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        answers: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> Response:
        """Return the answer as it came; raises SourceError."""
        return self._session.get(
            url, validators=validators, answers=answers, max_body_bytes=max_body_bytes
        )


def bare(url: str) -> str:
    """Return the address without its query and fragment."""
    return urlsplit(url)._replace(query="", fragment="").geturl()
