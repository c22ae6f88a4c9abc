"""Pure: Moodle's words become the hub's, in this one place.

``PARSER_VERSION`` grows whenever the same answer gives other records: then everything is read
once more from its beginning.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.moodle.audience import group_audience
from adapters.moodle.people import People
from adapters.moodle.said import Module
from adapters.moodle.said_activities import Activity, Event, Given, Option
from adapters.moodle.said_posts import Entry, File, Forum, Post
from adapters.moodle.values import utc
from connector.model import (
    FACILITATORS,
    PUBLIC,
    STREAM,
    Audience,
    Enclosure,
    Kind,
    Record,
)

PARSER_VERSION = 1

RESOURCES = frozenset({"page", "url", "resource", "folder", "book", "imscp", "lti", "h5pactivity"})
"""Modules that hold something to look at; the others are things to do."""
NOT_TOLD = frozenset({"label", "choice"})
"""Modules that are no record of their course: a text between others, and what is a workshop."""

_TOKEN_PATH = re.compile(r"/(?:webservice/pluginfile\.php|tokenpluginfile\.php/[A-Za-z0-9]+)(?=/)")
_FILE_ADDRESS = re.compile(r"pluginfile\.php/[^\"'\s<>]*")
_SECRET = re.compile(r"(?<=[?&;])(?:token|wstoken|key)=[^&\"'\s<>]*(?:&amp;|&)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Translator:
    """Makes records of one Moodle's answers."""

    site: str
    """The address of the Moodle, without a slash at its end."""
    people: People

    def post(self, post: Post, forum: Forum, audience: Audience) -> Record:
        """Return a post of a discussion. Raises AuthError where its author cannot be told."""
        is_first = post.parent is None
        first_kind = Kind.ANNOUNCEMENT if forum.kind == "news" else Kind.POST
        address = f"{self.site}/mod/forum/discuss.php?d={post.discussion}"
        return self._masked(
            Record(
                kind=first_kind if is_first else Kind.COMMENT,
                external_id=f"post:{post.id}",
                url=address if is_first else f"{address}#p{post.id}",
                title=post.subject if is_first else _own_subject(post.subject),
                html=clean_files(post.html),
                published=utc(post.created),
                updated=utc(post.modified) if post.modified > post.created else None,
                author=self.people.account(post.author),
                audience=audience,
                tags=post.tags,
                enclosures=enclosures(post.files),
                in_reply_to=None if is_first else f"post:{post.parent}",
            )
        )

    def entry(self, entry: Entry, *, is_public_allowed: bool) -> Record:
        """Return a blog entry; a copy from an outside blog under its permalink there."""
        is_public = entry.is_for_the_world and is_public_allowed
        audience = PUBLIC if is_public else STREAM
        return self._masked(
            Record(
                kind=Kind.POST,
                external_id=f"entry:{entry.id}",
                url=_web_link(entry.original) or f"{self.site}/blog/index.php?entryid={entry.id}",
                title=entry.subject,
                html=clean_files(entry.html),
                published=utc(entry.created),
                updated=utc(entry.modified) if entry.modified > entry.created else None,
                author=self.people.account(entry.author),
                audience=FACILITATORS if entry.group else audience,
                tags=entry.tags,
                enclosures=enclosures(entry.files),
            )
        )

    def event(self, event: Event, audience: Audience) -> Record:
        """Return an entry of the calendar; a face-to-face session is a workshop."""
        start = utc(event.start)
        return self._masked(
            Record(
                kind=Kind.WORKSHOP if event.kind == "facetofacesession" else Kind.EVENT,
                external_id=f"event:{event.id}",
                url=f"{self.site}/calendar/view.php?view=day&time={event.start}#event_{event.id}",
                title=event.name,
                html=clean_files(event.html),
                published=utc(event.modified),
                start=start,
                end=utc(event.start + event.seconds) if event.seconds else None,
                audience=audience,
            )
        )

    def module(self, module: Module, audience: Audience, *, since: int, changed: int) -> Record:
        """Return that an activity or resource stands in its course.

        Args:
            module: the activity.
            audience: who may see it.
            since: when it was first met, in seconds.
            changed: when its settings were last changed, in seconds.
        """
        is_resource = module.kind in RESOURCES
        return self._masked(
            Record(
                kind=Kind.RESOURCE if is_resource else Kind.ACTIVITY,
                external_id=f"module:{module.id}",
                url=module.url or f"{self.site}/mod/{module.kind}/view.php?id={module.id}",
                title=module.name,
                html=clean_files(module.description),
                published=utc(since),
                updated=utc(changed) if changed > since else None,
                audience=audience,
                tags=(module.kind,) if module.kind else (),
            )
        )

    def choice(self, choice: Activity, options: list[Option], audience: Audience) -> Record:
        """Return a sign-up with what can be chosen; how many did is a count."""
        listed = "".join(f"<li>{_option(each)}</li>" for each in options)
        return self._masked(
            Record(
                kind=Kind.WORKSHOP,
                external_id=f"choice:{choice.id}",
                url=f"{self.site}/mod/choice/view.php?id={choice.module}",
                title=choice.name,
                html=clean_files(choice.html) + (f"<ul>{listed}</ul>" if listed else ""),
                published=utc(choice.opens),
                audience=audience,
            )
        )

    def registration(self, given: Given, choice: Activity, audience: Audience) -> Record:
        """Return that somebody signed up."""
        return self._masked(
            Record(
                kind=Kind.REGISTRATION,
                external_id=f"answer:{given.id}",
                title=given.text,
                published=utc(given.modified),
                author=self.people.account(given.user),
                audience=audience,
                in_reply_to=f"choice:{choice.id}",
                object=f"choice:{choice.id}",
            )
        )

    def reflection(self, given: Given, activity: Activity, *, kind: str) -> Record:
        """Return a text handed in or a feedback answer, for facilitators alone."""
        return self._masked(
            Record(
                kind=Kind.REFLECTION,
                external_id=f"{kind}:{given.id}",
                title=activity.name,
                html=clean_files(given.text),
                published=utc(given.modified),
                author=self.people.account(given.user),
                audience=FACILITATORS,
                object=f"module:{activity.module}",
            )
        )

    def _masked(self, record: Record) -> Record:
        return self.people.mask.record(record)


