"""A stand-in site with the same things in it as the server that the captures were taken from.

Only what recorded requests ask for; the numbers are the recorded ones.
"""

from datetime import UTC, datetime, timedelta

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.state import (
    SEPARATE_GROUPS,
    Course,
    StoredFile,
    User,
)
from sample_cluster.moodle.world import MoodleWorld

MADE = datetime(2026, 11, 21, 18, 6, 19, tzinfo=UTC)
ASKED = datetime(2026, 11, 21, 18, 22, 1, tzinfo=UTC)
PICTURE = StoredFile("poster.png", b"\x89PNG" + bytes(66), "image/png", 1795284389)
INLINE = StoredFile("inline image.png", b"\x89PNG" + bytes(66), "image/png", 1795284389)
MARKED = '<!-- hub:0193-abc --><p id="hub-0193-abc">Kia ora koutou</p>'


def recorded_site() -> MoodleSite:
    """Return the site as it was when most captures were taken."""
    world = MoodleWorld(Clock(MADE))
    world.clock.advance(timedelta(days=-60))
    _people(world)
    _courses(world)
    _forums(world)
    _answers(world)
    _blogs(world)
    _calendar(world)
    world.clock.set(ASKED)
    return MoodleSite(world)


def _people(world: MoodleWorld) -> None:
    people = world.people
    people.add("Admin", "User", id=2, username="admin").is_admin = True
    for number in range(3, 62):
        user = people.add(
            "Aroha",
            f"Walker {number}",
            id=number,
            institution="Kōwhai Bush School",
            school_code="1001",
            idnumber=f"VLN{number - 2:04}",
        )
        user.description = "<p>Kia ora, ko Aroha taku ingoa.</p>"
    people.suspend(people.add("Isla", "McLeod", id=62, institution="School", school_code="1004"))
    people.delete(people.add("Gone", "Away", id=63))
    hub = people.add("Hub", "svc_hub", id=64, username="svc_hub")
    people.grant(hub, "connector")
    nobody = people.add("No", "Rights", id=65, username="svc_nocap")
    people.add_role("rest only", {"webservice/rest:use"})
    people.grant(nobody, "rest only")
    people.grant(people.users[15], "rest only")
    people.add_token(hub, "TOKEN")
    people.add_token(nobody, "svc_nocap")
    people.add_token(people.users[15], "student13")
    people.add_token(people.users[2], "admin")
    people.add_feed_key(hub)
    for name in ("Kōwhai Bush School", "Matariki Point School"):
        cohort = people.add_cohort(name, [people.users[n] for n in (3, 11, 19)], "school-1001")
        cohort.description = "A school"


def _courses(world: MoodleWorld) -> None:
    courses, people = world.courses, world.people
    names = ("Category 1", "Professional learning", "Student eLearning", "Archive")
    folders = [courses.add_category(name) for name in names]
    for number in range(2, 13):
        title = "STEM & digital tech PLD" if number == 3 else f"Course {number}"
        folder = folders[1] if number < 6 else folders[2]
        course = courses.add(title, f"C{number}", folder, id=number)
        for user in (3, 4, 9, 15, 16, 17, 18, 20):
            courses.enrol(course, people.users[user], "student" if user > 9 else "editingteacher")
        courses.add_group(course, "Kōwhai Bush School", [people.users[n] for n in (3, 4)])
    courses.add("Hidden", "C13", folders[1], id=13, visible=False)


def _forums(world: MoodleWorld) -> None:
    forums, courses, people = world.forums, world.courses, world.people
    hub, aroha = people.users[64], people.users[3]
    course = courses.courses[2]
    news = forums.add(course, "Announcements", "news", id=1, module_id=1)
    talk = forums.add(course, "Discussion space", section=1, id=13, module_id=13)
    news.rss_articles, talk.rss_articles = 20, 10
    thread = forums.start(
        news,
        aroha,
        "Announcement 3: Shared planning template",
        '<p>With picture <img src="@@PLUGINFILE@@/inline%20image.png" alt="x">'
        "<script>alert(1)</script></p>",
        id=3,
        post_id=3,
        attachments=(PICTURE,),
        inline_files=(INLINE,),
    )
    assert thread.id == 3
    question = forums.start(talk, people.users[55], "Questions", "<p>?</p>", id=18, post_id=44)
    question.pinned = True
    # Somebody in no group, and somebody who is in one.
    forums.reply(forums.reply(question.first, people.users[28], "<p>Reply</p>"), aroha, "<p>!</p>")
    forums.start(talk, aroha, "Another", "<p>Words</p>")
    world.clock.set(ASKED - timedelta(minutes=10))
    forums.start(news, hub, "Hub notice for capture", MARKED, id=201, post_id=434)
    forums.start(news, hub, 'Tom & Jerry "q"', "<p>Tom & Jerry</p>", id=213, post_id=447)
    world.clock.set(MADE)
    for number in (3, 4):
        other = courses.courses[number]
        forums.start(forums.add(other, "Announcements", "news"), aroha, "Kia ora", "<p>x</p>")
    separate = forums.add(courses.courses[4], "Separate groups forum", id=26)
    courses.set_group_mode(separate.module, SEPARATE_GROUPS)
    for group in courses.courses[4].groups.values():
        forums.start(separate, aroha, f"For {group.name}", "<p>x</p>", group_id=group.id)


