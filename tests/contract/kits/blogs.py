"""Kits of the blogs adapter: one for each way in which a blog can be read."""

from collections.abc import Callable

from adapters.blogs.settings import BlogSettings
from adapters.registry import ADAPTERS
from connector.model import Presence
from tests.contract.fake_session import Answer, Request
from tests.contract.kits.blog_services import (
    HOME,
    Blog,
    Blogger,
    Entry,
    Ghost,
    PlainFeed,
    WordPress,
    uuid_of,
)

PRIVATE = ("canary-protected", "canary-private", "canary-draft")


class BlogKit:
    """A blog behind one of its services."""

    adapter = ADAPTERS["blogs"]
    secrets: tuple[str, ...] = ()
    secret_in_url = False
    private = PRIVATE
    shows_public = True
    students: frozenset[str] = frozenset()
    lists_members = False
    parser_seam: tuple[str, ...] = ("adapters.blogs.adapter:API_PARSER_VERSION",)
    main = "posts"
    whole = True
    paged = True
    sweeps = True
    removed = Presence.GONE

    def __init__(
        self, service: Callable[[Blog], object], name_of: Callable[[Entry], str], **settings: object
    ) -> None:
        self.blog = Blog()
        hidden = ({"password": True}, {"status": "private"}, {"status": "draft"})
        for phrase, fields in zip(PRIVATE, hidden, strict=True):
            self.blog.write(phrase, **fields)
        self.blog.write("The newest")
        self.service = service(self.blog)
        self._name_of = name_of
        self.settings = BlogSettings(address=HOME, **settings)
        self.reshaped = self.settings.model_copy(update={"whole_history": False})
        self.reselected = self.settings.model_copy(update={"comments": False})

    def answer(self, request: Request) -> Answer:
        return self.service.answer(request)

    def add(self) -> str:
        return self._name_of(self.blog.write("Something new"))

    def edit(self, external_id: str) -> None:
        self.blog.change(self._entry(external_id).id, text="Written anew")

    def remove(self, external_id: str) -> None:
        self.blog.remove(self._entry(external_id).id)

    def _entry(self, external_id: str) -> Entry:
        return next(e for e in self.blog.posts.values() if self._name_of(e) == external_id)

    def ids(self, stream: str) -> set[str]:
        if stream == "comments":
            return {f"comment:{each.id}" for each in self.blog.open_comments()}
        return {self._name_of(each) for each in self.blog.open_posts()}

    def words(self) -> str:
        return repr(vars(self.blog))


def numbered(entry: Entry) -> str:
    return f"post:{entry.id}"


def in_feed(feed: str) -> Callable[[Entry], str]:
    return lambda entry: f"feed:{HOME}{feed}#{HOME}?p={entry.id}"


def wordpress() -> BlogKit:
    return BlogKit(WordPress, numbered)


def old_wordpress() -> BlogKit:
    kit = BlogKit(WordPress, numbered)
    kit.service.modified_after = False
    return kit


class FeedKit(BlogKit):
    """A blog of which only a feed is read."""

    parser_seam = ("adapters.blogs.adapter:FEED_PARSER_VERSION",)
    sweeps = False

    def __init__(self, service: Callable[[Blog], object], feed: str, **settings: object) -> None:
        super().__init__(service, in_feed(feed), **settings)
        self.main = f"feed:{HOME}{feed}"

    def ids(self, stream: str) -> set[str]:
        if "comments" in stream:
            return {f"{stream}#{HOME}?p={each.id}" for each in self.blog.open_comments()[-10:]}
        return super().ids(stream)


def wordpress_feed() -> FeedKit:
    """The REST API is closed; the feed has pages."""
    kit = FeedKit(WordPress, "feed/")
    kit.service.closed = 401
    return kit


def plain_feed() -> FeedKit:
    kit = FeedKit(PlainFeed, "news.xml")
    kit.whole = kit.paged = False
    return kit


def ghost() -> BlogKit:
    kit = BlogKit(Ghost, lambda entry: f"post:{uuid_of(entry)}", ghost_key=Ghost.key)
    kit.secrets, kit.secret_in_url = (Ghost.key,), True
    return kit


def blogger() -> BlogKit:
    return BlogKit(Blogger, numbered)


KITS: dict[str, Callable[[], BlogKit]] = {
    "wordpress": wordpress,
    "wordpress-before-5.7": old_wordpress,
    "wordpress-feed": wordpress_feed,
    "plain-feed": plain_feed,
    "ghost": ghost,
    "blogger": blogger,
}
