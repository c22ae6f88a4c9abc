"""What happens after the archive: a script of changes in steps, as a written-out table.

Pure. Each change names a blog and a post by its place among that blog's public posts at
step 0, newest first, so that a test can say which post it means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sample_cluster.archive import guid_of, new_post, permalink, slug_of
from sample_cluster.catalogue import (
    DYING,
    MOVED_NEW,
    MOVED_OLD,
    RATE_LIMITED,
    REFUSING,
    REGUIDED,
    SHARED_FROM,
    UNAVAILABLE,
)
from sample_cluster.posts import Comment, Health, Post, Site, Status


class Act(StrEnum):
    """What can happen to a blog; a closed set."""

    NEW = "new"
    EDIT = "edit"
    RETITLE = "retitle"
    TRASH = "trash"
    DELETE = "delete"
    HIDE = "hide"
    """Made private."""
    PROTECT = "protect"
    """A password is set."""
    RESTORE = "restore"
    """Taken out of the trash and published."""
    RESLUG = "reslug"
    """Another address; the old one redirects."""
    FALL_DUE = "fall due"
    """A scheduled post appears; its modification time stays when it was scheduled."""
    BACKDATE = "backdate"
    """A new post that says it is months old, as an import makes it."""
    COMMENT = "comment"
    MOVE_OUT = "move out"
    MOVE_IN = "move in"
    REGUID = "reguid"
    """Every guid changes, the addresses stay."""
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happens to one blog."""

    act: Act
    blog: str
    nth: int = 0
    """Which post: its place among the public ones at step 0, newest first."""
    health: Health = Health.WELL


SCRIPT: tuple[tuple[Change, ...], ...] = (
    (
        Change(Act.EDIT, "rimuwai-room-5", 1),
        Change(Act.EDIT, "rimuwai-news", 4),
        Change(Act.EDIT, "kotukutuku-room-2", 0),
        Change(Act.EDIT, "pukerata-library", 1),
        Change(Act.EDIT, "halvorsen-room-12", 0),
        Change(Act.RETITLE, "waikotare-kura", 2),
        Change(Act.NEW, "rimuwai-room-5"),
        Change(Act.NEW, "matuku-reflections"),
        Change(Act.NEW, "lake-tui-news"),
        Change(Act.NEW, "northmarsh-code-club"),
        Change(Act.COMMENT, SHARED_FROM, 0),
    ),
    (
        Change(Act.TRASH, "halvorsen-news", 0),
        Change(Act.TRASH, "rimuwai-news", 6),
        Change(Act.TRASH, "halvorsen-room-12", 2),
        Change(Act.DELETE, "rimuwai-room-5", 3),
        Change(Act.DELETE, "kotukutuku-room-2", 4),
        Change(Act.DELETE, "lake-tui-news", 3),
        Change(Act.DELETE, "pukerata-library", 2),
        Change(Act.HIDE, "waikotare-kura", 5),
        Change(Act.PROTECT, "halvorsen-young-writers", 2),
    ),
    (
        Change(Act.RESTORE, "rimuwai-news", 6),
        Change(Act.RESLUG, "rimuwai-room-5", 5),
        Change(Act.FALL_DUE, "rimuwai-news"),
        Change(Act.BACKDATE, SHARED_FROM),
        Change(Act.NEW, "halvorsen-young-writers"),
    ),
    (
        Change(Act.MOVE_IN, MOVED_NEW),
        Change(Act.MOVE_OUT, MOVED_OLD),
        Change(Act.NEW, MOVED_NEW),
        Change(Act.REGUID, REGUIDED),
    ),
    (
        Change(Act.HEALTH, DYING, health=Health.NOT_FOUND),
        Change(Act.HEALTH, REFUSING, health=Health.REFUSING),
        Change(Act.NEW, "matuku-school"),
        Change(Act.NEW, "northmarsh-links"),
    ),
    (
        Change(Act.HEALTH, DYING, health=Health.GONE),
        Change(Act.HEALTH, RATE_LIMITED, health=Health.RATE_LIMITED),
        Change(Act.HEALTH, UNAVAILABLE, health=Health.UNAVAILABLE),
        Change(Act.EDIT, "rimuwai-room-5", 1),
        Change(Act.NEW, SHARED_FROM),
    ),
    (
        Change(Act.NEW, RATE_LIMITED),
        Change(Act.NEW, "kotukutuku-room-2"),
        Change(Act.NEW, "waikotare-kura"),
        Change(Act.NEW, "pukerata-library"),
        Change(Act.NEW, "kotukutuku-sport"),
    ),
    (
        Change(Act.HEALTH, RATE_LIMITED),
        Change(Act.HEALTH, UNAVAILABLE),
        Change(Act.HEALTH, REFUSING),
        Change(Act.NEW, REFUSING),
        Change(Act.NEW, "halvorsen-news"),
        Change(Act.NEW, "matuku-school"),
    ),
)
"""Step 1 is the first row."""

LAST_STEP = len(SCRIPT)
STEP_LENGTH = timedelta(minutes=30)

