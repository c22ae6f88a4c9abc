"""What may be configured about an Interact: the form on the page and the keys in config.toml.

Which of the ways of reading is taken follows from which of their settings is given; posting is
a destination of its own, with a log-in of its own.
"""

import re
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from adapters.interact.selectors import compiled
from connector.setting_types import ZoneName, web_parts

Way = Literal["database", "dump", "journals", "saved", "site"]
_FEED = re.compile(r"[1-9][0-9]{0,8}/[1-9][0-9]{0,8}(/[1-9][0-9]{0,8})?", re.ASCII)
_FORUM = re.compile(r"[1-9][0-9]{0,8}/[1-9][0-9]{0,8}", re.ASCII)
_PREFIX = re.compile(r"\w{0,40}", re.ASCII)


class Selectors(BaseModel):
    """Where a page of the live site shows what; CSS, with what release 2.4 writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: str = "div.userContentBox, div.fullPost"
    header: str = ".postHeader"
    title: str = ".postTitle"
    author: str = ".postPostedBy"
    date: str = ".postPostedFullDate"
    body: str = ".postBody"
    draft: str = ".draft"
    deleted: str = ".deleted"
    mark: str = "a[name]"
    """Of a forum post: its number, as ``name`` or ``id``, where links to the post lead."""
    parent: str = "a.postParent"
    """Of a reply: a link to the post that it answers."""
    attachment: str = ".postAttachments a"
    thread: str = 'div[dojoType="ForumThread"], a.small[href*="thread.php"]'
    """On a forum's page: what tells of one thread, or of one post in it."""
    login_form: str = 'form input[name="password"]'

    @field_validator("*")
    @classmethod
    def _is_selector(cls, value: str) -> str:
        compiled(value)
        return value


class SiteSettings(BaseModel):
    """What reading and posting share: where the site is, and who logs in there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str
    username: str
    password: SecretStr | None
    selectors: Selectors = Field(
        default=Selectors(),
        description="Where its pages show what, for a site with a skin of its own.",
    )

    @property
    def base(self) -> str:
        """Return the site's address, ending in a slash."""
        return self.address.rstrip("/") + "/"

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        web_parts(value, example="https://interact.example.school.nz/")
        address = value.strip()
        address = address if "://" in address else f"https://{address}"
        if "?" in address or "#" in address:
            raise ValueError("write the address of its front page, without ? and #")
        return address


