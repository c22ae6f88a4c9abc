"""One course with a forum, two teachers, a student and the hub's own account."""

from datetime import timedelta
from typing import Any

from sample_cluster.moodle.site import MoodleSite


class Small:
    """The things of the small site, by name."""

    def __init__(self, site: MoodleSite) -> None:
        self.site, self.world = site, site.world
        people, courses = self.world.people, self.world.courses
        self.category = courses.add_category("Cluster")
        self.elsewhere = courses.add_category("Elsewhere")
        self.course = courses.add("Bridges", "BRIDGES", self.category)
        self.other = courses.add("Other", "OTHER", self.elsewhere)
        self.hub = people.add("Hub", "Reader", username="svc_hub")
        people.grant(self.hub, "connector")
        people.add_token(self.hub)
        self.mere = people.add("Mere", "Tauwhare", institution="Rimuwai School")
        self.joe = people.add("Joe", "Kerslake")
        self.tama = people.add("Tama", "Rewi")
        courses.enrol(self.course, self.mere, "editingteacher")
        courses.enrol(self.course, self.joe, "teacher")
        courses.enrol(self.course, self.tama, "student")
        self.forum = self.world.forums.add(self.course, "Talk")
        self.news = self.world.forums.add(self.course, "Announcements", "news")

    def later(self, **by: float) -> None:
        self.world.clock.advance(timedelta(**by))

    def ask(self, function: str, **given: Any) -> Any:
        return self.site.call(function, given)

    def discussions(self) -> list[dict[str, Any]]:
        found = self.ask("mod_forum_get_forum_discussions", forumid=self.forum.id)
        return list(found["discussions"])

    def posts(self, discussion_id: int) -> dict[int, dict[str, Any]]:
        found = self.ask("mod_forum_get_discussion_posts", discussionid=discussion_id)
        return {post["id"]: post for post in found["posts"]}

    def modules(self) -> dict[int, dict[str, Any]]:
        sections = self.ask("core_course_get_contents", courseid=self.course.id)
        return {module["id"]: module for section in sections for module in section["modules"]}
