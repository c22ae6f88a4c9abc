"""What may be configured about a blog: the form on the page and the keys in ``config.toml``.

Nothing here asks the network; whether an address answers is found out by ``discovery``.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connector.setting_types import ZoneName, web_parts

Flavour = Literal["auto", "feed", "wordpress", "wordpress_com", "blogger", "ghost"]


class BlogSettings(BaseModel):
    """One blog: where it is and how much of it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1,
        max_length=2000,
        description="The address of the blog: its home page, any post, or its feed.",
    )
    flavour: Flavour = Field(
        default="auto",
        description=(
            "What kind of site it is: auto (find out), feed (only what the feed shows), "
            "wordpress, wordpress_com, blogger or ghost."
        ),
    )
    feeds: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        description="More feed addresses of the same blog; each is read as a part of its own.",
    )
    comments: bool = Field(default=True, description="Whether the comments are read as well.")
    timezone: ZoneName = Field(
        default="Pacific/Auckland",
        description="The zone in which times without a zone are read, such as Pacific/Auckland.",
    )
    ghost_key: SecretStr | None = Field(
        default=None,
        description=(
            "The Content API key of a custom integration, for Ghost only. "
            "Without it the Ghost feed is read, which shows the newest 15 posts."
        ),
    )
    whole_history: bool = Field(
        default=True,
        description="Whether older posts are read too, or only what the first page shows.",
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("feeds")
    @classmethod
    def _are_web_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_web_address(each, scheme_needed=True) for each in value)


def _web_address(value: str, *, scheme_needed: bool = False) -> str:
    """Return the address without blanks around it; a missing scheme is found out later."""
    web_parts(value, example="https://blog.example.school.nz/", needs_scheme=scheme_needed)
    return value.strip()
