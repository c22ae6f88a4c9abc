"""What may be configured about a board that has feeds only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector.setting_types import ZoneName, web_parts

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
    timezone: ZoneName = Field(
        default="Pacific/Auckland",
        description="The zone in which times without a zone are read, such as Pacific/Auckland.",
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("feeds")
    @classmethod
    def _are_web_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_web_address(each, needs_scheme=True) for each in value)


def _web_address(value: str, *, needs_scheme: bool = False) -> str:
    parts = web_parts(value, example="https://board.example.school.nz/", needs_scheme=needs_scheme)
    return parts._replace(fragment="").geturl()
