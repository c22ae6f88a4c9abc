"""Whether single things are still there, in Moodle's own words."""

import pytest

from adapters.moodle.adapter import ADAPTER
from connector.model import Known, Presence
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.moodle import GARDEN, MoodleKit
from tests.moodle.small_moodle import SITE, Refused, SmallMoodle

PRESENT, GONE, UNKNOWN = Presence.PRESENT, Presence.GONE, Presence.UNKNOWN


class WithPost(SmallMoodle):
    """One that also answers for single posts."""

    def _mod_forum_get_discussion_post(self, form):
        post = self.posts.get(int(form["postid"]))
        if post is None:
            raise Refused("invalidpostid")
        return {"post": self._post(post)}


@pytest.fixture
def kit() -> MoodleKit:
    return MoodleKit()


def lookup(kit: MoodleKit, *known: tuple[str, str]) -> dict[str, Presence]:
    place = ADAPTER.open(kit.settings, FakeSession(kit.answer), NOW)
    return dict(place.lookup([Known(stream, each, None) for stream, each in known]))


def one_of_each(kit: MoodleKit) -> dict[str, list[str]]:
    """Return ids that are there, by stream."""
    moodle = kit.moodle
    return {
        "blog": [f"entry:{min(moodle.entries)}"],
        "calendar": [f"event:{min(moodle.events)}"],
        "course:12": [f"module:{min(moodle.modules)}"],
        "choice:5": ["choice:5", f"answer:{min(moodle.choices[5].answers)}"],
        "feedback:6": ["attempt:9003"],
        "assign:9": ["submission:8004"],
    }


def test_what_is_there_is_present_and_what_is_not_is_gone(kit: MoodleKit) -> None:
    for stream, ids in one_of_each(kit).items():
        for each in ids:
            absent = f"{each.partition(':')[0]}:999999"
            assert lookup(kit, (stream, each), (stream, absent)) == {each: PRESENT, absent: GONE}


def test_post_without_an_address_is_looked_for_in_its_whole_forum(kit: MoodleKit) -> None:
    there = f"post:{min(kit.moodle.posts)}"
    stream = f"forum:{GARDEN}"
    assert lookup(kit, (stream, there), (stream, "post:999999")) == {
        there: PRESENT,
        "post:999999": GONE,
    }


def test_post_without_an_address_is_asked_for_where_the_service_can(kit: MoodleKit) -> None:
    moodle = WithPost()
    moodle.__dict__.update(kit.moodle.__dict__)
    moodle.functions = {*moodle.functions, "mod_forum_get_discussion_post"}
    kit.moodle = moodle
    before = moodle.calls
    there = f"post:{min(moodle.posts)}"
    stream = f"forum:{GARDEN}"
    assert lookup(kit, (stream, there), (stream, "post:999999")) == {
        there: PRESENT,
        "post:999999": GONE,
    }
    assert moodle.calls - before == 2


def test_moved_post_is_present(kit: MoodleKit) -> None:
    post = min(kit.moodle.posts.values(), key=lambda each: each.id)
    kit.moodle.discussions[post.discussion].forum = 43
    url = f"{SITE}/mod/forum/discuss.php?d={post.discussion}"
    place = ADAPTER.open(kit.settings, FakeSession(kit.answer), NOW)
    known = Known(f"forum:{GARDEN}", f"post:{post.id}", url)
    assert place.lookup([known]) == {f"post:{post.id}": PRESENT}


@pytest.mark.parametrize("lost", ["viewdiscussion", "course"])
def test_refusal_for_want_of_a_right_is_no_answer(kit: MoodleKit, lost: str) -> None:
    if lost == "course":
        kit.moodle.courses[12].visible = False
    else:
        kit.moodle.capabilities.remove(lost)
    ids = [f"post:{min(kit.moodle.posts)}", f"module:{kit.moodle.forums[GARDEN].module.id}"]
    assert lookup(kit, *((f"forum:{GARDEN}", each) for each in ids)).get(ids[0]) is None


def test_answers_that_are_withheld_are_no_answer(kit: MoodleKit) -> None:
    kit.moodle.capabilities.remove("readresponses")
    assert lookup(kit, ("choice:5", f"answer:{min(kit.moodle.choices[5].answers)}")) == {}


@pytest.mark.parametrize("stream", ["choice:x", "blog", "choice:", "forum:41"])
def test_answer_of_no_activity_is_unknown(kit: MoodleKit, stream: str) -> None:
    assert lookup(kit, (stream, "answer:5")) == {"answer:5": UNKNOWN}


def test_module_without_the_function_is_unknown(kit: MoodleKit) -> None:
    kit.moodle.functions.remove("core_course_get_course_module")
    assert lookup(kit, ("course:12", "module:5")) == {"module:5": UNKNOWN}
