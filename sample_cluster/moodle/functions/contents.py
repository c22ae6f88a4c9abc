"""The page of a course: its sections and activities, as the account sees them."""

import json
from collections.abc import Mapping
from typing import Any

from sample_cluster.moodle.availability import is_announced
from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import invalid_parameter
from sample_cluster.moodle.params import INT, OPTIONS
from sample_cluster.moodle.rights import group_mode
from sample_cluster.moodle.state import Module, Section

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
    may_open = call.rights.sees_module(module)
    found = _named(call, module) | _shown(call, module, may_open) | _dated(call, module)
    if may_open and options.get("excludecontents") not in ("1", "true"):
        found |= _contents(call, module)
    return found


def _named(call: Call, module: Module) -> dict[str, Any]:
    """Return what an activity is; a label stands on the page itself and has no address."""
    is_label = module.modname == "label"
    address = f"{call.wwwroot}/mod/{module.modname}/view.php?id={module.id}"
    words = f'<div class="no-overflow">{module.intro}</div>'
    found = {
        "id": module.id,
        "name": call.title(module.name),
        "instance": module.instance,
        "contextid": module.context_id,
        "modicon": call.icon(module.modname),
        "modname": module.modname,
        "purpose": _PURPOSES.get(module.modname, "collaboration"),
        "branded": False,
        "modplural": _PLURALS.get(module.modname, f"{module.modname.capitalize()}s"),
        "noviewlink": is_label,
    }
    return found | ({"description": words} if is_label else {"url": address})


def _shown(call: Call, module: Module, may_open: bool) -> dict[str, Any]:
    """Return who may see it; the restriction itself only with the right to hidden activities."""
    found: dict[str, Any] = {
        "visible": int(module.visible),
        "uservisible": may_open,
        "visibleoncoursepage": 1,
        "indent": 0,
        "onclick": "",
        "afterlink": None,
        "downloadcontent": 1,
        "groupmode": group_mode(module),
    }
    if not may_open:
        found["availabilityinfo"] = "Not available unless a condition is met"
    if call.rights.can("moodle/course:viewhiddenactivities", module.course):
        found["availability"] = module.availability
    return found


def _dated(call: Call, module: Module) -> dict[str, Any]:
    """Return its times and whether the account finished it."""
    found: dict[str, Any] = {
        "customdata": json.dumps(module.customdata, ensure_ascii=False, separators=(",", ":")),
        "completion": module.completion,
        "dates": [
            {"label": label, "timestamp": moment, "dataid": name}
            for label, name, moment in module.dates
        ],
    }
    if module.modname == "forum":
        found["activitybadge"] = []
    if module.completion:
        found["completiondata"] = completion_of(call, module, call.user.id, is_tracked=False)
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


FUNCTIONS = {
    "core_course_get_contents": Function({"courseid": INT, "options": OPTIONS}, get_contents),
}
