"""A site as big as a whole network of schools, for measuring.

Short words on purpose: what is measured is the number of things, not their length.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.state import Discussion, User
from sample_cluster.moodle.world import MoodleWorld

_START = datetime(2026, 2, 2, 20, 0, tzinfo=UTC)
_PEOPLE = 60
_BETWEEN_POSTS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is; the numbers are per course, per forum and per discussion."""

    courses: int = 200
    forums: int = 5
    discussions: int = 20
    posts: int = 5

    @property
    def all_posts(self) -> int:
        return self.courses * self.forums * self.discussions * self.posts


def big_site(size: Size) -> MoodleSite:
    """Return a site of this size, with the account ``svc_hub`` and its token ``TOKEN``."""
    world = MoodleWorld(Clock(_START))
    category = world.courses.add_category("Cluster")
    hub = world.people.add("Hub", "Reader", username="svc_hub")
    world.people.grant(hub, "connector")
    world.people.allow("connector", "moodle/course:viewhiddenactivities")
    world.people.add_token(hub)
    people = [_person(world, number) for number in range(_PEOPLE)]
    for number in range(size.courses):
        course = world.courses.add(f"Course {number}", f"C{number}", category, sections=0)
        for place in range(4):
            teacher = people[(number + place) % _PEOPLE]
            world.courses.enrol(course, teacher, "student" if place else "editingteacher")
        for place in range(size.forums):
            forum = world.forums.add(course, f"Forum {place}")
            for thread in range(size.discussions):
                name = f"Thread {number}.{place}.{thread}"
                author = people[(number + thread) % _PEOPLE]
                words = f"<p>How did {name} go in your class this week?</p>"
                opened = world.forums.start(forum, author, name, words)
                _talk(world, opened, people, size.posts - 1)
    # A quiet site: nobody can still edit what was written last.
    world.clock.advance(timedelta(hours=2))
    return MoodleSite(world)


def _person(world: MoodleWorld, number: int) -> User:
    school = f"School {number % 20}"
    return world.people.add("Person", f"Number {number}", institution=school)


def _talk(world: MoodleWorld, thread: Discussion, people: list[User], replies: int) -> None:
    for number in range(replies):
        world.clock.advance(_BETWEEN_POSTS)
        author = people[(thread.id + number) % len(people)]
        words = f"<p>Answer {number} to {thread.name}: we tried it with two groups.</p>"
        world.forums.reply(thread.first, author, words)
