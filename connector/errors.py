"""Every error, sorted by what the caller does next.

::

    HubError
    ├── ConfigError          stop at start; the operator mends a named setting
    ├── SourceError          something about one source
    │   ├── AuthError        slow lane, one probe a day; the operator renews access
    │   ├── TemporaryError   retry later (``not_before`` when the service said when)
    │   │   └── RecipientBusyError   the same for one person; go on with the others
    │   ├── PermanentError   slow lane, one probe a day; show it
    │   ├── ParseError       slow lane, one probe a day; keep size, type and hash
    │   ├── ConflictError    show both; somebody decides whether to write over it
    │   ├── UnfinishedError  go on in the next slice; nothing is wrong
    │   └── UnknownOutcome   look on the platform before sending again
    └── StoreError           stop the run; nothing half-written
        └── LeaseLostError   another runner has the source; write nothing more

A message is one sentence for the operator: what happened and what to do. It never holds
a token, a cookie or the body of an answer. Which source it was is carried beside it.
"""

from dataclasses import dataclass
from datetime import datetime


class HubError(Exception):
    """The root: one sentence fit for a person to read."""


class ConfigError(HubError):
    """A setting is wrong: the sentence names its key, what was found and what is accepted."""


class SourceError(HubError):
    """Reading one source failed."""

    def __init__(self, message: str, *, url: str | None = None, status: int | None = None):
        super().__init__(message)
        self.url = url
        """The address asked for, without its query and without credentials."""
        self.status = status
        """The HTTP status, when there was an answer."""


class AuthError(SourceError):
    """The service knows us and says no (401, 403), or our credential has ended."""


class TemporaryError(SourceError):
    """It may work later: no route, a time-out, 429, 5xx."""

    def __init__(
        self,
        message: str,
        *,
        url: str | None = None,
        status: int | None = None,
        not_before: datetime | None = None,
    ):
        super().__init__(message, url=url, status=status)
        self.not_before = not_before
        """Aware UTC: the service asked us not to come back before then."""


class RecipientBusyError(TemporaryError):
    """One person cannot be sent to now, as with a full mailbox; the others can."""


class PermanentError(SourceError):
    """It will not work until somebody changes something (404, 410, a refused address)."""


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """What is kept of a body that could not be read: never its bytes."""

    size: int
    content_type: str
    sha256: str


class ParseError(SourceError):
    """The answer is not what this adapter reads; ``body`` says what came instead."""

    def __init__(
        self,
        message: str,
        *,
        url: str | None = None,
        status: int | None = None,
        body: BodyFacts | None = None,
    ):
        super().__init__(message, url=url, status=status)
        self.body = body


class ConflictError(SourceError):
    """The copy was changed at its place since we wrote it; it was left as it is."""


class UnfinishedError(SourceError):
    """A step is longer than a slice and was left half-done; the same call goes on with it."""


class UnknownOutcome(SourceError):
    """We sent something and never learned what became of it."""


class StoreError(HubError):
    """The database refused; the transaction was rolled back whole."""


class LeaseLostError(StoreError):
    """Another runner holds this source now; whatever was in hand is not written."""
