"""Pure: the streams of a Moodle, as a teacher would name them. Their keys stay for ever."""

from collections.abc import Iterator

from adapters.moodle import questions
from adapters.moodle.said import Course
from adapters.moodle.said_activities import Activity
from adapters.moodle.settings import MoodleSettings
from adapters.moodle.survey import Survey
from connector.model import Stream

BLOG, CALENDAR = "blog", "calendar"


def site_streams(survey: Survey, site: str) -> Iterator[Stream]:
    """Yield what belongs to no course."""
    if survey.site.has(questions.ENTRIES):
        yield Stream(key=BLOG, title="Blogs", url=f"{site}/blog/index.php", can_sweep=True)
    if survey.site.has(questions.EVENTS):
        url = f"{site}/calendar/view.php?view=upcoming"
        yield Stream(key=CALENDAR, title="Calendar", url=url, can_sweep=True)


def all_streams(survey: Survey, site: str, settings: MoodleSettings) -> Iterator[Stream]:
    """Yield everything that can be read."""
    yield from site_streams(survey, site)
    for number in sorted(survey.courses):
        if number not in survey.refused:
            yield from course_streams(survey, survey.courses[number], site, settings)


def course_stream(survey: Survey, course: Course, site: str) -> Stream:
    """Return the stream of what is added and changed in a course."""
    return Stream(
        key=f"course:{course.id}",
        title=survey.people.mask.text(course.name),
        url=f"{site}/course/view.php?id={course.id}",
        can_sweep=True,
    )


def course_streams(
    survey: Survey, course: Course, site: str, settings: MoodleSettings
) -> Iterator[Stream]:
    """Yield the streams of one course, its own first."""
    yield course_stream(survey, course, site)
    mask = survey.people.mask.text
    for number, forum in sorted(survey.forums.items()):
        if forum.course == course.id:
            yield Stream(
                key=f"forum:{number}",
                title=mask(f"{course.name}: {forum.name}"),
                url=f"{site}/mod/forum/view.php?id={forum.module}",
                can_sweep=True,
            )
    kinds: list[tuple[str, dict[int, Activity], bool]] = [
        ("choice", survey.choices, True),
        ("feedback", survey.feedbacks, settings.feedback_texts),
        ("assign", survey.assignments, settings.submission_texts),
    ]
    for kind, found, can_sweep in kinds:
        for number, each in sorted(found.items()):
            if each.course == course.id:
                yield Stream(
                    key=f"{kind}:{number}",
                    title=mask(f"{course.name}: {each.name}"),
                    url=f"{site}/mod/{kind}/view.php?id={each.module}",
                    can_sweep=can_sweep,
                )
