"""Tries what the hub's account can do in a Moodle, and says it in sentences.

A missing capability is often silent: an empty list, an absent activity. So what the site says
it has is compared with what it returns, and each line that is not ok holds a text ready to be
sent to the Moodle administrator.
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from adapters.moodle import questions, said_posts
from adapters.moodle.batch import BATCH, Ask
from adapters.moodle.questions import NEEDS
from adapters.moodle.said import Site
from adapters.moodle.said_activities import Activity
from adapters.moodle.settings import MoodleSettings
from adapters.moodle.survey import Survey, Surveyor, Wish
from connector.errors import SourceError
from connector.model import CheckLine, CheckReport

_ONLY_WITH_COHORTS = (questions.COHORTS, questions.COHORT_MEMBERS)
_OUT_OF_REACH = {
    "journal": (
        "Journal entries of others cannot be read by web service. The way round: ask the Moodle "
        "administrator for a custom report, or let people write into a forum or their blog."
    ),
    "diary": (
        "Diary entries of others cannot be read by web service. The way round: ask the Moodle "
        "administrator for a custom report, or let people write into a forum or their blog."
    ),
    "facetoface": (
        "Face-to-face sessions come with the calendar, but who signed up for them cannot be read "
        "by web service. The way round: use a choice activity for the sign-up."
    ),
}
_LOGS = (
    "Logs (who opened what) cannot be read by web service, and the hub does not want them: it "
    "counts what people wrote, handed in and signed up for."
)


def check_moodle(surveyor: Surveyor, settings: MoodleSettings, address: str) -> CheckReport:
    """Try every function and capability that the settings call for."""
    try:
        site = surveyor.site()
    except SourceError as error:
        return CheckReport((CheckLine("site", False, str(error)),))
    lines = [site_line(site, address), *_function_lines(site, settings)]
    try:
        survey = surveyor.look(Wish(wants_entries=True, events_since=0))
        lines += _course_lines(survey)
        lines += _people_lines(survey, settings)
        # What the service does not hold was said above; nothing more can be found out about it.
        found = _content_lines(survey, surveyor)
        lines += [each for each in found if each.ability not in NEEDS or site.has(each.ability)]
        lines += _unreachable_lines(survey)
    except SourceError as error:
        lines.append(CheckLine("courses", False, str(error)))
    return CheckReport(tuple(lines))


def to_administrator(request: str) -> str:
    """Return a request as a text that can be sent on as it is."""
    return f"Waiting for your administrator. Text to send: “Kia ora, {request} Ngā mihi.”"


def wants_capabilities(ability: str, capabilities: Sequence[str], where: str = "") -> str:
    """Return the text that asks for capabilities."""
    named = " and ".join(capabilities)
    place = where or "in the categories or courses that it is to read"
    return to_administrator(
        f"our cluster's hub cannot read {ability}. Please give the role of its account {named} "
        f"{place}."
    )


def wants_function(name: str) -> str:
    """Return the text that asks for a function."""
    return to_administrator(
        f"please add the function {name} to the web service of our cluster's hub (Site "
        "administration, Server, External services, Functions)."
    )


def site_line(site: Site, address: str) -> CheckLine:
    """Return the line about the site itself and the address that it is asked at."""
    sentence = f"{site.name or 'A Moodle'}, version {site.release or 'unknown'}."
    if site.url and _host(site.url) != _host(address):
        sentence += (
            f" It calls itself {_host(site.url)}. Enter the address that it gives itself as the "
            "address of this place."
        )
        return CheckLine("site", False, sentence)
    if address.startswith("http://"):
        sentence += " Its address is not encrypted: ask for https, for the token is sent to it."
    return CheckLine("site", True, sentence)


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc[:200]
    except ValueError:
        return ""


def _function_lines(site: Site, settings: MoodleSettings) -> Iterator[CheckLine]:
    missing = [
        name
        for name in _wanted_functions(settings)
        if not site.has(name) and not NEEDS[name].is_optional
    ]
    for name in missing:
        sentence = f"The service does not hold {name}, so {NEEDS[name].reads} cannot be read. "
        yield CheckLine(name, False, sentence + wants_function(name))
    if not site.has(BATCH):
        yield CheckLine(
            BATCH,
            True,
            f"The service does not hold {BATCH}: everything is read, but with many more calls. "
            "Ask the Moodle administrator to add it.",
        )
    if not missing:
        yield CheckLine("functions", True, "The service holds every function that is needed.")


def _wanted_functions(settings: MoodleSettings) -> list[str]:
    left_out = set() if settings.school_from == "cohort" else set(_ONLY_WITH_COHORTS)
    if not settings.completions:
        left_out.add(questions.COMPLETION)
    if not (settings.categories or settings.adult_categories):
        left_out.add(questions.CATEGORIES)
    return [name for name in NEEDS if name not in left_out]


def _course_lines(survey: Survey) -> Iterator[CheckLine]:
    if not survey.courses:
        yield CheckLine(
            "courses",
            False,
            "Moodle shows none of the chosen courses to the hub: their numbers are wrong, they are "
            "hidden, or the account has no role there. "
            + wants_capabilities("the chosen courses", ("moodle/course:view",)),
        )
        return
    for number, course in sorted(survey.courses.items()):
        if number in survey.refused:
            where = f"in the course {course.name} or its category"
            request = wants_capabilities("the course", ("moodle/course:view",), where)
            sentence = (
                f"{course.name}: refused. Either the role lacks a capability there, or the account "
                f"has to sign in once and change its password. {request}"
            )
            yield CheckLine(f"course:{number}", False, sentence)
    yield from _restriction_lines(survey)
    open_ones = len(survey.modules)
    yield CheckLine("courses", True, f"{open_ones} of {len(survey.courses)} chosen courses open.")


def _restriction_lines(survey: Survey) -> Iterator[CheckLine]:
    """Say of which courses Moodle does not tell what is restricted to whom."""
    for number, modules in sorted(survey.modules.items()):
        if all(module.is_told for module in modules.values()):
            continue
        name = survey.courses[number].name
        where = f"in the course {name} or its category"
        what = "who may see its activities"
        request = wants_capabilities(what, ("moodle/course:viewhiddenactivities",), where)
        sentence = (
            f"{name}: Moodle does not tell which activities are restricted to a group, so only "
            f"facilitators see them. {request}"
        )
        yield CheckLine(f"restrictions:{number}", False, sentence)


def _people_lines(survey: Survey, settings: MoodleSettings) -> Iterator[CheckLine]:
    needed = NEEDS[questions.ENROLLED].capabilities[:3]
    for number in sorted(survey.rosters_refused):
        name = survey.courses[number].name
        where = f"in the course {name} or its category"
        yield CheckLine(
            f"people:{number}",
            False,
            f"{name}: Moodle does not say who is in it, so everybody there counts as a student "
            f"and only facilitators see it. {wants_capabilities('who is in it', needed, where)}",
        )
    rosters = [each for roster in survey.people.rosters.values() for each in roster]
    if not rosters:
        return
    adults = len(survey.people.adults)
    everybody = len({each.id for each in rosters})
    yield CheckLine(
        "people",
        True,
        f"{everybody} people are enrolled; {adults} of them are adults, the others count as "
        "students.",
    )
    if not survey.people.schools:
        yield CheckLine("schools", False, _no_schools(settings))


def _no_schools(settings: MoodleSettings) -> str:
    if settings.school_from == "cohort":
        return "No cohort names a school. " + wants_capabilities(
            "the cohorts", ("moodle/cohort:view",), "in the system"
        )
    field = "institution" if settings.school_from == "institution" else settings.school_field
    request = (
        f"please let our cluster's hub see which school people are of: the field {field} in the "
        "site setting showuseridentity, and moodle/site:viewuseridentity for its role."
    )
    return f"Moodle tells nobody's school (field {field}). {to_administrator(request)}"


def _content_lines(survey: Survey, surveyor: Surveyor) -> Iterator[CheckLine]:
    for name, error in sorted(survey.unlisted.items()):
        if surveyor.site().has(name) and name in NEEDS:
            yield _refused_line(name, error)
    yield from _forum_lines(survey, surveyor)
    enrolled = [one.id for roster in survey.people.rosters.values() for one in roster]
    yield from _tried(surveyor, questions.users(enrolled[:1]))
    tried: list[tuple[str, Mapping[int, Activity], Sequence[Ask]]] = [
        ("choice", survey.choices, [questions.options(each) for each in survey.choices][:1]),
        ("choice", survey.choices, [questions.results(each) for each in survey.choices][:1]),
        (
            "feedback",
            survey.feedbacks,
            [questions.responses(each) for each in survey.feedbacks][:1],
        ),
        (
            "assign",
            survey.assignments,
            [questions.submissions(each) for each in survey.assignments][:1],
        ),
    ]
    for kind, found, asks in tried:
        if not found and _has_module(survey, kind):
            listed = {"choice": questions.CHOICES, "feedback": questions.FEEDBACKS}
            yield _silent_line(listed.get(kind, questions.ASSIGNMENTS))
        yield from _tried(surveyor, asks)


def _forum_lines(survey: Survey, surveyor: Surveyor) -> Iterator[CheckLine]:
    courses = {forum.course for forum in survey.forums.values()}
    silent = [number for number in survey.modules if number not in courses]
    if not survey.forums:
        yield _silent_line(questions.FORUMS)
        return
    for number in silent:
        name = survey.courses[number].name
        yield CheckLine(
            f"forums:{number}",
            True,
            f"{name} shows no forum to the hub. If it has one, the role lacks "
            "mod/forum:viewdiscussion there.",
        )
    fullest = max(survey.forums.values(), key=lambda each: each.discussions)
    if not fullest.discussions:
        yield CheckLine("forums", True, f"{len(survey.forums)} forums, all of them empty.")
        return
    (answer,) = surveyor.batches().ask(questions.discussions(fullest.id, 1)[:1])
    if answer.error is not None:
        yield _refused_line(questions.DISCUSSIONS, answer.error)
        return
    listed = said_posts.discussions(answer.value)
    if not listed:
        yield _silent_line(questions.DISCUSSIONS)
        return
    yield from _tried(surveyor, [questions.posts(listed[-1].id)])


def _tried(surveyor: Surveyor, asks: Sequence[Ask]) -> Iterator[CheckLine]:
    """Yield what a real question comes to."""
    for ask in asks:
        if not surveyor.site().has(ask.function):
            continue
        (answer,) = surveyor.batches().ask([ask])
        if answer.error is not None:
            yield _refused_line(ask.function, answer.error)
        else:
            sentence = f"Moodle answers {NEEDS[ask.function].reads}."
            yield CheckLine(ask.function, True, sentence)


def _refused_line(function: str, error: SourceError) -> CheckLine:
    need = NEEDS[function]
    if not need.capabilities:
        return CheckLine(function, False, str(error))
    return CheckLine(function, False, wants_capabilities(need.reads, need.capabilities))


def _silent_line(function: str) -> CheckLine:
    need = NEEDS[function]
    sentence = "Moodle returns nothing, which is how it says that a capability is missing. "
    return CheckLine(function, False, sentence + wants_capabilities(need.reads, need.capabilities))


def _has_module(survey: Survey, kind: str) -> bool:
    return any(
        module.kind == kind for modules in survey.modules.values() for module in modules.values()
    )


def _unreachable_lines(survey: Survey) -> Iterator[CheckLine]:
    for kind, sentence in _OUT_OF_REACH.items():
        if _has_module(survey, kind):
            yield CheckLine(kind, True, sentence)
    yield CheckLine("logs", True, _LOGS)
