"""What may be configured about a board that has feeds only."""

from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

Software = Literal["auto", "phpbb", "vbulletin", "xenforo", "elgg", "discourse", "feed"]


class BoardSettings(BaseModel):
    """One board: where it is or was, and which feeds of it are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1,
        max_length=2000,
        description="The address of the board, of a forum, group or topic of it, or of a feed.",
    )
    software: Software = Field(
        default="auto",
        description=(
            "What the board runs on: auto (find out), phpbb, vbulletin, xenforo, elgg, "
            "discourse, or feed (only the feeds that are named)."
        ),
    )
    feeds: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        description="Addresses of the feeds that are read; none named: those that are found.",
    )
    saved: str = Field(
        default="",
        max_length=1000,
        description=(
            "Instead of asking the board: a saved feed, or a folder of saved feeds, "
            "on the hub's own machine."
        ),
    )
    saved_is_public: bool = Field(
        default=False,
        description="Whether what was saved may be seen by everybody, or only by the cluster.",
    )
    timezone: str = Field(
        default="Pacific/Auckland",
        description="The zone in which times without a zone are read, such as Pacific/Auckland.",
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _web_address(value if "://" in value else f"https://{value.strip()}")

    @field_validator("feeds")
    @classmethod
    def _are_web_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_web_address(each) for each in value)

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, KeyError) as error:
            raise ValueError(
                f"{value!r} is no time zone; write one such as Pacific/Auckland"
            ) from error
        return value


def _web_address(value: str) -> str:
    address = value.strip()
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or " " in address or parts.scheme not in ("http", "https"):
        raise ValueError("write a web address, such as https://board.example.school.nz/")
    if parts.username or parts.password:
        raise ValueError("write the address without a user name or password")
    return urlsplit(address)._replace(fragment="").geturl()
