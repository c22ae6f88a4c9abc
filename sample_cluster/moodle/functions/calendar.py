"""The calendar: reading, and what the hub does with an event."""

from collections.abc import Collection
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import no_permission, no_record
from sample_cluster.moodle.params import BOOL, INT, TEXT, Many, Record, optional
from sample_cluster.moodle.state import Course, Event


def get_calendar_events(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return the lines of a time span; what the account may not see is left out."""
    asked, options = given["events"], given["options"]
    begin, end = options["timestart"], options["timeend"]
    found = [
        event
        for event in call.world.calendar.events.values()
        if event.timestart + event.timeduration >= begin and (not end or event.timestart <= end)
        if _is_asked_for(call, event, asked, options["siteevents"], options["userevents"])
        and _is_visible(call, event)
    ]
    found.sort(key=lambda event: (event.timestart, event.id))
    return {"events": [_listed(call, event) for event in found], "warnings": []}


def create_calendar_events(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Put lines into the calendar; a missing right is a warning, an unknown course raises."""
    made, warnings = [], []
    for asked in given["events"]:
        course = _course_of(call, asked)
        if not call.rights.can("moodle/calendar:manageentries", course):
            warnings.append(
                {
                    "item": asked["name"],
                    "warningcode": "nopermissions",
                    "message": "you do not have permissions to create this event",
                }
            )
            continue
        made.append(_made(call, asked, course))
    return {"events": [_created(call, event) for event in made], "warnings": warnings}


def delete_calendar_events(call: Call, given: dict[str, Any]) -> None:
    """Take lines out of the calendar."""
    events = call.world.calendar.events
    for asked in given["events"]:
        event = events.get(asked["eventid"])
        if event is None:
            raise no_record("event")
        if not call.rights.can("moodle/calendar:manageentries", event.course):
            raise no_permission("Delete event")
        call.world.calendar.delete(event)


def get_access_information(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the account may do in a course's calendar."""
    course = _course_of(call, given)
    may = call.rights.can("moodle/calendar:manageentries", course)
    return {
        "canmanageentries": may,
        "canmanageownentries": may,
        "canmanagegroupentries": may,
        "warnings": [],
    }


def get_action_events_by_courses(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what the account itself has to do, which for a reader is nothing."""
    return {"groupedbycourse": []}


def _is_asked_for(call: Call, event: Event, asked: dict[str, Any], site: bool, own: bool) -> bool:
    if event.id in asked["eventids"]:
        return True
    if event.eventtype == "site":
        return bool(site)
    if event.eventtype == "user":
        return own and event.user is call.user
    if event.eventtype == "category":
        return event.category is not None and _is_in_category(call, event, asked)
    if event.group is not None:
        return event.group.id in asked["groupids"] or _names(asked, event)
    return _names(asked, event)


def _names(asked: dict[str, Any], event: Event) -> bool:
    return event.course is not None and event.course.id in asked["courseids"]


def _is_in_category(call: Call, event: Event, asked: dict[str, Any]) -> bool:
    if event.category and event.category.id in asked["categoryids"]:
        return True
    courses: Collection[Course | None] = [
        call.world.courses.courses.get(number) for number in asked["courseids"]
    ]
    return any(c and c.category and event.category is c.category for c in courses)


def _is_visible(call: Call, event: Event) -> bool:
    if not event.visible or (event.course and not call.rights.may_enter(event.course)):
        return False
    if event.module is not None:
        return call.rights.sees_module(event.module)
    if event.group is not None and event.course is not None:
        is_member = call.user.id in event.group.members
        return is_member or call.rights.can("moodle/site:accessallgroups", event.course)
    return True


def _course_of(call: Call, asked: dict[str, Any]) -> Course | None:
    if not asked["courseid"]:
        return None
    course = call.world.courses.courses.get(asked["courseid"])
    if course is None:
        raise no_record("course")
    return course


def _made(call: Call, asked: dict[str, Any], course: Course | None) -> Event:
    return call.world.calendar.add(
        asked["name"],
        asked["timestart"] or call.world.clock.seconds,
        eventtype=asked["eventtype"],
        course=course,
        user=call.user,
        description=asked["description"] or "",
        timeduration=asked["timeduration"],
    )


def _listed(call: Call, event: Event) -> dict[str, Any]:
    module = event.module
    number = None if event.category else 1
    return {
        "id": event.id,
        "name": call.title(event.name),
        "description": _description(call, event),
        "format": 1,
        "courseid": event.course.id if event.course else (number or 0),
        "categoryid": event.category.id if event.category else None,
        "groupid": event.group.id if event.group else None,
        "userid": event.user.id if event.user else None,
        "repeatid": None,
        "modulename": module.modname if module else None,
        "instance": module.instance if module else None,
        "eventtype": event.eventtype,
        "timestart": event.timestart,
        "timeduration": event.timeduration,
        "visible": int(event.visible),
        "sequence": 1,
        "timemodified": event.timemodified,
        "subscriptionid": None,
    }


def _created(call: Call, event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": call.title(event.name),
        "description": _description(call, event),
        "format": 1,
        "courseid": event.course.id if event.course else 0,
        "groupid": 0,
        "userid": call.user.id,
        "modulename": "",
        "instance": 0,
        "eventtype": event.eventtype,
        "timestart": event.timestart,
        "timeduration": event.timeduration,
        "visible": 1,
        "uuid": "",
        "sequence": 1,
        "timemodified": event.timemodified,
        "subscriptionid": None,
    }


def _description(call: Call, event: Event) -> str:
    return call.html(event.description.replace("{wwwroot}", call.wwwroot))


_NEW_EVENT = Record(
    {
        "name": TEXT,
        "description": optional("text", None),
        "format": optional("int", 1),
        "courseid": optional("int", 0),
        "groupid": optional("int", 0),
        "repeats": optional("int", 0),
        "eventtype": optional("text", "user"),
        "timestart": optional("int", 0),
        "timeduration": optional("int", 0),
        "visible": optional("int", 1),
        "sequence": optional("int", 1),
    }
)
_NUMBERS = Many(INT, ())
_ASKED = dict.fromkeys(("eventids", "courseids", "groupids", "categoryids"), _NUMBERS)
_OPTIONS = {
    "userevents": optional("bool", True),
    "siteevents": optional("bool", True),
    "timestart": optional("int", 0),
    "timeend": optional("int", 0),
    "ignorehidden": optional("bool", True),
}

FUNCTIONS = {
    "core_calendar_create_calendar_events": Function(
        {"events": Many(_NEW_EVENT)}, create_calendar_events
    ),
    "core_calendar_delete_calendar_events": Function(
        {"events": Many(Record({"eventid": INT, "repeat": BOOL}))}, delete_calendar_events
    ),
    "core_calendar_get_calendar_access_information": Function(
        {"courseid": optional("int", 0)}, get_access_information
    ),
    "core_calendar_get_action_events_by_courses": Function(
        {
            "courseids": Many(INT),
            "timesortfrom": optional("int", 0),
            "timesortto": optional("int", 0),
            "limitnum": optional("int", 10),
        },
        get_action_events_by_courses,
    ),
    "core_calendar_get_calendar_events": Function(
        {
            "events": Record(_ASKED, dict.fromkeys(_ASKED, ())),
            "options": Record(
                _OPTIONS,
                {"userevents": True, "siteevents": True, "timestart": 0, "timeend": 0},
            ),
        },
        get_calendar_events,
    ),
}