def _answers(world: MoodleWorld) -> None:
    activities, courses, people = world.activities, world.courses, world.people
    course = courses.courses[2]
    moment = world.clock.seconds
    for number, target in enumerate((2, 3, 4), 1):
        module = courses.add_module(courses.courses[target], "choice", "Sign-up", section=2)
        choice = activities.add_choice(
            module,
            [("Tue 10am Zoom", 20), ("Wed 1pm Zoom", 20), ("Fri 9am Ōamaru", 3)],
            timeopen=moment,
            timeclose=moment + 86400,
        )
        assert choice.id == number
        for place, user in enumerate((15, 16, 17, 18)):
            activities.choose(choice, people.users[user], choice.options[place % 2])
    for target, anonymous in ((2, False), (3, True)):
        module = courses.add_module(courses.courses[target], "feedback", "Evaluation", section=2)
        questions = [
            activities.question("Rate it 0", "Feedback label 1", "Great", "OK", "Poor"),
            activities.question("What did you learn? 0", "Feedback label 2"),
        ]
        feedback = activities.add_feedback(module, questions, anonymous)
        for place, user in enumerate((15, 16, 17), 1):
            activities.answer(feedback, people.users[user], str(place), "I learned — ka pai")
    task = courses.add_module(course, "assign", "Reflection task", section=3, intro="<p>Write</p>")
    task.completion = 1
    assignment = activities.add_assignment(task, moment + 86400)
    activities.hand_in(assignment, people.users[15], "<p>My reflection</p>")
    _resources(world, course)


def _resources(world: MoodleWorld, course: Course) -> None:
    courses = world.courses
    page = courses.add_module(course, "page", "School blog (embedded)", section=1)
    page.page, page.completion = "<p>Here</p>", 2
    link = courses.add_module(course, "url", "School blog (URL)", section=1)
    link.address = "https://blog.school1001.example.school.nz/"
    link.customdata = {"display": "1", "filtericon": True}
    courses.add_module(course, "label", "label", section=1, intro="<p>Look</p>")
    for modname in ("scheduler", "lti", "journal", "diary", "facetoface", "attendance"):
        courses.add_module(course, modname, modname.capitalize(), section=2)
    for modname, area in (("glossary", "entries"), ("wiki", "pages"), ("data", "entries")):
        module = courses.add_module(course, modname, modname.capitalize(), section=3)
        module.changes = (area, {1: world.clock.seconds})
    for user in (15, 16):
        world.activities.complete(page, world.people.users[user])
        world.activities.complete(courses.modules[page.id], world.people.users[user])


def _blogs(world: MoodleWorld) -> None:
    blogs, people = world.blogs, world.people
    aroha: User = people.users[3]
    tags = ("literacy", "reflection")
    blogs.write(aroha, "Blog 0", "<p>Reflection</p>", tags=tags, course_id=2)
    note = StoredFile("photo.txt", b"photo", "text/plain", 1795284388)
    blogs.write(people.users[24], "Blog 1", "<p>x</p>")
    blogs.write(people.users[24], "Blog 2", "<p>x</p>", publishstate="public")
    assert blogs.write(people.users[24], "Blog 3", "x", tags=tags, attachments=(note,)).id == 4
    blogs.write(people.users[24], "Blog 4", "<p>x</p>", tags=tags)
    blogs.write(people.users[24], "Blog 5", "<p>x</p>", tags=tags)
    now = world.clock.seconds + 5
    world.clock.advance(timedelta(seconds=10))
    blogs.write(people.users[64], "From hub", "<p>x</p>")
    blogs.copy(aroha, "Maths week", "Maths", "https://room5.blog.example/2026/11/maths", now)


def _calendar(world: MoodleWorld) -> None:
    calendar, courses, people = world.calendar, world.courses, world.people
    start = world.clock.seconds
    course, admin = courses.courses[2], people.users[2]
    module = next(m for m in course.modules if m.modname == "choice")
    calendar.add("Sign-up opens", start, eventtype="open", module=module, user=admin)
    calendar.add("Online hui", start + 500, course=course, user=admin, description="<p>d</p>")
    session = next(m for m in course.modules if m.modname == "facetoface")
    calendar.add_session(session, start + 1000, timedelta(hours=2), "Library")
    front = courses.courses[1]
    calendar.add("Cluster PLD day", start, eventtype="site", course=front, user=admin)
    calendar.add(
        "Category event", start, eventtype="category", category=course.category, user=admin
    )
    while calendar.add("Hub event", start, course=course, user=people.users[64]).id < 80:
        calendar.delete(max(calendar.events.values(), key=lambda event: event.id))
