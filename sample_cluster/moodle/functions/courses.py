"""Courses and their pages."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sample_cluster.moodle.availability import is_announced
from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import invalid_parameter, no_permission, no_record, not_in_course
from sample_cluster.moodle.params import INT, OPTIONS, TEXT, Many, Record, optional
from sample_cluster.moodle.rights import group_mode
from sample_cluster.moodle.state import Category, Course, Module, Section

_FILTERS = ("displayh5p", "activitynames", "mathjaxloader", "emoticon", "urltolink", "mediaplugin")
_PURPOSES = {
    "assign": "assessment",
    "attendance": "administration",
    "choice": "communication",
    "facetoface": "communication",
    "feedback": "communication",
    "journal": "other",
    "label": "content",
    "lti": "other",
    "page": "content",
    "resource": "content",
    "scheduler": "administration",
    "url": "content",
}
_PLURALS = {"label": "Text and media areas", "lti": "External tools", "url": "URLs"}
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


def get_contents(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a course page: its sections with the activities the account may see."""
    course = call.rights.enter(given["courseid"])
    options = {option["name"]: option["value"] for option in given["options"]}
    unknown = options.keys() - {
        "excludemodules", "excludecontents", "includestealthmodules",
        "sectionid", "sectionnumber", "cmid", "modname", "modid",
    }  # fmt: skip
    if unknown:
        raise invalid_parameter(f"unknown option {min(unknown)}")
    return [
        _section(call, section, options)
        for section in course.sections
        if section.visible or call.rights.can("moodle/course:viewhiddensections", course)
    ]


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


def get_course_groups(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of a course."""
    course = call.rights.enter(given["courseid"])
    if not call.rights.can("moodle/course:managegroups", course):
        raise no_permission("Manage groups")
    return [
        {
            "id": group.id,
            "courseid": course.id,
            "name": call.title(group.name),
            "description": call.html(group.description),
            "descriptionformat": 1,
            "enrolmentkey": "",
            "idnumber": "",
            "visibility": 0,
            "participation": True,
            "customfields": [],
        }
        for group in course.groups.values()
    ]


def get_group_members(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who is in some groups."""
    groups = {g.id: g for c in call.world.courses.courses.values() for g in c.groups.values()}
    found = []
    for number in given["groupids"]:
        if number not in groups:
            raise no_record("groups")
        course = call.rights.enter(groups[number].course_id)
        if not call.rights.can("moodle/course:managegroups", course):
            raise no_permission("Manage groups")
        found.append({"groupid": number, "userids": list(groups[number].members)})
    return found


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


def _section(call: Call, section: Section, options: Mapping[str, str]) -> dict[str, Any]:
    modules = section.modules if options.get("excludemodules") not in ("1", "true") else []
    return {
        "id": section.id,
        "name": call.title(section.name),
        "visible": int(section.visible),
        "summary": call.html(section.summary),
        "summaryformat": 1,
        "section": section.number,
        "hiddenbynumsections": 0,
        "uservisible": True,
        "component": None,
        "itemid": None,
        "modules": [
            _module(call, module, options)
            for module in modules
            if _is_listed(call, module) and _is_wanted(module, options)
        ],
    }


def _is_listed(call: Call, module: Module) -> bool:
    """Whether the course page names an activity: those only announced are named too."""
    if call.rights.sees_module(module):
        return True
    is_open = module.visible and module.section.visible
    return is_open and is_announced(module.availability)


def _is_wanted(module: Module, options: Mapping[str, str]) -> bool:
    if options.get("modname", module.modname) != module.modname:
        return False
    return options.get("cmid", str(module.id)) == str(module.id)


def _module(call: Call, module: Module, options: Mapping[str, str]) -> dict[str, Any]:
    is_label = module.modname == "label"
    may_open = call.rights.sees_module(module)
    found: dict[str, Any] = {"id": module.id}
    if not is_label:
        found["url"] = f"{call.wwwroot}/mod/{module.modname}/view.php?id={module.id}"
    found |= {
        "name": call.title(module.name),
        "instance": module.instance,
        "contextid": module.context_id,
    }
    if is_label:
        found["description"] = f'<div class="no-overflow">{module.intro}</div>'
    found |= {"visible": int(module.visible), "uservisible": may_open}
    if not may_open or not call.rights.meets_restriction(module):
        found["availabilityinfo"] = "Not available unless a condition is met"
    found |= {
        "visibleoncoursepage": 1,
        "modicon": call.icon(module.modname),
        "modname": module.modname,
        "purpose": _PURPOSES.get(module.modname, "collaboration"),
        "branded": False,
        "modplural": _PLURALS.get(module.modname, f"{module.modname.capitalize()}s"),
    }
    if call.rights.can("moodle/course:viewhiddenactivities", module.course):
        found["availability"] = module.availability
    found |= {"indent": 0, "onclick": "", "afterlink": None}
    if module.modname == "forum":
        found["activitybadge"] = []
    found |= {
        "customdata": json.dumps(module.customdata, ensure_ascii=False, separators=(",", ":")),
        "noviewlink": is_label,
        "completion": module.completion,
    }
    if module.completion:
        found["completiondata"] = completion_of(call, module, call.user.id, is_tracked=False)
    found |= {
        "downloadcontent": 1,
        "dates": [
            {"label": label, "timestamp": moment, "dataid": name}
            for label, name, moment in module.dates
        ],
        "groupmode": group_mode(module),
    }
    if may_open and options.get("excludecontents") not in ("1", "true"):
        found |= _contents(call, module)
    return found


def completion_of(call: Call, module: Module, user_id: int, is_tracked: bool) -> dict[str, Any]:
    """Return whether somebody finished an activity."""
    when = call.world.activities.completed.get((module.id, user_id), 0)
    is_automatic = module.completion == 2
    rule = {"status": int(bool(when)), "description": "View"}
    return {
        "state": int(bool(when)),
        "timecompleted": when,
        "overrideby": None,
        "valueused": False,
        "hascompletion": True,
        "isautomatic": is_automatic,
        "istrackeduser": is_tracked,
        "uservisible": True,
        "details": [{"rulename": "completionview", "rulevalue": rule}] if is_automatic else [],
        "isoverallcomplete": bool(when),
    }


def _contents(call: Call, module: Module) -> dict[str, Any]:
    """Return the files of a page, or where a link leads; other activities have none."""
    if module.modname not in ("page", "url"):
        return {}
    is_url = module.modname == "url"
    at = f"{call.wwwroot}/webservice/pluginfile.php/{module.context_id}/mod_page/content"
    content = {
        "type": "url" if is_url else "file",
        "filename": module.name if is_url else "index.html",
        "filepath": None if is_url else "/",
        "filesize": 0,
        "fileurl": module.address if is_url else f"{at}/index.html?forcedownload=1",
        "timecreated": None,
        "timemodified": module.timemodified,
        "sortorder": None if is_url else 1,
        "userid": None,
        "author": None,
        "license": None,
    }
    info = {
        "filescount": 1,
        "filessize": 0,
        "lastmodified": module.timemodified,
        "mimetypes": [],
        "repositorytype": "",
    }
    return {"contents": [content], "contentsinfo": info}


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
    "core_course_get_contents": Function({"courseid": INT, "options": OPTIONS}, get_contents),
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
    "core_group_get_course_groups": Function({"courseid": INT}, get_course_groups),
    "core_group_get_group_members": Function({"groupids": Many(INT)}, get_group_members),
    "mod_page_get_pages_by_courses": Function(_IDS, get_pages_by_courses),
    "mod_url_get_urls_by_courses": Function(_IDS, get_urls_by_courses),
}
