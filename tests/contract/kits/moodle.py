"""The kits of the Moodle adapter: its web services with and without batches, and its RSS."""

from collections.abc import Callable

from adapters.moodle.adapter import ADAPTER
from adapters.moodle.settings import MoodleSettings
from connector.model import Presence
from tests.contract.fake_session import Answer, Request
from tests.contract.kits.moodle_feeds import KEY, Feeds
from tests.moodle.small_moodle import BATCH, SITE, TOKEN, SmallMoodle

GARDEN, GROUPED, NEWS = 41, 42, 43
FOR_GROUP, UNSHOWN = "canary-for-group-seven", "canary-hidden-forum"


def village() -> SmallMoodle:
    """Return a Moodle with two courses, one of adults, and something of everything."""
    moodle = SmallMoodle()
    mere = moodle.add_user("Mere Tautahi")
    sam = moodle.add_user("Sam Oduya", school="Rātā Valley School")
    learners = [moodle.add_user("Hana Ruru"), moodle.add_user("Tama Kiwi")]
    visitor = moodle.add_user("Vera Visitor")
    roles = {mere: "manager", sam: "editingteacher", visitor: ""}
    moodle.add_course(12, "Garden & club", {**roles, **dict.fromkeys(learners, "student")})
    moodle.courses[12].groups = {7: {sam, learners[0]}, 8: {learners[1]}}
    moodle.add_course(13, "Literacy PLD", {sam: "student", mere: "student"}, category=6)
    moodle.add_forum(12, GARDEN, "Discussion space")
    moodle.add_forum(12, GROUPED, "Group talk").module.groupmode = 1
    moodle.add_forum(12, 44, "Unshown").module.visible = False
    moodle.add_forum(13, NEWS, "Announcements", "news")
    authors = [mere, sam, *learners]
    for number in range(40):
        first = moodle.discuss(
            GARDEN, authors[number % 4], f"Week {number} & co", f"<p>Kōrero {number}</p>"
        )
        second = moodle.reply(first, authors[(number + 1) % 4], f"<p>Reply {number}</p>")
        moodle.reply(second, authors[(number + 2) % 4], f"<p>Answer {number}</p>")
    for number in range(8):
        moodle.discuss(GROUPED, sam, f"Seedlings {number}", f"<p>{FOR_GROUP}</p>", group=7)
    moodle.discuss(44, sam, "Unshown", f"<p>{UNSHOWN}</p>")
    moodle.discuss(NEWS, mere, "Welcome", "<p>Kia ora</p>")
    choice = moodle.add_choice(12, 5, "Bus trip", Tuesday=20, Friday=1)
    for user, option in zip(learners, choice.options, strict=True):
        moodle.sign_up(5, user, option)
    moodle.sign_up(5, sam, max(choice.options))
    for number in range(3):
        moodle.blog(authors[number], f"Entry {number}")
    moodle.blog(mere, "A copy", original="https://room5.blog.example/2026/11/maths")
    moodle.add_event("Cluster hui", course=12)
    moodle.add_event("Workshop", course=12, kind="facetofacesession", module="facetoface")
    moodle.add_event("Holiday", kind="site")
    moodle.feedback[6] = (moodle.add_module(12, "feedback", "How was it", 6), [sam, learners[0]])
    moodle.assignments[9] = (moodle.add_module(12, "assign", "Task", 9), {learners[0]: "<p>x</p>"})
    moodle.add_module(12, "page", "Notes")
    moodle.tick(86_400)
    return moodle


class MoodleKit:
    """Two courses with everything in them."""

    adapter = ADAPTER
    secrets = (TOKEN,)
    secret_in_url = False
    private = (FOR_GROUP, UNSHOWN)
    shows_public = False
    students = frozenset({"user:4", "user:5"})
    lists_members = True
    parser_seam = ("adapters.moodle.parse:PARSER_VERSION",)
    main = f"forum:{GARDEN}"
    whole = True
    paged = True
    sweeps = True
    removed = Presence.GONE

    def __init__(self) -> None:
        self.moodle = village()
        self.settings = MoodleSettings(
            address=SITE, token=TOKEN, courses=(12, 13), adult_categories=(6,)
        )
        self.reshaped = self.settings.model_copy(update={"teacher_roles": ("manager",)})
        self.reselected = MoodleSettings(
            address=SITE, token="another", courses=(12,), adult_categories=(6,)
        )

    def answer(self, request: Request) -> Answer:
        return self.moodle.answer(request)

    def add(self) -> str:
        return f"post:{self.moodle.discuss(GARDEN, 2, 'Something new', '<p>New</p>').id}"

    def edit(self, external_id: str) -> None:
        self.moodle.edit(int(external_id.partition(":")[2]), "<p>Written anew</p>")

    def remove(self, external_id: str) -> None:
        number = int(external_id.partition(":")[2])
        if number in self.moodle.posts:
            self.moodle.delete(number)

    def ids(self, stream: str) -> set[str]:
        forum = int(stream.partition(":")[2])
        return {
            f"post:{post.id}"
            for discussion in self.moodle.in_forum(forum)
            for post in self.moodle.of(discussion.id)
        }

    def words(self) -> str:
        return repr(vars(self.moodle))


class UnbatchedKit(MoodleKit):
    """A service without the function that carries many questions."""

    def __init__(self) -> None:
        super().__init__()
        self.moodle.functions.remove(BATCH)


class FeedKit:
    """A Moodle without web services."""

    adapter = ADAPTER
    secrets = (KEY,)
    secret_in_url = True
    private = ("canary-feed-words",)
    shows_public = False
    students = frozenset({"name:hana ruru"})
    lists_members = False
    parser_seam = ("adapters.moodle.parse:PARSER_VERSION",)
    main = "rss:87/mod_forum/13"
    whole = False
    paged = False
    sweeps = False
    removed = Presence.UNKNOWN

    def __init__(self) -> None:
        self.feeds = Feeds()
        self.settings = MoodleSettings(
            address=SITE, rss_key=KEY, rss_feeds=("87/mod_forum/13", "2/blog/site/0")
        )
        self.reshaped = self.settings.model_copy(update={"rss_authors_are_adults": True})
        self.reselected = MoodleSettings(
            address=SITE, rss_key="another", rss_feeds=("87/mod_forum/13",)
        )

    def answer(self, request: Request) -> Answer:
        return self.feeds.answer(request)

    def add(self) -> str:
        return self.feeds.write("Something new")

    def edit(self, external_id: str) -> None:
        self.feeds.posts[external_id] = "<p>Written anew</p>"

    def remove(self, external_id: str) -> None:
        self.feeds.posts.pop(external_id, None)

    def ids(self, stream: str) -> set[str]:
        return set(self.feeds.posts) if "forum" in stream else {"entry:41"}

    def words(self) -> str:
        return repr(vars(self.feeds))


KITS: dict[str, Callable[[], MoodleKit | FeedKit]] = {
    "services": MoodleKit,
    "unbatched": UnbatchedKit,
    "feeds": FeedKit,
}
