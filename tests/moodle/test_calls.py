"""How many HTTP calls a cycle and a check cost, counted on a Moodle of many courses."""

import pytest

from adapters.moodle.adapter import ADAPTER
from adapters.moodle.settings import MoodleSettings
from connector.model import Cursor, Page, StreamFailed
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.moodle.small_moodle import SITE, TOKEN, SmallMoodle

FORUMS, DISCUSSIONS = 2, 3


def moodle_of(courses: int) -> SmallMoodle:
    """Return a Moodle with so many courses, quiet for a day."""
    found = SmallMoodle()
    teacher = found.add_user("Mere Tautahi")
    for number in range(courses):
        course = 100 + number
        found.add_course(course, f"Course {number}", {teacher: "editingteacher"})
        for forum in range(FORUMS):
            name = 1000 + number * FORUMS + forum
            found.add_forum(course, name, f"Forum {forum}")
            for each in range(DISCUSSIONS):
                found.discuss(name, teacher, f"Week {each}", "<p>Words</p>")
        found.add_choice(course, 5000 + number, "Trip", Monday=2)
    found.blog(teacher, "Entry")
    found.add_event("Hui", kind="site")
    found.tick(86_400)
    return found


class Reading:
    """Reads all streams of a Moodle, cycle by cycle."""

    def __init__(self, moodle: SmallMoodle) -> None:
        self.moodle = moodle
        self.settings = MoodleSettings(address=SITE, token=TOKEN, categories=(5,))
        self.cursors: dict[str, Cursor | None] = {}
        self.cursors = dict.fromkeys(each.key for each in self.place().streams())

    def place(self):
        self.session = FakeSession(self.moodle.answer)
        return ADAPTER.open(self.settings, self.session, NOW)

    def cycle(self) -> int:
        """Read once; return the calls it cost."""
        self.records = 0
        for page in self.place().read(self.cursors):
            assert isinstance(page, Page), page.error if isinstance(page, StreamFailed) else page
            self.records += len(page.records)
            if page.cursor is not None:
                self.cursors[page.stream] = page.cursor
        return self.session.requests


def settled(courses: int) -> Reading:
    reading = Reading(moodle_of(courses))
    reading.cycle()
    for _ in range(2):
        reading.moodle.tick(7200)
        reading.cycle()
    reading.moodle.tick(7200)
    return reading


@pytest.mark.parametrize(
    ("courses", "most"), [(1, 5), (12, 5), (50, 5), (51, 8), (100, 8), (200, 14)]
)
def test_quiet_cycle_costs_five_calls_and_three_for_each_fifty_courses_more(
    courses: int, most: int
) -> None:
    reading = settled(courses)
    assert reading.cycle() <= most
    assert reading.records == 0


def test_quiet_cycle_rewrites_no_cursor() -> None:
    reading = settled(12)
    before = dict(reading.cursors)
    reading.cycle()
    assert reading.cursors == before


def test_changed_discussion_in_one_of_two_hundred_courses_costs_four_calls_more() -> None:
    reading = settled(200)
    quiet = reading.cycle()
    moodle = reading.moodle
    moodle.tick(7200)
    discussion = moodle.in_forum(1100)[1]
    moodle.reply(moodle.first_of(discussion.id), 2, "<p>New.</p>")
    assert reading.cycle() <= quiet + 4
    assert reading.records == 2
    moodle.tick(7200)
    assert reading.cycle() <= quiet + 4
    moodle.tick(7200)
    assert reading.cycle() == quiet


def test_first_reading_costs_a_twentieth_of_one_call_per_object() -> None:
    reading = Reading(moodle_of(60))
    calls = reading.cycle()
    objects = 60 * (1 + 1 + FORUMS + FORUMS * DISCUSSIONS + 2)
    assert reading.records == 60 * FORUMS * (DISCUSSIONS + 1) + 60 + 2
    assert calls <= objects / 20


def test_nightly_check_costs_one_look_and_two_calls_for_a_forum() -> None:
    reading = settled(12)
    place = reading.place()
    forums = [stream for stream in reading.cursors if stream.startswith("forum:")]
    list(place.sweep(forums[0]))
    look = 1 + 1 + 1 + 1 + 1
    assert reading.session.requests == look + 2
    for stream in forums[1:]:
        list(place.sweep(stream))
    assert reading.session.requests == look + 2 * len(forums)


def test_nightly_check_of_a_long_forum_costs_one_call_for_fifty_discussions() -> None:
    moodle = moodle_of(1)
    for number in range(147):
        moodle.discuss(1000, 2, f"More {number}", "<p>Words</p>")
    reading = Reading(moodle)
    place = reading.place()
    list(place.sweep("forum:1000"))
    before = reading.session.requests
    list(place.sweep("forum:1000"))
    assert reading.session.requests - before == 1 + 3


def test_without_batches_a_cycle_costs_one_call_for_each_question() -> None:
    moodle = moodle_of(3)
    moodle.functions.discard("tool_mobile_call_external_functions")
    reading = Reading(moodle)
    reading.cycle()
    for _ in range(2):
        moodle.tick(7200)
        reading.cycle()
    moodle.tick(7200)
    # The site, seven lists, and three questions a course.
    assert reading.cycle() <= 1 + 9 + 3 * 3


def test_forum_of_more_discussions_than_one_listing_holds_is_read_whole() -> None:
    moodle = moodle_of(1)
    for number in range(1_030):
        moodle.discuss(1000, 2, f"More {number}", "<p>Words</p>")
    reading = Reading(moodle)
    reading.cycle()
    assert reading.records == 1_030 + FORUMS * (DISCUSSIONS + 1) + 3


def test_forum_that_was_hidden_long_ago_costs_nothing_more() -> None:
    reading = settled(12)
    quiet = reading.cycle()
    moodle = reading.moodle
    moodle.forums[1000].module.visible = False
    for number in range(3):
        moodle.discuss(1001, 2, f"Later {number}", "<p>Words</p>")
        moodle.tick(7200)
        reading.cycle()
    for _ in range(2):
        moodle.tick(7200)
        reading.cycle()
    assert reading.cycle() == quiet


def test_replies_to_a_forum_while_it_was_hidden_are_met_when_it_is_shown_again() -> None:
    reading = settled(1)
    moodle = reading.moodle
    moodle.forums[1000].module.visible = False
    reading.cycle()
    moodle.reply(moodle.first_of(moodle.in_forum(1000)[0].id), 2, "<p>Meanwhile.</p>")
    for _ in range(3):
        moodle.tick(7200)
        reading.cycle()
    moodle.forums[1000].module.visible = True
    reading.cycle()
    # The thread, and the forum itself as an activity of its course.
    assert reading.records == 3
