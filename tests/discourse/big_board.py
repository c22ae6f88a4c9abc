"""A board of 50,000 posts, and a hub that reads it slice by slice on the board's own clock."""

import pickle
from dataclasses import replace
from datetime import timedelta
from functools import cache

from adapters.discourse.adapter import ADAPTER
from adapters.discourse.settings import DiscourseSettings
from connector.errors import TemporaryError
from connector.model import Page, Record
from sample_cluster.discourse.world import Post, Topic
from tests.contract.fake_session import FakeSession
from tests.contract.kits.discourse import ADDRESS, SECRET_KEY, BoardKit

TOPICS, REPLIES = 5_000, 9
POSTS = TOPICS * (1 + REPLIES)
PACE = 60
QUIET = 4 + 10
"""Requests of a cycle in which nothing happened, and its second look."""


def grown(kit: BoardKit) -> None:
    """Fill the board up to 50,000 posts; each of its categories gets some."""
    board = kit.small.board
    categories = [kit.small.open, kit.small.ideas, kit.small.private, kit.small.closed]
    for each in (board.posts, board.post_ids, board.topics, board.events):
        each.clear()
    number = 0
    for topic in range(1, TOPICS + 1):
        now = board.tick()
        tags = ("robotics",) if topic % 50 == 0 else ()
        made = Topic(topic, f"Topic {topic}", categories[topic % 4], 2, now, now, tags)
        board.topics[topic] = made
        for position in range(1, REPLIES + 2):
            number += 1
            board.posts[number] = Post(number, topic, position, 2, f"<p>{number}</p>", now, now)
            board.post_ids.append(number)
            made.posts.append(number)
        made.highest = REPLIES + 1
    board._last_post = number


class SlowHub:
    """Reads a board run by run, on the board's clock, each run at most a slice."""

    def __init__(self, kit: BoardKit, slice_requests: int = 200) -> None:
        self.kit = kit
        self.board = kit.small.board
        self.slice_requests = slice_requests
        self.cursors = {}
        self.ids: dict[str, set[str]] = {}
        self.held: dict[str, Record] = {}
        self.runs = 0
        self.records = 0
        self.finished: set[str] = set()
        self.first_cost = 0
        """How many requests it took to read everything once."""
        self.first_took = timedelta()

    def run(self) -> bool:
        """Read one slice; return whether everything is read to its end."""
        self.runs += 1
        session = FakeSession(self.kit.answer)
        place = ADAPTER.open(self.kit.settings, session, self.board.now)
        if not self.cursors:
            self.cursors = {stream.key: None for stream in place.streams()}
        due = self.board.now
        try:
            wanted = {k: c for k, c in self.cursors.items() if k not in self.finished}
            for page in place.read(wanted):
                assert isinstance(page, Page), page
                self.take(page)
                if session.requests >= self.slice_requests:
                    break
        except TemporaryError as pause:
            due = pause.not_before or due
        # Each question took a third of a second.
        self.board.now += timedelta(seconds=session.requests / 3)
        self.board.now = max(self.board.now, due)
        return self.finished == set(self.cursors)

    def take(self, page: Page) -> None:
        self.records += len(page.records)
        self.ids.setdefault(page.stream, set()).update(r.external_id for r in page.records)
        self.held |= {record.external_id: record for record in page.records}
        for change in page.audience_changes:
            if change.external_id in self.held:
                before = self.held[change.external_id]
                self.held[change.external_id] = replace(before, audience=change.audience)
        for external_id in page.gone:
            self.held.pop(external_id, None)
        if page.cursor is not None:
            self.cursors[page.stream] = page.cursor
        if page.complete:
            self.finished.add(page.stream)

    def cycle(self) -> int:
        """Read until everything is read once; return the requests that took."""
        before, self.finished = len(self.kit.small.service.asked), set()
        while not self.run():
            assert self.runs < 100
        return len(self.kit.small.service.asked) - before


def big_kit() -> BoardKit:
    kit = BoardKit()
    grown(kit)
    kit.small.service.limits.key_per_minute = PACE
    kit.settings = DiscourseSettings(
        address=ADDRESS, api_key=SECRET_KEY, api_username=kit.small.hub.username
    )
    return kit


def read_hub() -> SlowHub:
    """Return a hub of its own, with its board, that has read everything once."""
    hub: SlowHub = pickle.loads(_read_once())
    return hub


@cache
def _read_once() -> bytes:
    """Read the board once for all tests; a copy takes a tenth of the time."""
    hub = SlowHub(big_kit())
    began = hub.board.now
    hub.first_cost = hub.cycle()
    hub.first_took = hub.board.now - began
    return pickle.dumps(hub, pickle.HIGHEST_PROTOCOL)


def expected(kit):
    """Return what of each post a reader can tell, by what the board itself holds."""
    board = kit.small.board
    found = {}
    for number, post in board.expected(kit.small.hub.id).items():
        topic, user = board.topics[post.topic], board.users[post.user]
        first = post.number == 1
        groups = "+".join(map(str, sorted(board.categories[topic.category].groups)))
        found[f"post:{number}"] = (
            topic.title if first else "",
            post.raw,
            user.name or user.username,
            f"group:{groups}" if groups else "",
            tuple(sorted(topic.tags)) if first else (),
            None if first else f"/t/{topic.id}",
        )
    return found


def held(hub):
    base = hub.board.base
    return {
        key: (
            record.title,
            record.html,
            record.author.name,
            record.audience.key,
            record.tags,
            record.in_reply_to and record.in_reply_to.removeprefix(base),
        )
        for key, record in hub.held.items()
    }


def differences(kit, hub):
    ours, theirs = held(hub), expected(kit)
    return {
        key: (ours.get(key), theirs.get(key))
        for key in ours.keys() | theirs.keys()
        if ours.get(key) != theirs.get(key)
    }


def day(hub):
    """Let a day pass and read; return the requests that it took."""
    hub.board.tick(days=1)
    return hub.cycle()
