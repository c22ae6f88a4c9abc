"""What can be read of a Moodle: a part for every course, forum, sign-up and so on."""

from adapters.moodle.adapter import ADAPTER
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.moodle import GARDEN, GROUPED, NEWS, MoodleKit


def test_every_course_forum_and_activity_is_a_stream_and_so_are_blogs_and_calendar() -> None:
    kit = MoodleKit()
    found = list(ADAPTER.open(kit.settings, FakeSession(kit.answer), NOW).streams())
    assert {each.key: each.title for each in found} == {
        "course:12": "Garden & club",
        "course:13": "Literacy PLD",
        f"forum:{GARDEN}": "Garden & club: Discussion space",
        f"forum:{GROUPED}": "Garden & club: Group talk",
        f"forum:{NEWS}": "Literacy PLD: Announcements",
        "choice:5": "Garden & club: Bus trip",
        "feedback:6": "Garden & club: How was it",
        "assign:9": "Garden & club: Task",
        "blog": "Blogs",
        "calendar": "Calendar",
    }
