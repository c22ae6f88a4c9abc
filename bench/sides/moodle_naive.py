"""The naive side of ``bench moodle``: one call for each object, one after the other.

``python -m bench.sides.moodle_naive PORT first|quiet`` reads everything, or looks whether
anything changed. It keeps nothing, which is to its advantage.
"""

import sys
import time
from typing import Any

import requests

from bench.sides.measure import PROCESS_START, Figures, measured, tell
from sample_cluster.moodle.protocol import ENDPOINT
from sample_cluster.moodle.site import flattened


class Naive:
    """A reader that never asks for two things at once."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}{ENDPOINT}"
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, function: str, **given: Any) -> Any:
        """Return the value of one call."""
        fields = {"wstoken": "TOKEN", "wsfunction": function, "moodlewsrestformat": "json"}
        form = [*fields.items(), *flattened(given)]
        answer = self._session.post(self._address, form, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def read_all(self) -> int:
        """Read all courses, people, forums and posts; return how many posts there are."""
        posts = 0
        for course in self._courses():
            self.ask("core_course_get_contents", courseid=course)
            self.ask("core_enrol_get_enrolled_users", courseid=course)
            for forum in self.ask("mod_forum_get_forums_by_courses", courseids=[course]):
                posts += self._read_forum(forum["id"])
        self.ask("core_blog_get_entries")
        return posts

    def look_for_changes(self) -> int:
        """Ask each course what is new and who may see it; return how many changed."""
        changed = 0
        for course in self._courses():
            now = int(time.time())
            found = self.ask("core_course_get_updates_since", courseid=course, since=now)
            changed += bool(found["instances"])
            self.ask("core_course_get_contents", courseid=course)
            self.ask("core_enrol_get_enrolled_users", courseid=course)
        self.ask("core_blog_get_entries")
        return changed

    def _courses(self) -> list[int]:
        listed = self.ask("core_course_get_courses_by_field")["courses"]
        return [course["id"] for course in listed if course["categoryid"]]

    def _read_forum(self, forum: int) -> int:
        threads = self.ask("mod_forum_get_forum_discussions", forumid=forum)["discussions"]
        return sum(
            len(self.ask("mod_forum_get_discussion_posts", discussionid=t["discussion"])["posts"])
            for t in threads
        )


def main() -> None:
    """Read once and tell what it cost."""
    figures = Figures(imports_seconds=time.perf_counter() - PROCESS_START)
    naive = Naive(int(sys.argv[1]))
    with measured(figures):
        figures.entries = naive.read_all() if sys.argv[2] == "first" else naive.look_for_changes()
    tell(figures)


if __name__ == "__main__":
    main()
