"""Courses and their pages."""

from collections.abc import Iterable
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import invalid_parameter, no_record, not_in_course
from sample_cluster.moodle.params import INT, TEXT, Many, Record, optional
from sample_cluster.moodle.state import Category, Course, Module

_FILTERS = ("displayh5p", "activitynames", "mathjaxloader", "emoticon", "urltolink", "mediaplugin")
_NUMBER_OF_FORUM = 12


def get_courses_by_field(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the courses the account may see, hidden ones left out without a word."""
    wanted = _selected(call, given["field"], given["value"])
    shown = [course for course in wanted if call.rights.sees_course(course)]
    return {"courses": [_course(call, course) for course in shown], "warnings": []}


def get_courses(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return courses; a single one that the account may not enter fails the whole call."""
    everything = call.world.courses.courses
    ids = given["options"]["ids"] if given["options"] else ()
    chosen = [everything[i] for i in ids if i in everything] if ids else everything.values()
    for course in chosen:
        if not call.rights.may_enter(course):
            raise not_in_course(course.id)
    return [_brief_course(call, course) for course in chosen]


def get_categories(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the folders of courses."""
    categories = call.world.courses.categories.values()
    return [_category(call, category, place) for place, category in enumerate(categories, 1)]


def get_course_module(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return where one activity stands."""
    module = call.world.courses.modules.get(given["cmid"])
    if module is None:
        raise no_record("course_modules")
    return _place_of(call, module)


def get_course_module_by_instance(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return where one activity stands, by its kind and its own number."""
    for module in call.world.courses.modules.values():
        if (module.modname, module.instance) == (given["module"], given["instance"]):
            return _place_of(call, module)
    raise no_record(given["module"])


def get_pages_by_courses(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the pages of some courses."""
    modules, warnings = of_courses(call, given["courseids"], "page")
    pages = [
        _resource(call, module)
        | {
            "content": call.with_files(module.page, f"{module.context_id}/mod_page/content/0"),
            "contentformat": 1,
            "contentfiles": [],
            "legacyfiles": 0,
            "legacyfileslast": None,
            "display": 0,
            "displayoptions": "",
            "revision": 0,
            "timemodified": module.timemodified,
        }
        for module in modules
    ]
    return {"pages": pages, "warnings": warnings}


def get_urls_by_courses(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the links of some courses."""
    modules, warnings = of_courses(call, given["courseids"], "url")
    urls = [
        _resource(call, module)
        | {
            "externalurl": module.address,
            "display": 1,
            "displayoptions": "",
            "parameters": "",
            "timemodified": module.timemodified,
        }
        for module in modules
    ]
    return {"urls": urls, "warnings": warnings}


def of_courses(
    call: Call, ids: Iterable[int], modname: str
) -> tuple[list[Module], list[dict[str, Any]]]:
    """Return the visible activities of one kind, and a warning for each closed course."""
    found: list[Module] = []
    warnings = []
    everything = call.world.courses.courses
    for number in ids or everything:
        course = everything.get(number)
        if course is not None and call.rights.may_enter(course):
            found += [
                m for m in course.modules if m.modname == modname and call.rights.sees_module(m)
            ]
        else:
            warnings.append(
                {
                    "item": "course",
                    "itemid": number,
                    "warningcode": "1",
                    "message": "No access rights in course context",
                }
            )
    return found, warnings


def _selected(call: Call, field: str, value: str) -> list[Course]:
    everything = call.world.courses.courses
    if not field:
        return list(everything.values())
    if field in ("id", "ids"):
        numbers = [int(part) for part in value.split(",") if part.strip().isdecimal()]
        return [everything[number] for number in numbers if number in everything]
    if field == "shortname":
        return [course for course in everything.values() if course.shortname == value]
    if field == "category":
        return [c for c in everything.values() if c.category and str(c.category.id) == value]
    if field in ("idnumber", "sectionid"):
        return []
    raise invalid_parameter("Invalid field name")


def _course(call: Call, course: Course) -> dict[str, Any]:
    is_front = course.category is None
    found = {
        "id": course.id,
        "fullname": call.title(course.fullname),
        "displayname": call.title(course.fullname),
        "shortname": call.title(course.shortname),
        "courseimage": f"{call.wwwroot}/pluginfile.php/{course.id}/course/generated/course.svg",
        "categoryid": course.category.id if course.category else 0,
        "categoryname": call.title(course.category.name) if course.category else "",
        "sortorder": course.id,
        "summary": call.html(course.summary),
        "summaryformat": 0 if is_front else 1,
        "summaryfiles": [],
        "overviewfiles": [],
        "showactivitydates": False,
        "showcompletionconditions": None if is_front else True,
        "contacts": [
            {"id": e.user.id, "fullname": e.user.fullname}
            for e in course.enrolments.values()
            if any(role.shortname == "editingteacher" for role in e.roles)
        ],
        "enrollmentmethods": [] if is_front else ["manual"],
        "format": "site" if is_front else "topics",
        "showgrades": 1,
        "newsitems": 3 if is_front else 5,
        "startdate": course.startdate,
        "enddate": course.enddate,
        "maxbytes": 0,
        "showreports": 0,
        "visible": int(course.visible),
        "groupmode": course.groupmode,
        "groupmodeforce": int(course.groupmodeforce),
        "defaultgroupingid": 0,
        "enablecompletion": 0 if is_front else 1,
        "completionnotify": 0,
        "lang": "",
        "theme": "",
        "marker": 0,
        "filters": [{"filter": name, "localstate": 0, "inheritedstate": 1} for name in _FILTERS],
    }
    if not is_front:
        found["courseformatoptions"] = [
            {"name": "hiddensections", "value": 1},
            {"name": "coursedisplay", "value": 0},
            {"name": "indentation", "value": "1"},
        ]
    if call.rights.can("moodle/course:update", course):
        found |= {"idnumber": "", "timecreated": course.startdate}
        found |= {"timemodified": course.timemodified, "requested": 0, "cacherev": 1}
    return found


def _brief_course(call: Call, course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "shortname": call.title(course.shortname),
        "categoryid": course.category.id if course.category else 0,
        "fullname": call.title(course.fullname),
        "displayname": call.title(course.fullname),
        "summary": call.html(course.summary),
        "summaryformat": 1,
        "format": "topics",
        "startdate": course.startdate,
        "enddate": course.enddate,
        "showactivitydates": False,
        "showcompletionconditions": True,
    }


def _category(call: Call, category: Category, place: int) -> dict[str, Any]:
    courses = call.world.courses.courses.values()
    return {
        "id": category.id,
        "name": call.title(category.name),
        "description": call.html(category.description),
        "descriptionformat": 1,
        "parent": category.parent.id if category.parent else 0,
        "sortorder": place * 10000,
        "coursecount": sum(course.category is category for course in courses),
        "depth": len(category.line),
        "path": "".join(f"/{number}" for number in category.line),
    }


def _place_of(call: Call, module: Module) -> dict[str, Any]:
    call.rights.enter(module.course.id)
    place = {
        "id": module.id,
        "course": module.course.id,
        "module": _NUMBER_OF_FORUM,
        "name": call.title(module.name),
        "modname": module.modname,
        "instance": module.instance,
        "section": module.section.id,
        "sectionnum": module.section.number,
        "groupmode": module.groupmode,
        "groupingid": 0,
        "completion": module.completion,
        "downloadcontent": 1,
    }
    return {"cm": place, "warnings": []}


def _resource(call: Call, module: Module) -> dict[str, Any]:
    return {
        "id": module.instance,
        "coursemodule": module.id,
        "course": module.course.id,
        "name": call.title(module.name),
        "intro": call.html(module.intro),
        "introformat": 1,
        "introfiles": [],
        "section": module.section.number,
        "visible": module.visible,
        "groupmode": module.groupmode,
        "groupingid": 0,
        "lang": None,
    }


_IDS = {"courseids": Many(INT, ())}

FUNCTIONS = {
    "core_course_get_categories": Function(
        {
            "criteria": Many(Record({"key": TEXT, "value": TEXT}), ()),
            "addsubcategories": optional("bool", True),
        },
        get_categories,
    ),
    "core_course_get_course_module": Function({"cmid": INT}, get_course_module),
    "core_course_get_course_module_by_instance": Function(
        {"module": TEXT, "instance": INT}, get_course_module_by_instance
    ),
    "core_course_get_courses": Function(
        {"options": Record({"ids": Many(INT, ())}, None)}, get_courses
    ),
    "core_course_get_courses_by_field": Function(
        {"field": optional("text", ""), "value": optional("text", "")}, get_courses_by_field
    ),
    "mod_page_get_pages_by_courses": Function(_IDS, get_pages_by_courses),
    "mod_url_get_urls_by_courses": Function(_IDS, get_urls_by_courses),
}
