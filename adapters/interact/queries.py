"""Every question that is put to an Interact's database; the same for a server and a dump.

A question names its columns; there is no other way in. Answers are rows of the columns as
listed, in the order stated.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from adapters.interact.schema import KEYS, Tables

Question = Select[Any] | CompoundSelect[Any]

DRAFT = 2
"""``posts.status_key`` of a journal entry that its owner has not published."""


class Questions:
    """The questions to one Interact."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    # What there is

    def release(self) -> Question:
        """Ask for ``release_name``."""
        return select(self.tables.version.c.release_name).limit(1)

    def spaces(self) -> Question:
        """Ask for all spaces: space_key, module_key, name, short_name, access_level_key."""
        of = self.tables.spaces.c
        return select(
            of.space_key, of.module_key, of.name, of.short_name, of.access_level_key
        ).order_by(of.space_key)

    def modules(self) -> Question:
        """Ask for every link of a module to a space, with what is set about the module."""
        module, link = self.tables.modules, self.tables.module_space_links
        group, journal = self.tables.group_settings, self.tables.journal_settings
        return (
            select(
                link.c.link_key,
                link.c.space_key,
                link.c.parent_key,
                link.c.group_key,
                link.c.status_key,
                module.c.module_key,
                module.c.type_code,
                module.c.status_key.label("module_status"),
                module.c.name,
                module.c.description,
                module.c.added_by_key,
                module.c.date_added,
                module.c.date_modified,
                group.c.access_key,
                group.c.maximum_users,
                group.c.minimum_users,
                group.c.start_date,
                group.c.finish_date,
                journal.c.options,
            )
            .select_from(link)
            .join(module, module.c.module_key == link.c.module_key)
            .outerjoin(group, group.c.module_key == module.c.module_key)
            .outerjoin(journal, journal.c.module_key == module.c.module_key)
            .order_by(link.c.link_key)
        )

    def space_members(self) -> Question:
        """Ask who belongs to which space: space_key, user_key, access_level_key."""
        of = self.tables.space_user_links.c
        return select(of.space_key, of.user_key, of.access_level_key).order_by(
            of.space_key, of.user_key
        )

    def group_members(self) -> Question:
        """Ask who is in which group: group_key, user_key, access_level_key, date_added."""
        of = self.tables.group_user_links.c
        return select(of.group_key, of.user_key, of.access_level_key, of.date_added).order_by(
            of.group_key, of.user_key, of.date_added
        )

    def users(self, *, with_domain: bool) -> Question:
        """Ask for all accounts; of their e-mail addresses at most the domain, or nothing."""
        of = self.tables.users.c
        domain: ColumnElement[Any] = literal("")
        if with_domain:
            domain = func.substr(of.email, func.instr(of.email, "@") + 1)
        return select(
            of.user_key,
            of.first_name,
            of.last_name,
            of.prefered_name,
            of.level_key,
            domain.label("domain"),
        ).order_by(of.user_key)

    def totals(self) -> Question:
        """Ask how many people and posts there are, and of the first and last post."""
        posts, people = self.tables.posts, self.tables.users
        return select(
            select(func.count()).select_from(people).scalar_subquery().label("people"),
            select(func.count()).select_from(posts).scalar_subquery().label("posts"),
            func.min(posts.c.date_added).label("earliest"),
            func.max(posts.c.date_added).label("latest"),
        ).where(posts.c.date_added > "1990-01-01 00:00:00")

    # Rows, by their keys

    def posts(self, modules: Collection[int], after: int, most: int) -> Question:
        """Ask for the posts of these modules after a key, by key."""
        return self._keyed(self.tables.posts, "module_key", modules, after, most)

    def news(self, spaces: Collection[int], after: int, most: int) -> Question:
        """Ask for the news of these spaces after a key, by key."""
        return self._keyed(self.tables.news, "space_key", spaces, after, most)

    def notices(self, modules: Collection[int], after: int, most: int) -> Question:
        """Ask for the notices of these modules after a key, by key."""
        return self._keyed(self.tables.notices, "module_key", modules, after, most)

    def events(self, modules: Collection[int], after: int, most: int) -> Question:
        """Ask for the events of these calendars after a key, by key."""
        return self._keyed(self.tables.calendar_events, "module_key", modules, after, most)

    def _keyed(
        self, table: Table, owner: str, owners: Collection[int], after: int, most: int
    ) -> Question:
        key = table.c[_key_of(self.tables, table)]
        return (
            select(*table.c)
            .where(table.c[owner].in_(sorted(owners)), key > after)
            .order_by(key)
            .limit(most)
        )

    def keys(self, kind: str, owners: Collection[int], after: int, most: int) -> Question:
        """Ask for the keys alone, with the module and status of a post, for a sweep."""
        table, owner = self._of_kind(kind)
        key = table.c[_key_of(self.tables, table)]
        more = [table.c.status_key, table.c.module_key] if kind == "post" else []
        return (
            select(key, *more)
            .where(table.c[owner].in_(sorted(owners)), key > after)
            .order_by(key)
            .limit(most)
        )

    def owners(self, kind: str, keys: Collection[int]) -> Question:
        """Ask which of these keys there are: key, space or module, and a post's status."""
        table, owner = self._of_kind(kind)
        key = table.c[_key_of(self.tables, table)]
        status = table.c.status_key if kind == "post" else literal(0)
        return select(key, table.c[owner], status).where(key.in_(sorted(keys))).order_by(key)

    def _of_kind(self, kind: str) -> tuple[Table, str]:
        return {
            "post": (self.tables.posts, "module_key"),
            "news": (self.tables.news, "space_key"),
            "notice": (self.tables.notices, "module_key"),
            "event": (self.tables.calendar_events, "module_key"),
        }[kind]

    # What changed

    def bounds(self) -> Question:
        """Ask for the highest post_key and the latest of each of the posts' three dates."""
        of = self.tables.posts.c
        return select(
            func.max(of.post_key),
            func.max(of.date_added),
            func.max(of.date_modified),
            func.max(of.date_published),
        )

    def changed(
        self, modules: Collection[int], since: str, last: int, after: int, most: int
    ) -> Question:
        """Ask for the posts that are newer than a key or a time of the site, by key."""
        of = self.tables.posts.c
        is_new = or_(
            of.post_key > last,
            of.date_added >= since,
            of.date_modified >= since,
            of.date_published >= since,
        )
        return (
            select(*self.tables.posts.c)
            .where(and_(of.module_key.in_(sorted(modules)), of.post_key > after, is_new))
            .order_by(of.post_key)
            .limit(most)
        )

    def sums(self) -> Question:
        """Ask for a checksum of all news, notices and events by space or module.

        These tables are small and do not say when a row was changed. Rows: table, owner,
        count, highest key, sum.
        """
        of = self.tables
        return union_all(
            _sum_of("news", of.news, "space_key", "heading body date_added user_key"),
            _sum_of("notice", of.notices, "module_key", "heading body date_added user_key"),
            _sum_of(
                "event",
                of.calendar_events,
                "module_key",
                "name description event_date event_date_finish date_added user_key",
            ),
        )

    def activity(self, spaces: Collection[int], since: str) -> Question:
        """Ask how often somebody read or wrote: space_key, day, use_type, user_key, count.

        The account is needed to tell its school; no network address is read.
        """
        of = self.tables.statistics.c
        day = func.substr(of.date_accessed, 1, 10)
        return (
            select(of.space_key, day.label("day"), of.use_type, of.user_key, func.count())
            .where(of.space_key.in_(sorted(spaces)), of.date_accessed >= since)
            .group_by(of.space_key, day, of.use_type, of.user_key)
        )


def _key_of(tables: Tables, table: Table) -> str:
    return KEYS[table.name.removeprefix(tables.prefix)]


def _sum_of(kind: str, table: Table, owner: str, columns: str) -> Select[Any]:
    parts = [func.coalesce(table.c[one], "") for one in columns.split()]
    key = KEYS["calendar_events" if kind == "event" else "notices" if kind == "notice" else kind]
    crc = func.crc32(func.concat_ws("|", table.c[key], *parts))
    return select(
        literal(kind).label("kind"),
        table.c[owner].label("owner"),
        func.count().label("rows"),
        func.max(table.c[key]).label("last"),
        func.sum(crc).label("sum"),
    ).group_by(table.c[owner])
