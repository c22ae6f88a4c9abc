"""How the stand-in is asked: fields, formats, batches, tokens, and the wrong name."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sample_cluster.answers import Request
from sample_cluster.moodle.failures import Failure
from sample_cluster.moodle.functions.table import BATCH
from sample_cluster.moodle.params import decoded
from sample_cluster.moodle.protocol import ENDPOINT
from sample_cluster.moodle.site import flattened
from tests.sample_cluster.moodle.shapes import differences, shape
from tests.sample_cluster.moodle.small import Small

FORM = {"content-type": "application/x-www-form-urlencoded"}


def batch(small: Small, *calls: tuple[str, dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    requests = [{"function": f, "arguments": json.dumps(given), **more} for f, given in calls]
    found = small.ask(BATCH, requests=requests)
    return list(found["responses"])


def test_the_comparison_of_shapes_notices_keys_and_types() -> None:
    recorded = shape({"a": [{"b": 1}, {"b": None}], "c": ""})
    assert differences(recorded, shape({"a": [{"b": None}, {"b": 2}], "c": "x"})) == []
    assert len(differences(recorded, shape({"a": [{"b": "1"}], "c": ""}))) == 3
    assert len(differences(recorded, shape({"a": [], "d": ""}))) == 3


def test_values_survive_being_flattened() -> None:
    values = {"courseids": [2, 3], "options": [{"name": "x", "value": 1}], "events": {"ids": [7]}}
    assert decoded(flattened(values)) == {
        "courseids": {"0": "2", "1": "3"},
        "options": {"0": {"name": "x", "value": "1"}},
        "events": {"ids": {"0": "7"}},
    }


def test_only_forms_are_understood(small: Small) -> None:
    fields = {"wstoken": "TOKEN", "wsfunction": "core_webservice_get_site_info"}
    body = json.dumps(fields).encode()
    asked = Request("POST", ENDPOINT, {"content-type": "application/json"}, body)
    assert "<ERRORCODE>invalidtoken" in str(small.site.answer(asked).body)
    bearer = {**FORM, "authorization": "Bearer TOKEN"}
    form = urlencode({"wsfunction": fields["wsfunction"], "moodlewsrestformat": "json"}).encode()
    refused = json.loads(small.site.answer(Request("POST", ENDPOINT, bearer, form)).body)
    assert refused["errorcode"] == "invalidtoken"


def test_titles_are_escaped_and_texts_cleaned_unless_raw(small: Small) -> None:
    words = (
        '<!-- hub:7 --><p id="hub-7" class="hub" data-hub="7" style="color:red">'
        'Kia ora <a href="https://x.example/" rel="me">x</a></p><script>1</script>'
    )
    thread = small.world.forums.start(small.forum, small.mere, "Tom & Jerry", words)
    cooked = small.posts(thread.id)[thread.first.id]
    assert cooked["subject"] == "Tom &amp; Jerry"
    assert cooked["message"] == (
        '<p id="hub-7" class="hub">Kia ora <a href="https://x.example/">x</a></p>'
    )
    given = {"discussionid": thread.id}
    found = small.site.call("mod_forum_get_discussion_posts", given, moodlewssettingraw="true")
    assert found["posts"][0]["subject"] == "Tom & Jerry"
    assert found["posts"][0]["message"] == words


def test_in_a_batch_each_inner_call_says_how_texts_come_back(small: Small) -> None:
    thread = small.world.forums.start(small.forum, small.mere, "Tom & Jerry", "x")
    call = "mod_forum_get_discussion_posts", {"discussionid": thread.id}
    for more, wanted in (({}, "Tom &amp; Jerry"), ({"settingraw": 1}, "Tom & Jerry")):
        (answer,) = batch(small, call, **more)
        assert json.loads(answer["data"])["posts"][0]["subject"] == wanted


def test_the_first_error_of_a_batch_stops_the_rest(small: Small) -> None:
    info = "core_webservice_get_site_info", {}
    found = batch(small, info, ("core_course_get_contents", {"courseid": 999}), info)
    assert [answer["error"] for answer in found] == [False, True]
    assert small.site.functions["core_webservice_get_site_info"] == 2


def test_arguments_that_are_no_json_pass_nothing(small: Small) -> None:
    requests = [{"function": "core_course_get_contents", "arguments": "{courseid: 2"}]
    (answer,) = small.ask(BATCH, requests=requests)["responses"]
    assert json.loads(answer["exception"])["errorcode"] == "invalidparameter"


def test_too_many_fields_are_cut_off_without_a_word(small: Small) -> None:
    calls = [("core_course_get_categories", {})] * 2600
    assert len(batch(small, *calls)) == 2499


def test_a_batch_can_be_cut_short(small: Small) -> None:
    small.site.most_batch_answers = 1
    info = "core_webservice_get_site_info", {}
    assert len(batch(small, info, info)) == 1


def test_a_service_without_a_function_refuses_it(small: Small) -> None:
    del small.site.service[BATCH]
    assert small.ask(BATCH, requests=[])["errorcode"] == "accessexception"
    assert small.ask("core_nope")["errorcode"] == "invalidrecord"
    names = {f["name"] for f in small.ask("core_webservice_get_site_info")["functions"]}
    assert BATCH not in names
    assert "core_course_get_contents" in names


def test_an_expired_token_is_refused_once_and_then_unknown(small: Small) -> None:
    small.site.at_request(2, small.world.people.expire_token)
    codes = [small.ask("core_webservice_get_site_info").get("errorcode") for _ in range(4)]
    assert codes == [None, "accessexception", "invalidtoken", "invalidtoken"]


def test_the_wrong_name_is_answered_with_the_token_in_the_location(small: Small) -> None:
    form = urlencode({"wstoken": "TOKEN", "wsfunction": "core_webservice_get_site_info"})
    headers = {**FORM, "host": "other.example"}
    answer = small.site.answer(Request("POST", ENDPOINT, headers, form.encode()))
    location = urlsplit(dict(answer.headers)["Location"])
    assert answer.status == 303
    assert f"{location.scheme}://{location.netloc}" == small.site.wwwroot
    assert parse_qs(location.query)["wstoken"] == ["TOKEN"]


def test_trouble_ends_by_itself_after_so_many_requests(small: Small) -> None:
    small.site.fail(Failure.MAINTENANCE, times=2)
    codes = [small.ask("core_webservice_get_site_info").get("errorcode") for _ in range(3)]
    assert codes == ["sitemaintenance", "sitemaintenance", None]


def test_maintenance_by_command_line_says_when_to_come_back(small: Small) -> None:
    small.site.fail(Failure.COMMAND_LINE_MAINTENANCE)
    answer = small.site.answer(Request("POST", ENDPOINT, FORM))
    assert (answer.status, dict(answer.headers)["Retry-After"]) == (503, "300")


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("core_course_get_contents", {}),
        ("core_course_get_contents", {"courseid": "abc"}),
        ("core_course_get_contents", {"courseid": 2, "bogus": 1}),
        ("mod_forum_get_forums_by_courses", {"courseids": "2"}),
    ],
)
def test_missing_wrong_and_unknown_parameters_are_one_error(
    small: Small, function: str, given: dict[str, Any]
) -> None:
    assert small.ask(function, **given)["errorcode"] == "invalidparameter"


def test_every_request_is_counted_with_what_is_inside(small: Small) -> None:
    small.ask("core_course_get_categories")
    batch(small, ("core_course_get_categories", {}), ("core_blog_get_entries", {}))
    assert [len(asked.inner) for asked in small.site.requests] == [0, 2]
    assert small.site.functions["core_course_get_categories"] == 2
    small.site.forget()
    assert small.site.requests == []
