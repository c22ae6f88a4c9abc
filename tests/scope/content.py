"""What the two clusters hold: every audience, and every fate that changes who sees a post."""

from datetime import timedelta

from connector import model
from connector.model import Account, Audience, AudienceKind, Kind, Role
from tests.fake_place import NOON, words
from tests.scope.canaries import (
    CLUSTER,
    EVERYONE,
    FACILITATORS,
    GROUP,
    NOBODY,
    OTHERS,
    PERSON,
    SCHOOL,
    STREAM,
    THEIRS,
    KnownSchool,
    Notice,
    Seed,
    Spot,
    canary,
)

SCHOOLS = (
    KnownSchool("open", EVERYONE),
    KnownSchool("limited", CLUSTER),
    KnownSchool("ours", SCHOOL),
    KnownSchool("another", FACILITATORS),
    KnownSchool("secret", FACILITATORS),
    KnownSchool("theirs", EVERYONE, THEIRS),
)
NOTICES = (Notice("evening"), Notice("theirs", THEIRS))
_OWN = {school.key: school.name for school in SCHOOLS}

PLACES = (
    Spot("open", EVERYONE, school="open", trouble=True),
    Spot("course", CLUSTER, members=STREAM),
    Spot("namesake", OTHERS, members=OTHERS),
    Spot("secret", FACILITATORS, school="secret"),
    Spot("limited", CLUSTER, school="limited", limit="cluster"),
    Spot("home", CLUSTER, host="home"),
    Spot("planet", CLUSTER, host="planet"),
    Spot("mirror-a", CLUSTER, host="mirror-a"),
    Spot("mirror-b", EVERYONE, host="mirror-b"),
    Spot("mirror-c", EVERYONE, host="mirror-c"),
    Spot("busy", EVERYONE),
    Spot("emptied", FACILITATORS),
    Spot("leaving", EVERYONE),
    Spot("odd", EVERYONE),
    Spot("undated", EVERYONE),
    Spot("open", EVERYONE, THEIRS, school="theirs"),
    Spot("course", CLUSTER, THEIRS),
)


def _for(kind: AudienceKind, key: str = "") -> dict[str, object]:
    return {"audience": Audience(kind, key)}


_STREAM = _for(AudienceKind.STREAM)
_GROUP = _for(AudienceKind.GROUP, "writers")
_PERSON = _for(AudienceKind.PERSON, "user:ana")
_CLUSTER = _for(AudienceKind.CLUSTER)
_NEWS = {"published": NOON - timedelta(days=1)}


def _reply(to: str, **more: object) -> dict[str, object]:
    return {"kind": Kind.COMMENT, "in_reply_to": f"post:{to}", **more}


def _of(school: str) -> dict[str, object]:
    author = Account(f"user:{school}", canary(f"post of {school}", "author"), school=_OWN[school])
    return {"author": author}


def _pupil() -> dict[str, object]:
    return {"author": Account("user:pupil", canary("a pupil's post", "author"), role=Role.STUDENT)}


def _shared(number: int, days: int) -> dict[str, object]:
    """One post at several places: the same address and, but for the canaries, the same text."""
    return {
        "url": f"http://{'home' if number == 1 else 'nobodys'}.example/shared/{number}",
        "shared": " ".join(words(number)),
        "published": NOON - timedelta(days=days),
    }


_COPY = dict.fromkeys(("title", "opening", "body", "author", "tag", "file", "location"), NOBODY)

