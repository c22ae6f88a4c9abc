"""What the command line and the pages offer for a pasted address or a saved file."""

from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.blogs.discovery import Candidate, Newest, discover
from adapters.blogs.parse import Feed, read_feed
from connector.http import Session
from connector.model import Offer, Page, Proposal

_SAVED = "saved"


def propose(address: str, session: Session, zone: ZoneInfo) -> Proposal:
    """Return what can be read at an address, the best first. Raises SourceError."""
    found = discover(address, session, zone)
    offers = tuple(_offer(candidate, zone) for candidate in found.candidates)
    return Proposal(found.title, found.home or address, offers, found.sentence)


def _offer(candidate: Candidate, zone: ZoneInfo) -> Offer:
    title = f"{candidate.title} (comments)" if candidate.comments else candidate.title
    newest = tuple(_told(post, zone) for post in candidate.newest)
    return Offer(title, candidate.format, candidate.url, newest)


def _told(post: Newest, zone: ZoneInfo) -> str:
    title = post.title or "(no title)"
    if post.published is None:
        return title
    return f"{_day(post.published, zone)}  {title}"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"


def read_saved(body: bytes, zone: ZoneInfo) -> Page:
    """Return the records of a saved feed; relative links resolve by its own home address.

    Raises ParseError.
    """
    feed = _read(body, "", zone)
    if feed.home:
        feed = _read(body, feed.home, zone)
    return Page(
        stream=_SAVED,
        records=feed.records,
        problems=feed.problems,
        listed=feed.listed,
        baseline=True,
    )


def _read(body: bytes, url: str, zone: ZoneInfo) -> Feed:
    return read_feed(body, url=url, content_type="", stream=_SAVED, zone=zone)
