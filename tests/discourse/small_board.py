"""A small board that has some of everything: two open categories, three private groups, an
event, tags, a pinned topic, personal messages between the posts."""

from datetime import timedelta

from sample_cluster.discourse.answering import Service
from sample_cluster.discourse.world import Board, Post

KEY = "TOKEN"
HUB = "hub-reader"
PRIVATE = ("canary-leaders", "canary-assessment", "canary-both")


class Small:
    """A board with names for what is in it."""

    def __init__(self, base: str = "") -> None:
        self.board = board = Board(base=base)
        self.hub = board.add_user("Hub", HUB)
        self.mere = board.add_user("Mere Tautahi", "mere", field="Rimuwai School")
        self.sam = board.add_user("Sam Oduya", "sam", field="Lake Tūī School")
        self.lena = board.add_user("Lena Brandt", "lena")
        self.leaders = board.add_group("lead-teachers", [self.hub, self.mere])
        self.assessors = board.add_group("assessment", [self.hub, self.sam])
        self.rimuwai = board.add_group("rimuwai", [self.mere])
        self.mere.primary_group = self.rimuwai.id
        self.open = board.add_category("Staffroom", "staffroom")
        self.ideas = board.add_category("Ideas", "ideas", parent=self.open)
        self.private = board.add_category("Lead teachers", "leads", self.leaders)
        self.closed = board.add_category("Assessment", "assessment", self.assessors)
        self.both = board.add_category("Kāhui ako", "kahui", self.leaders, self.assessors)
        self.first = self.topic(self.open, "Welcome to the board", "<p>Nau mai, haere mai</p>")
        board.topics[self.first.topic].pinned = True
        self.tagged = self.topic(self.ideas, "Robots in Room 5", "<p>They dance</p>", "robotics")
        self.secret = self.topic(self.private, "Release days", f"<p>{PRIVATE[0]}</p>")
        self.topic(self.closed, "Moderation", f"<p>{PRIVATE[1]}</p>", "robotics")
        self.topic(self.both, "Planning day", f"<p>{PRIVATE[2]}</p>")
        board.skip_ids(7)
        self.workshop = self.topic(self.open, "Robotics workshop", "<p>Bring a laptop</p>")
        self.event = board.announce(
            self.workshop.id, starts_in=timedelta(days=9), location="Hall", capacity=20
        )
        board.answer(self.workshop.id, self.sam.id, "going")
        board.answer(self.workshop.id, self.lena.id, "interested")
        for number in range(6):
            self.reply(self.first, f"<p>Kia ora {number}</p>")
            self.reply(self.secret, f"<p>{PRIVATE[0]} {number}</p>")
        self.service = Service(board, keys={KEY: self.hub.id})

    def topic(self, category: int, title: str, raw: str, *tags: str) -> Post:
        """Open a topic as Mere."""
        return self.board.write(category, title, raw, user=self.mere.id, tags=tags)

    def reply(self, post: Post, raw: str, to: int | None = None) -> Post:
        """Answer in a post's topic as Sam."""
        return self.board.reply(post.topic, raw, user=self.sam.id, to=to)
