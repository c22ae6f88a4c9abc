"""A destination that a person posts at: the hub gives the text and waits for their word."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from connector.announce.limits import fitted
from connector.contract import AdapterInfo, Destination
from connector.http import Session
from connector.model import CheckReport, Limits, Message, Receipt


class ByHandSettings(BaseModel):
    """A place for people only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(min_length=1, max_length=2000, description="Where a person posts it.")
    most_title: int | None = Field(
        default=None, ge=10, description="The longest title that the place takes, in characters."
    )


class ByHandDestination:
    """Nothing is ever sent here."""

    def __init__(self, settings: ByHandSettings):
        self._settings = settings

    def check(self) -> CheckReport:
        """There is nothing to try."""
        return CheckReport(())

    def preview(self, message: Message) -> Message:
        """Return the text to copy."""
        return fitted(message, Limits(most_title=self._settings.most_title))

    def find(self, marker: str) -> Receipt | None:
        """Nobody can look there."""
        return None

    def send(self, message: Message, marker: str) -> Receipt:
        """A person does that."""
        raise NotImplementedError("a person posts it")

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """A person does that."""
        raise NotImplementedError("a person changes it")

    def retract(self, receipt: Receipt) -> None:
        """A person does that."""
        raise NotImplementedError("a person takes it back")


class ByHandAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(kind="by_hand", title="By hand", reads=frozenset())
    Settings: type[BaseModel] = ByHandSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the place behind these settings."""
        if not isinstance(settings, ByHandSettings):
            raise TypeError(f"by_hand needs ByHandSettings, got {type(settings).__name__}")
        return ByHandDestination(settings)


ADAPTER = ByHandAdapter()
