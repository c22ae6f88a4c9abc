"""What may be configured about a Moodle: the form on the page and the keys in ``config.toml``.

Nothing here asks the network.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connector.setting_types import ZoneName, web_parts

Id = Annotated[int, Field(gt=0, lt=10**15)]
Ids = Annotated[tuple[Id, ...], Field(max_length=2000)]
Names = Annotated[tuple[str, ...], Field(max_length=100)]

RSS_FEED = re.compile(r"[0-9]{1,15}/(mod_forum|blog)/[A-Za-z0-9/]{1,60}")
_TOKEN = re.compile(r"[A-Za-z0-9]{1,128}")
# What people paste: the page they happen to look at.
_PAGES = re.compile(r"/(login|my|course|mod|user|admin|blog|calendar|webservice)(/.*)?$")


class MoodleSettings(BaseModel):
    """One Moodle: how it is asked, and which of its courses are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1,
        max_length=2000,
        description="The address of the Moodle, as its own pages write it.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="The token of the hub's account in Moodle's web services.",
    )
    courses: Ids = Field(
        default=(),
        description="Numbers of the courses to read; a number stands in the course's address.",
    )
    categories: Ids = Field(
        default=(),
        description="Numbers of categories to read; their new courses join by themselves.",
    )
    adult_courses: Ids = Field(
        default=(),
        description="Courses in which everybody is an adult, as in professional learning.",
    )
    adult_categories: Ids = Field(
        default=(),
        description="Categories in whose courses everybody is an adult.",
    )
    teacher_roles: Names = Field(
        default=("editingteacher", "teacher", "coursecreator"),
        description="Short names of the Moodle roles that make somebody a teacher.",
    )
    facilitator_roles: Names = Field(
        default=("manager",),
        description="Short names of the Moodle roles that make somebody a facilitator there.",
    )
    school_from: Literal["institution", "cohort", "profile_field"] = Field(
        default="institution",
        description="Where Moodle says which school somebody is of.",
    )
    school_field: str = Field(
        default="",
        max_length=100,
        description="Short name of the profile field, where the school is in one.",
    )
    public_blogs: bool = Field(
        default=False,
        description="Whether blog entries that Moodle shows to the world are public here as well.",
    )
    submission_texts: bool = Field(
        default=False,
        description="Whether adults' texts handed in are read; otherwise they are counted.",
    )
    feedback_texts: bool = Field(
        default=False,
        description="Whether adults' feedback answers are read; otherwise they are counted.",
    )
    completions: bool = Field(
        default=False,
        description="Whether completed activities are counted, once a day; one question a person.",
    )
    timezone: ZoneName = Field(
        default="Pacific/Auckland",
        description="The zone whose days the counts are of, such as Pacific/Auckland.",
    )
    rss_key: SecretStr | None = Field(
        default=None,
        description="The key in Moodle's RSS addresses; for a Moodle without web services.",
    )
    rss_feeds: Names = Field(
        default=(),
        description="What the RSS addresses name: context, part and number, as 87/mod_forum/13.",
    )
    rss_authors_are_adults: bool = Field(
        default=False,
        description="Whether everybody who writes in these feeds is an adult; feeds do not say.",
    )

    @field_validator("address")
    @classmethod
    def _is_site(cls, value: str) -> str:
        return site_address(value)

    @field_validator("token", "rss_key")
    @classmethod
    def _is_plain(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else plain_token(value)

    @field_validator("rss_feeds")
    @classmethod
    def _are_feeds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not RSS_FEED.fullmatch(each):
                raise ValueError(
                    "write what stands in the RSS address around the key, such as 87/mod_forum/13"
                )
        return tuple(dict.fromkeys(value))

    @model_validator(mode="after")
    def _has_a_way_in(self) -> "MoodleSettings":
        if self.token is None and not (self.rss_key and self.rss_feeds):
            raise ValueError("give a token, or, without web services, rss_key and rss_feeds")
        if self.token is not None and not (self.courses or self.categories):
            raise ValueError(
                "name at least one of courses and categories; the number of a course stands in "
                "its address (course/view.php?id=12), that of a category as categoryid"
            )
        if self.school_from == "profile_field" and not self.school_field:
            raise ValueError("name the profile field that holds the school in school_field")
        return self


def plain_token(value: SecretStr) -> SecretStr:
    """Return a token or key that can be one; raises ValueError for any other."""
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("a Moodle token has only letters and digits; copy it once more")
    return value


def site_address(value: str) -> str:
    """Return the address of the site behind any of its pages, without a slash at its end.

    Raises ValueError that says what to write instead.
    """
    parts = web_parts(value, example="https://moodle.example.school.nz")
    path = _PAGES.sub("", parts.path.removesuffix("/index.php")).rstrip("/")
    return parts._replace(path=path, query="", fragment="").geturl()
