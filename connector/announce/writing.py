"""Markdown becomes what is sent: sanitised HTML and plain text. Pure."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt

from connector.announce.plain import plain_of
from connector.html import clean, plain_line, safe_link, without_controls
from connector.model import Message

MAX_MARKDOWN_CHARACTERS = 50_000
_LONG_BODY = f"The text is longer than {MAX_MARKDOWN_CHARACTERS:,} characters: shorten it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """When and where something takes place."""

    start: datetime
    end: datetime | None = None
    place: str = ""
    sign_up: str | None = None
    """Where to say that one comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An announcement as somebody wrote it."""

    title: str
    body: str
    """Markdown."""
    event: Event | None = None
    picture: str | None = None
    """Its address."""


# Raw HTML is shown as it was typed: what somebody pastes is text, not code.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


def faults_of(written: Written) -> list[str]:
    """Return what must be mended before this can be announced at all; a sentence for each."""
    faults = []
    if not plain_line(written.title):
        faults.append("There is no title: write one.")
    if not written.body.strip():
        faults.append("There is no text: write one.")
    if len(written.body) > MAX_MARKDOWN_CHARACTERS:
        faults.append(_LONG_BODY)
    if written.picture is not None and safe_link(written.picture) is None:
        faults.append("The picture's address is not one of the web: begin it with https://.")
    return faults + _faults_of_event(written.event)


def _faults_of_event(event: Event | None) -> list[str]:
    if event is None:
        return []
    faults = []
    if event.end is not None and event.end < event.start:
        faults.append("The event ends before it starts: correct one of the two.")
    if event.sign_up is not None and safe_link(event.sign_up) is None:
        faults.append("The sign-up link is not an address of the web: begin it with https://.")
    return faults


def message_of(written: Written, *, zone: ZoneInfo, uid: str, version: int = 0) -> Message:
    """Return what a destination gets; the same writing always gives the same message.

    Args:
        written: without faults, see ``faults_of``.
        zone: in which the event's times are written out.
        uid: tells the announcement from all others; the event's, too.
        version: how often it was corrected.
    """
    event = written.event
    tokens = _MARKDOWN.parse(written.body)
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    html = clean(rendered + _picture(written.picture) + _about(event, zone))
    text = "\n\n".join(part for part in (plain_of(tokens), _told(event, zone)) if part)
    picture = safe_link(written.picture)
    if picture is not None:
        text += f"\n\nPicture: {picture}"
    return Message(
        title=plain_line(written.title),
        html=html,
        # Markdown may also name them by number.
        text=without_controls(text).replace("\r", ""),
        start=event.start if event else None,
        end=event.end if event else None,
        location=plain_line(event.place) if event else "",
        url=safe_link(event.sign_up) if event else None,
        picture=picture,
        uid=uid,
        version=version,
    )


def _picture(address: str | None) -> str:
    link = safe_link(address)
    return "" if link is None else f'<p><a href="{escape(link)}">Picture</a></p>'


def _about(event: Event | None, zone: ZoneInfo) -> str:
    lines = _lines(event, zone)
    if not lines:
        return ""
    told = "<br>".join(f"<strong>{name}:</strong> {_linked(value)}" for name, value in lines)
    return f"<p>{told}</p>"


def _linked(value: str) -> str:
    link = safe_link(value)
    return escape(value) if link is None else f'<a href="{escape(link)}">{escape(link)}</a>'


def _told(event: Event | None, zone: ZoneInfo) -> str:
    return "\n".join(f"{name}: {value}" for name, value in _lines(event, zone))


def _lines(event: Event | None, zone: ZoneInfo) -> list[tuple[str, str]]:
    if event is None:
        return []
    lines = [("When", _when(event, zone))]
    if place := plain_line(event.place):
        lines.append(("Where", place))
    if sign_up := safe_link(event.sign_up):
        lines.append(("Sign up", sign_up))
    return lines


def _when(event: Event, zone: ZoneInfo) -> str:
    start = event.start.astimezone(zone)
    told = f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}"
    if event.end is None:
        return told
    end = event.end.astimezone(zone)
    if end.date() == start.date():
        return f"{told} to {end:%H:%M}"
    return f"{told} to {end:%A} {end.day} {end:%B %Y}, {end:%H:%M}"
