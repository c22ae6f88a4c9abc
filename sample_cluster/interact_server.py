"""The stand-in Interact on a socket, and the sections that let a hub read it and post there."""

from datetime import date, datetime, time, timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

from sample_cluster.answers import Answer, Request
from sample_cluster.interact_web import (
    FORUM,
    LEADER,
    LEADERS_WORD,
    SPACE,
    InteractWeb,
    LostAnswer,
    News,
)
from sample_cluster.loopback import StandInServer

SECRETS = {"SAMPLE_INTERACT": LEADERS_WORD}
"""What the sections ask the environment for."""
_NEWS = (
    ("Ukulele jam at Rimu School", "<p>Bring yours, or borrow one there.</p>"),
    ("Who has a spare data projector?", "<p>Ours gave up in the middle of assembly.</p>"),
    ("Kapa haka day: bus times", "<p>The bus leaves Kauri Park at 8.15.</p>"),
)
_TALK = (
    (
        "Which atlas do your seniors use?",
        "<p>Ours still shows two Germanys.</p>",
        "<p>We draw our own, then look at the real one.</p>",
    ),
    (
        "Reading buddies between schools",
        "<p>Room 4 would read to somebody over the phone.</p>",
        "<p>Tēnā koe, our new entrants would love that.</p>",
    ),
)
"""Threads of its forum: subject, text, reply."""


class InteractServer(StandInServer):
    """One Interact; what ``web`` loses on its way is a connection that ends without a word."""

    def __init__(self, web: InteractWeb, port: int | None = None) -> None:
        super().__init__("sample-interact", self._asked, port)
        self.web = web

    def _asked(self, request: Request) -> Answer | None:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        cookies = SimpleCookie(request.headers.get("cookie", ""))
        named = {name: one.value for name, one in cookies.items()}
        try:
            found = self.web.answer(request.method, request.target, form, named)
        except LostAnswer:
            return None
        return Answer(found.status, found.body, tuple(found.headers.items()))


def demo_space(today: date) -> InteractWeb:
    """Return the space of the sample cluster, with the news and the talk of the last weeks."""
    now = datetime.combine(today, time(9))
    web = InteractWeb(now)
    web.needs_login = True
    for number, (heading, body) in enumerate(_NEWS):
        when = now - timedelta(days=10 * (len(_NEWS) - number))
        web.news.append(News(heading, body, web.people[1 + number], when))
    for number, (subject, text, reply) in enumerate(_TALK):
        when = now - timedelta(days=6 * (len(_TALK) - number))
        start = web.forum.write(subject, text, when=when)
        later = when + timedelta(hours=5)
        web.forum.write(f"Re: {subject}", reply, parent=start.key, when=later)
    return web


def space_toml(address: str) -> str:
    """Return the space as a place that is read, and as a destination."""
    return f"""
[[sources]]
id = "space"
kind = "interact"
title = "Ako tahi, our Interact space"
address = "{address}"
[sources.settings]
username = "{LEADER}"
password = "env:SAMPLE_INTERACT"
spaces = [{SPACE}]
forums = ["{SPACE}/{FORUM}"]

[[destinations]]
id = "space-news"
kind = "interact"
title = "News of Ako tahi"
address = "{address}"
audience = "members"
source = "space"
[destinations.settings]
username = "{LEADER}"
password = "env:SAMPLE_INTERACT"
space = {SPACE}
"""
