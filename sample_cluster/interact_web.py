"""A stand-in for a running Interact: log-in, pages, the feeds of journals and the news form.

Written after a description of release 2.4, with its habits: times under a false GMT, bodies cut
at 4,095 bytes and escaped twice, feeds without authors, state changes by plain GET. A question
is a method, an address, a form and cookies, an answer a status, headers and a body; the socket
is ``InteractServer``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from urllib.parse import parse_qsl, urlsplit

from sample_cluster.interact_forum import Forum

SPACE, JOURNAL, FORUM = 3, 45, 46
LEADER, LEADERS_WORD = "hinemoa", "pukeko-wetland-77"
RSS_CUT_BYTES = 4095
WINDOW = 40
_BEGIN = datetime.fromisoformat("2009-03-02 09:00:00")


@dataclass
class Entry:
    """A journal entry, or a comment on one (``answers``)."""

    key: int
    owner: int
    title: str
    html: str
    when: datetime
    answers: int = 0
    is_draft: bool = False


@dataclass
class News:
    """A piece of news as the page shows it."""

    heading: str
    body: str
    author: str
    when: datetime


@dataclass(frozen=True)
class WebAnswer:
    """What the stand-in says."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class LostAnswer(Exception):
    """The answer was lost on its way; what was asked for has happened all the same."""


