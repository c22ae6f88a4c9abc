"""How an Interact is arranged: spaces, the modules in them, who belongs where, who may see it.

Pure: rows in, frozen values out. What is written in the modules is read by ``parse``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.interact.texts import number_of, text_of
from connector.html import fold, plain_line
from connector.model import (
    CLUSTER,
    FACILITATORS,
    PUBLIC,
    STREAM,
    Account,
    Audience,
    AudienceKind,
    Membership,
    Role,
)

Rows = Sequence[Sequence[Any]]

VISIBLE, DELETED = 1, 4
"""``status_key`` of a link; any other value hides it."""
LEADERS = (1, 3)
"""``access_level_key`` of a membership: leader, invisible leader; 2 is a member."""
JOURNAL_OPEN = 1
SELF_REGISTRATION = (2, 3)
"""``group_settings.access_key``: people join by themselves; 3 asks for a code."""
_SUPER = 1

_OF_SPACE = {1: CLUSTER, 2: STREAM, 3: PUBLIC}
_WIDTH = {
    AudienceKind.PUBLIC: 4,
    AudienceKind.CLUSTER: 3,
    AudienceKind.STREAM: 2,
    AudienceKind.GROUP: 1,
    AudienceKind.FACILITATORS: 0,
}


@dataclass(frozen=True, slots=True)
class Space:
    """One space that may be read."""

    key: int
    name: str
    audience: Audience

    @property
    def stream(self) -> str:
        """The key of its stream."""
        return f"space:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module, where it stands in the space that it is read with."""

    key: int
    type: str
    name: str
    space: int
    link: int
    group: int
    audience: Audience
    description: str = ""
    added_by: int = 0
    added: object = None
    modified: object = None
    access: int = 0
    places: int = 0
    start: object = None
    finish: object = None


@dataclass(frozen=True, slots=True)
class SignUp:
    """Somebody who joined a group by themselves; when, as the database wrote it."""

    group: int
    user: int
    when: object


@dataclass(frozen=True, slots=True)
class Layout:
    """All that has to be known before a word is read."""

    spaces: Mapping[int, Space]
    modules: Mapping[int, Module]
    """Those that are shown, by their key."""
    hidden: Collection[int]
    """Modules that are there but not shown."""
    accounts: Mapping[int, Account]
    members: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Space -> (account, access level), by account."""
    groups: Mapping[int, tuple[tuple[int, int, object], ...]] = field(default_factory=dict)
    """Group -> (account, access level, when), by account, each once."""

    def of_space(self, space: int, *types: str) -> list[Module]:
        """Return the shown modules of a space, of these types or all, by key."""
        found = [each for each in self.modules.values() if each.space == space]
        return [each for each in found if not types or each.type in types]

    def account(self, user: int, unauthenticated: str = "") -> Account | None:
        """Return who that is; an account that is no longer there keeps its number."""
        if user > 0:
            return self.accounts.get(user) or Account(f"user:{user}")
        name = plain_line(text_of(unauthenticated))
        return Account(f"name:{fold(name)}", name) if name else None

    def sign_ups(self, group: int) -> list[SignUp]:
        """Return who joined a group: its members, not those who lead it."""
        listed = self.groups.get(group, ())
        return [SignUp(group, user, when) for user, level, when in listed if level not in LEADERS]

    def memberships(self, space: int) -> tuple[Membership, ...]:
        """Return who belongs to a space, and to each group whose posts only its members see."""
        members = self.members.get(space, ())
        listed = [Membership(STREAM, tuple(f"user:{user}" for user, _ in members))]
        leaders = {user for user, level in members if level in LEADERS}
        shut = {each.group for each in self.of_space(space) if each.group}
        for group in sorted(shut):
            users = leaders | {user for user, _, _ in self.groups.get(group, ())}
            listed.append(Membership(group_audience(group), tuple(map(_named, sorted(users)))))
        return tuple(listed)

    def people(self, space: int) -> tuple[Account, ...]:
        """Return the accounts that belong to a space or to a group in it, by number."""
        groups = {each.group or each.key for each in self.of_space(space)}
        users = {user for user, _ in self.members.get(space, ())}
        users |= {user for group in groups for user, _, _ in self.groups.get(group, ())}
        return tuple(self.accounts[user] for user in sorted(users) if user in self.accounts)


def _named(user: int) -> str:
    return f"user:{user}"


def group_audience(group: int) -> Audience:
    """Return the audience of a group's members."""
    return Audience(AudienceKind.GROUP, f"group:{group}")


def narrower(one: Audience, other: Audience) -> Audience:
    """Return the audience that fewer see; where neither is known to, only facilitators."""
    first, second = _WIDTH.get(one.kind, 0), _WIDTH.get(other.kind, 0)
    if first == second and one != other:
        return FACILITATORS
    return one if first <= second else other


