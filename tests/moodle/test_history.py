"""Whatever happens in a Moodle: after one cycle and one nightly check the hub holds just that."""

from collections.abc import Callable

import pytest

from connector.store.database import Store
from tests.contract.kits.moodle import GARDEN, GROUPED, NEWS, village
from tests.moodle.moodle_hub import MoodleHub, posts_there
from tests.moodle.small_moodle import SmallMoodle

SETTINGS = {"courses": [12, 13], "adult_categories": [6]}
ONLY_GROUP_7 = '{"op":"&","c":[{"type":"group","id":7}],"showc":[true]}'
BY_DATE = '{"op":"&","c":[{"type":"date","d":">=","t":1}],"showc":[true]}'


@pytest.fixture
def hub(sqlite_store: Store) -> MoodleHub:
    return made(sqlite_store)


def made(store: Store) -> MoodleHub:
    hub = MoodleHub(store, village(), SETTINGS)
    hub.settle()
    assert hub.held("post") == visible(hub.moodle)
    return hub


def visible(moodle: SmallMoodle) -> dict[str, tuple[str, str]]:
    """Return what is held of forums that were ever shown."""
    there = posts_there(moodle)
    hidden = {post.id for each in moodle.in_forum(44) for post in moodle.of(each.id)}
    return {key: each for key, each in there.items() if int(key.partition(":")[2]) not in hidden}


def by_staff(moodle: SmallMoodle, forum: int, nth: int = 0) -> int:
    """Return a post with replies that a teacher wrote."""
    firsts = [moodle.first_of(each.id) for each in moodle.in_forum(forum)]
    return [post.id for post in firsts if post.author in (2, 3)][nth]


def edit_inside(moodle: SmallMoodle) -> None:
    post = moodle.discuss(GARDEN, 3, "Fresh", "<p>First words.</p>")
    moodle.edit(post.id, "<p>Better words.</p>")


def edit_long_after(moodle: SmallMoodle) -> None:
    moodle.edit(by_staff(moodle, GARDEN), "<p>Written anew after months.</p>")
    reply = next(each for each in moodle.posts.values() if each.parent and each.author == 3)
    moodle.edit(reply.id, "<p>A reply, anew.</p>")


def delete_newest_reply(moodle: SmallMoodle) -> None:
    discussion = moodle.in_forum(GARDEN)[0]
    moodle.delete(max(post.id for post in moodle.of(discussion.id)))


def delete_parent_with_subtree(moodle: SmallMoodle) -> None:
    discussion = moodle.in_forum(GARDEN)[1]
    first = moodle.first_of(discussion.id).id
    moodle.delete(next(post.id for post in moodle.of(discussion.id) if post.parent == first))


def delete_discussion(moodle: SmallMoodle) -> None:
    moodle.delete(moodle.first_of(moodle.in_forum(GARDEN)[2].id).id)


def reply_to_old(moodle: SmallMoodle) -> None:
    moodle.reply(moodle.posts[by_staff(moodle, GARDEN)], 2, "<p>Late, but here.</p>")


def move_discussion(moodle: SmallMoodle) -> None:
    moodle.tick()
    moodle.in_forum(GARDEN)[3].forum = NEWS


def hide_course(moodle: SmallMoodle) -> None:
    moodle.courses[12].visible = False


def hide_forum(moodle: SmallMoodle) -> None:
    moodle.forums[GARDEN].module.visible = False


def restrict_to_group(moodle: SmallMoodle) -> None:
    moodle.forums[GARDEN].module.availability = ONLY_GROUP_7


def restrict_by_date(moodle: SmallMoodle) -> None:
    moodle.forums[GARDEN].module.availability = BY_DATE


def separate_groups(moodle: SmallMoodle) -> None:
    for number, each in enumerate(moodle.in_forum(GARDEN)):
        each.group = (7, 8, -1)[number % 3]
    moodle.forums[GARDEN].module.groupmode = 1


def no_groups_any_more(moodle: SmallMoodle) -> None:
    moodle.forums[GROUPED].module.groupmode = 0


def pin_discussion(moodle: SmallMoodle) -> None:
    moodle.in_forum(GARDEN)[30].pinned = True
    moodle.discuss(GARDEN, 2, "Newest", "<p>After a pinned one.</p>")


HISTORY: list[Callable[[SmallMoodle], None]] = [
    edit_inside,
    edit_long_after,
    delete_newest_reply,
    delete_parent_with_subtree,
    delete_discussion,
    reply_to_old,
    move_discussion,
    hide_course,
    hide_forum,
    restrict_to_group,
    restrict_by_date,
    separate_groups,
    no_groups_any_more,
    pin_discussion,
]


@pytest.mark.parametrize("happens", HISTORY, ids=lambda each: each.__name__)
def test_after_one_cycle_and_one_check_the_hub_holds_just_that(
    hub: MoodleHub, happens: Callable[[SmallMoodle], None]
) -> None:
    happens(hub.moodle)
    if happens is hide_course:
        # What a hidden course holds cannot be checked: it stays, for facilitators.
        hub.moodle.tick(3600)
        hub.run()
    else:
        hub.cycle_and_sweep()
    assert hub.held("post") == visible(hub.moodle)


