"""Files of a stand-in site, handed out to a token."""

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from sample_cluster.answers import Answer, Request
from sample_cluster.moodle.batch import as_json
from sample_cluster.moodle.protocol import HTML
from sample_cluster.moodle.rights import Rights
from sample_cluster.moodle.state import StoredFile, User
from sample_cluster.moodle.world import MoodleWorld

FILES_FOR_TOKENS = "/webservice/pluginfile.php/"
FILES_FOR_BROWSERS = "/pluginfile.php/"

_FORUM_FILE = re.compile(r"\d+/mod_forum/(attachment|post)/(\d+)/(.+)")
_BLOG_FILE = re.compile(r"\d+/blog/attachment/(\d+)/(.+)")


def answer_file(world: MoodleWorld, request: Request) -> Answer:
    """Return a file, or the reason why not: HTTP 200 with JSON."""
    fields = dict(request.query) | dict(parse_qsl(request.body.decode("utf-8", "replace")))
    if "token" not in fields:
        return _refused("missingparam", "A required parameter (token) was missing")
    token = world.people.tokens.get(fields["token"])
    if token is None or token.expired:
        return _refused("invalidtoken", "Invalid token - token not found")
    found = _file(world, token.user, request.path.removeprefix(FILES_FOR_TOKENS))
    if found is None:
        return _refused("filenotfound", "Sorry, the requested file could not be found")
    etag = f'"{hashlib.sha1(found.content, usedforsecurity=False).hexdigest()}"'
    return Answer(200, found.content, (("Content-Type", found.mimetype), ("ETag", etag)))


def to_login(wwwroot: str) -> Answer:
    """Return where a browser without a session is sent."""
    location = ("Location", f"{wwwroot}/login/index.php")
    return Answer(303, "<!DOCTYPE html><title>Redirect</title>", (*HTML, location))


def _file(world: MoodleWorld, user: User, path: str) -> StoredFile | None:
    if found := _FORUM_FILE.fullmatch(path):
        return _forum_file(world, user, found[1], int(found[2]), found[3])
    if found := _BLOG_FILE.fullmatch(path):
        entry = world.blogs.entries.get(int(found[1]))
        return _named(entry.attachments, found[2]) if entry else None
    return None


def _forum_file(
    world: MoodleWorld, user: User, area: str, number: int, name: str
) -> StoredFile | None:
    post = world.forums.posts.get(number)
    if post is None:
        return None
    rights, module = Rights(world, user), post.discussion.forum.module
    if not rights.may_enter(module.course) or not rights.sees_module(module):
        return None
    if not rights.sees_discussion(post.discussion) or not rights.sees_post(post):
        return None
    return _named(post.attachments if area == "attachment" else post.inline_files, name)


def _named(files: tuple[StoredFile, ...], name: str) -> StoredFile | None:
    return next((each for each in files if each.name == name), None)


def _refused(errorcode: str, message: str) -> Answer:
    told: Mapping[str, str | None] = {
        "error": message,
        "errorcode": errorcode,
        "stacktrace": None,
        "debuginfo": None,
        "reproductionlink": None,
    }
    return Answer(200, as_json(told), (("Content-Type", "application/json; charset=utf-8"),))
