"""What one run knows of a board: its categories, who may see them, and its streams.

A category that is closed to groups is for their members alone; what is not known is for
facilitators. Which stream a post belongs to is decided here and nowhere else.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from adapters.discourse.client import DiscourseClient
from adapters.discourse.json_values import flag_at, text_at
from adapters.discourse.parse import (
    EVERYONE,
    Category,
    GroupName,
    read_categories,
    read_members,
    read_permissions,
)
from adapters.discourse.settings import DiscourseSettings
from adapters.discourse.state import StreamState, short_digest
from connector.html import fold
from connector.model import (
    FACILITATORS,
    PUBLIC,
    Account,
    Audience,
    AudienceKind,
    Membership,
    Stream,
)

SIGN_UPS = "sign-ups"
ALL_MEMBERS = GroupName(10, "trust_level_0")
"""The board's own group of everybody who signed up; its id is the same on every board."""
REFUSALS = (403, 404, 410)
MEMBERS_AT_ONCE = 1000
MOST_MEMBERS = 50_000


@dataclass
class Board:
    """The board as this run found it."""

    client: DiscourseClient
    settings: DiscourseSettings
    categories: dict[int, Category] = field(default_factory=dict)
    needs_login: bool = False
    title: str = ""
    groups: dict[int, list[int]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    _members: dict[int, tuple[Account, ...]] = field(default_factory=dict)

    def ask(self, states: Collection[StreamState]) -> None:
        """Learn the categories, and what no state knows yet. Raises SourceError."""
        answer = self.client.ask("/categories.json", {"include_subcategories": "true"})
        found = read_categories(answer.value, self.client.base)
        self.categories = {category.id: category for category in found}
        for state in states:
            self.groups |= state.groups
            self.names |= state.names
            self.needs_login |= state.needs_login
        self.names[ALL_MEMBERS.id] = ALL_MEMBERS.name
        if not states or any(state.top < 0 for state in states):
            self.ask_site()
        for category in found:
            if category.is_restricted and category.id not in self.groups:
                self.ask_permissions(category.id)

    def ask_site(self) -> None:
        """Learn whether strangers may read anything at all."""
        value = self.client.ask("/site/basic-info.json").value
        self.needs_login = flag_at(value, "login_required")
        self.title = text_at(value, "title")

    def ask_permissions(self, category: int) -> None:
        """Learn which groups may read a category; a board may not say."""
        answer = self.client.ask(f"/c/{category}/show.json", answers=REFUSALS)
        found = read_permissions(answer.value) if answer.status == 200 else None
        self.groups.pop(category, None)
        if found is not None:
            self.groups[category] = sorted(group.id for group in found)
            self.names |= {group.id: group.name for group in found}

    # Who sees what

    def audience(self, category: int | None) -> Audience:
        """Return who may see what is in a category."""
        found = self.categories.get(category or -1)
        if found is None:
            return FACILITATORS
        if not found.is_restricted:
            return _audience_of([ALL_MEMBERS.id]) if self.needs_login else PUBLIC
        return _audience_of(self.groups.get(found.id, []))

    def group_ids(self) -> list[int]:
        """Return the groups that are an audience or part of one."""
        keys = {self.audience(number).key for number in self.categories}
        return sorted({number for key in keys for number in _groups_in(key)})

    def membership(self, audience: Audience) -> Membership:
        """Return who belongs to an audience of groups; asks for members not known yet."""
        members = {
            account.external_id: None
            for number in _groups_in(audience.key)
            for account in self.members(number)
        }
        return Membership(audience, tuple(members))

    def members(self, group: int) -> tuple[Account, ...]:
        """Return a group's members; where the board hides them, nobody is one for certain."""
        if group not in self._members:
            self._members[group] = tuple(self._listed(self.names.get(group, "")))
        return self._members[group]

    def members_of(self, name: str) -> tuple[Account, ...]:
        """Return the members of a group that is known by its name alone."""
        return tuple(self._listed(name))

    def accounts(self, audience: Audience) -> tuple[Account, ...]:
        """Return the accounts of an audience of groups."""
        found = {
            account.external_id: account
            for number in _groups_in(audience.key)
            for account in self.members(number)
        }
        return tuple(found.values())

    def _listed(self, name: str) -> Iterator[Account]:
        offset = 0
        while name and offset < MOST_MEMBERS:
            answer = self.client.ask(
                f"/groups/{quote(name)}/members.json",
                {"limit": MEMBERS_AT_ONCE, "offset": offset},
                answers=REFUSALS,
            )
            if answer.status != 200:
                return
            found = read_members(answer.value, self.client.base)
            yield from found.accounts
            offset += len(found.accounts)
            if not found.accounts or offset >= found.total:
                return

    # Streams

    def stream_of(self, category: int | None, tags: Iterable[str]) -> str | None:
        """Return the stream that a topic belongs to; None for what nobody wanted."""
        own = {fold(tag) for tag in tags} if self.settings.tags else frozenset[str]()
        for wanted in map(fold, self.settings.tags):
            if wanted in own:
                return f"tag:{wanted}"
        found = self.categories.get(category or -1)
        return f"category:{found.id}" if found and self._is_wanted(found) else None

    def streams(self, newest: int) -> tuple[Stream, ...]:
        """Return what can be read, given the newest post's id."""
        can_sweep = newest <= sweepable_ids(self.settings)
        categories = (
            Stream(
                key=f"category:{category.id}",
                title=self._title(category),
                url=category.url,
                can_sweep=can_sweep,
            )
            for category in self.categories.values()
            if self._is_wanted(category)
        )
        tags = (
            Stream(
                key=f"tag:{fold(tag)}",
                title=f"Tag: {tag}",
                url=f"{self.client.base}/tag/{quote(tag)}",
                can_sweep=can_sweep,
            )
            for tag in dict.fromkeys(self.settings.tags)
        )
        return (*categories, *tags)

    def offered(self, newest: int) -> str:
        """Return a digest of the streams, to notice when there are others."""
        return str(short_digest(self.streams(newest)))

    def audiences_of(self, stream: str) -> tuple[Audience, ...]:
        """Return the audiences of groups that a stream's records may have."""
        kind, _, key = stream.partition(":")
        numbers = [int(key)] if kind == "category" else list(self.categories)
        found = dict.fromkeys(self.audience(number) for number in numbers)
        return tuple(one for one in found if one.kind is AudienceKind.GROUP)

    def _is_wanted(self, category: Category) -> bool:
        settings = self.settings
        if settings.categories and fold(category.name) not in map(fold, settings.categories):
            return False
        if not category.is_restricted or not settings.groups:
            return True
        names = {fold(self.names.get(number, "")) for number in self.groups.get(category.id, [])}
        return bool(names & set(map(fold, settings.groups)))

    def _title(self, category: Category) -> str:
        if not category.is_restricted:
            return category.name
        names = [self.names.get(number, "") for number in self.groups.get(category.id, [])]
        whom = " and ".join(name for name in names if name) or "a private group"
        return f"{category.name} (only {whom})"


def sweepable_ids(settings: DiscourseSettings) -> int:
    """Return up to which id a board is listed whole at night: half a minute's requests."""
    return settings.pace // 2 * 50


def _audience_of(groups: list[int]) -> Audience:
    if EVERYONE in groups:
        return PUBLIC
    if not groups:
        return FACILITATORS
    return Audience(AudienceKind.GROUP, "group:" + "+".join(map(str, sorted(groups))))


def _groups_in(key: str) -> list[int]:
    numbers = key.removeprefix("group:").split("+") if key.startswith("group:") else []
    return [int(number) for number in numbers]
