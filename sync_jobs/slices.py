"""The session of one run, which knows when its slice is over."""

from collections.abc import Callable, Collection, Mapping

from connector.http import Response, Session, Validators


class SlicedSession:
    """A session that tells whoever asks long when to leave off (``connector.http.InSlices``)."""

    def __init__(self, session: Session, slice_is_over: Callable[[], bool]) -> None:
        self._session = session
        self.slice_is_over = slice_is_over

    @property
    def requests(self) -> int:
        """Made so far, redirects counted."""
        return self._session.requests

    @property
    def bytes_read(self) -> int:
        """Bytes of bodies so far, decoded."""
        return self._session.bytes_read

    def get(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
        max_body_bytes: int | None = None,
    ) -> Response:
        """See ``Session.get``."""
        return self._session.get(
            url,
            validators=validators,
            headers=headers,
            answers=answers,
            max_body_bytes=max_body_bytes,
        )

    def post(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        answers: Collection[int] = (),
        is_question: bool = False,
    ) -> Response:
        """See ``Session.post``."""
        return self._session.post(
            url, body=body, headers=headers, answers=answers, is_question=is_question
        )