def test_all_of_it_at_once(hub: MoodleHub) -> None:
    for happens in HISTORY:
        if happens not in (hide_course, hide_forum, restrict_by_date):
            happens(hub.moodle)
    hub.cycle_and_sweep()
    assert hub.held("post") == visible(hub.moodle)


@pytest.mark.postgres
def test_all_of_it_at_once_on_postgresql(store: Store) -> None:
    hub = made(store)
    for happens in HISTORY:
        if happens not in (hide_course, hide_forum, restrict_by_date):
            happens(hub.moodle)
    hub.cycle_and_sweep()
    assert hub.held("post") == visible(hub.moodle)


CLOSING = [hide_course, hide_forum, restrict_by_date, separate_groups, restrict_to_group]


@pytest.mark.parametrize("closes", CLOSING, ids=lambda each: each.__name__)
def test_what_was_closed_is_closed_after_one_cycle_and_opens_again(
    hub: MoodleHub, closes: Callable[[SmallMoodle], None]
) -> None:
    before = hub.held("post")
    closes(hub.moodle)
    hub.moodle.tick(3600)
    hub.run()
    assert hub.held("post") == visible(hub.moodle) != before
    hub.moodle.courses[12].visible = True
    module = hub.moodle.forums[GARDEN].module
    module.visible, module.availability, module.groupmode = True, None, 0
    hub.settle()
    assert hub.held("post") == visible(hub.moodle) == before
    assert hub.sentences() == {}


def test_somebody_moved_between_groups_sees_the_other_groups(hub: MoodleHub) -> None:
    assert "user:3" in hub.members("group", "group:7")
    hub.moodle.courses[12].groups = {7: set(), 8: {3}}
    hub.moodle.tick(3600)
    hub.run()
    assert hub.members("group", "group:7") == set()
    assert hub.members("group", "group:8") == {"user:3"}


@pytest.mark.parametrize("leaves", ["suspended", "unenrolled", "deleted"])
def test_somebody_who_lost_access_sees_nothing(hub: MoodleHub, leaves: str) -> None:
    audiences = [("stream", f"forum:{GARDEN}"), ("stream", "calendar"), ("stream", "blog")]
    assert all("user:3" in hub.members(*each) for each in audiences)
    if leaves == "suspended":
        hub.moodle.users[3].suspended = True
    for course in hub.moodle.courses.values():
        if leaves != "suspended":
            course.roles.pop(3, None)
    hub.moodle.tick(3600)
    hub.run()
    assert [each for each in audiences if "user:3" in hub.members(*each)] == []


def test_texts_of_a_teacher_who_left_stay(hub: MoodleHub) -> None:
    before = hub.held("post")
    for course in hub.moodle.courses.values():
        course.roles.pop(3, None)
    hub.cycle_and_sweep()
    assert hub.held("post") == before


def test_sign_up_changed_withdrawn_and_over_filled(hub: MoodleHub) -> None:
    choice = hub.moodle.choices[5]
    first, second, *_ = sorted(choice.answers)
    friday = max(choice.options)
    assert set(hub.held("answer")) == {f"answer:{each}" for each in choice.answers}
    choice.answers[first] = (choice.answers[first][0], friday, hub.moodle.tick())
    del choice.answers[second]
    for user in (2, 4, 6):
        hub.moodle.sign_up(5, user, friday)
    hub.cycle_and_sweep()
    assert set(hub.held("answer")) == {f"answer:{each}" for each in choice.answers}


def test_withdrawn_sign_up_alone_leaves_with_the_nightly_check(hub: MoodleHub) -> None:
    choice = hub.moodle.choices[5]
    del choice.answers[max(choice.answers)]
    hub.cycle_and_sweep()
    assert set(hub.held("answer")) == {f"answer:{each}" for each in choice.answers}


def test_names_that_are_not_shown_to_all_are_for_facilitators(hub: MoodleHub) -> None:
    assert {who for _, who in hub.held("answer").values()} == {"stream choice:5"}
    hub.moodle.choices[5].showresults = 0
    hub.moodle.choices[5].module.configured = hub.moodle.tick()
    hub.cycle_and_sweep()
    assert {who for _, who in hub.held("answer").values()} == {"facilitators"}


def test_calendar_entries_move_and_leave(hub: MoodleHub) -> None:
    hui, workshop, holiday = sorted(hub.moodle.events)
    del hub.moodle.events[workshop]
    hub.moodle.events[hui].html = "<p>In the library.</p>"
    added = hub.moodle.add_event("Another hui", course=12)
    hub.cycle_and_sweep()
    assert hub.held("event") == {
        f"event:{hui}": ("<p>In the library.</p>", "group course:12"),
        f"event:{holiday}": ("", "stream calendar"),
        f"event:{added.id}": ("", "group course:12"),
    }


