"""What is posted has the shape that a real Moodle took, and its answers are read as meant."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.moodle.calendar_destination import ADAPTER as CALENDAR
from adapters.moodle.client import flattened
from adapters.moodle.forum_destination import ADAPTER as FORUM
from adapters.moodle.posting import marked
from connector.contract import Destination
from connector.errors import AuthError, PermanentError
from connector.model import Message, Receipt
from tests.contract.fake_session import Answer, FakeSession, Request
from tests.moodle.posting import MARKER, MESSAGE
from tests.moodle.recorded import NOW, RECORDED, SITE, TOKEN

POSTED = Receipt("post:434", f"{SITE}/mod/forum/discuss.php?d=201", version="1795285327")
NOTICE = Message(title="Hub notice for capture", html="<p>Kia ora koutou</p>", text="Kia ora")
EVENT = Message(
    title="Hub event",
    html="<p>d</p>",
    text="d",
    start=datetime.fromtimestamp(1795544521, UTC),
    end=datetime.fromtimestamp(1795544521 + 3600, UTC),
)
NEWS = {"discussions": [], "warnings": []}
FOUND = {
    "core_course_get_courses_by_field": RECORDED["core_course_get_courses_by_field"].response,
    "mod_forum_get_forums_by_courses": RECORDED["mod_forum_get_forums_by_courses"].response,
    "mod_forum_get_discussion_posts": RECORDED[
        "mod_forum_get_discussion_posts-pushed-settingraw"
    ].response,
    "mod_forum_get_forum_discussions": RECORDED["mod_forum_get_forum_discussions-news"].response,
}


def session(*names: str, **answers: Any) -> FakeSession:
    """Return a session that answers as these were recorded, and questions as usual."""
    told: dict[str, Any] = FOUND | answers
    told |= {RECORDED[name].function: RECORDED[name].response for name in names}

    def answer(request: Request) -> Answer:
        body = json.dumps(told[request.form["wsfunction"]]).encode()
        return Answer(body, 200, {"Content-Type": "application/json"})

    return FakeSession(answer)


def opened(adapter: Any, asked: FakeSession) -> Destination:
    settings = {"address": SITE, "token": TOKEN, "course": 2}
    found: Destination = adapter.open_destination(
        adapter.Settings.model_validate(settings), asked, NOW
    )
    return found


def form(asked: FakeSession, function: str) -> dict[str, str]:
    (found,) = [one.form for one in asked.seen if one.form["wsfunction"] == function]
    return found


def names(params: Mapping[str, object]) -> set[str]:
    return {name for name, _ in flattened(params)}


ALWAYS = {"wstoken", "wsfunction", "moodlewsrestformat"}


def test_a_discussion_is_made_as_recorded() -> None:
    capture = RECORDED["mod_forum_add_discussion"]
    asked = session(capture.name)
    sent = opened(FORUM, asked).send(NOTICE, MARKER)
    told = form(asked, capture.function)
    assert set(told) - ALWAYS == names(capture.params) | {"groupid"}
    same = {key: told[key] for key in ("forumid", "subject", "options[0][name]")}
    assert same.items() <= dict(flattened(capture.params)).items()
    assert sent == POSTED


def test_a_post_is_corrected_as_recorded() -> None:
    capture = RECORDED["mod_forum_update_discussion_post"]
    asked = session(capture.name)
    opened(FORUM, asked).update(POSTED, MESSAGE)
    told = form(asked, capture.function)
    assert set(told) - ALWAYS == names(capture.params)
    assert told["postid"] == str(capture.params["postid"])


def test_a_post_is_taken_back_as_recorded_and_once_gone_is_taken_back() -> None:
    for name in ("mod_forum_delete_post", "mod_forum_delete_post-already-deleted"):
        capture = RECORDED[name]
        asked = session(capture.name)
        opened(FORUM, asked).retract(POSTED)
        told = form(asked, capture.function)
        assert {key: told[key] for key in set(told) - ALWAYS} == dict(flattened(capture.params))


def test_a_gone_discussion_is_known_by_the_recorded_failure() -> None:
    capture = RECORDED["mod_forum_get_discussion_posts-unknown-discussion-php-error"]
    with pytest.raises(PermanentError) as caught:
        opened(FORUM, session(capture.name)).update(POSTED, MESSAGE)
    assert caught.value.status == 410
    opened(FORUM, session(capture.name)).retract(POSTED)


def test_the_missing_right_to_post_is_known_by_the_recorded_failure() -> None:
    asked = session("mod_forum_add_discussion-missing-capability")
    with pytest.raises(AuthError, match="mod/forum:addnews"):
        opened(FORUM, asked).send(NOTICE, MARKER)


@pytest.mark.parametrize("name", ["special-chars", "subject-with-less-than-or-tag"])
def test_a_title_that_was_refused_is_not_sent_like_that(name: str) -> None:
    capture = RECORDED[f"mod_forum_add_discussion-{name}"]
    to = opened(FORUM, session(capture.name))
    shown = to.preview(Message(title=capture.params["subject"], html="", text="")).title
    assert "<" not in shown
    assert shown != capture.params["subject"]
    with pytest.raises(PermanentError):
        to.send(NOTICE, MARKER)


def test_an_own_discussion_is_found_in_the_recorded_listing() -> None:
    listing = json.loads(json.dumps(FOUND["mod_forum_get_forum_discussions"]))
    mine = next(one for one in listing["discussions"] if one["discussion"] == 191)
    mine["message"] = marked(mine["message"], MARKER)
    asked = session(mod_forum_get_forum_discussions=listing)
    found = opened(FORUM, asked).find(MARKER)
    assert found == Receipt(
        "post:423", f"{SITE}/mod/forum/discuss.php?d=191", version=str(mine["modified"])
    )
    assert form(asked, "mod_forum_get_forum_discussions")["moodlewssettingraw"] == "true"


def test_the_recorded_text_keeps_its_id_when_it_is_cleaned() -> None:
    name = "mod_forum_get_discussion_posts-pushed-cooked"
    (post,) = RECORDED[name].response["posts"]
    assert 'id="hub-0193-abc"' in post["message"]


def test_an_event_is_made_as_recorded() -> None:
    capture = RECORDED["core_calendar_create_calendar_events"]
    asked = session(capture.name)
    sent = opened(CALENDAR, asked).send(EVENT, MARKER)
    told = form(asked, capture.function)
    wanted = dict(flattened(capture.params))
    assert set(told) - ALWAYS == set(wanted)
    written = marked(EVENT.html, MARKER)
    assert {key: told[key] for key in wanted} == wanted | {"events[0][description]": written}
    url = f"{SITE}/calendar/view.php?view=day&time=1795544521#event_80"
    assert sent == Receipt("event:80", url, version="1795285327")


def test_an_event_is_taken_out_as_recorded() -> None:
    capture = RECORDED["core_calendar_delete_calendar_events"]
    asked = session(capture.name)
    opened(CALENDAR, asked).retract(Receipt("event:80"))
    told = form(asked, capture.function)
    assert {key: told[key] for key in set(told) - ALWAYS} == dict(flattened(capture.params))


def test_the_recorded_warning_is_a_failure() -> None:
    name = "core_calendar_create_calendar_events-missing-capability-is-a-warning"
    with pytest.raises(AuthError, match="moodle/calendar:manageentries"):
        opened(CALENDAR, session(name)).send(EVENT, MARKER)


def test_the_silent_empty_calendar_of_an_unknown_course_is_no_absence() -> None:
    names = (
        "core_calendar_get_calendar_events-unknown-course",
        "core_course_get_courses_by_field-unknown-course",
    )
    with pytest.raises(AuthError, match="no course 2"):
        opened(CALENDAR, session(*names)).find(MARKER)


def test_the_silent_empty_list_of_forums_is_no_absence() -> None:
    name = "mod_forum_get_forums_by_courses-missing-capability-is-empty"
    with pytest.raises(AuthError, match="no course 2"):
        opened(FORUM, session(name)).find(MARKER)
