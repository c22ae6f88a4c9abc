"""Three years of posts and comments: the state of every site before anything happens.

Pure: a seed and a day give the same archive. The school year and who writes when belong here;
the words come from ``writing``, later changes from ``history``.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from sample_cluster.catalogue import BLOGS, LINKS, SHARED_FROM, SHARED_IN
from sample_cluster.people import TEACHERS, VISITORS
from sample_cluster.phrases import OBSERVATIONS
from sample_cluster.posts import (
    Attachment,
    Blog,
    BlogKind,
    Comment,
    DateLie,
    Post,
    Site,
)
from sample_cluster.topics import TOPICS, VOICE_TOPICS
from sample_cluster.writing import Recipe, filled, titled

ZONE = ZoneInfo("Pacific/Auckland")
YEARS = 3
_HOLIDAYS = (((4, 12), (4, 27)), ((7, 5), (7, 19)), ((9, 27), (10, 11)), ((12, 18), (12, 31)))


def beginning(today: date) -> datetime:
    """Return the moment of step 0: the afternoon before this day, in UTC."""
    local = datetime.combine(today - timedelta(days=1), time(16, 0), ZONE)
    return local.astimezone(UTC)


def archive(seed: int, today: date) -> dict[str, Site]:
    """Return every site as it stands at step 0, by slug, in the catalogue's order."""
    sites = {blog.slug: _site(seed, today, blog) for blog in BLOGS}
    sites[LINKS] = _with_links(seed, sites)
    sites[SHARED_IN] = _with_shared(sites)
    return sites


def new_post(
    site: Site, *, seed: int, number: int, published: datetime, modified: datetime | None = None
) -> Post:
    """Return the next post of a site, unlike any that it holds."""
    blog = site.blog
    rng = Random(f"{seed}|{blog.slug}|{number}")
    recipe = _recipe(seed, blog, number, published.astimezone(ZONE).month, rng)
    taken = {post.slug for post in site.posts}
    return _post(blog, number, recipe, published, rng=rng, taken=taken, modified=modified)


def permalink(blog: Blog, slug: str, published: datetime) -> str:
    """Return the address of a post, as this kind of blog builds it."""
    month = published.astimezone(ZONE).strftime("%Y/%m")
    if blog.is_wordpress:
        return f"{blog.base}/{month}/{slug}/"
    if blog.kind is BlogKind.ATOM:
        return f"{blog.base}/{month}/{slug}.html"
    if blog.kind is BlogKind.GHOST:
        return f"{blog.base}/{slug}/"
    return f"{blog.base}/posts/{slug}.html"


def guid_of(blog: Blog, number: int, link: str, scheme: int = 0) -> str:
    """Return a post's permanent id, as this kind of blog builds it."""
    if blog.one_guid:
        return f"{blog.base}/"
    if scheme:
        return f"urn:pages:{blog.slug}:{scheme}:{number}"
    if blog.is_wordpress:
        return f"{blog.base}/?p={number}" if number % 5 else link
    if blog.kind is BlogKind.ATOM:
        return f"tag:blogger.com,1999:blog-{_digits(blog.slug)}.post-{_digits(link)}"
    if blog.kind is BlogKind.GHOST:
        return hashlib.sha256(link.encode()).hexdigest()[:24]
    return link