def test_blog_entries_are_edited_and_leave(hub: MoodleHub) -> None:
    first, second, *_ = sorted(hub.moodle.entries)
    del hub.moodle.entries[second]
    hub.moodle.entries[first].html = "<p>Anew.</p>"
    hub.moodle.entries[first].modified = hub.moodle.tick()
    hub.cycle_and_sweep()
    assert set(hub.held("entry")) == {f"entry:{each}" for each in hub.moodle.entries}
    assert hub.held("entry")[f"entry:{first}"] == ("<p>Anew.</p>", "stream blog")


def test_activities_come_are_hidden_and_leave(hub: MoodleHub) -> None:
    page = next(each for each in hub.moodle.modules.values() if each.kind == "page")
    assert hub.held("module")[f"module:{page.id}"][1] == "stream course:12"
    page.visible = False
    hub.moodle.tick(3600)
    hub.run()
    assert hub.held("module")[f"module:{page.id}"][1] == "facilitators"
    del hub.moodle.modules[page.id]
    added = hub.moodle.add_module(12, "url", "A link")
    hub.cycle_and_sweep()
    held = hub.held("module")
    assert f"module:{page.id}" not in held
    assert held[f"module:{added.id}"][1] == "stream course:12"


def test_new_course_of_a_picked_category_joins_by_itself(sqlite_store: Store) -> None:
    hub = MoodleHub(sqlite_store, village(), {"categories": [4]})
    hub.settle()
    before = len(hub.held("post"))
    hub.moodle.add_course(20, "New this term", {2: "manager"})
    hub.moodle.add_forum(20, 90, "Hello")
    post = hub.moodle.discuss(90, 2, "First", "<p>Kia ora</p>")
    for _ in range(4):
        hub.moodle.tick(3600)
        hub.run()
    assert hub.held("post")[f"post:{post.id}"] == ("<p>Kia ora</p>", "stream forum:90")
    assert len(hub.held("post")) == before + 1


@pytest.mark.parametrize("skew", [-600, 600])
def test_a_hub_whose_clock_is_ten_minutes_off_loses_nothing(sqlite_store: Store, skew: int) -> None:
    hub = MoodleHub(sqlite_store, village(), SETTINGS, skew=skew)
    hub.settle()
    for _ in range(5):
        hub.moodle.discuss(GARDEN, 2, "Between", "<p>Between two cycles.</p>")
        hub.run()
    assert hub.held("post") == visible(hub.moodle)


def test_a_batch_that_is_cut_short_loses_nothing(sqlite_store: Store) -> None:
    moodle = village()
    moodle.cut_after = 7
    hub = MoodleHub(sqlite_store, moodle, SETTINGS)
    hub.settle()
    assert hub.held("post") == visible(moodle)


FAILING = ["invalidtoken", "sitemaintenance", "dbconnectionfailed", "accessexception"]


@pytest.mark.parametrize("code", FAILING)
@pytest.mark.parametrize("answered", [0, 1, 2, 3])
def test_token_or_site_that_ends_in_mid_run_loses_and_doubles_nothing(
    sqlite_store: Store, code: str, answered: int
) -> None:
    hub = MoodleHub(sqlite_store, village(), SETTINGS)
    begun = hub.moodle.calls

    def end() -> None:
        if hub.moodle.calls - begun > answered:
            hub.moodle.refusing = code

    hub.moodle.after_call = end
    report = hub.run()
    assert (report.state, bool(report.sentence)) == ("failed", True)
    hub.moodle.after_call = lambda: None
    hub.moodle.refusing = None
    hub.settle()
    assert hub.held("post") == visible(hub.moodle)


@pytest.mark.parametrize("lost", ["viewdiscussion", "viewparticipants", "choose", "readresponses"])
def test_lost_capability_is_named_retires_nothing_and_comes_back(hub: MoodleHub, lost: str) -> None:
    kinds = ("post", "answer", "choice", "event", "entry", "module")
    before = hub.held(*kinds)
    hub.moodle.capabilities.remove(lost)
    hub.moodle.discuss(GARDEN, 4, "By a student", "<p>New</p>")
    hub.moodle.sign_up(5, 6, max(hub.moodle.choices[5].options))
    hub.moodle.tick(3600)
    hub.run()
    hub.moodle.tick(3600)
    hub.run(sweep=True)
    held = hub.held(*kinds)
    assert before.keys() <= held.keys()
    assert {key: held[key][0] for key in before} == {key: each[0] for key, each in before.items()}
    assert any(lost in sentence for sentence in hub.sentences().values()), hub.sentences()
    hub.moodle.capabilities.add(lost)
    hub.settle()
    hub.cycle_and_sweep()
    assert hub.held("post") == visible(hub.moodle)
    assert set(hub.held("answer")) == {f"answer:{each}" for each in hub.moodle.choices[5].answers}


def test_stopped_after_every_page_it_ends_the_same(sqlite_store: Store) -> None:
    hub = MoodleHub(sqlite_store, village(), SETTINGS, slice_requests=1)
    runs = 0
    while hub.run().state == "partial":
        hub.moodle.tick(60)
        runs += 1
        assert runs < 100
    assert runs > 5
    assert hub.held("post") == visible(hub.moodle)
