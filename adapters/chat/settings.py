"""What may be configured about a chat room. Nothing here connects to anything."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from adapters.chat.services import HERE, LOCAL_SCHEMES, SCHEMES
from connector.html import safe_link


class ChatSettings(BaseModel):
    """One room.

    Each room is a destination of its own: a delivery has one outcome, and of a list some rooms
    might have got it and others not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    address: str = Field(
        min_length=1, max_length=2000, description="Where people open the room in a browser."
    )
    url: SecretStr = Field(
        description=(
            "The room's Apprise URL, or the webhook address that Slack, Discord, Microsoft Teams "
            "or Google Chat gave, as env:NAME."
        )
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if safe_link(value.strip()) is None:
            raise ValueError("write the address of the room, such as https://chat.example.org/")
        return value.strip()

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value().strip())
            scheme, host = parts.scheme.lower(), parts.hostname
        except ValueError:
            scheme, host = "", None
        if scheme not in SCHEMES and scheme != "https":
            known = ", ".join(sorted(SCHEMES - LOCAL_SCHEMES))
            raise ValueError(f"begin it with one of {known}, or https for a webhook")
        if scheme in LOCAL_SCHEMES and host not in HERE:
            raise ValueError(f"{scheme} is not encrypted: write {scheme}s")
        return value
