"""A course's announcements forum as a destination, on the stand-in Moodle."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from connector.announce.plan import shown
from connector.errors import (
    AuthError,
    ConflictError,
    PermanentError,
    TemporaryError,
    UnknownOutcome,
)
from connector.model import CheckReport, Receipt
from sample_cluster.moodle.failures import Failure
from sample_cluster.moodle.state import Post
from tests.contract.fake_session import Answer, FakeSession, Request
from tests.moodle.posting import EDITED, MARKER, MESSAGE, forum_of, session_to, small_moodle
from tests.sample_cluster.moodle.small import Small

ADD, EDIT, DELETE = (
    "mod_forum_add_discussion",
    "mod_forum_update_discussion_post",
    "mod_forum_delete_post",
)


@pytest.fixture
def small() -> Small:
    return small_moodle()


def first_post(small: Small) -> Post:
    (discussion,) = small.news.discussions.values()
    return discussion.first


def answering(small: Small, function: str, body: bytes) -> FakeSession:
    """Return a session in which one function does its work and answers something else."""
    session = session_to(small)
    answer = session._service

    def instead(request: Request) -> Answer:
        found = answer(request)
        return replace(found, body=body) if request.form["wsfunction"] == function else found

    session._service = instead
    return session


def forms(session: FakeSession, function: str) -> list[dict[str, str]]:
    return [one.form for one in session.seen if one.form["wsfunction"] == function]


# --- sending and finding ------------------------------------------------------------------


def test_what_is_sent_is_found_with_the_same_receipt(small: Small) -> None:
    to = forum_of(small)
    assert to.find(MARKER) is None
    sent = to.send(MESSAGE, MARKER)
    post = first_post(small)
    assert sent == Receipt(
        f"post:{post.id}",
        f"{small.site.wwwroot}/mod/forum/discuss.php?d={post.discussion.id}",
        version=str(post.modified),
    )
    assert forum_of(small).find(MARKER) == sent
    assert forum_of(small).find(MARKER.replace("7", "8")) is None


def test_it_is_for_all_participants_and_subscribes_nobody(small: Small) -> None:
    session = session_to(small)
    forum_of(small, session).send(MESSAGE, MARKER)
    (form,) = forms(session, ADD)
    assert form["groupid"] == "-1"
    assert (form["options[0][name]"], form["options[0][value]"]) == ("discussionsubscribe", "0")
    assert first_post(small).discussion.group_id == -1


def test_the_marker_outlives_the_cleaning_of_texts(small: Small) -> None:
    forum_of(small).send(MESSAGE, MARKER)
    cleaned = small.posts(first_post(small).discussion.id)[first_post(small).id]["message"]
    assert f'id="{MARKER}"' in cleaned


def test_the_first_of_several_with_the_marker_is_ours(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.world.forums.start(small.news, small.mere, "Copied", first_post(small).message)
    assert forum_of(small).find(MARKER) == sent


def test_a_copy_is_found_among_more_than_one_listing_holds(small: Small) -> None:
    for number in range(501):
        small.world.forums.start(small.news, small.mere, f"News {number}", "<p>x</p>")
    sent = forum_of(small).send(MESSAGE, MARKER)
    assert forum_of(small).find(MARKER) == sent


def test_another_forum_is_named_by_the_number_in_its_address(small: Small) -> None:
    small.world.people.allow("connector", "mod/forum:startdiscussion")
    forum_of(small, forum=small.forum.module.id).send(MESSAGE, MARKER)
    assert len(small.forum.discussions) == 1
    assert not small.news.discussions


def test_an_answer_without_a_number_leaves_doubt(small: Small) -> None:
    with pytest.raises(UnknownOutcome):
        forum_of(small, answering(small, ADD, b'{"warnings": []}')).send(MESSAGE, MARKER)
    assert forum_of(small).find(MARKER) is not None


def test_an_answer_that_is_lost_after_the_posting_leaves_doubt(small: Small) -> None:
    small.site.at_request(3, lambda: small.site.fail(Failure.DATABASE_DOWN))
    with pytest.raises(UnknownOutcome):
        forum_of(small).send(MESSAGE, MARKER)
    small.site.mend()
    assert forum_of(small).find(MARKER) is not None


@pytest.mark.parametrize("code", ["dmlwriteexception", "dmltransactionexception", "", "oddity"])
def test_a_failure_in_the_middle_of_writing_leaves_doubt(small: Small, code: str) -> None:
    told = f'{{"exception": "dml", "errorcode": "{code}", "message": "x"}}'
    with pytest.raises(UnknownOutcome):
        forum_of(small, answering(small, ADD, told.encode())).send(MESSAGE, MARKER)


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [("nopermissions", AuthError, "mod/forum:addnews"), ("oddity", PermanentError, "oddity")],
)
def test_a_warning_in_place_of_a_number_is_a_failure(
    small: Small, code: str, error: type[Exception], words: str
) -> None:
    told = f'{{"warnings": [{{"warningcode": "{code}", "message": "no"}}]}}'
    with pytest.raises(error, match=words):
        forum_of(small, answering(small, ADD, told.encode())).send(MESSAGE, MARKER)


@pytest.mark.parametrize("function", [EDIT, DELETE])
def test_a_warning_in_place_of_a_change_is_a_failure(small: Small, function: str) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    told = b'{"status": false, "warnings": [{"warningcode": "oddity", "message": "no"}]}'
    to = forum_of(small, answering(small, function, told))
    with pytest.raises(PermanentError, match="oddity"):
        to.update(sent, EDITED) if function == EDIT else to.retract(sent)


# --- before anything is sent --------------------------------------------------------------


@pytest.mark.parametrize("verb", ["find", "send"])
def test_a_dead_token_is_told_before_anything_is_posted(small: Small, verb: str) -> None:
    session = session_to(small)
    to = forum_of(small, session, token="another")
    with pytest.raises(AuthError, match="token"):
        to.find(MARKER) if verb == "find" else to.send(MESSAGE, MARKER)
    assert not forms(session, ADD)


def test_a_course_that_was_moved_is_told_and_no_absence(small: Small) -> None:
    for verb in ("find", "send"):
        to = forum_of(small, course=small.course.id + 50)
        with pytest.raises(AuthError, match=f"no course {small.course.id + 50}"):
            to.find(MARKER) if verb == "find" else to.send(MESSAGE, MARKER)


def test_a_forum_that_left_the_course_is_told(small: Small) -> None:
    with pytest.raises(AuthError, match="no forum with id=999"):
        forum_of(small, forum=999).send(MESSAGE, MARKER)


def test_a_forum_that_hides_its_discussions_is_no_sign_of_absence(small: Small) -> None:
    forum_of(small).send(MESSAGE, MARKER)
    told = b'{"discussions": [], "warnings": []}'
    with pytest.raises(AuthError, match="viewdiscussion"):
        forum_of(small, answering(small, "mod_forum_get_forum_discussions", told)).find(MARKER)


def test_a_lost_right_to_post_is_told_with_its_name(small: Small) -> None:
    small.world.people.forbid("connector", "mod/forum:addnews")
    with pytest.raises(AuthError, match="mod/forum:addnews"):
        forum_of(small).send(MESSAGE, MARKER)
    assert not small.news.discussions


# --- correcting ---------------------------------------------------------------------------


def test_a_correction_keeps_the_marker_and_the_place(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.later(hours=3)
    changed = forum_of(small).update(sent, EDITED)
    assert changed == replace(sent, version=str(small.world.clock.seconds))
    assert first_post(small).subject == EDITED.title
    assert "To Friday." in first_post(small).message
    assert forum_of(small).find(MARKER) == changed


@pytest.mark.parametrize("title", [EDITED.title, "5 &amp; 6 &lt; 7"])
def test_a_correction_asked_for_twice_changes_nothing_the_second_time(
    small: Small, title: str
) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.later(minutes=5)
    wanted = replace(EDITED, title=title)
    changed = forum_of(small).update(sent, wanted)
    small.later(minutes=5)
    session = session_to(small)
    assert forum_of(small, session).update(sent, wanted) == changed
    assert not forms(session, EDIT)


def test_what_somebody_edited_is_left_unless_that_was_said(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.later(minutes=5)
    small.world.forums.edit(first_post(small), message="<p>Mine now</p>")
    with pytest.raises(ConflictError, match="--over"):
        forum_of(small).update(sent, EDITED)
    assert first_post(small).message == "<p>Mine now</p>"
    forum_of(small).update(replace(sent, version=""), EDITED)
    assert first_post(small).message == "<div><p>To Friday.</p></div>"


def test_what_is_gone_is_told_as_gone(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.world.forums.delete(first_post(small))
    with pytest.raises(PermanentError) as caught:
        forum_of(small).update(sent, EDITED)
    assert caught.value.status == 410


def test_what_was_moved_to_another_forum_is_still_corrected(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.world.forums.move(first_post(small).discussion, small.forum)
    small.world.people.allow("connector", "mod/forum:editanypost")
    forum_of(small).update(sent, EDITED)
    (discussion,) = small.forum.discussions.values()
    assert discussion.name == EDITED.title


def test_a_failure_inside_moodle_is_no_sign_of_absence(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    told = b'{"exception": "Error", "message": "null"}'
    to = forum_of(small, answering(small, "mod_forum_get_discussion_posts", told))
    for act in (lambda: to.update(sent, EDITED), lambda: to.retract(sent)):
        with pytest.raises(TemporaryError):
            act()
    assert len(small.news.discussions) == 1


def test_what_goes_between_looking_and_writing_is_gone(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    told = b'{"exception": "moodle", "errorcode": "invalidpostid", "message": "x"}'
    with pytest.raises(PermanentError) as caught:
        forum_of(small, answering(small, EDIT, told)).update(sent, EDITED)
    assert caught.value.status == 410
    forum_of(small, answering(small, DELETE, told)).retract(sent)


def test_what_a_privacy_request_blanked_is_gone(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.world.forums.blank(first_post(small))
    with pytest.raises(PermanentError) as caught:
        forum_of(small).update(sent, EDITED)
    assert caught.value.status == 410


def test_where_the_copy_is_unknown_a_person_has_to_change_it(small: Small) -> None:
    nowhere = Receipt("post:7", "https://vln.example.school.nz/elsewhere")
    for act in (
        lambda: forum_of(small).update(nowhere, EDITED),
        lambda: forum_of(small).retract(nowhere),
    ):
        with pytest.raises(PermanentError, match="change it there"):
            act()


# --- taking back --------------------------------------------------------------------------


def test_what_is_taken_back_is_gone_and_stays_gone(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    forum_of(small).retract(sent)
    assert not small.news.discussions
    forum_of(small).retract(sent)


def test_replies_are_not_taken_along_unless_that_was_said(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.world.forums.reply(first_post(small), small.mere, "<p>Ka pai</p>")
    with pytest.raises(ConflictError, match="replied"):
        forum_of(small).retract(sent)
    assert len(first_post(small).discussion.posts) == 2
    forum_of(small).retract(replace(sent, version=""))
    assert not small.news.discussions


def test_after_the_half_hour_taking_back_needs_a_right_of_its_own(small: Small) -> None:
    small.world.people.forbid("connector", "mod/forum:deleteanypost")
    sent = forum_of(small).send(MESSAGE, MARKER)
    small.later(minutes=31)
    with pytest.raises(PermanentError, match="mod/forum:deleteanypost"):
        forum_of(small).retract(sent)


def test_a_copy_that_a_person_named_can_be_changed(small: Small) -> None:
    sent = forum_of(small).send(MESSAGE, MARKER)
    assert sent.url is not None
    by_hand = Receipt(sent.url, sent.url)
    assert forum_of(small).update(by_hand, EDITED).external_id == sent.external_id
    forum_of(small).retract(by_hand)
    assert not small.news.discussions


# --- limits, preview and plan -------------------------------------------------------------


@pytest.mark.parametrize("title", ["I <3 maths", "<b>Bold</b> news", "x" * 300, "a < b & c > d"])
def test_every_title_that_is_previewed_is_taken(small: Small, title: str) -> None:
    to = forum_of(small)
    message = to.preview(replace(MESSAGE, title=title))
    assert not to.objections(message)
    to.send(message, MARKER)
    assert first_post(small).subject == message.title
    assert len(message.title) <= 255


def test_a_title_of_nothing_but_tags_is_objected_to(small: Small) -> None:
    to = forum_of(small)
    assert to.objections(to.preview(replace(MESSAGE, title="<b></b>")))


def test_the_plan_is_what_is_sent_without_the_token(small: Small) -> None:
    session = session_to(small)
    to = forum_of(small, session)
    (planned,) = to.plan(MESSAGE, MARKER)
    to.send(MESSAGE, MARKER)
    (sent,) = [one for one in session.seen if one.form["wsfunction"] == ADD]
    assert planned.address == sent.url
    fields = dict(parse_qsl((sent.body or b"").decode(), keep_blank_values=True))
    fields["wstoken"] = "(kept secret)"
    fields["forumid"] = f"(announcements, course {small.course.id})"
    assert planned.body == "\n".join(f"{name}={value}" for name, value in fields.items())
    assert "TOKEN" not in shown(planned)


def test_the_plan_does_not_change_with_the_token(small: Small) -> None:
    other = forum_of(small, token="another")
    assert other.plan(MESSAGE, MARKER) == forum_of(small).plan(MESSAGE, MARKER)


# --- the check ----------------------------------------------------------------------------


def wrong(report: CheckReport) -> dict[str, str]:
    return {one.ability: one.sentence for one in report.lines if not one.ok}


def test_the_check_of_a_good_destination_finds_nothing_and_changes_nothing(small: Small) -> None:
    forum_of(small).send(MESSAGE, MARKER)
    small.later(hours=1)
    session = session_to(small)
    report = forum_of(small, session).check()
    assert wrong(report) == {}
    assert {one.ability for one in report.lines} >= {"forum", "post", "edit", "delete"}
    assert not [one for one in (ADD, EDIT, DELETE) if forms(session, one)]


@pytest.mark.parametrize(
    ("right", "ability"),
    [
        ("mod/forum:addnews", "post"),
        ("mod/forum:deleteanypost", "delete"),
        ("mod/forum:viewdiscussion", "forum"),
        ("moodle/course:view", "course"),
    ],
)
def test_the_check_names_the_right_to_ask_for(small: Small, right: str, ability: str) -> None:
    forum_of(small).send(MESSAGE, MARKER)
    small.later(hours=1)
    small.world.people.forbid("connector", right)
    found = wrong(forum_of(small).check())
    sentence = found.get(ability, "") + found.get("forum", "")
    assert right in sentence
    assert "Text to send" in sentence


def test_before_anything_was_posted_the_check_cannot_tell_what_may_be_changed(small: Small) -> None:
    report = forum_of(small).check()
    assert wrong(report) == {}
    assert "change" in {one.ability for one in report.lines}


def test_the_check_names_a_function_that_the_service_lacks(small: Small) -> None:
    del small.site.service["mod_forum_delete_post"]
    found = wrong(forum_of(small).check())
    assert "take back" in found["mod_forum_delete_post"]
    assert "Text to send" in found["mod_forum_delete_post"]


def test_the_check_tells_a_dead_token_and_a_moved_course(small: Small) -> None:
    assert "token" in wrong(forum_of(small, token="another").check())["sign in"]
    moved = wrong(forum_of(small, course=999).check())
    assert "no course 999" in moved["course"]
