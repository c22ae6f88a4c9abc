"""The e-mail destination: joins settings, letters and the conversation with the server."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel

from adapters.mail.client import MailClient
from adapters.mail.letter import letter
from adapters.mail.settings import MailSettings
from connector.announce.limits import fitted
from connector.contract import AdapterInfo, Destination
from connector.errors import ConfigError, SourceError
from connector.http import Dialing, Session
from connector.model import (
    CheckLine,
    CheckReport,
    Limits,
    Message,
    PlannedRequest,
    Receipt,
    Recipient,
)

LIMITS = Limits(most_title=200, line_bytes=900)
"""A line of a letter has at most 998 bytes (RFC 5322, 2.1.1); the rest is for quoting."""
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class MailDestination:
    """Letters to the people of one destination."""

    def __init__(self, settings: MailSettings, session: Dialing, now: datetime):
        self._settings = settings
        self._client = MailClient(settings, session)
        self._now = now

    def check(self) -> CheckReport:
        """Sign in at the mail server, and send nothing."""
        if not self._settings.people:
            told = "Nobody is named under people: write down who gets letters."
            return CheckReport((CheckLine("people", False, told),))
        try:
            self._client.greet()
        except SourceError as error:
            return CheckReport((CheckLine("sign in", False, str(error)),))
        finally:
            self._client.close()
        told = f"The mail server takes letters for {len(self._settings.people):,} people."
        return CheckReport((CheckLine("sign in", True, told),))

    def preview(self, message: Message) -> Message:
        """Return the message with a subject and lines that letters can have."""
        return fitted(message, LIMITS)

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the letter to the first person, and to how many it goes."""
        people = self._settings.people
        mail = letter(self._settings, Recipient("each@of.them"), message, marker, _LONG_AGO)
        headers = tuple((name, str(value)) for name, value in mail.items())
        kept = tuple(
            (name, value)
            for name, value in headers
            if name.lower() not in ("date", "message-id", "content-type", "to")
        )
        told = (("To", f"each of {len(people):,} people: {', '.join(people)}"),)
        body = f"{message.text}\n\n{message.html}"
        address = f"smtp://{self._settings.host}:{self._settings.port}"
        return (PlannedRequest(method="MAIL", address=address, headers=told + kept, body=body),)

    def recipients(self) -> Sequence[Recipient]:
        """Return who gets a letter."""
        return [Recipient(one) for one in self._settings.people]

    def send_to(self, recipient: Recipient, message: Message, marker: str) -> None:
        """Send one letter."""
        mail = letter(self._settings, recipient, message, marker, self._now)
        self._client.send(recipient.address, mail)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def find(self, marker: str) -> Receipt | None:
        """Letters cannot be found again."""
        return None

    def send(self, message: Message, marker: str) -> Receipt:
        """Letters go to persons; see ``send_to``."""
        raise NotImplementedError("letters are sent one by one")

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """A letter cannot be changed."""
        raise NotImplementedError("a letter cannot be changed")

    def retract(self, receipt: Receipt) -> None:
        """A letter cannot be taken back."""
        raise NotImplementedError("a letter cannot be taken back")


class MailAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="mail",
        title="E-mail",
        reads=frozenset(),
        delivers=frozenset({"send", "event"}),
        find="none",
    )
    Settings: type[BaseModel] = MailSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the mail server behind these settings; connects to nothing yet."""
        if not isinstance(settings, MailSettings):
            raise TypeError(f"mail needs MailSettings, got {type(settings).__name__}")
        if not isinstance(session, Dialing):
            raise ConfigError("E-mail needs a network that gives plain connections.")
        return MailDestination(settings, session, now)


ADAPTER = MailAdapter()
