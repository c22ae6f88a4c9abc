"""Which tables and columns of an Interact are read: an explicit list, and nothing else.

Passwords, access codes, network addresses and sessions are not in it, so no question can
name them and no dump reader keeps them. Names are those of release 2.4.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text

KNOWN_RELEASES = ("2.4",)
"""How ``version.release_name`` begins where the columns are as listed here."""

_NUMBERS = frozenset(
    "space_key module_key link_key parent_key group_key post_key thread_key news_key notice_key"
    " event_key user_key added_by_key owner_key access_level_key level_key status_key access_key"
    " maximum_users minimum_users options".split()
)

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "version": "release_name",
        "spaces": "space_key module_key name short_name access_level_key",
        "modules": "module_key type_code status_key name description added_by_key date_added"
        " date_modified",
        "module_space_links": "link_key module_key space_key parent_key group_key status_key",
        "space_user_links": "space_key user_key access_level_key date_added",
        "group_settings": "module_key access_key maximum_users minimum_users start_date"
        " finish_date",
        "group_user_links": "group_key user_key access_level_key date_added",
        "journal_settings": "module_key options",
        "posts": "post_key module_key parent_key thread_key added_by_key user_key subject body"
        " extended_body date_added date_published date_modified status_key unauth_name",
        "news": "news_key space_key heading body date_added user_key",
        "notices": "notice_key module_key heading body date_added user_key",
        "calendar_events": "event_key module_key user_key name description event_date"
        " event_date_finish date_added link",
        "statistics": "space_key user_key date_accessed use_type",
        "users": "user_key first_name last_name prefered_name email level_key",
    }.items()
}
"""Table -> its columns that may be read."""

KEYS = {
    "posts": "post_key",
    "news": "news_key",
    "notices": "notice_key",
    "calendar_events": "event_key",
    "spaces": "space_key",
    "modules": "module_key",
    "module_space_links": "link_key",
    "users": "user_key",
}
"""Table -> the column that names each of its rows."""


def is_number(column: str) -> bool:
    """Whether a column holds whole numbers; all others hold text, dates as well."""
    return column in _NUMBERS


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one Interact, which all begin with its prefix."""

    prefix: str
    version: Table
    spaces: Table
    modules: Table
    module_space_links: Table
    space_user_links: Table
    group_settings: Table
    group_user_links: Table
    journal_settings: Table
    posts: Table
    news: Table
    notices: Table
    calendar_events: Table
    statistics: Table
    users: Table


def tables(prefix: str) -> Tables:
    """Return the tables of the Interact with this prefix, with the columns that may be read."""
    metadata = MetaData()

    def made(name: str) -> Table:
        columns: list[Column[Any]] = [
            Column(one, Integer if is_number(one) else Text) for one in COLUMNS[name]
        ]
        return Table(prefix + name, metadata, *columns)

    return Tables(prefix=prefix, **{name: made(name) for name in COLUMNS})


def prefixes(names: list[str]) -> list[str]:
    """Return the prefixes under which a whole Interact lies among these tables."""
    there = set(names)
    found = {name.removesuffix("module_space_links") for name in there if _links(name)}
    return sorted(one for one in found if all(one + name in there for name in COLUMNS))


def lacking(names: list[str], prefix: str) -> list[str]:
    """Return which tables are missing under a prefix."""
    there = set(names)
    return [prefix + name for name in COLUMNS if prefix + name not in there]


def _links(name: str) -> bool:
    return name.endswith("module_space_links")