SEEDS = (
    # A blog for everyone, with replies of which some are for fewer.
    Seed("open post", "open", EVERYONE),
    Seed("second open post", "open", EVERYONE),
    Seed("open reply", "open", EVERYONE, record=_reply("open post")),
    Seed("closed reply", "open", CLUSTER, record=_reply("open post", **_CLUSTER)),
    Seed("facilitators' reply", "open", FACILITATORS,
         record=_reply("open post", audience=model.FACILITATORS)),
    Seed("a pupil's post", "open", NOBODY, record=_pupil()),
    Seed("edited post", "open", EVERYONE, then="edited", first={}),
    Seed("closed workshop", "open", CLUSTER, record={"kind": Kind.WORKSHOP, **_CLUSTER}),
    # A course, for those who belong to it.
    Seed("cluster post", "course", CLUSTER, record=_CLUSTER),
    Seed("stream post", "course", STREAM, record=_STREAM),
    Seed("open reply to stream", "course", STREAM, record=_reply("stream post")),
    Seed("reply to that reply", "course", STREAM, record=_reply("open reply to stream")),
    Seed("post of another stream", "course", FACILITATORS, stream="b", record=_STREAM),
    Seed("group post", "course", GROUP, record=_GROUP),
    Seed("post of another group", "course", FACILITATORS,
         record=_for(AudienceKind.GROUP, "readers")),
    Seed("person's post", "course", PERSON, record=_PERSON),
    Seed("open reply to person", "course", PERSON, record=_reply("person's post")),
    Seed("another person's post", "course", FACILITATORS,
         record=_for(AudienceKind.PERSON, "user:eve")),
    Seed("post of ours", "course", SCHOOL,
         record=_for(AudienceKind.SCHOOL, _OWN["ours"]) | _of("ours")),
    Seed("post of another", "course", FACILITATORS,
         record=_for(AudienceKind.SCHOOL, _OWN["another"]) | _of("another")),
    Seed("unknown school's post", "course", FACILITATORS,
         record=_for(AudienceKind.SCHOOL, "Nobody knows this school")),
    Seed("facilitators' post", "course", FACILITATORS, record={"audience": model.FACILITATORS}),
    Seed("cluster reply to stream", "course", STREAM,
         record=_reply("stream post", **_CLUSTER)),
    Seed("group reply to stream", "course", FACILITATORS,
         record=_reply("stream post", **_GROUP)),
    Seed("narrowed post", "course", STREAM, record=_STREAM, then="narrowed"),
    Seed("reply to narrowed", "course", STREAM, record=_reply("narrowed post")),
    # Another course, where streams, groups and accounts have the same names.
    Seed("namesake's stream", "namesake", OTHERS, record=_STREAM),
    Seed("namesake's group", "namesake", OTHERS, record=_GROUP),
    Seed("namesake's person", "namesake", OTHERS, record=_PERSON),
    # Places of which nobody or the cluster alone knows.
    Seed("secret post", "secret", FACILITATORS, record={"audience": model.FACILITATORS}),
    Seed("limited post", "limited", CLUSTER),
    Seed("reply to limited", "limited", CLUSTER, record=_reply("limited post")),
    # One post at several places, here open and there closed.
    Seed("owner's closed post", "home", CLUSTER, record=_shared(1, 30) | _CLUSTER),
    Seed("public copy", "planet", CLUSTER, record=_shared(1, 29), parts=_COPY),
    Seed("closed twin", "mirror-a", CLUSTER, record=_shared(2, 30) | _CLUSTER),
    Seed("reply at closed twin", "mirror-a", CLUSTER, record=_reply("closed twin")),
    Seed("open twin", "mirror-b", EVERYONE, record=_shared(2, 30)),
    Seed("older open twin", "mirror-c", EVERYONE, record=_shared(2, 31)),
    # What changed who sees it.
    Seed("calm post", "busy", EVERYONE),
    Seed("flooding post", "busy", FACILITATORS, then="flood", record=_NEWS),
    Seed("reply to flooding", "busy", FACILITATORS, then="flood",
         record=_reply("flooding post", **_NEWS)),
    Seed("missing post", "emptied", FACILITATORS, then="missing"),
    Seed("staying post", "leaving", EVERYONE),
    Seed("retired post", "leaving", NOBODY, then="gone"),
    Seed("reply to retired", "leaving", FACILITATORS, record=_reply("retired post")),
    # Dates that pin or hide.
    Seed("future post", "odd", EVERYONE, record={"published": NOON + timedelta(days=20)}),
    Seed("closed future post", "odd", CLUSTER,
         record={"published": NOON + timedelta(days=30), **_CLUSTER}),
    Seed("undated post", "undated", EVERYONE, record={"published": None}),
    # The other cluster, with places of the same names.
    Seed("their open post", "open", EVERYONE, THEIRS),
    Seed("their closed reply", "open", CLUSTER, THEIRS,
         record=_reply("their open post", **_CLUSTER)),
    Seed("their cluster post", "course", CLUSTER, THEIRS, record=_CLUSTER),
    Seed("their stream post", "course", STREAM, THEIRS, record=_STREAM),
    Seed("their person's post", "course", PERSON, THEIRS, record=_PERSON),
    Seed("their facilitators' post", "course", FACILITATORS, THEIRS,
         record={"audience": model.FACILITATORS}),
)  # fmt: skip

HIDDEN_BUT_COUNTED = frozenset({"a pupil's post"})
"""Nobody sees its words, and everybody sees that it is there."""
