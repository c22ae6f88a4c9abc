"""Tries what a blog can do for us, and says it in sentences."""

from adapters.blogs.discovery import Discovery
from adapters.blogs.settings import BlogSettings
from adapters.blogs.ways import COMMENTS, Way, Ways
from connector.errors import SourceError
from connector.model import CheckLine, CheckReport, Page, ProblemKind

_NAMES = {
    "auto": "A site",
    "feed": "A site with a feed",
    "wordpress": "WordPress",
    "wordpress_com": "WordPress.com",
    "blogger": "Blogger",
    "ghost": "Ghost",
}

_CLOSED = (
    "Its REST API is closed to the public, so its feed is read: edits of older posts and what "
    "is removed are seen late. Ask whoever looks after the site to let everybody read "
    "/wp-json/wp/v2/posts."
)
_GHOST_WITHOUT_KEY = (
    "Only its feed is read, which shows the newest 15 posts. For all of them create a custom "
    "integration in Ghost's settings and save its Content API key as ghost_key."
)


def check_blog(ways: Ways, settings: BlogSettings) -> CheckReport:
    """Find the blog and try each of its streams."""
    try:
        found = ways.all()
    except SourceError as error:
        return CheckReport((CheckLine("address", False, str(error)),))
    lines = [_line(way) for way in found.values()]
    about = [_address(ways.discovery, settings)] if ways.discovery else []
    return CheckReport((*about, *lines))


def _address(found: Discovery, settings: BlogSettings) -> CheckLine:
    """Say what kind of site it is; a way that was asked for and is closed is not ok."""
    sentence = f"{_NAMES[found.flavour]}: {found.title or found.home}."
    is_asked_for = settings.flavour == found.flavour
    if found.closed is not None and settings.flavour != "feed":
        return CheckLine("address", not is_asked_for, f"{sentence} {_CLOSED}")
    if found.flavour == "ghost" and settings.ghost_key is None:
        return CheckLine("address", not is_asked_for, f"{sentence} {_GHOST_WITHOUT_KEY}")
    return CheckLine("address", True, sentence)


def _line(way: Way) -> CheckLine:
    """Ask a stream how many it has, or read its first page."""
    key = way.stream.key
    try:
        count = way.reader.count()
        if count is not None:
            return CheckLine(key, True, f"The API answers; it counts {_counted(key, count)}.")
        page = next(iter(way.reader.read(None)))
    except SourceError as error:
        return CheckLine(key, False, str(error))
    return CheckLine(key, True, _of_page(page))


def _counted(stream: str, count: int) -> str:
    one = "comment" if stream == COMMENTS else "post"
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _of_page(page: Page) -> str:
    hidden = sum(problem.kind is ProblemKind.HIDDEN for problem in page.problems)
    behind = f"; {hidden} not shown to everyone" if hidden else ""
    newest = "its first page" if not page.complete else "it"
    return f"The feed can be read; {newest} lists {len(page.records)} entries{behind}."