def arranged(
    spaces: Rows,
    modules: Rows,
    *,
    chosen: Collection[int] = (),
    as_interact: bool = True,
) -> tuple[dict[int, Space], dict[int, Module], set[int]]:
    """Return what is shown: spaces, modules, and the keys of modules that are hidden.

    A module that several spaces show belongs to the one that linked it first; ``chosen``
    leaves out other spaces. A link within a hidden folder is hidden too.
    """
    links = {number_of(row[0]): row for row in modules}
    found = _spaces(spaces, links, as_interact=as_interact)
    wanted = {key: one for key, one in found.items() if not chosen or key in chosen}
    shown: dict[int, Module] = {}
    for row in links.values():
        key, space = number_of(row[5]), wanted.get(number_of(row[1]))
        if key in shown or space is None or not _is_shown(row, links):
            continue
        shown[key] = _module(row, space, as_interact=as_interact)
    # What another space shows is not hidden, even where that space was not chosen.
    visible = {
        number_of(row[5])
        for row in links.values()
        if number_of(row[1]) in found and _is_shown(row, links)
    }
    hidden = {number_of(row[5]) for row in links.values()} - visible - _deleted(links.values())
    return wanted, shown, hidden


def _deleted(links: Collection[Sequence[Any]]) -> set[int]:
    """Return the modules of which every link is deleted."""
    kept = {number_of(row[5]) for row in links if number_of(row[4]) != DELETED}
    return {number_of(row[5]) for row in links} - kept


def _spaces(
    rows: Rows, links: Mapping[int, Sequence[Any]], *, as_interact: bool
) -> dict[int, Space]:
    """Return the spaces that are shown: a space is a module of another one, or of none."""
    linked: dict[int, list[Sequence[Any]]] = {}
    for row in links.values():
        linked.setdefault(number_of(row[5]), []).append(row)
    found = {}
    for key, module, name, short, access in rows:
        own_links = linked.get(number_of(module), []) if number_of(module) else []
        if own_links and not any(_is_shown(row, links) for row in own_links):
            continue
        title = plain_line(text_of(name)) or plain_line(text_of(short)) or f"Space {key}"
        audience = _OF_SPACE.get(number_of(access), FACILITATORS) if as_interact else FACILITATORS
        found[number_of(key)] = Space(number_of(key), title, audience)
    return found


def _is_shown(row: Sequence[Any], links: Mapping[int, Sequence[Any]]) -> bool:
    """Whether a link and everything that it stands in is visible."""
    seen: set[int] = set()
    if number_of(row[7]) == DELETED:
        return False
    while True:
        link, parent = number_of(row[0]), number_of(row[2])
        if number_of(row[4]) != VISIBLE or link in seen:
            return False
        seen.add(link)
        above = links.get(parent)
        # A parent that is not there any more hides nothing: dangling keys are ordinary.
        if parent == 0 or above is None or number_of(above[1]) != number_of(row[1]):
            return True
        row = above


def _module(row: Sequence[Any], space: Space, *, as_interact: bool) -> Module:
    group = number_of(row[3])
    kind = text_of(row[6]).strip().lower()
    audience = space.audience
    if as_interact and group:
        audience = narrower(audience, group_audience(group))
    if as_interact and kind == "journal":
        is_open = bool(number_of(row[18]) & JOURNAL_OPEN)
        audience = narrower(audience, CLUSTER) if is_open else FACILITATORS
    return Module(
        key=number_of(row[5]),
        type=kind,
        name=plain_line(text_of(row[8])),
        space=space.key,
        link=number_of(row[0]),
        group=group,
        audience=audience,
        description=text_of(row[9]),
        added_by=number_of(row[10]),
        added=row[11],
        modified=row[12],
        access=number_of(row[13]),
        places=number_of(row[14]),
        start=row[16],
        finish=row[17],
    )


def accounts(rows: Rows, schools: Mapping[str, str]) -> dict[int, Account]:
    """Return the accounts by number: as people call themselves, with the school where known."""
    found = {}
    for key, first, last, preferred, level, domain in rows:
        full = f"{text_of(preferred) or text_of(first)} {text_of(last)}"
        found[number_of(key)] = Account(
            f"user:{number_of(key)}",
            plain_line(full),
            role=Role.FACILITATOR if number_of(level) == _SUPER else Role.UNKNOWN,
            school=schools.get(text_of(domain).strip().lower()),
        )
    return found


def members(rows: Rows) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return (account, access level) by space, each account once."""
    found: dict[int, dict[int, int]] = {}
    for space, user, level in rows:
        found.setdefault(number_of(space), {}).setdefault(number_of(user), number_of(level))
    return {space: tuple(sorted(users.items())) for space, users in found.items()}


def group_members(rows: Rows) -> dict[int, tuple[tuple[int, int, object], ...]]:
    """Return (account, access level, when) by group; who joined twice did so the first time."""
    found: dict[int, dict[int, tuple[int, object]]] = {}
    for group, user, level, when in rows:
        of_group = found.setdefault(number_of(group), {})
        of_group.setdefault(number_of(user), (number_of(level), when))
    return {
        group: tuple((user, *one) for user, one in sorted(users.items()))
        for group, users in found.items()
    }