class InteractSettings(SiteSettings):
    """One Interact: where it is, or was, and how it is read."""

    address: str = Field(
        min_length=1,
        max_length=2000,
        description="The address of the community; links to its posts begin with it, also "
        "where it has been switched off.",
    )
    database: str = Field(
        default="",
        max_length=500,
        description="Its database: mysql://reader@db.example.school.nz/interact. "
        "The account needs the right to read and no other.",
    )
    dump: str = Field(
        default="",
        max_length=2000,
        description="A dump of its database on this machine: a .sql, .sql.gz or .zip file.",
    )
    journals: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        description="Journals to read by their feeds: SPACE/JOURNAL, or SPACE/JOURNAL/PERSON, "
        "by the numbers in their addresses.",
    )
    forums: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        description="Forums of the live site to read by their pages: SPACE/FORUM, by the numbers "
        "in their addresses.",
    )
    saved: str = Field(
        default="",
        max_length=2000,
        description="A folder on this machine with exports that a leader saved and pages "
        "that somebody saved.",
    )
    username: str = Field(
        default="", max_length=200, description="The name to log in with, for the live site."
    )
    password: SecretStr | None = Field(
        default=None, description="The password of the database account or of the log-in."
    )
    spaces: tuple[int, ...] = Field(
        default=(),
        max_length=1000,
        description="Read these spaces only, by the numbers in their addresses; empty: all "
        "that are not hidden.",
    )
    prefix: str | None = Field(
        default=None,
        description="How the names of its tables begin; left out: found out. "
        "Needed where one database holds two Interacts.",
    )
    release: str = Field(
        default="",
        max_length=60,
        description="Read a release that is not known as if it were 2.4: write here what "
        "the check says that it is called.",
    )
    timezone: ZoneName = Field(
        default="Pacific/Auckland",
        description="The zone of its times, which name none, such as Pacific/Auckland.",
    )
    audience: Literal["facilitators", "interact"] = Field(
        default="facilitators",
        description="Who may see what was read: facilitators, or interact (whoever could see "
        "it there; journals never more open than the cluster).",
    )
    schools: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        description="Which school an account belongs to, by the end of its e-mail address: "
        "kauri.school.nz=Kauri School.",
    )
    date_order: Literal["day-month", "month-day"] = Field(
        default="day-month", description="How short dates are written on its pages."
    )

    @property
    def way(self) -> Way:
        """Return which way of reading is configured.

        Journals are read by their feeds, or with a log-in by their pages.
        """
        if self.database:
            return "database"
        if self.dump:
            return "dump"
        if self.journals and not self.username:
            return "journals"
        return "saved" if self.saved else "site"

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the site's times."""
        return ZoneInfo(self.timezone)

    @property
    def school_by_domain(self) -> dict[str, str]:
        """Return school names by the domain of e-mail addresses, in small letters."""
        pairs = (each.partition("=") for each in self.schools)
        return {domain.strip().lower().lstrip("@"): name.strip() for domain, _, name in pairs}

    @field_validator("database")
    @classmethod
    def _is_database(cls, value: str) -> str:
        parts = _split(value)
        if value and (parts is None or parts[0] not in ("mysql", "mariadb") or not parts[3]):
            raise ValueError("write mysql://NAME@HOST/DATABASE")
        if parts is not None and ":" in parts[2]:
            raise ValueError("write the password as password, not in the address")
        return value

    @field_validator("journals")
    @classmethod
    def _are_feeds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _FEED.fullmatch(each) for each in value):
            raise ValueError("write SPACE/JOURNAL or SPACE/JOURNAL/PERSON in numbers: 3/45")
        return value

    @field_validator("forums")
    @classmethod
    def _are_forums(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _FORUM.fullmatch(each) for each in value):
            raise ValueError("write SPACE/FORUM in numbers: 3/46")
        return value

    @field_validator("prefix")
    @classmethod
    def _is_prefix(cls, value: str | None) -> str | None:
        if value is not None and not _PREFIX.fullmatch(value):
            raise ValueError("write letters, digits and underscores, such as interact_")
        return value

    @field_validator("schools")
    @classmethod
    def _are_schools(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("=" not in each for each in value):
            raise ValueError("write DOMAIN=SCHOOL, such as kauri.school.nz=Kauri School")
        return value

    @model_validator(mode="after")
    def _is_one_way(self) -> "InteractSettings":
        given = [bool(each) for each in (self.database, self.dump, self.journals, self.saved)]
        if sum(given) > 1:
            raise ValueError("write only one of database, dump, journals and saved")
        if self.forums and self.way != "site":
            raise ValueError(
                "forums are read from the live site: leave out database, dump and saved, and give "
                "a username where journals are read too"
            )
        return self


class NewsSettings(SiteSettings):
    """One space of a running Interact, and who posts news there."""

    address: str = Field(
        min_length=1, max_length=2000, description="The address of the community's front page."
    )
    username: str = Field(
        min_length=1,
        max_length=200,
        description="The name that a leader of the space logs in with.",
    )
    password: SecretStr = Field(description="The password of that account, as env:NAME.")
    space: int = Field(ge=1, lt=10**9, description="The number of the space whose news it becomes.")


def _split(address: str) -> tuple[str, str, str, str] | None:
    """Return scheme, host, user part and path; None for what is no address."""
    try:
        parts = urlsplit(address)
        if not parts.hostname or parts.port == 0 or " " in address:
            return None
    except ValueError:
        return None
    user = parts.netloc.rpartition("@")[0]
    return parts.scheme, parts.hostname, user, parts.path.strip("/")
