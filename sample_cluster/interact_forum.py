"""The forum of the stand-in Interact: its posts, and the two kinds of pages that show them.

Written after a description of release 2.4. What that does not tell is made up as simply as can
be: where a post's number stands, how a reply names the post that it answers, and how files are
shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape

_BEGIN = datetime.fromisoformat("2009-03-02 09:00:00")


@dataclass
class Post:
    """A post; what is stored is shown as it is."""

    key: int
    owner: int
    subject: str
    html: str
    when: datetime | None
    parent: int = 0
    thread: int = 0
    mark: str = ""
    """What a leader sees beside it: ``draft``, ``deleted``."""
    files: tuple[str, ...] = ()


@dataclass
class Forum:
    """One forum; whoever changes ``posts`` changes what its pages show."""

    people: Mapping[int, str]
    space: int = 3
    key: int = 46
    now: datetime = _BEGIN
    posts: dict[int, Post] = field(default_factory=dict)
    lists_posts: bool = False
    """Whether its page lists every post in rows, not the threads."""
    tells_news: bool = True
    """Whether its page tells when somebody last wrote in a thread."""
    vanished: set[int] = field(default_factory=set)
    """Threads that are listed and not there."""
    emptied: set[int] = field(default_factory=set)
    """Threads whose page shows nothing."""
    has_new_skin: bool = False
    opened: list[int] = field(default_factory=list)
    """Threads that were opened, in order."""
    _last: int = 500

    def write(self, subject: str, html: str | None = None, **more: object) -> Post:
        """Add a post; the clock moves on by an hour."""
        self._last += 1
        self.now += timedelta(hours=1)
        fields = {"owner": 1 + self._last % 3, "when": self.now, **more}
        text = f"<p>Kōrero {self._last}</p>" if html is None else html
        post = Post(key=self._last, subject=subject, html=text, **fields)  # type: ignore[arg-type]  # by name
        answered = self.posts.get(post.parent)
        post.thread = post.thread or (answered.thread if answered else post.parent or post.key)
        self.posts[post.key] = post
        return post

    def shown(self) -> list[Post]:
        """Return what others than leaders see, by key."""
        listed = {key for key in self.threads() if key not in self.vanished | self.emptied}
        return [one for one in self._all() if not one.mark and one.thread in listed]

    def threads(self) -> dict[int, list[Post]]:
        """Return the posts of each thread."""
        found: dict[int, list[Post]] = {}
        for one in self._all():
            found.setdefault(one.thread, []).append(one)
        return found

    def _all(self) -> list[Post]:
        return [one for _, one in sorted(self.posts.items())]

    # --- pages ------------------------------------------------------------------------------

    def page(self) -> str:
        """Return the forum's page."""
        if self.has_new_skin:
            return "<h1>Kōrero</h1><ul><li>A thread</li></ul>"
        threads = self.threads().items()
        if self.lists_posts:
            rows = "".join(self._row(one) for _, posts in reversed(threads) for one in posts)
            return f"<table><tr><td><table>{rows}</table></td></tr></table>"
        return "".join(self._widget(thread, posts) for thread, posts in threads)

    def _widget(self, thread: int, posts: list[Post]) -> str:
        first = posts[0]
        last = max((one.when for one in posts if one.when), default=None)
        told = f"{len(posts)} posts, {_date(last)}" if self.tells_news else ""
        return (
            f'<div dojoType="ForumThread" dojo:thread_key="{thread}" dojo:post_key="{first.key}" '
            f'dojo:subject="{escape(first.subject)}">{told}</div>'
        )

    def _row(self, one: Post) -> str:
        at = f"thread.php?space_key={self.space}&module_key={self.key}&thread_key={one.thread}"
        return (
            f'<tr><td><a class="small" href="{at}&post_key={one.key}#{one.key}">{one.subject}</a>'
            f"<td>{self.people.get(one.owner, '')}<td>{_date(one.when)}</tr>"
        )

    def thread_page(self, thread: int) -> str | None:
        """Return the page of a thread, None where there is none."""
        self.opened.append(thread)
        posts = self.threads().get(thread, [])
        if thread in self.vanished or not posts:
            return None
        if self.has_new_skin or thread in self.emptied:
            return "<h1>Kōrero</h1><div class=x>Words</div>"
        return "<hr>".join(self._box(number, one) for number, one in enumerate(posts, start=1))

    def _box(self, number: int, one: Post) -> str:
        mark = f'<span class="{one.mark}">{one.mark}</span>' if one.mark else ""
        parent = f'<a class="postParent" href="#{one.parent}">answers</a>' if one.parent else ""
        files = "".join(f'<a href="{each}">{each}</a>' for each in one.files)
        who = f"../../users/userdetails.php?user_key={one.owner}"
        acting = f"postinput.php?action=delete&post_key={one.key}"
        return (
            f'<div class="fullPost"><a name="{one.key}"></a><div class="postHeader">Post # {number}'
            f' {mark}<span class="postTitle">{one.subject}</span> '
            f'<a class="postPostedBy" href="{who}">{self.people.get(one.owner, "")}</a>'
            f'<span class="postPostedFullDate">{_date(one.when)}</span>{parent}</div>'
            f'<div class="postBody">{one.html}</div><div class="postAttachments">{files}</div>'
            f'<a href="{acting}">Delete</a></div>'
        )


def _date(when: datetime | None) -> str:
    return when.strftime("%d-%m-%Y %H:%M:%S") if when else ""
