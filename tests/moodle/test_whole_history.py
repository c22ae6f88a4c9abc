"""One history with everything in it: after a cycle and a nightly check the hub holds just that."""

import pytest

from connector.store.database import Store
from tests.contract.kits.moodle import GARDEN, NEWS, village
from tests.moodle.moodle_hub import MoodleHub, posts_there
from tests.moodle.small_moodle import SmallMoodle
from tests.moodle.test_history import (
    BY_DATE,
    ONLY_GROUP_7,
    delete_discussion,
    delete_newest_reply,
    delete_parent_with_subtree,
    edit_inside,
    edit_long_after,
    move_discussion,
    pin_discussion,
    reply_to_old,
    visible,
)

SHUT, DATED, FOR_SEVEN, APART, CLASSES = 51, 52, 53, 54, 60
SAM, HANA = 3, 4
SETTINGS = {"courses": [12, 13, 14], "adult_categories": [6]}


@pytest.fixture
def moodle() -> SmallMoodle:
    """The village with a forum for everything that may happen to one."""
    found = village()
    for number in (SHUT, DATED, FOR_SEVEN, APART):
        found.add_forum(12, number, f"Forum {number}")
        for group in (7, 8):
            found.discuss(number, 2, "Kia ora", f"<p>In forum {number}.</p>", group=group)
    found.add_course(14, "Last year", {2: "manager", SAM: "teacher"})
    found.add_forum(14, CLASSES, "Classes")
    found.discuss(CLASSES, SAM, "Kia ora", "<p>Last year.</p>")
    found.tick(86_400)
    return found


def happenings(moodle: SmallMoodle) -> None:
    """Let everything happen that changes what is there and who may see it."""
    for happens in (
        edit_inside,
        edit_long_after,
        delete_newest_reply,
        delete_parent_with_subtree,
        delete_discussion,
        reply_to_old,
        move_discussion,
        pin_discussion,
    ):
        happens(moodle)
    moodle.courses[14].visible = False
    moodle.forums[SHUT].module.visible = False
    moodle.forums[DATED].module.availability = BY_DATE
    moodle.forums[FOR_SEVEN].module.availability = ONLY_GROUP_7
    moodle.forums[APART].module.groupmode = 1
    moodle.courses[12].groups = {7: {HANA}, 8: {SAM}}
    moodle.users[2].suspended = True
    choice = moodle.choices[5]
    friday = max(choice.options)
    first, second, *_ = sorted(choice.answers)
    choice.answers[first] = (choice.answers[first][0], friday, moodle.tick())
    del choice.answers[second]
    for user in (2, 6):
        moodle.sign_up(5, user, friday)
    assert sum(option == friday for _, option, _ in choice.answers.values()) > 1
    del moodle.events[min(moodle.events)]
    del moodle.entries[min(moodle.entries)]


def troubles(hub: MoodleHub) -> None:
    """Let a site fail in every way while it goes on, and be well again."""
    moodle = hub.moodle
    for code in ("sitemaintenance", "invalidtoken"):
        _end_in_mid_run(hub, code)
        moodle.discuss(GARDEN, SAM, f"After {code}", "<p>Meanwhile.</p>")
    for capability in ("viewdiscussion", "viewparticipants"):
        moodle.capabilities.remove(capability)
        moodle.discuss(NEWS, SAM, f"Without {capability}", "<p>Meanwhile.</p>")
        moodle.tick(3600)
        hub.run()
        moodle.capabilities.add(capability)
    moodle.cut_after = 7


def _end_in_mid_run(hub: MoodleHub, code: str) -> None:
    begun = hub.moodle.calls

    def end() -> None:
        if hub.moodle.calls - begun > 1:
            hub.moodle.refusing = code

    hub.moodle.after_call = end
    hub.moodle.tick(3600)
    assert hub.run().state == "failed"
    hub.moodle.after_call = lambda: None
    hub.moodle.refusing = None


@pytest.mark.parametrize("skew", [0, -600, 600])
def test_everything_at_once(moodle: SmallMoodle, sqlite_store: Store, skew: int) -> None:
    hub = MoodleHub(sqlite_store, moodle, SETTINGS, skew=skew)
    hub.settle()
    assert hub.held("post") == visible(moodle)
    happenings(moodle)
    troubles(hub)
    hub.cycle_and_sweep()
    assert hub.held("post") == visible(moodle)
    assert hub.held("answer").keys() == {f"answer:{each}" for each in moodle.choices[5].answers}
    assert hub.held("event").keys() == {f"event:{each}" for each in moodle.events}
    assert hub.held("entry").keys() == {f"entry:{each}" for each in moodle.entries}


def test_nobody_sees_what_they_lost_access_to(moodle: SmallMoodle, sqlite_store: Store) -> None:
    hub = MoodleHub(sqlite_store, moodle, SETTINGS)
    hub.settle()
    happenings(moodle)
    troubles(hub)
    hub.cycle_and_sweep()
    held = {key: who for key, (_, who) in hub.held("post").items()}
    assert {who for key, who in held.items() if key in posts_in(moodle, SHUT, DATED, CLASSES)} == {
        "facilitators"
    }
    assert {held[key] for key in posts_in(moodle, FOR_SEVEN)} == {"group group:7"}
    assert {held[key] for key in posts_in(moodle, APART)} == {"group group:7", "group group:8"}
    assert hub.members("group", "group:8") == {f"user:{SAM}"}
    assert f"user:{SAM}" not in hub.members("group", "group:7")
    for stream in (f"forum:{GARDEN}", f"forum:{NEWS}", "calendar", "blog", "choice:5"):
        members = hub.members("stream", stream)
        assert members
        assert "user:2" not in members


def posts_in(moodle: SmallMoodle, *forums: int) -> set[str]:
    discussions = {each.id for forum in forums for each in moodle.in_forum(forum)}
    there = {f"post:{each.id}" for each in moodle.posts.values() if each.discussion in discussions}
    assert there <= posts_there(moodle).keys()
    return there
