"""Sign-ups, feedback, assignments, blogs and the calendar of the stand-in."""

from datetime import timedelta

from sample_cluster.answers import Request
from sample_cluster.moodle.state import Choice
from tests.sample_cluster.moodle.small import Small


def bus_trip(small: Small, **more: bool) -> Choice:
    module = small.world.courses.add_module(small.course, "choice", "Bus trip")
    return small.world.activities.add_choice(module, [("Early", 1), ("Late", 5)], **more)


def test_a_changed_choice_frees_its_place(small: Small) -> None:
    choice = bus_trip(small)
    early, late = choice.options
    small.world.activities.choose(choice, small.tama, early)
    options = small.ask("mod_choice_get_choice_options", choiceid=choice.id)["options"]
    assert [(o["countanswers"], o["disabled"]) for o in options] == [(1, True), (0, False)]
    small.later(minutes=1)
    small.world.activities.choose(choice, small.tama, late)
    results = small.ask("mod_choice_get_choice_results", choiceid=choice.id)["options"]
    assert [len(o["userresponses"]) for o in results] == [0, 1]
    assert results[1]["userresponses"][0]["timemodified"] == small.world.clock.seconds


def test_a_choice_can_be_over_filled(small: Small) -> None:
    choice = bus_trip(small)
    for user in (small.tama, small.mere):
        small.world.activities.choose(choice, user, choice.options[0])
    option = small.ask("mod_choice_get_choice_options", choiceid=choice.id)["options"][0]
    assert (option["maxanswers"], option["countanswers"]) == (1, 2)


def test_a_choice_without_names_tells_how_many(small: Small) -> None:
    choice = bus_trip(small, publish_names=False)
    small.world.activities.choose(choice, small.tama, choice.options[0])
    option = small.ask("mod_choice_get_choice_results", choiceid=choice.id)["options"][0]
    assert (option["numberofuser"], option["userresponses"]) == (1, [])


def test_hidden_results_are_an_empty_list(small: Small) -> None:
    choice = bus_trip(small)
    choice.show_results = 0
    assert small.ask("mod_choice_get_choice_results", choiceid=choice.id)["options"]
    small.world.people.forbid("connector", "mod/choice:readresponses")
    assert small.ask("mod_choice_get_choice_results", choiceid=choice.id)["options"] == []


def test_without_the_right_to_choose_a_choice_is_only_named(small: Small) -> None:
    choice = bus_trip(small)
    small.world.people.forbid("connector", "mod/choice:choose")
    (shown,) = small.ask("mod_choice_get_choices_by_courses", courseids=[2])["choices"]
    assert shown["name"] == "Bus trip"
    assert "limitanswers" not in shown
    answer = small.ask("mod_choice_get_choice_options", choiceid=choice.id)
    assert answer["errorcode"] == "nopermissions"


def test_anonymous_feedback_names_nobody(small: Small) -> None:
    activities = small.world.activities
    module = small.world.courses.add_module(small.course, "feedback", "How was it?")
    feedback = activities.add_feedback(module, [activities.question("Words", "w")])
    activities.answer(feedback, small.tama, "Good")
    answer = small.ask("mod_feedback_get_responses_analysis", feedbackid=feedback.id)
    assert answer["totalanonattempts"] == 1
    assert "Rewi" not in str(answer)
    feedback.anonymous = False
    answer = small.ask("mod_feedback_get_responses_analysis", feedbackid=feedback.id)
    assert answer["attempts"][0]["userid"] == small.tama.id


def test_submissions_since_a_moment(small: Small) -> None:
    activities = small.world.activities
    module = small.world.courses.add_module(small.course, "assign", "Reflection")
    assignment = activities.add_assignment(module)
    activities.hand_in(assignment, small.tama, "first")
    small.later(minutes=1)
    given = {"assignmentids": [assignment.id], "since": small.world.clock.seconds}
    (found,) = small.site.call("mod_assign_get_submissions", given)["assignments"]
    assert found["submissions"] == []
    activities.hand_in(assignment, small.tama, "second")
    (found,) = small.site.call("mod_assign_get_submissions", given)["assignments"]
    assert len(found["submissions"]) == 1