def slug_of(title: str) -> str:
    """Return the part of an address that a title becomes: plain letters and hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "post"


def _digits(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) + 10**17


def _site(seed: int, today: date, blog: Blog) -> Site:
    moments = list(_moments(seed, today, blog))
    posts: list[Post] = []
    taken: set[str] = set()
    for number, published in zip(_numbers(blog, seed), moments, strict=False):
        rng = Random(f"{seed}|{blog.slug}|{number}")
        recipe = _recipe(seed, blog, number, published.astimezone(ZONE).month, rng)
        posts.append(_post(blog, number, recipe, published, rng=rng, taken=taken))
        taken.add(posts[-1].slug)
    if blog.lying_dates:
        posts = [_lying(post, index) for index, post in enumerate(reversed(posts))][::-1]
    comments = tuple(_comments(seed, blog, posts)) if blog.comments else ()
    return Site(blog, tuple(reversed(posts)), comments)


def _numbers(blog: Blog, seed: int) -> Iterator[int]:
    """WordPress shares one counter between posts, revisions and pictures, so ids have gaps."""
    rng = Random(f"{seed}|{blog.slug}|numbers")
    number = blog.first_id
    while True:
        yield number
        number += rng.choice((1, 1, 2, 3))


def _moments(seed: int, today: date, blog: Blog) -> Iterator[datetime]:
    """Yield when posts appear, oldest first: school days, never within the holidays."""
    rng = Random(f"{seed}|{blog.slug}|moments")
    end = beginning(today) - timedelta(weeks=blog.weeks_silent)
    first = today - timedelta(days=today.weekday(), weeks=52 * YEARS)
    for week in range(52 * YEARS + 1 - blog.weeks_silent):
        monday = first + timedelta(weeks=week)
        if not _in_term(monday):
            continue
        for day in sorted(rng.sample(range(5), blog.weekly)):
            clock = time(rng.randint(7, 15), rng.randint(0, 59), rng.randint(0, 59))
            moment = datetime.combine(monday + timedelta(days=day), clock, ZONE).astimezone(UTC)
            if moment < end - timedelta(hours=1):
                yield moment


def _in_term(monday: date) -> bool:
    here = (monday.month, monday.day)
    return here >= (1, 29) and not any(start <= here <= end for start, end in _HOLIDAYS)


def _recipe(seed: int, blog: Blog, number: int, month: int, rng: Random) -> Recipe:
    topics = [
        topic
        for topic in blog.topics or VOICE_TOPICS[blog.voice]
        if not TOPICS[topic].months or month in TOPICS[topic].months
    ]
    return Recipe(
        seed=seed,
        key=f"{blog.slug}/{number}",
        base=blog.base,
        voice=blog.voice,
        topic=rng.choice(topics),
        nasty=rng.random() < 0.02,
        decomposed=rng.random() < 0.03,
    )


def _post(
    blog: Blog,
    number: int,
    recipe: Recipe,
    published: datetime,
    *,
    rng: Random,
    taken: set[str],
    modified: datetime | None = None,
) -> Post:
    untitled = blog.is_wordpress and rng.random() < 0.004
    title = "" if untitled else titled(recipe)
    slug = str(number) if untitled else _free(slug_of(title), taken)
    link = permalink(blog, slug, published)
    topic = TOPICS[recipe.topic]
    return Post(
        number=number,
        guid=guid_of(blog, number, link),
        link=link,
        slug=slug,
        title=title,
        author=rng.choice(blog.authors),
        published=published,
        modified=modified or published + timedelta(minutes=rng.choice((0, 0, 0, 7, 40))),
        category=topic.category,
        tags=_tags(blog, topic.tags, rng),
        recipe=recipe,
        attachment=_attachment(blog, number, rng),
    )


def _free(slug: str, taken: set[str]) -> str:
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in count(2) if f"{slug}-{n}" not in taken)


def _tags(blog: Blog, tags: tuple[str, ...], rng: Random) -> tuple[str, ...]:
    chosen = rng.sample(tags, rng.randint(1, len(tags)))
    if blog.voice == "teacher" and "reflection" not in chosen and rng.random() < 0.5:
        chosen.append("reflection")
    return tuple(chosen)


def _attachment(blog: Blog, number: int, rng: Random) -> Attachment | None:
    chance = rng.random()
    if blog.voice == "school" and chance < 0.08:
        return Attachment(f"{blog.base}/files/panui-{number}.pdf", "application/pdf", 345)
    if blog.voice == "student" and chance < 0.04:
        return Attachment(f"{blog.base}/files/korero-{number}.mp3", "audio/mpeg", 417)
    return None


def _lying(post: Post, index: int) -> Post:
    """Let four posts in twenty lie: enough to prove the hub, few enough to read the demo."""
    lies = {1: DateLie.NAIVE, 3: DateLie.FUTURE, 5: DateLie.MISSING, 7: DateLie.WORDS}
    return replace(post, lie=lies.get(index % 20, DateLie.NONE))


def _comments(seed: int, blog: Blog, posts: list[Post]) -> Iterator[Comment]:
    rng = Random(f"{seed}|{blog.slug}|comments")
    numbers = count(21)
    staff = tuple(teacher.name for teacher in TEACHERS)
    for post in posts:
        for _ in range(rng.choice((0, 0, 0, 0, 1, 2))):
            by_teacher = rng.random() < 0.5
            line = filled(rng.choice(OBSERVATIONS), rng)
            said = post.published + timedelta(minutes=rng.randint(5, 45))
            name = rng.choice(staff if by_teacher else VISITORS)
            text = f"{filled('{praise}', rng)}! {line}"
            yield Comment(next(numbers), post.number, name, by_teacher, said, text)


def _with_links(seed: int, sites: dict[str, Site]) -> Site:
    """Let every post of the link-blog pass on a post of another blog, or a page elsewhere."""
    rng = Random(f"{seed}|links")
    targets = [post for slug in ("matuku-reflections", SHARED_FROM) for post in sites[slug].posts]
    posts = []
    for post in sites[LINKS].posts:
        earlier = [target for target in targets if target.published < post.published]
        if earlier and rng.random() < 0.6:
            found = rng.choice(earlier[:200])
            about = (found.link, found.title)
        else:
            about = (f"https://example.org/reading/{post.number}", f"Article {post.number}")
        recipe = replace(post.recipe, about=about)
        posts.append(replace(post, recipe=recipe, title=titled(recipe)))
    return replace(sites[LINKS], posts=tuple(posts))


def _with_shared(sites: dict[str, Site]) -> Site:
    """Let one school's feed carry a post of the facilitator's blog, under its own address."""
    shared = sites[SHARED_FROM].posts[2]
    number = sites[SHARED_IN].posts[0].number + 1000
    copy = replace(shared, number=number, slug=f"shared-{shared.slug}", attachment=None)
    posts = (*sites[SHARED_IN].posts, copy)
    newest_first = sorted(posts, key=lambda post: post.published, reverse=True)
    return replace(sites[SHARED_IN], posts=tuple(newest_first))
