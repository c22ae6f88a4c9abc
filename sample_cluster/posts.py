"""The values of the sample cluster: blogs, posts, comments and the state of a site.

Frozen values only. Addresses in them are written ``sample://blog-slug/path`` and become real
ones when a server hands them out (``answers.resolve``), since ports are not known before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property

from sample_cluster.writing import Recipe, written

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BlogKind(StrEnum):
    """What software a blog pretends to be."""

    WORDPRESS = "wordpress"
    WORDPRESS_CLOSED = "wordpress-closed"
    """REST answers 401 to everything; the feeds stay open."""
    RSS = "rss"
    ATOM = "atom"
    """Blogger."""
    JSON_FEED = "json-feed"
    GHOST = "ghost"


class Status(StrEnum):
    """Where a post stands; the words are WordPress's own, except DELETED."""

    PUBLISH = "publish"
    FUTURE = "future"
    DRAFT = "draft"
    PRIVATE = "private"
    TRASH = "trash"
    DELETED = "deleted"


class DateLie(StrEnum):
    """What a feed says instead of the true date."""

    NONE = "none"
    FUTURE = "future"
    """Years ahead."""
    MISSING = "missing"
    NAIVE = "naive"
    """New Zealand time without saying so."""
    WORDS = "words"
    """A date that no parser should believe."""


class Health(StrEnum):
    """How a whole site answers."""

    WELL = "well"
    NOT_FOUND = "404"
    GONE = "410"
    REFUSING = "refusing"
    """Nothing listens at its address."""
    RATE_LIMITED = "429"
    UNAVAILABLE = "503"
    MOVED = "moved"
    """A page that says where the blog is now; everything else is 404."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blog:
    """One blog of the cluster; what it is, not what it holds."""

    slug: str
    """Permanent: the source's id in the configuration."""
    kind: BlogKind
    title: str
    tagline: str
    school: str
    """A school's slug; empty: the cluster itself."""
    voice: str
    authors: tuple[str, ...]
    weekly: int
    """Posts in a school week."""
    topics: tuple[str, ...] = ()
    """What it is about; empty: whatever its voice speaks of."""
    window: int = 10
    """How many entries one feed document lists."""
    address_path: str = "/"
    """What a person would type after the host."""
    feed_path: str = "/feed/"
    students: bool = False
    lying_dates: bool = False
    one_guid: bool = False
    hidden_feed: bool = False
    """Only the page's link element says where the feed is."""
    weeks_silent: int = 0
    """How many weeks before the present its last post is."""
    moves_from: str = ""
    """The slug of the blog that this one continues."""
    first_id: int = 11
    comments: bool = False

    @property
    def base(self) -> str:
        """Its address without the final slash."""
        return f"sample://{self.slug}"

    @property
    def lists_everything(self) -> bool:
        """Whether a reader without a key can page back to its first post."""
        return self.kind not in (BlogKind.RSS, BlogKind.GHOST)

    @property
    def is_wordpress(self) -> bool:
        """Whether it pretends to be WordPress."""
        return self.kind in (BlogKind.WORDPRESS, BlogKind.WORDPRESS_CLOSED)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a post brings along."""

    url: str
    media_type: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post in one state."""

    number: int
    """Unique in its blog and never used again."""
    guid: str
    link: str
    slug: str
    title: str
    """Plain text."""
    author: str
    published: datetime
    """Aware UTC, and true, whatever the feed says."""
    modified: datetime
    category: str
    tags: tuple[str, ...]
    recipe: Recipe
    status: Status = Status.PUBLISH
    protected: bool = False
    """A password stands before it."""
    lie: DateLie = DateLie.NONE
    attachment: Attachment | None = None

    @property
    def html(self) -> str:
        """Its body."""
        return written(self.recipe)

    @property
    def shown_link(self) -> str:
        """The address that a feed gives; a link-blog gives the one it passes on."""
        return self.recipe.about[0] if self.recipe.about else self.link

    @property
    def is_public(self) -> bool:
        """Whether a visitor can see that it exists."""
        return self.status is Status.PUBLISH


@dataclass(frozen=True, slots=True)
class Comment:
    """One approved comment."""

    number: int
    post: int
    author: str
    by_teacher: bool
    written: datetime
    text: str


@dataclass(frozen=True)
class Site:
    """One blog at one moment: everything its server needs to answer."""

    blog: Blog
    posts: tuple[Post, ...]
    """All of them, whatever their state, newest first."""
    comments: tuple[Comment, ...] = ()
    health: Health = Health.WELL
    moved_to: str = ""
    """The slug of the blog that continues this one."""
    redirects: tuple[tuple[str, str], ...] = ()
    """Old path, new address."""

    @cached_property
    def public(self) -> tuple[Post, ...]:
        """What a visitor sees, newest first."""
        return tuple(post for post in self.posts if post.is_public)

    @cached_property
    def by_number(self) -> dict[int, Post]:
        """Every post by its number."""
        return {post.number: post for post in self.posts}

    @cached_property
    def by_link(self) -> dict[str, Post]:
        """Every post that a visitor may open, by its address."""
        return {post.link: post for post in self.public}

    @cached_property
    def last_modified(self) -> datetime:
        """When a visible post last changed; it moves back when the newest one leaves."""
        floor = self.posts[-1].published if self.posts else EPOCH
        return max((post.modified for post in self.public), default=floor)

    @cached_property
    def public_comments(self) -> tuple[Comment, ...]:
        """Comments on posts that are open to everyone, newest first."""
        open_posts = {post.number for post in self.public if not post.protected}
        kept = (comment for comment in self.comments if comment.post in open_posts)
        return tuple(sorted(kept, key=lambda c: (c.written, c.number), reverse=True))
