"""Tries what a blog can do for us, and says it in sentences."""

from adapters.blogs.settings import BlogSettings
from adapters.blogs.ways import Way, Ways
from connector.errors import SourceError
from connector.model import CheckLine, CheckReport, Page


def check_blog(ways: Ways, settings: BlogSettings) -> CheckReport:
    """Find the blog and read one page of each of its streams."""
    try:
        found = ways.all()
    except SourceError as error:
        return CheckReport((CheckLine("address", False, str(error)),))
    lines = [_line(way) for way in found.values()]
    return CheckReport((*_about(ways, settings), *lines))


def _about(ways: Ways, settings: BlogSettings) -> tuple[CheckLine, ...]:
    found = ways.discovery
    if found is None:
        return ()
    lines = [CheckLine("address", True, f"{_NAMES[found.flavour]}: {found.title or found.home}")]
    if found.closed is not None and settings.flavour == "wordpress":
        lines.append(
            CheckLine(
                "api",
                False,
                "The WordPress REST API is closed to the public, so the feed is read instead. "
                "Ask whoever looks after the site to let everybody read /wp-json/wp/v2/posts.",
            )
        )
    return tuple(lines)


_NAMES = {
    "auto": "Site",
    "feed": "Site with a feed",
    "wordpress": "WordPress",
    "wordpress_com": "WordPress.com",
    "blogger": "Blogger",
    "ghost": "Ghost",
}


def _line(way: Way) -> CheckLine:
    """Read the first page of a stream for real."""
    try:
        page = next(iter(way.reader.read(None)))
    except SourceError as error:
        return CheckLine(way.stream.key, False, str(error))
    return CheckLine(way.stream.key, True, _sentence(way, page))


def _sentence(way: Way, page: Page) -> str:
    more = " and more" if not page.complete else ""
    hidden = sum(problem.kind == "hidden" for problem in page.problems)
    kept_back = f"; {hidden} not shown to everyone" if hidden else ""
    return f"{way.stream.title}: {len(page.records)}{more} can be read{kept_back}."
