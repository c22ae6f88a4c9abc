"""Long lists, silent lists, and single discussions that are refused."""

import pytest

from adapters.moodle.adapter import ADAPTER
from connector.model import FACILITATORS, Page, StreamFailed
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW, Hub
from tests.contract.kits.moodle import GARDEN, MoodleKit
from tests.moodle.small_moodle import Refused, SmallMoodle

STREAM = f"forum:{GARDEN}"


@pytest.fixture
def kit() -> MoodleKit:
    return MoodleKit()


def hub_of(kit: MoodleKit, stream: str) -> Hub:
    hub = Hub(kit)
    hub.cursors = {stream: None}
    hub.cycle()
    assert hub.failures == []
    kit.moodle.tick(7200)
    return hub


@pytest.mark.parametrize("count", [49, 50, 51, 120, 700])
def test_all_blog_entries_are_read_however_many(kit: MoodleKit, count: int) -> None:
    for number in range(count):
        kit.moodle.blog(2, f"More {number}")
    hub = hub_of(kit, "blog")
    assert hub.held("blog") == {f"entry:{each}" for each in kit.moodle.entries}


def test_more_new_entries_than_the_newest_list_shows_are_met(kit: MoodleKit) -> None:
    hub = hub_of(kit, "blog")
    for number in range(130):
        kit.moodle.blog(2, f"More {number}")
    hub.cycle()
    assert hub.held("blog") == {f"entry:{each}" for each in kit.moodle.entries}


def test_entry_that_left_is_gone_in_the_next_cycle(kit: MoodleKit) -> None:
    hub = hub_of(kit, "blog")
    second = sorted(kit.moodle.entries)[1]
    del kit.moodle.entries[second]
    hub.cycle()
    assert f"entry:{second}" not in hub.held("blog")
    assert len(hub.held("blog")) == len(kit.moodle.entries)


def test_blog_that_falls_silent_is_a_failure_and_nothing_is_gone(kit: MoodleKit) -> None:
    hub = hub_of(kit, "blog")
    before = hub.held("blog")
    kit.moodle.entries.clear()
    hub.cycle()
    (failed,) = hub.failures
    assert "moodle/blog:view" in str(failed.error)
    assert hub.held("blog") == before


class Refusing(SmallMoodle):
    """Refuses the posts of one discussion."""

    refused: tuple[int, str] = (0, "")

    def _mod_forum_get_discussion_posts(self, form):
        if int(form["discussionid"]) == self.refused[0]:
            raise Refused(self.refused[1])
        return super()._mod_forum_get_discussion_posts(form)


def refusing(kit: MoodleKit) -> Refusing:
    found = Refusing()
    found.__dict__.update(kit.moodle.__dict__)
    kit.moodle = found
    return found


def test_discussion_that_is_refused_is_left_to_facilitators_and_comes_back(kit: MoodleKit) -> None:
    moodle = refusing(kit)
    hub = hub_of(kit, STREAM)
    discussion = moodle.in_forum(GARDEN)[0].id
    posts = {f"post:{each.id}" for each in moodle.of(discussion)}
    moodle.reply(moodle.first_of(discussion), 2, "<p>New</p>")
    moodle.refused = (discussion, "noviewdiscussionspermission")
    hub.pages.clear()
    hub.cycle()
    changes = {
        each.external_id: each.audience for page in hub.pages for each in page.audience_changes
    }
    assert changes == dict.fromkeys(posts, FACILITATORS)
    assert [page.gone for page in hub.pages] == [()]
    moodle.refused = (0, "")
    moodle.tick(60)
    hub.cycle()
    assert {f"post:{each.id}" for each in moodle.of(discussion)} <= hub.records.keys()


@pytest.mark.parametrize("is_first", [True, False])
def test_discussion_that_cannot_be_read_for_a_time_fails_its_forum_alone(
    kit: MoodleKit, is_first: bool
) -> None:
    moodle = refusing(kit)
    hub = Hub(kit)
    hub.cursors = {STREAM: None, "forum:43": None}
    discussion = moodle.in_forum(GARDEN)[0].id
    if not is_first:
        hub.cycle()
        moodle.reply(moodle.first_of(discussion), 2, "<p>New</p>")
    moodle.refused = (discussion, "dmlreadexception")
    hub.failures.clear()
    hub.cycle()
    assert [each.stream for each in hub.failures] == [STREAM]
    assert hub.held("forum:43")
    moodle.refused = (0, "")
    hub.cycle()
    assert hub.held(STREAM) == kit.ids(STREAM)


def test_deleted_forum_is_left_to_facilitators_and_said_once(kit: MoodleKit) -> None:
    hub = hub_of(kit, STREAM)
    del kit.moodle.forums[GARDEN]
    hub.pages.clear()
    hub.cycle()
    (page,) = hub.pages
    assert {each.audience for each in page.audience_changes} == {FACILITATORS}
    assert len(page.audience_changes) == 120
    assert page.gone == ()
    assert "no longer shows this" in page.problems[0].reason
    hub.cycle()
    assert hub.pages[-1] == Page(stream=STREAM)
    place = ADAPTER.open(kit.settings, FakeSession(kit.answer), NOW)
    with pytest.raises(type(hub_error(place)), match="no longer shows this"):
        list(place.sweep(STREAM))


def hub_error(place) -> Exception:
    (failed,) = place.read({"forum:99999": None})
    assert isinstance(failed, StreamFailed)
    return failed.error


def test_timed_discussion_is_for_facilitators(kit: MoodleKit) -> None:
    discussion = kit.moodle.in_forum(GARDEN)[0]
    discussion.timed = 1
    hub = hub_of(kit, STREAM)
    audiences = {hub.records[f"post:{each.id}"].audience for each in kit.moodle.of(discussion.id)}
    assert audiences == {FACILITATORS}


def test_discussion_of_more_posts_than_a_page_comes_in_several(kit: MoodleKit) -> None:
    first = kit.moodle.discuss(43, 2, "Long", "<p>x</p>")
    for number in range(250):
        kit.moodle.reply(first, 2, f"<p>{number}</p>")
    kit.main = "forum:43"
    hub = Hub(kit)
    for _ in range(10):
        place = ADAPTER.open(kit.settings, FakeSession(kit.answer), NOW)
        page = next(iter(place.read({"forum:43": hub.cursors["forum:43"]})))
        hub.take(page)
        assert len(page.records) <= 100
        if page.complete:
            break
    assert hub.held("forum:43") == kit.ids("forum:43")
    kit.moodle.edit(first.id, "<p>Written anew</p>")
    kit.moodle.reply(first, 2, "<p>Last</p>")
    hub.cursors = {"forum:43": hub.cursors["forum:43"]}
    hub.cycle()
    assert hub.records[f"post:{first.id}"].html == "<p>Written anew</p>"
    assert hub.held("forum:43") == kit.ids("forum:43")
