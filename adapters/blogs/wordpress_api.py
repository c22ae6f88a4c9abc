"""Asks one WordPress REST API for listings, and walks through them without gaps.

Works for a site's own API and for WordPress.com's (the same shape under another address).
What the listings mean for a stream is in ``wordpress_reader``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from adapters.blogs.client import BlogClient, JsonAnswer, with_query
from adapters.blogs.wordpress_json import (
    Listed,
    ParsedPage,
    is_past_the_end,
    read_comments,
    read_ids,
    read_posts,
)
from adapters.feeds.harvest import Harvest
from connector.errors import AuthError, ParseError, PermanentError

What = Literal["posts", "comments"]

PER_PAGE = 100
"""The most that WordPress gives at once; 101 is refused with 400 (6.1)."""

MAX_STEPS = 500
"""How many pages of changes are followed in one cycle: 45,000 posts."""

MAX_WALK_STEPS = 2_000
"""How many pages of a listing are walked in one go: 200,000 posts."""

PATIENCE = 10
"""After how many steps without a known id a walk believes that none can be shown."""

MAX_BARREN_STEPS = 50
"""After how many steps without anything new a walk gives up, whatever the server says."""

_BAD_PAGE = frozenset({400})


@dataclass(frozen=True, slots=True)
class Listing:
    """One answer: what it holds and what its headers say."""

    page: ParsedPage
    total: int | None
    """How many there are in all: X-WP-Total."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walk by id, with what is needed to take the next."""

    page: ParsedPage
    total: int | None
    last: int
    """The highest id so far: everything up to it has been given."""
    offset: int
    """Where the next step begins."""
    done: bool


@dataclass(frozen=True, slots=True)
class WordPressApi:
    """The listings under one address."""

    client: BlogClient
    prefix: str
    """What comes before ``posts``: ``https://blog.example.school.nz/wp-json/wp/v2/``."""

    def posts(self, **parameters: str | int) -> Listing:
        """Return posts with the names of their authors, categories and tags."""
        return self._listing("posts", read_posts, _embed="author,wp:term", **parameters)

    def comments(self, **parameters: str | int) -> Listing:
        """Return comments, without addresses and pictures of those who wrote them."""
        fields = "id,post,parent,author,author_name,date_gmt,content,link,status"
        return self._listing("comments", read_comments, _fields=fields, **parameters)

    def ids(self, what: What, **parameters: str | int) -> Listing:
        """Return ids and whether each is shown, nothing else."""
        fields = "id,status"
        if what == "posts":
            fields += ",date_gmt,modified_gmt,content.protected"
        return self._listing(what, _ids_only, _fields=fields, **parameters)

    def one(self, what: What, number: int) -> JsonAnswer:
        """Ask for one id; a refusal is an answer too."""
        url = with_query(f"{self.prefix}{what}/{number}", _fields="id,status,content.protected")
        return self.client.ask_json(url, answers=(400, 401, 403, 404, 410))

    def _listing(
        self, what: What, parse: Callable[[object], ParsedPage], **parameters: str | int
    ) -> Listing:
        url = with_query(f"{self.prefix}{what}", **parameters)
        try:
            answer = self.client.ask_json(url, answers=_BAD_PAGE)
        except AuthError as error:
            raise _closed(error) from error
        if is_past_the_end(answer.status, answer.value):
            return Listing(ParsedPage(listed=()), _total(answer))
        if answer.status in _BAD_PAGE:
            raise PermanentError(
                "The WordPress API refuses the question (400). "
                "Ask whoever looks after the site whether a plugin limits its REST API.",
                url=f"{self.prefix}{what}",
                status=answer.status,
            )
        return Listing(parse(answer.value), _total(answer))


def _closed(error: AuthError) -> AuthError:
    return AuthError(
        f"The blog's REST API refuses everybody ({error.status}). Ask whoever looks after the "
        "site to let everybody read /wp-json/wp/v2/posts, or set flavour to feed. "
        "What was read before stays.",
        url=error.url,
        status=error.status,
    )


Ask = Callable[[int], Listing]
"""Asks for one hundred entries in the order of their ids, beginning at this offset."""


def walk_by_id(ask: Ask, *, last: int = 0, offset: int = 0, sparse: bool = False) -> Iterator[Step]:
    """Give everything with an id above ``last``, in steps, lowest first.

    Pages of a listing move when something is removed or inserted before them, so that the
    next page skips or repeats. Ids do not move. Each step therefore begins one before where
    the former ended, and must show an id that was given already; if it does not, something
    before it is gone and the walk steps back until it does. What comes after a known id in a
    listing ordered by id is contiguous: nothing is skipped, and what is repeated is dropped.

    Args:
        ask: Asks for a page of the listing in the order of ids.
        last: The highest id that was given before.
        offset: Where to begin.
        sparse: Entries may be counted without being shown (comments on posts that are not
            public), so that no known id can be met; there an unchanged total has to do.

    Raises:
        ParseError: The listing does not come to an end.
    """
    back, barren = 1, 0
    total: int | None = -1
    for _ in range(MAX_WALK_STEPS):
        if barren >= MAX_BARREN_STEPS:
            break
        listing = ask(offset)
        ids = [line.id for line in listing.page.listed]
        has_moved = listing.total != total or not (sparse or barren >= PATIENCE)
        if offset and has_moved and not any(each <= last for each in ids):
            offset, back, barren = max(0, offset - back), back * 2, barren + 1
            continue
        done = _is_end(listing, offset)
        barren = 0 if any(each > last for each in ids) else barren + 1
        page, total, back = _above(listing.page, last), listing.total, 1
        last = max([last, *ids])
        offset += PER_PAGE - 1
        yield Step(page, total, last, offset, done)
        if done:
            return
    raise endless()


def endless() -> ParseError:
    """Return the error for a listing that goes on and on; without it a walk would as well."""
    return ParseError(
        "The listing of the WordPress API does not come to an end. "
        "Ask whoever looks after the site whether a cache or a plugin changes its REST API."
    )


def _is_end(listing: Listing, offset: int) -> bool:
    """Whether nothing comes after this answer.

    The total is believed rather than the length: comments on posts that are not public are
    counted, but left out of the page (WordPress 6.1), so that a page in the middle is short.
    """
    if listing.total is not None:
        return offset + PER_PAGE >= listing.total
    return len(listing.page.listed) < PER_PAGE


def _above(page: ParsedPage, last: int) -> ParsedPage:
    """Return the page without what was given before."""
    return only(page, {line.id for line in page.listed if line.id > last})


def only(page: ParsedPage, numbers: set[int]) -> ParsedPage:
    """Return what the page says about these ids, and what it says about none."""
    harvest = page.harvest
    return ParsedPage(
        listed=tuple(line for line in page.listed if line.id in numbers),
        harvest=Harvest(
            records=tuple(
                each for each in harvest.records if id_number(each.external_id) in numbers
            ),
            gone=tuple(each for each in harvest.gone if id_number(each) in numbers),
            problems=tuple(
                each
                for each in harvest.problems
                if not each.external_id or id_number(each.external_id) in numbers
            ),
        ),
    )


def id_number(external_id: str) -> int:
    """Return the number in ``post:137``; 0 where there is none."""
    number = external_id.partition(":")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0


def highest(lines: tuple[Listed, ...]) -> int:
    """Return the highest id of a listing; 0 when it is empty."""
    return max((line.id for line in lines), default=0)


def _ids_only(value: object) -> ParsedPage:
    return ParsedPage(listed=read_ids(value))


def _total(answer: JsonAnswer) -> int | None:
    text = answer.headers.get("x-wp-total", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