class InteractWeb:
    """One space with a journal, a forum and news."""

    def __init__(self, begin: datetime = _BEGIN) -> None:
        self.entries: dict[int, Entry] = {}
        self.news: list[News] = []
        self.sessions: set[str] = set()
        self.people = {1: "Hinemoa Tautahi", 2: "Sam Oduya", 3: "Losa Matagi"}
        self.forum = Forum(self.people, SPACE, FORUM, begin)
        self.rss_is_on = True
        self.needs_login = False
        self.is_member = True
        self.is_leader = True
        """Whether the account may post news."""
        self.greets = 0
        """How many visits to the space are led to its welcome page first."""
        self.expires_after: int | None = None
        """After so many pages a session ends."""
        self.loses_answers = 0
        """So many forms are stored and their answers lost."""
        self.stores_late = 0
        """So many forms are kept back until ``catch_up``, and their answers lost."""
        self.ended_before_form = 0
        """So many sessions end just before a form arrives."""
        self.acted: list[str] = []
        """Addresses that change something and were opened."""
        self.asked: list[str] = []
        self._now = begin
        self._key = 100
        self._logins = 0
        self._late: list[News] = []

    def write(self, title: str, html: str = "", **more: object) -> Entry:
        """Add an entry; the clock moves on by an hour."""
        self._key += 1
        self._now += timedelta(hours=1)
        fields = {"owner": 1 + self._key % 3, "when": self._now, **more}
        text = html or f"<p>Kōrero {self._key}</p>"
        entry = Entry(key=self._key, title=title, html=text, **fields)  # type: ignore[arg-type]  # by name
        self.entries[entry.key] = entry
        return entry

    def answer(
        self, method: str, url: str, form: Mapping[str, str], cookies: Mapping[str, str]
    ) -> WebAnswer:
        """Answer one request. Raises LostAnswer."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        path = parts.path.lstrip("/")
        self.asked.append(path)
        if path.endswith(("makemember.php", "memberedit.php", "logout.php")):
            self.acted.append(url)
            return WebAnswer(302, headers={"Location": "/spaces/space.php"})
        if path == "login.php":
            return self._login(method, form)
        if path == "modules/journal/rss.php":
            return self._rss(query)
        if self.ended_before_form and method == "POST" and path.startswith("news/"):
            self.ended_before_form -= 1
            self.sessions.clear()
        is_in = cookies.get("InteractSession") in self.sessions
        if (self.needs_login or path.startswith("news/")) and not is_in:
            return WebAnswer(302, headers={"Location": f"/login.php?request_uri=/{path}"})
        self._age(cookies)
        if not self.is_member:
            return WebAnswer(302, headers={"Location": "/spaces/access.php?space_key=3"})
        if self.greets:
            self.greets -= 1
            return WebAnswer(302, headers={"Location": "/spaces/welcome.php?space_key=3"})
        return self._page(method, path, query, form)

    def _page(
        self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str]
    ) -> WebAnswer:
        if path == "news/newsinput.php":
            return self._news_input(method, form)
        pages = {
            "spaces/space.php": self._space,
            "spaces/news.php": self._news,
            "modules/journal/journalview.php": self._journal,
        }
        if path in pages:
            return _html(pages[path](query))
        found = self._forum_page(path, query)
        return WebAnswer(404, b"<h1>Not here</h1>") if found is None else _html(found)

    def _forum_page(self, path: str, query: Mapping[str, str]) -> str | None:
        numbers = (query.get("space_key"), query.get("module_key"))
        if numbers != (str(self.forum.space), str(self.forum.key)):
            return None
        if path == "modules/forum/forum.php":
            return self.forum.page()
        is_thread = path == "modules/forum/thread.php"
        return self.forum.thread_page(int(query.get("thread_key", 0))) if is_thread else None

    def _login(self, method: str, form: Mapping[str, str]) -> WebAnswer:
        is_right = (form.get("username"), form.get("password")) == (LEADER, LEADERS_WORD)
        if method != "POST" or not is_right:
            body = '<form action="login.php" method="post"><input name="password"></form>'
            return _html(body)
        self._logins += 1
        name = f"session{self._logins}"
        self.sessions.add(name)
        cookie = f"Seen=1; expires=Fri, 01-Jan-2038 00:00:00 GMT, InteractSession={name}; path=/"
        return WebAnswer(302, headers={"Location": "/", "Set-Cookie": cookie})

    def _age(self, cookies: Mapping[str, str]) -> None:
        if self.expires_after is None:
            return
        self.expires_after -= 1
        if self.expires_after <= 0:
            self.sessions.discard(cookies.get("InteractSession", ""))
            self.expires_after = None

    def shown(self) -> list[Entry]:
        """Return the entries and comments of the journal that others see, newest first."""
        found = [one for one in self.entries.values() if not one.is_draft]
        return sorted(found, key=lambda one: one.key, reverse=True)

    def _rss(self, query: Mapping[str, str]) -> WebAnswer:
        if not self.rss_is_on or query.get("module_key") != str(JOURNAL):
            return _html("Sorry - rss is not enabled for the requested journal")
        person = query.get("journal_user_key")
        listed = [one for one in self.shown() if not person or str(self._owner(one)) == person]
        items = b"".join(self._item(one) for one in listed[:WINDOW])
        head = '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        title = "<title>Our reflections</title>"
        body = head.encode() + title.encode() + items + b"</channel></rss>"
        return WebAnswer(200, body, {"Content-Type": "text/xml"})

    def _owner(self, entry: Entry) -> int:
        answered = self.entries.get(entry.answers)
        return answered.owner if answered else entry.owner

    def _item(self, entry: Entry) -> bytes:
        # Escaped twice, then cut by bytes: through a macron, or through an entity.
        body = escape(escape(entry.html, quote=False), quote=False).encode()[:RSS_CUT_BYTES]
        owner, key = self._owner(entry), entry.answers or entry.key
        link = (
            f"http://interact.example.school.nz/modules/journal/entry.php?space_key={SPACE}"
            f"&module_key={JOURNAL}&post_key={key}&journal_user_key={owner}"
        )
        title = f"[Comment] {entry.title}" if entry.answers else entry.title
        when = entry.when.strftime("%a, %d %b %Y %H:%M:%S GMT")
        before = f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        after = f"</description><pubDate>{when}</pubDate></item>"
        return before.encode() + b"<description>" + body + after.encode()

    def _space(self, _query: Mapping[str, str]) -> str:
        return f'<h1>Ako tahi</h1><a href="makemember.php?space_key=3">Join</a>{self._boxes(0, 4)}'

    def _news(self, query: Mapping[str, str]) -> str:
        return self._boxes(int(query.get("offset", 0)), 10)

    def _boxes(self, offset: int, most: int) -> str:
        newest = list(reversed(self.news))[offset : offset + most]
        return "<div id=news>" + "".join(
            '<div class="userContentBox"><div class="postHeader"><span class="postPostedBy">'
            f'{escape(one.author)} {one.when.strftime("%d %B %Y")}</span><span class="postTitle">'
            f'{escape(one.heading)}</span></div><div class="postBody">{one.body}</div></div>'
            for one in newest
        )

    def _journal(self, query: Mapping[str, str]) -> str:
        person = query.get("journal_user_key")
        boxes = [
            self._entry_box(one)
            for one in self.shown()
            if not one.answers and (not person or str(one.owner) == person)
        ][:WINDOW]
        draft = (
            '<div class="userContentBox"><div class="postHeader"><span class="draft">Draft</span>'
        )
        hidden = [one for one in self.entries.values() if one.is_draft]
        boxes += [f"{draft}</div><div class=postBody>{one.html}</div></div>" for one in hidden]
        return "<h1>Our reflections</h1>" + "<p>".join(boxes)

    def _entry_box(self, one: Entry) -> str:
        entry = f"entry.php?space_key={SPACE}&module_key={JOURNAL}&post_key={one.key}"
        return (
            '<div class="userContentBox"><div class="postHeader"><a class="postPostedBy" '
            f'href="../../users/userdetails.php?user_key={one.owner}">{self.people[one.owner]}</a>'
            f'<span class="postPostedFullDate">{one.when.strftime("%d-%m-%Y %H:%M")}</span>'
            f'<span class="postTitle"><a href="{entry}&journal_user_key={one.owner}">'
            f'{escape(one.title)}</a></span></div><div class="postBody">{one.html}</div>'
            '<a href="../../spaces/memberedit.php?action=remove_single">x</a></div>'
        )

    def catch_up(self) -> None:
        """Show what was kept back."""
        self.news += self._late
        self._late = []

    def _news_input(self, method: str, form: Mapping[str, str]) -> WebAnswer:
        if not self.is_leader:
            return _html("<p>Only leaders of the space write its news.</p>")
        is_whole = form.get("action") == "add" and 0 < len(form.get("heading", "")) <= 60
        if method != "POST" or not is_whole:
            return _html('<form action="newsinput.php"><input name="heading"></form>')
        return self._post_news(form)

    def _post_news(self, form: Mapping[str, str]) -> WebAnswer:
        self._now += timedelta(hours=1)
        new = News(form["heading"], form.get("body", ""), self.people[1], self._now)
        if self.stores_late:
            self.stores_late -= 1
            self._late.append(new)
            raise LostAnswer
        self.news.append(new)
        if self.loses_answers:
            self.loses_answers -= 1
            raise LostAnswer
        location = f"/spaces/space.php?space_key={SPACE}&message=added"
        return WebAnswer(302, headers={"Location": location})


def _html(body: str) -> WebAnswer:
    page = f"<html><head><title>Ako tahi</title></head><body>{body}</body></html>"
    return WebAnswer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})
