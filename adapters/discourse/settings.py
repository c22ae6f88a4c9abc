"""What may be configured about a board: the form on the page and the keys in ``config.toml``.

Reading it as a source and writing to it as a destination have settings of their own.
"""

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connector.setting_types import web_parts

ADMIN_KEY_PACE, USER_KEY_PACE, STRANGER_PACE = 60, 20, 50
"""Requests a minute that a board allows unless its host says otherwise; a stranger may ask
50 times in ten seconds, so one short run is let through whole."""


class DiscourseSettings(BaseModel):
    """One board: where it is, who asks, and which of its parts are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1, max_length=2000, description="The address of the board, or of any page of it."
    )
    api_key: SecretStr | None = Field(
        default=None, description="An API key that an administrator of the board made."
    )
    api_username: str = Field(
        default="system",
        max_length=100,
        description="The user that the API key reads as; only what that user may see is read.",
    )
    user_api_key: SecretStr | None = Field(
        default=None, description="Instead of api_key: a key that a user of the board approved."
    )
    user_api_client_id: str = Field(
        default="", max_length=200, description="The client id that the user's key was made for."
    )
    categories: tuple[str, ...] = Field(
        default=(), description="Names of the categories that are read; none named: all."
    )
    groups: tuple[str, ...] = Field(
        default=(),
        description="Names of private groups whose categories are read; none named: all.",
    )
    tags: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        description="Tags that are read as parts of their own, apart from their categories.",
    )
    school_groups: dict[str, str] = Field(
        default_factory=dict,
        description="Names of groups of the board, each with the school that its members are of.",
    )
    school_field: str = Field(
        default="",
        max_length=20,
        pattern=r"^[0-9]*$",
        description="The number of the profile field in which users name their school.",
    )
    requests_per_minute: int | None = Field(
        default=None,
        ge=5,
        le=6000,
        description="How often the board may be asked; unless said: as boards allow by default.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="The secret of the board's webhook, if it has one for the hub."
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("api_key", "user_api_key", "webhook_secret")
    @classmethod
    def _is_no_blank(cls, value: SecretStr | None) -> SecretStr | None:
        return _not_blank(value)

    @model_validator(mode="after")
    def _has_one_key(self) -> "DiscourseSettings":
        if self.api_key and self.user_api_key:
            raise ValueError("set api_key or user_api_key, not both")
        return self

    @property
    def has_key(self) -> bool:
        """Whether the hub asks as somebody."""
        return bool(self.api_key or self.user_api_key)

    @property
    def pace(self) -> int:
        """How many requests one run makes: it lasts at most a minute."""
        if self.requests_per_minute:
            return self.requests_per_minute
        if self.api_key:
            return ADMIN_KEY_PACE
        return USER_KEY_PACE if self.user_api_key else STRANGER_PACE


class DiscoursePostingSettings(BaseModel):
    """One category of one board, and who opens topics there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1, max_length=2000, description="The address of the board, or of any page of it."
    )
    api_key: SecretStr = Field(
        description="An API key of that user, made by an administrator of the board, as env:NAME."
    )
    api_username: str = Field(
        min_length=1, max_length=100, description="The user of the board who writes there."
    )
    category: int = Field(
        gt=0, description="The number of the category, the last part of its page's address."
    )
    tags: tuple[str, ...] = Field(
        default=(), max_length=5, description="Tags that announcements get."
    )
    events: bool = Field(
        default=False,
        description=(
            "The board has its calendar switched on, and this user may announce events: an event "
            "becomes one of the board, where people say that they come."
        ),
    )
    least_title: int = Field(
        default=15, ge=1, le=255, description="The shortest title that the board takes."
    )
    least_text: int = Field(
        default=20, ge=1, le=10_000, description="The shortest text that the board takes."
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("api_key")
    @classmethod
    def _is_no_blank(cls, value: SecretStr) -> SecretStr:
        _not_blank(value)
        return value


def _web_address(value: str) -> str:
    web_parts(value, example="https://board.example.school.nz/")
    return value.strip()


def _not_blank(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not value.get_secret_value().strip():
        raise ValueError("is empty; leave it out, or name a variable that holds it")
    return value
