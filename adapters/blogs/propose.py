"""What the command line and the pages offer for a pasted address."""

from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.blogs.discovery import Candidate, Newest, discover
from connector.http import Session
from connector.model import Offer, Proposal


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