Sites = Mapping[str, Site]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a change may look at."""

    seed: int
    now: datetime
    first: Sites
    """As they were at step 0."""
    sites: Sites
    """As they are."""


def prepared(sites: Sites, *, seed: int, start: datetime) -> dict[str, Site]:
    """Return the sites with what was under way before step 0: drafts, a schedule, a password."""
    found = dict(sites)
    due = start + 3 * STEP_LENGTH
    scheduled = _fresh(
        found["rimuwai-news"], seed=seed, published=due, modified=start - timedelta(days=2)
    )
    found["rimuwai-news"] = _with(found["rimuwai-news"], replace(scheduled, status=Status.FUTURE))
    draft = _fresh(found["waikotare-kura"], seed=seed, published=start - timedelta(days=1))
    found["waikotare-kura"] = _with(found["waikotare-kura"], replace(draft, status=Status.DRAFT))
    closed = found["rimuwai-room-5"].public[7]
    found["rimuwai-room-5"] = _with(found["rimuwai-room-5"], replace(closed, protected=True))
    return found


def happened(sites: Sites, changes: tuple[Change, ...], scene: Scene) -> dict[str, Site]:
    """Return the sites after these changes."""
    found = dict(sites)
    for change in changes:
        here = replace(scene, sites=found)
        found[change.blog] = _ACTS[change.act](found[change.blog], change, here)
    return found


def _with(site: Site, *posts: Post) -> Site:
    """Return the site with these posts put in, or put in place of their former selves."""
    kept = {post.number: post for post in site.posts} | {post.number: post for post in posts}
    ordered = sorted(kept.values(), key=lambda p: (p.published, p.number), reverse=True)
    return replace(site, posts=tuple(ordered))


def _fresh(site: Site, *, seed: int, published: datetime, modified: datetime | None = None) -> Post:
    number = max((post.number for post in site.posts), default=site.blog.first_id) + 1
    return new_post(site, seed=seed, number=number, published=published, modified=modified)


def _target(site: Site, change: Change, scene: Scene) -> Post:
    return site.by_number[scene.first[change.blog].public[change.nth].number]


def _new(site: Site, change: Change, scene: Scene) -> Site:
    return _with(site, _fresh(site, seed=scene.seed, published=scene.now, modified=scene.now))


def _edit(site: Site, change: Change, scene: Scene) -> Site:
    post = _target(site, change, scene)
    recipe = replace(post.recipe, edit=post.recipe.edit + 1)
    return _with(site, replace(post, recipe=recipe, modified=scene.now))


def _retitle(site: Site, change: Change, scene: Scene) -> Site:
    post = _target(site, change, scene)
    title = f"{post.title} – ngā whakaahua & “kōrero” <3"
    return _with(site, replace(post, title=title, modified=scene.now))


def _set_status(status: Status) -> "Happening":
    def change_status(site: Site, change: Change, scene: Scene) -> Site:
        post = _target(site, change, scene)
        return _with(site, replace(post, status=status, modified=scene.now))

    return change_status


def _protect(site: Site, change: Change, scene: Scene) -> Site:
    post = _target(site, change, scene)
    return _with(site, replace(post, protected=True, modified=scene.now))


def _reslug(site: Site, change: Change, scene: Scene) -> Site:
    post = _target(site, change, scene)
    slug = slug_of(f"renamed {post.slug}")
    link = permalink(site.blog, slug, post.published)
    old_path = post.link.removeprefix(site.blog.base)
    moved = _with(site, replace(post, slug=slug, link=link, modified=scene.now))
    return replace(moved, redirects=(*site.redirects, (old_path, link)))


def _fall_due(site: Site, change: Change, scene: Scene) -> Site:
    due = [post for post in site.posts if post.status is Status.FUTURE]
    return _with(site, *(replace(post, status=Status.PUBLISH) for post in due))


def _backdate(site: Site, change: Change, scene: Scene) -> Site:
    past = scene.now - timedelta(days=100)
    return _with(site, _fresh(site, seed=scene.seed, published=past, modified=past))


def _comment(site: Site, change: Change, scene: Scene) -> Site:
    number = max((comment.number for comment in site.comments), default=20) + 1
    post = _target(site, change, scene)
    said = Comment(number, post.number, "Mele’s mum", False, scene.now, "Ka pai tō mahi! 🎉")
    return replace(site, comments=(*site.comments, said))


def _move_out(site: Site, change: Change, scene: Scene) -> Site:
    return replace(site, health=Health.MOVED, moved_to=MOVED_NEW)


def _move_in(site: Site, change: Change, scene: Scene) -> Site:
    posts = [
        _carried(site, post, site.blog.first_id + index)
        for index, post in enumerate(reversed(scene.sites[MOVED_OLD].public))
    ]
    return _with(replace(site, health=Health.WELL), *posts)


def _carried(site: Site, post: Post, number: int) -> Post:
    """Return the post in its new house: another number, address and guid, the same words."""
    link = permalink(site.blog, post.slug, post.published)
    return replace(
        post,
        number=number,
        link=link,
        guid=guid_of(site.blog, number, link),
        recipe=replace(post.recipe, base=site.blog.base),
    )


def _reguid(site: Site, change: Change, scene: Scene) -> Site:
    posts = [
        replace(post, guid=guid_of(site.blog, post.number, post.link, scheme=2))
        for post in site.posts
    ]
    return replace(site, posts=tuple(posts))


def _health(site: Site, change: Change, scene: Scene) -> Site:
    return replace(site, health=change.health)


Happening = Callable[[Site, Change, Scene], Site]

_ACTS: dict[Act, Happening] = {
    Act.NEW: _new,
    Act.EDIT: _edit,
    Act.RETITLE: _retitle,
    Act.TRASH: _set_status(Status.TRASH),
    Act.DELETE: _set_status(Status.DELETED),
    Act.HIDE: _set_status(Status.PRIVATE),
    Act.PROTECT: _protect,
    Act.RESTORE: _set_status(Status.PUBLISH),
    Act.RESLUG: _reslug,
    Act.FALL_DUE: _fall_due,
    Act.BACKDATE: _backdate,
    Act.COMMENT: _comment,
    Act.MOVE_OUT: _move_out,
    Act.MOVE_IN: _move_in,
    Act.REGUID: _reguid,
    Act.HEALTH: _health,
}