def clean_files(html: str) -> str:
    """Return HTML whose addresses of files hold no token: they open for who is signed in."""
    return _FILE_ADDRESS.sub(_without_secret, _TOKEN_PATH.sub("/pluginfile.php", html))


def _without_secret(found: re.Match[str]) -> str:
    return _SECRET.sub("", found[0]).rstrip("?&")


def enclosures(files: tuple[File, ...]) -> tuple[Enclosure, ...]:
    """Return the files that hang on something, as links without a token."""
    return tuple(
        Enclosure(clean_files(each.url), each.media_type, each.bytes) for each in files if each.url
    )


def _own_subject(subject: str) -> str:
    """Return a reply's subject, or nothing where it only repeats what it answers."""
    return "" if subject.casefold().startswith("re:") else subject


def _option(option: Option) -> str:
    text = option.text.replace("&", "&amp;").replace("<", "&lt;")
    if option.places is None:
        return text
    return f"{text} ({option.places} {'place' if option.places == 1 else 'places'})"


def _web_link(address: str) -> str | None:
    try:
        parts = urlsplit(address.strip())
        return address.strip() if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def event_audience(event: Event, course: Audience, module: Audience | None) -> Audience:
    """Return who may see an entry of the calendar.

    Args:
        event: the entry.
        course: the members of its course, if that is read.
        module: who may see the activity that made it; None where none did.
    """
    if not event.is_shown:
        return FACILITATORS
    if module is not None:
        return course if module == STREAM else module
    if event.group:
        return group_audience(event.group)
    if event.kind == "site":
        return STREAM
    return course if event.kind == "course" else FACILITATORS
