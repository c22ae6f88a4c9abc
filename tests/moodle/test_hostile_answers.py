"""Whatever an answer holds, it becomes values of the right types or an error of ours."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.moodle import said, said_activities, said_people, said_posts
from adapters.moodle.adapter import ADAPTER
from adapters.moodle.cursors import pack, unpack
from adapters.moodle.forum_state import as_state, forum_state
from adapters.moodle.values import utc
from connector.errors import SourceError
from connector.model import Cursor
from tests.chances import some_of
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.moodle import MoodleKit
from tests.moodle.small_moodle import SmallMoodle

KEYS = """
    id discussion discussions posts entries events courses functions name modules responses
    availability groups roles updates instances options userresponses answerid author parentid
    timecreated timemodified userid attempts assignments submissions choices feedbacks cmid
    created modified groupid fullname url attachments tags statuses coursemodule course
""".split()
NUMBERS = st.integers() | st.sampled_from([0, -1, 1, 2**31, 2**63, 10**15, 10**30])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(KEYS), each, max_size=5)
    ),
    max_leaves=25,
)
READERS: list[Callable[[object], object]] = [
    said.site,
    said.courses,
    said.category_parents,
    said.modules,
    said.updates,
    said_people.members,
    said_people.active_users,
    said_people.cohort_names,
    said_people.cohort_members,
    said_posts.forums,
    said_posts.discussions,
    said_posts.thread,
    said_posts.entries,
    said_activities.events,
    said_activities.assignments,
    said_activities.options,
    said_activities.choice_answers,
    said_activities.feedback_answers,
    said_activities.submissions,
    said_activities.completed_modules,
    lambda value: said_activities.activities(value, "choices"),
]


@settings(max_examples=some_of(60), deadline=None)
@given(value=ANYTHING)
@pytest.mark.parametrize("reader", READERS)
def test_any_json_becomes_values_or_a_parse_error(
    reader: Callable[[object], object], value: object
) -> None:
    for each in (value, [value], {"discussions": value}, {"posts": [value]}, {"entries": [value]}):
        with contextlib.suppress(SourceError):
            reader(each)


@pytest.mark.parametrize("seconds", [0, -5, 10**30, 2**63, 4_102_444_800])
def test_impossible_moment_is_none(seconds: int) -> None:
    assert utc(seconds) is None


@given(value=ANYTHING)
def test_any_cursor_is_a_state_of_a_forum_or_a_first_reading(value: object) -> None:
    state = unpack(Cursor(pack({"d": value, "o": value, "s": value, "t": value, "m": value})))
    forum_state(state)


def test_state_of_a_forum_survives_its_cursor() -> None:
    kit = MoodleKit()
    place = ADAPTER.open(kit.settings, FakeSession(kit.answer), NOW)
    pages = list(place.read({kit.main: None}))
    state = forum_state(unpack(pages[-1].cursor))
    assert len(state.kept) == 40
    assert pack(as_state(state)) == pages[-1].cursor


class Lying(SmallMoodle):
    """Answers one function with something made up."""

    lie: tuple[str, object] = ("", None)

    def _one(self, function: str, form: dict) -> object:
        return self.lie[1] if function == self.lie[0] else super()._one(function, form)


@settings(max_examples=some_of(150), deadline=None)
@given(function=st.sampled_from(sorted(SmallMoodle().functions)), value=ANYTHING)
def test_any_answer_to_any_question_gives_pages_or_source_errors(
    function: str, value: object
) -> None:
    place = ADAPTER.open(KIT.settings, FakeSession(LIAR.answer), NOW)
    LIAR.lie = (function, value)
    for cursors in (CURSORS, dict.fromkeys(CURSORS)):
        with contextlib.suppress(SourceError):
            list(place.read(cursors))
    for stream in CURSORS:
        with contextlib.suppress(SourceError):
            list(place.sweep(stream))
    place.check()


KIT = MoodleKit()
LIAR = Lying()
LIAR.__dict__.update(KIT.moodle.__dict__)
LIAR.tick(60)


def read_once() -> dict[str, Cursor | None]:
    place = ADAPTER.open(KIT.settings, FakeSession(KIT.answer), NOW)
    cursors = dict.fromkeys(each.key for each in place.streams())
    cursors |= {page.stream: page.cursor for page in place.read(cursors) if page.cursor}
    return cursors


CURSORS = read_once()
