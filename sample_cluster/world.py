"""The world at a moment: every blog with its posts, before and after each scripted step.

Pure: ``World(seed, today)`` is the same world every time. Steps last half an hour and lie in
the evening before ``today``, so that nothing in them is in the future. Servers that show this
world are in ``servers``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sample_cluster.archive import archive, beginning
from sample_cluster.catalogue import BLOGS
from sample_cluster.history import LAST_STEP, SCRIPT, STEP_LENGTH, Scene, happened, prepared
from sample_cluster.people import SCHOOLS, TEACHERS
from sample_cluster.posts import Blog, Health, Post, Site, Status

DEFAULT_SEED = 7
"""The world that the demo shows and the tests vouch for."""


class State(StrEnum):
    """What an outsider may know of a post."""

    PUBLISHED = "published"
    PROTECTED = "protected"
    """Its title is public, its text is behind a password."""
    FORBIDDEN = "forbidden"
    """Trashed, private, a draft or scheduled."""
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPost:
    """One post as a hub should know it."""

    number: int
    """WordPress: the id in REST; elsewhere only our own."""
    guid: str
    permalink: str
    title: str
    """Plain text; may be empty."""
    author: str
    published: datetime
    """When it was really published, even where the feed lies."""
    state: State
    reachable: bool
    """Whether reading the blog today shows it; plain feeds list only their window."""


@dataclass(frozen=True, slots=True)
class ExpectedBlog:
    """What a hub that reads one blog now should hold."""

    slug: str
    health: Health
    posts: tuple[ExpectedPost, ...]
    """Newest first, the ones that left included."""

    @property
    def published(self) -> tuple[ExpectedPost, ...]:
        """What can be read today, text and all."""
        return tuple(p for p in self.posts if p.state is State.PUBLISHED and p.reachable)


@dataclass(frozen=True, slots=True)
class Moment:
    """The world after one step."""

    step: int
    now: datetime
    """Aware UTC."""
    sites: Mapping[str, Site]
    """By slug, in the order of ``World.blogs``."""


class World:
    """An invented cluster of schools, from three years ago until the evening before a day."""

    schools = SCHOOLS
    teachers = TEACHERS
    blogs: tuple[Blog, ...] = BLOGS
    last_step = LAST_STEP

    def __init__(self, seed: int, today: date) -> None:
        self.seed = seed
        self.today = today
        self._moments: list[Moment] = []

    def at(self, step: int) -> Moment:
        """Return the world after this step; after the last one nothing happens any more."""
        if step < 0:
            raise ValueError(f"Steps count from 0; {step} is before the beginning.")
        step = min(step, LAST_STEP)
        while len(self._moments) <= step:
            self._moments.append(self._next())
        return self._moments[step]

    def expected(self, step: int) -> dict[str, ExpectedBlog]:
        """Return what a hub should know after this step, by blog; addresses are ``sample://``."""
        sites = self.at(step).sites
        return {slug: ExpectedBlog(slug, s.health, _expected(s)) for slug, s in sites.items()}

    def _next(self) -> Moment:
        start = beginning(self.today)
        if not self._moments:
            sites = archive(self.seed, self.today)
            return Moment(0, start, prepared(_opened(sites), seed=self.seed, start=start))
        last, first = self._moments[-1], self._moments[0]
        now = last.now + STEP_LENGTH
        scene = Scene(self.seed, now, first.sites, last.sites)
        return Moment(last.step + 1, now, happened(last.sites, SCRIPT[last.step], scene))


def _opened(sites: Mapping[str, Site]) -> dict[str, Site]:
    """A blog that continues another one answers 404 until it moves in."""
    return {
        slug: replace(site, health=Health.NOT_FOUND) if site.blog.moves_from else site
        for slug, site in sites.items()
    }


def _expected(site: Site) -> tuple[ExpectedPost, ...]:
    blog = site.blog
    listed = site.public if blog.lists_everything else site.public[: blog.window]
    reachable = {post.number for post in listed}
    return tuple(
        ExpectedPost(
            number=post.number,
            guid=post.guid,
            permalink=post.shown_link,
            title=post.title,
            author=post.author,
            published=post.published,
            state=_state(post),
            reachable=post.number in reachable,
        )
        for post in site.posts
    )


def _state(post: Post) -> State:
    if post.status is Status.DELETED:
        return State.GONE
    if post.status is not Status.PUBLISH:
        return State.FORBIDDEN
    return State.PROTECTED if post.protected else State.PUBLISHED
