"""Lists all ids of a WordPress, and looks single ones up; posts and comments alike."""

from collections.abc import Iterator

from adapters.blogs.wordpress_api import (
    PER_PAGE,
    Listing,
    What,
    WordPressApi,
    id_number,
    walk_by_id,
)
from adapters.blogs.wordpress_json import Listed, presence
from connector.model import IdPage, Known, Presence

KIND: dict[What, str] = {"posts": "post", "comments": "comment"}


def sweep(api: WordPressApi, what: What) -> Iterator[IdPage]:
    """List the ids of everything shown.

    The listing is whole when the walk came to the end, the total stayed the same all the way
    and as many came as the server counts. Comments may come in smaller number: those on posts
    that are not public are counted, but not shown.
    """
    listed, totals = 0, set[int | None]()
    for step in walk_by_id(lambda offset: _ids(api, what, offset), sparse=what == "comments"):
        listed += len(step.page.listed)
        totals.add(step.total)
        whole = step.done and len(totals) == 1 and _fits(what, listed, step.total)
        yield IdPage(_external_ids(what, step.page.listed), complete=whole)


def _ids(api: WordPressApi, what: What, offset: int) -> Listing:
    return api.ids(what, orderby="id", order="asc", per_page=PER_PAGE, offset=offset)


def _fits(what: What, listed: int, total: int | None) -> bool:
    if total is None:
        return False
    return listed <= total if what == "comments" else listed == total


def _external_ids(what: What, lines: tuple[Listed, ...]) -> tuple[str, ...]:
    return tuple(f"{KIND[what]}:{line.id}" for line in lines if line.shown)


def lookup(api: WordPressApi, what: What, known: Known) -> Presence:
    """Ask for one id; raises SourceError when there is no answer."""
    number = id_number(known.external_id)
    if not number or not known.external_id.startswith(KIND[what]):
        return Presence.UNKNOWN
    answer = api.one(what, number)
    return presence(answer.status, answer.value)
