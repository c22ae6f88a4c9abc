"""The world follows from its seed and day alone, and reads as a cluster of schools does."""

import hashlib
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from sample_cluster.archive import ZONE
from sample_cluster.people import STUDENTS, TEACHERS
from sample_cluster.posts import BlogKind, DateLie, Post
from sample_cluster.world import World
from sample_cluster.writing import NASTY
from tests.sample_cluster.asking import TODAY

DIGEST = """
import hashlib, sys
from datetime import date
from sample_cluster.world import World
world = World(7, date(2026, 11, 21))
digest = hashlib.sha256()
for step in range(world.last_step + 1):
    for site in world.at(step).sites.values():
        for post in site.posts:
            digest.update(repr(post).encode())
            digest.update(post.html.encode())
        digest.update(repr((site.comments, site.health, site.redirects)).encode())
sys.stdout.write(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def posts(world: World) -> tuple[Post, ...]:
    """All posts at step 0, without the copy that stands in a second feed."""
    sites = world.at(0).sites.values()
    found = {post.link: post for site in sites for post in site.posts}
    return tuple(found.values())


def _digest(hash_seed: str) -> str:
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONUTF8": "1", "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", DIGEST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_same_seed_gives_the_same_bytes_in_every_process() -> None:
    first = _digest("1")
    assert len(first) == hashlib.sha256().digest_size * 2
    assert first == _digest("2")


def test_another_seed_or_day_gives_another_world(world: World) -> None:
    mine = world.at(0).sites["rimuwai-room-5"].posts
    for other in (World(8, TODAY), World(world.seed, TODAY + timedelta(days=5))):
        assert other.at(0).sites["rimuwai-room-5"].posts != mine


def test_there_are_eight_schools_and_forty_teachers(world: World) -> None:
    assert len({school.name for school in world.schools}) == 8
    assert len({teacher.name for teacher in world.teachers}) == 40
    assert {t.school for t in world.teachers} == {s.slug for s in world.schools}


def test_three_years_hold_about_four_thousand_posts(posts: tuple[Post, ...]) -> None:
    assert 3800 < len(posts) < 4800
    dates = [post.published for post in posts]
    assert timedelta(days=1000) < max(dates) - min(dates) < timedelta(days=3 * 366)


def test_every_kind_of_blog_is_there(world: World) -> None:
    assert {blog.kind for blog in world.blogs} == set(BlogKind)
    assert len({blog.slug for blog in world.blogs}) == len(world.blogs)


@pytest.mark.parametrize("today", [date(2026, 1, 20), date(2024, 2, 29), date(2027, 7, 8), TODAY])
def test_on_any_day_nothing_lies_in_the_future(today: date) -> None:
    """Not even after the last step, and nobody posts on Christmas Day."""
    world = World(3, today)
    moment = world.at(world.last_step)
    midnight = datetime.combine(today, datetime.min.time(), ZONE).astimezone(UTC)
    assert moment.now < midnight
    for site in moment.sites.values():
        assert len(site.public) > 80
        for post in site.public:
            assert (
                post.published <= post.modified + timedelta(days=3) <= midnight + timedelta(days=3)
            )
    first = world.at(0).sites["rimuwai-news"].public
    assert not any((p.published.astimezone(ZONE).month, p.published.day) == (12, 25) for p in first)


def test_links_numbers_and_guids_are_unique_where_they_should_be(world: World) -> None:
    for step in range(world.last_step + 1):
        for slug, site in world.at(step).sites.items():
            assert len({post.link for post in site.posts}) == len(site.posts), slug
            assert len({post.number for post in site.posts}) == len(site.posts), slug
            guids = {post.guid for post in site.posts}
            assert len(guids) == (1 if site.blog.one_guid else len(site.posts)), slug


def _shingles(post: Post) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", re.sub(r"<[^>]+>", " ", post.html).lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def test_posts_of_one_title_differ_in_their_text(posts: tuple[Post, ...]) -> None:
    """Below 0.2 a hub takes them for different posts."""
    by_title: dict[str, list[set[tuple[str, ...]]]] = defaultdict(list)
    for post in posts:
        if post.title and not post.recipe.about:
            by_title[post.title].append(_shingles(post))
    assert any(len(texts) > 20 for texts in by_title.values())
    pairs = (pair for texts in by_title.values() for pair in combinations(texts, 2))
    assert max(len(a & b) / len(a | b) for a, b in pairs) < 0.2


def test_texts_have_what_real_ones_have(posts: tuple[Post, ...]) -> None:
    texts = [post.html for post in posts]
    for wanted in ("<ul>", "<blockquote>", "<img ", 'href="https://example.org', "ā", "🌱", *NASTY):
        assert any(wanted in text for text in texts), wanted
    assert any(unicodedata.normalize("NFC", text) != text for text in texts)
    assert any(post.title == "" for post in posts)
    assert {p.attachment.media_type for p in posts if p.attachment} == {
        "application/pdf",
        "audio/mpeg",
    }
    assert all(len(re.sub(r"<[^>]+>", "", text)) > 200 for text in texts)
    assert not any("{" in text for text in texts if "CDATA" not in text)


def test_only_one_blog_has_students_for_authors(world: World, posts: tuple[Post, ...]) -> None:
    students, teachers = set(STUDENTS), {teacher.name for teacher in TEACHERS}
    for post in posts:
        is_students = post.link.startswith("sample://halvorsen-young-writers/")
        assert post.author in (students if is_students else teachers)
    assert [b.slug for b in world.blogs if b.students] == ["halvorsen-young-writers"]


def test_one_blog_tells_every_lie_about_its_dates(world: World) -> None:
    blog = world.at(0).sites["lake-tui-room-1"]
    assert {post.lie for post in blog.public[:10]} == set(DateLie)


def test_topics_keep_to_their_season(posts: tuple[Post, ...]) -> None:
    months = {
        post.published.astimezone(ZONE).month for post in posts if post.recipe.topic == "matariki"
    }
    assert months <= {6, 7}
    assert months


def test_one_post_stands_in_two_feeds(world: World) -> None:
    sites = world.at(0).sites
    mine = {post.link: post.html for post in sites["cluster-facilitator"].public[:10]}
    window = sites["matuku-school"].public[: sites["matuku-school"].blog.window]
    shared = [post for post in window if post.link in mine]
    assert [post.html for post in shared] == [mine[post.link] for post in shared]
    assert len(shared) == 1
