"""Rows of an Interact -> records; pure.

Interact's own words end here. Each maker takes a row as ``queries`` asks for it, in the order
of ``schema.COLUMNS``, and returns a record, or None for what nobody may read.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from adapters.interact import addresses
from adapters.interact.addresses import with_absolute_links
from adapters.interact.layout import SELF_REGISTRATION, Layout, Module, SignUp, Space, narrower
from adapters.interact.texts import moment, number_of, text_of
from connector.html import plain_line
from connector.model import CLUSTER, Count, Kind, Problem, ProblemKind, Record

PARSER_VERSION = 1

PUBLISHED, DRAFT = 1, 2
_HIDDEN_POSTS = (2, 4, 5)
_USES = ("read", "post")
_TAG = re.compile(r"<[a-zA-Z/!]")
_BLANK_LINE = re.compile(r"(?:\r?\n[ \t]*){2,}")
_LINE_END = re.compile(r"\r?\n|\r")
_RESOURCES = ("file", "link")


@dataclass(frozen=True, slots=True)
class Site:
    """What every maker needs to know of the site that the rows are of."""

    base: str
    zone: ZoneInfo
    layout: Layout


def body_html(text: str, base: str) -> str:
    """Return a body as HTML: as it is where it has tags, else its lines as paragraphs."""
    if not text.strip():
        return ""
    if _TAG.search(text):
        return with_absolute_links(text, base)
    parts = (_LINE_END.sub("<br>", part) for part in _BLANK_LINE.split(text.strip()))
    return "".join(f"<p>{part}</p>" for part in parts)


def is_shown(module_type: str, status: int) -> bool:
    """Whether a post is shown to others than its owner: a journal's drafts never are."""
    if module_type == "journal":
        return status == PUBLISHED
    return status not in _HIDDEN_POSTS


def post(row: Sequence[Any], site: Site, there: Collection[int]) -> Record | None:
    """Return a forum post, journal entry or comment, or None for a draft.

    ``there`` holds the keys that an answer may refer to: a reply whose parent was lost
    answers the beginning of its thread, or nothing.
    """
    key, module_key, parent, thread, added_by, owner = (number_of(each) for each in row[:6])
    subject, body, extended, added, published, modified, status, unauthenticated = row[6:]
    module = site.layout.modules.get(module_key)
    if module is None or module.type not in ("forum", "journal"):
        return None
    if not is_shown(module.type, number_of(status)):
        return None
    is_start = parent == 0
    answered = next((each for each in (parent, thread) if each in there and each != key), None)
    start = key if is_start else thread or parent
    if module.type == "journal":
        url = addresses.entry(site.base, module, start, owner, None if is_start else key)
    else:
        url = addresses.thread(site.base, module.space, module.key, start, key)
    # An entry may be started early and published later; a forum post has only the first date.
    appeared = moment(published, site.zone) if module.type == "journal" else None
    html = "\n".join(filter(None, (body_html(text_of(one), url) for one in (body, extended))))
    started = Kind.REFLECTION if module.type == "journal" else Kind.POST
    return Record(
        kind=started if is_start else Kind.COMMENT,
        external_id=f"post:{key}",
        url=url,
        title=plain_line(text_of(subject)),
        html=html,
        published=appeared or moment(added, site.zone) or moment(published, site.zone),
        updated=moment(modified, site.zone),
        author=site.layout.account(added_by, unauthenticated),
        audience=module.audience,
        in_reply_to=None if is_start or answered is None else f"post:{answered}",
        object=f"user:{owner}" if module.type == "journal" and owner > 0 else None,
    )


def news(row: Sequence[Any], site: Site) -> Record | None:
    """Return a piece of a space's news."""
    key, space_key, heading, body, added, user = row
    space = site.layout.spaces.get(number_of(space_key))
    if space is None:
        return None
    url = addresses.news(site.base, space.key, number_of(key))
    return Record(
        kind=Kind.ANNOUNCEMENT,
        external_id=f"news:{number_of(key)}",
        url=url,
        title=plain_line(text_of(heading)),
        html=body_html(text_of(body), url),
        published=moment(added, site.zone),
        author=site.layout.account(number_of(user)),
        audience=space.audience,
    )


def notice(row: Sequence[Any], site: Site) -> Record | None:
    """Return a notice of a noticeboard."""
    key, module_key, heading, body, added, user = row
    module = site.layout.modules.get(number_of(module_key))
    if module is None:
        return None
    url = addresses.module(site.base, module, f"notice-{number_of(key)}")
    return Record(
        kind=Kind.ANNOUNCEMENT,
        external_id=f"notice:{number_of(key)}",
        url=url,
        title=plain_line(text_of(heading)),
        html=body_html(text_of(body), url),
        published=moment(added, site.zone),
        author=site.layout.account(number_of(user)),
        audience=module.audience,
    )


