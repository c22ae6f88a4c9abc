"""A stand-in for WordPress's REST interface, written to by a program with a password of its own.

Status codes and bodies follow what WordPress 6.1 answers. Posts written here are known to those
who sign in, and have a page of their own; they are not in feeds and listings.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sample_cluster.answers import Answer, Request, json_answer
from sample_cluster.loopback import StandInServer
from sample_cluster.wordpress_rest import path_of

USER, PASSWORD = "hub", "TOKEN"
"""What the stand-ins take; it opens nothing else."""
_POSTS = "/wp/v2/posts"
_FIRST_NUMBER = 90_001
_HEADERS = (("Content-Type", "application/json; charset=UTF-8"),)


@dataclass
class Desk:
    """What programs have written on one site."""

    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    late: bool = False
    """What is stored is shown to nobody yet."""
    revoked: bool = False
    """The password is taken no more."""
    refuses_twice: bool = False
    """A second post with the same title is refused."""

    def shown(self) -> list[str]:
        """Return the titles of what is published, oldest first."""
        return [one["title"]["raw"] for one in self.posts.values() if one["status"] == "publish"]

    def answer(self, base: str, request: Request, route: str, now: datetime) -> Answer:
        """Return what REST says to a signed request; ``base`` is the site's address."""
        if self.revoked or not _is_signed(request):
            return _refusal(401, "rest_not_logged_in")
        method = request.headers.get("x-http-method-override", request.method)
        if route == "/wp/v2/users/me":
            return json_answer(
                {"id": 9, "slug": USER, "capabilities": {"publish_posts": True}}, headers=_HEADERS
            )
        if route == _POSTS and method == "GET":
            return json_answer(self._found(request), headers=_HEADERS)
        if route == _POSTS and method == "POST":
            return self._created(base, request, now)
        number = route.removeprefix(f"{_POSTS}/")
        post = self.posts.get(int(number)) if number.isdecimal() else None
        if post is None:
            return _refusal(404, "rest_post_invalid_id")
        if method == "DELETE":
            return self._trashed(post)
        if method == "POST":
            return self._changed(post, request, now)
        return json_answer(post, headers=_HEADERS)

    def _found(self, request: Request) -> list[dict[str, Any]]:
        if self.late:
            return []
        if field := request.value("hub_id"):  # asked for with status=any,trash
            return [one for one in self.posts.values() if one["meta"]["hub_id"] == field]
        wanted, status = request.value("slug"), request.value("status")
        return [
            one
            for one in self.posts.values()
            if one["slug"] == wanted and (one["status"] == "trash") == (status == "trash")
        ]

    def _created(self, base: str, request: Request, now: datetime) -> Answer:
        told = _told(request)
        if self.refuses_twice and told.get("title") in self.shown():
            return _refusal(409, "duplicate")
        number = _FIRST_NUMBER + len(self.posts)
        slug = str(told.get("slug") or number)
        taken = {one["slug"] for one in self.posts.values()}
        slug = f"{slug}-2" if slug in taken else slug
        post = {
            "id": number,
            "slug": slug,
            "link": f"{base}/{slug}/",
            "status": told.get("status", "draft"),
            "meta": {"hub_id": "", **told.get("meta", {})},
        }
        self.posts[number] = post
        self._write(post, told, now)
        return json_answer(post, 201, _HEADERS)

    def _changed(self, post: dict[str, Any], request: Request, now: datetime) -> Answer:
        self._write(post, _told(request), now)
        return json_answer(post, headers=_HEADERS)

    def _write(self, post: dict[str, Any], told: dict[str, Any], now: datetime) -> None:
        post["modified_gmt"] = now.strftime("%Y-%m-%dT%H:%M:%S")
        for name in ("title", "content"):
            if name in told:
                post[name] = {"raw": told[name], "rendered": told[name]}

    def _trashed(self, post: dict[str, Any]) -> Answer:
        if post["status"] == "trash":
            return _refusal(410, "rest_already_trashed")
        post["status"] = "trash"
        post["slug"] += "__trashed"
        return json_answer(post, headers=_HEADERS)


class DeskServer(StandInServer):
    """A WordPress of its own on a socket, with nothing but what programs write there."""

    def __init__(self, clock: Callable[[], datetime], port: int | None = None) -> None:
        super().__init__("sample-desk", self._asked, port)
        self.desk = Desk()
        self._clock = clock

    def _asked(self, request: Request) -> Answer:
        route = (path_of(request) or "").rstrip("/")
        return self.desk.answer(self.address, request, route, self._clock())


def _is_signed(request: Request) -> bool:
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return request.headers.get("authorization") == f"Basic {pair}"


def _told(request: Request) -> dict[str, Any]:
    try:
        told = json.loads(request.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _refusal(status: int, code: str) -> Answer:
    body = {"code": code, "message": code, "data": {"status": status}}
    return json_answer(body, status, _HEADERS)