def test_blogs_are_listed_by_when_they_were_written_whatever_the_page(small: Small) -> None:
    blogs = small.world.blogs
    for number in range(5):
        small.later(minutes=1)
        blogs.write(small.mere, f"Entry {number}", "x")
    small.later(minutes=1)
    blogs.edit(blogs.entries[1], summary="edited")
    blogs.write(small.mere, "Draft", "x", publishstate="draft")
    pages = [small.ask("core_blog_get_entries", page=page, perpage=2) for page in range(4)]
    assert [[e["id"] for e in page["entries"]] for page in pages] == [[5, 4], [3, 2], [1], []]
    assert {page["totalentries"] for page in pages} == {5}


def test_public_entries_show_where_blogs_are_for_everybody(small: Small) -> None:
    small.world.blogs.write(small.mere, "A", "x", publishstate="public")
    assert small.ask("core_blog_get_entries")["entries"] == []
    small.world.settings.blog_level = 5
    assert len(small.ask("core_blog_get_entries")["entries"]) == 1
    small.world.settings.blog_level = 0
    assert small.ask("core_blog_get_entries")["errorcode"] == "blogdisable"


def test_a_copy_of_an_outside_entry_names_its_permalink(small: Small) -> None:
    there = "https://room5.example/2026/maths"
    small.world.blogs.copy(small.mere, "Maths", "x", there, 1)
    (entry,) = small.ask("core_blog_get_entries")["entries"]
    assert (entry["module"], entry["uniquehash"]) == ("blog_external", there)


def test_sessions_stand_in_the_calendar_and_leave_with_a_hidden_course(small: Small) -> None:
    world = small.world
    module = world.courses.add_module(small.course, "facetoface", "Workshop")
    start = world.clock.seconds + 3600
    world.calendar.add_session(module, start, timedelta(hours=2), "Library")
    world.calendar.add("Elsewhere", start, course=small.other)
    asked = {"events": {"courseids": [small.course.id]}}
    (event,) = small.site.call("core_calendar_get_calendar_events", asked)["events"]
    assert (event["eventtype"], event["timeduration"]) == ("facetofacesession", 7200)
    assert small.site.wwwroot in event["description"]
    world.courses.hide(small.course)
    assert small.site.call("core_calendar_get_calendar_events", asked)["events"] == []


def test_events_can_be_made_and_deleted_but_not_in_unknown_courses(small: Small) -> None:
    small.world.people.allow("connector", "moodle/calendar:manageentries")
    event = {"name": "Hui", "courseid": 2, "eventtype": "course", "timestart": 1}
    made = small.ask("core_calendar_create_calendar_events", events=[event])["events"][0]
    gone = [{"eventid": made["id"], "repeat": 0}]
    assert small.ask("core_calendar_delete_calendar_events", events=gone) is None
    assert small.world.calendar.events == {}
    unknown = small.ask("core_calendar_create_calendar_events", events=[event | {"courseid": 99}])
    assert unknown["errorcode"] == "invalidrecord"


def test_feeds_by_key_hold_a_few_posts_and_respect_the_site(small: Small) -> None:
    small.world.people.add_feed_key(small.hub)
    small.forum.rss_articles = 3
    for number in range(5):
        small.world.forums.start(small.forum, small.mere, f"Thread {number}", "x")

    def items(key: str) -> int:
        target = f"/rss/file.php/1/{key}/mod_forum/{small.forum.id}/rss.xml"
        return str(small.site.answer(Request("GET", target)).body).count("<item>")

    assert items("RSSKEY") == 3
    assert items("wrong") == 0
    small.world.courses.hide(small.course)
    assert items("RSSKEY") == 0