def event(row: Sequence[Any], site: Site) -> Record | None:
    """Return an event of a calendar."""
    key, module_key, user, name, description, start, finish, added, link = row
    module = site.layout.modules.get(number_of(module_key))
    if module is None:
        return None
    url = addresses.module(site.base, module, f"event-{number_of(key)}")
    html = body_html(text_of(description), url)
    more = addresses.web_link(text_of(link))
    return Record(
        kind=Kind.EVENT,
        external_id=f"event:{number_of(key)}",
        url=url,
        title=plain_line(text_of(name)),
        html=f'{html}<p><a href="{more}">{more}</a></p>' if more else html,
        published=moment(added, site.zone),
        author=site.layout.account(number_of(user)),
        audience=module.audience,
        start=moment(start, site.zone),
        end=moment(finish, site.zone),
    )


def workshop(module: Module, site: Site) -> Record:
    """Return a group that people join by themselves, with its places and dates."""
    url = addresses.module(site.base, module)
    places = f"<p>Places: {module.places}.</p>" if module.places else ""
    return Record(
        kind=Kind.WORKSHOP,
        external_id=f"workshop:{module.key}",
        url=url,
        title=module.name,
        html=body_html(module.description, url) + places,
        published=moment(module.added, site.zone),
        updated=moment(module.modified, site.zone),
        author=site.layout.account(module.added_by),
        audience=module.audience,
        start=moment(module.start, site.zone),
        end=moment(module.finish, site.zone),
    )


def registration(sign_up: SignUp, module: Module, site: Site) -> Record:
    """Return one sign-up; who goes where is never for everybody."""
    return Record(
        kind=Kind.REGISTRATION,
        external_id=f"registration:{module.key}-{sign_up.user}",
        url=addresses.members(site.base, module),
        published=moment(sign_up.when, site.zone),
        author=site.layout.account(sign_up.user),
        audience=narrower(module.audience, CLUSTER),
        object=f"workshop:{module.key}",
    )


def resource(module: Module, site: Site) -> Record:
    """Return a file or link that was put into a space, as a link to it."""
    url = addresses.module(site.base, module)
    return Record(
        kind=Kind.RESOURCE,
        external_id=f"resource:{module.key}",
        url=url,
        title=module.name,
        html=body_html(module.description, url),
        published=moment(module.added, site.zone),
        updated=moment(module.modified, site.zone),
        author=site.layout.account(module.added_by),
        audience=module.audience,
    )


def planned(space: Space, site: Site) -> list[Record]:
    """Return what a space offers: workshops with their sign-ups, files and links, in order."""
    found: list[Record] = []
    for module in site.layout.of_space(space.key):
        if module.type == "group" and module.access in SELF_REGISTRATION:
            found.append(workshop(module, site))
            joined = site.layout.sign_ups(module.key)
            found.extend(registration(each, module, site) for each in joined)
        elif module.type in _RESOURCES:
            found.append(resource(module, site))
    return found


def crowded(space: Space, site: Site) -> list[Problem]:
    """Say of which workshops there are more sign-ups than places; all of them are kept."""
    return [
        Problem(
            ProblemKind.NOTED,
            f"a workshop has {len(site.layout.sign_ups(module.key))} sign-ups for "
            f"{module.places} places; all are shown",
            f"workshop:{module.key}",
            addresses.module(site.base, module),
        )
        for module in site.layout.of_space(space.key, "group")
        if module.access in SELF_REGISTRATION
        and 0 < module.places < len(site.layout.sign_ups(module.key))
    ]


def activity(rows: Sequence[Sequence[Any]], layout: Layout) -> dict[int, tuple[Count, ...]]:
    """Return how often somebody read or wrote, by space: each day in all, and by school."""
    sums: dict[int, dict[tuple[str, str, str], int]] = {}
    for space, day, use, user, number in rows:
        name = text_of(use).strip().lower()
        if name not in _USES or moment(day, ZoneInfo("UTC")) is None:
            continue
        person = layout.accounts.get(number_of(user))
        subjects = ["", f"school:{person.school}"] if person and person.school else [""]
        of_space = sums.setdefault(number_of(space), {})
        for subject in subjects:
            key = (str(day), name, subject)
            of_space[key] = of_space.get(key, 0) + number_of(number)
    return {
        space: tuple(
            Count(name, value, day, subject)
            for (day, name, subject), value in sorted(found.items())
        )
        for space, found in sums.items()
    }


def digest_of(value: object) -> str:
    """Return sixteen characters by which the same value is recognised later."""
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:16]
