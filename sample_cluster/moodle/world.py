"""One Moodle site in memory: everything that is in it, and the settings that decide what shows.

A test or the demo tells its story by calling the methods of the areas::

    world = MoodleWorld(Clock(start))
    course = world.courses.add("Bridges", "BRIDGES", world.courses.add_category("Cluster"))
    forum = world.forums.add(course, "Talk")
    thread = world.forums.start(forum, teacher, "Kia ora", "<p>Who is in?</p>")
    world.clock.advance(timedelta(minutes=5))
    world.forums.edit(thread.first, message="<p>Who is in?</p><p>Two seats left.</p>")
"""

from dataclasses import dataclass

from sample_cluster.moodle.activities import Activities
from sample_cluster.moodle.blogs import Blogs
from sample_cluster.moodle.calendar import Calendar
from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.courses import Courses
from sample_cluster.moodle.forums import Forums
from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.people import People


@dataclass(slots=True)
class Settings:
    """What the administrator of the site has set."""

    site_name: str = "Virtual Learning Network"
    release: str = "4.5.6 (Build: 20250811)"
    version: str = "2024100706"
    identity_fields: tuple[str, ...] = ("email", "institution", "idnumber")
    """``showuseridentity``: what of a profile others with the right may see."""
    blog_level: int = 4
    """5: entries are for everybody, 4: for members of the site; 0: blogs are off."""
    availability: bool = True
    """Whether activities may be restricted."""


class MoodleWorld:
    """One site."""

    def __init__(self, clock: Clock, settings: Settings | None = None) -> None:
        self.clock = clock
        self.settings = settings or Settings()
        numbers = Numbers()
        self.people = People(numbers)
        self.courses = Courses(numbers, clock, self.people, self.settings.site_name)
        self.forums = Forums(numbers, clock, self.courses)
        self.activities = Activities(numbers, clock, self.courses)
        self.blogs = Blogs(numbers, clock)
        self.calendar = Calendar(numbers, clock)
