"""Feeds by key: the way in where web services are off. The newest few, without validators."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from sample_cluster.answers import Answer, http_date
from sample_cluster.moodle.calls import cleaned
from sample_cluster.moodle.rights import Rights
from sample_cluster.moodle.state import BlogEntry, Forum, Post, User
from sample_cluster.moodle.world import MoodleWorld

FEEDS = "/rss/file.php/"

_PATH = re.compile(r"/rss/file\.php/\d+/([^/]+)/(mod_forum|blog)/([^/]+)(?:/(\d+))?/rss\.xml")
_BLOG_ITEMS = 10


@dataclass(frozen=True, slots=True)
class _Item:
    title: str
    link: str
    published: int
    author: str
    html: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Channel:
    title: str
    link: str
    description: str
    items: tuple[_Item, ...]


def answer_feed(world: MoodleWorld, path: str, wwwroot: str) -> Answer:
    """Return a forum's posts or blog entries as RSS; an unknown key gets a feed that says so."""
    found = _PATH.fullmatch(path)
    user = world.people.feed_keys.get(found[1]) if found else None
    channel = None
    if found and user and found[2] == "mod_forum":
        channel = _of_forum(world, user, int(found[3]), wwwroot)
    elif found and user and world.settings.blog_level:
        channel = _of_blog(world, found[3], int(found[4] or 0), wwwroot)
    if channel is None:
        channel = _Channel("RSS error", wwwroot, "This feed cannot be shown.", ())
    return Answer(
        200,
        _written(channel, world.settings.site_name, wwwroot),
        (("Content-Type", "application/xml; charset=utf-8"),),
    )


def _of_forum(world: MoodleWorld, user: User, number: int, wwwroot: str) -> _Channel | None:
    forum = world.forums.forums.get(number)
    rights = Rights(world, user)
    if forum is None or not forum.rss_articles or not world.forums.is_there(forum):
        return None
    module = forum.module
    if not rights.may_enter(module.course) or not rights.sees_module(module):
        return None
    posts = sorted(_posts(forum, rights), key=lambda post: (post.created, post.id), reverse=True)
    items = tuple(_of_post(post, wwwroot) for post in posts[: forum.rss_articles])
    link = f"{wwwroot}/mod/forum/view.php?f={forum.id}"
    return _Channel(module.name, link, _plain(module.intro), items)


def _posts(forum: Forum, rights: Rights) -> Iterable[Post]:
    for discussion in forum.discussions.values():
        if rights.sees_discussion(discussion):
            yield from (post for post in discussion.posts.values() if rights.sees_post(post))


def _of_post(post: Post, wwwroot: str) -> _Item:
    link = f"{wwwroot}/mod/forum/discuss.php?d={post.discussion.id}&parent={post.id}"
    return _Item(post.subject, link, post.created, post.user.fullname, cleaned(post.message))


def _of_blog(world: MoodleWorld, whose: str, number: int, wwwroot: str) -> _Channel:
    chosen = [entry for entry in world.blogs.entries.values() if entry.publishstate != "draft"]
    title = "Site blog"
    if whose == "user":
        chosen = [entry for entry in chosen if entry.user.id == number]
        title = f"User blog: {world.people.users[number].fullname}"
    if whose == "course":
        chosen = [entry for entry in chosen if entry.course_id == number]
        title = f"Course blog: {world.courses.courses[number].fullname}"
    chosen.sort(key=lambda entry: (entry.created, entry.id), reverse=True)
    items = tuple(_of_entry(entry, wwwroot) for entry in chosen[:_BLOG_ITEMS])
    return _Channel(title, f"{wwwroot}/blog/index.php", "Blog entries of this site.", items)


def _of_entry(entry: BlogEntry, wwwroot: str) -> _Item:
    link = f"{wwwroot}/blog/index.php?entryid={entry.id}"
    words = cleaned(entry.summary)
    return _Item(entry.subject, link, entry.created, entry.user.fullname, words, entry.tags)


def _written(channel: _Channel, site_name: str, wwwroot: str) -> str:
    items = "".join(_item(item, wwwroot) for item in channel.items)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0">\n  <channel>\n'
        f"    <title>{escape(channel.title)}</title>\n    <link>{escape(channel.link)}</link>\n"
        f"    <description>{escape(channel.description)}</description>\n"
        "    <generator>Moodle</generator>\n    <language>en</language>\n"
        f"    <copyright>(c) {escape(site_name)}</copyright>\n"
        f"    <image>\n      <url>{wwwroot}/theme/image.php/boost/core/1/i/rsssitelogo</url>\n"
        f"      <title>moodle</title>\n      <link>{wwwroot}</link>\n      <width>140</width>\n"
        f"      <height>35</height>\n    </image>\n{items}  </channel>\n</rss>\n"
    )


def _item(item: _Item, wwwroot: str) -> str:
    published = http_date(datetime.fromtimestamp(item.published, UTC))
    words = f"by {item.author}. &nbsp;<p>{item.html}</p>"
    tags = "".join(
        f'      <category domain="{wwwroot}/tag">{escape(tag)}</category>\n' for tag in item.tags
    )
    link = escape(item.link)
    return (
        f"    <item>\n{tags}      <title>{escape(item.title)}</title>\n"
        f"      <link>{link}</link>\n      <pubDate>{published}</pubDate>\n"
        f"      <description>{escape(words)}</description>\n"
        f'      <guid isPermaLink="true">{link}</guid>\n    </item>\n'
    )


def _plain(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text)
