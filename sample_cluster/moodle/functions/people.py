"""People: who is in a course, who is who, cohorts, completions, messages."""

from collections.abc import Collection
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import MoodleError, no_permission, no_record
from sample_cluster.moodle.functions.contents import completion_of
from sample_cluster.moodle.params import INT, OPTIONS, TEXT, Many, Record, optional
from sample_cluster.moodle.state import Cohort, Course, User


def get_enrolled_users(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who is enrolled; people whose account is suspended count as active, as recorded."""
    course = call.rights.enter(given["courseid"])
    if not call.rights.can("moodle/course:viewparticipants", course):
        raise no_permission("View participants")
    options = {option["name"]: option["value"] for option in given["options"]}
    enrolled = [
        enrolment.user
        for enrolment in course.enrolments.values()
        if enrolment.active or options.get("onlyactive") != "1"
        if not enrolment.user.deleted
    ]
    if group_id := int(options.get("groupid", 0)):
        enrolled = [user for user in enrolled if user.id in course.groups[group_id].members]
    begin, count = int(options.get("limitfrom", 0)), int(options.get("limitnumber", 0))
    shown = enrolled[begin : begin + count] if count else enrolled[begin:]
    fields = [field for field in options.get("userfields", "").split(",") if field]
    return [_enrolled(call, course, user, fields) for user in shown]


def get_users_by_field(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return accounts by one field; unknown values are left out."""
    wanted, field = given["values"], given["field"]
    found = [u for u in call.world.people.users.values() if str(getattr(u, field)) in wanted]
    if not call.rights.can("moodle/user:viewdetails"):
        found = [user for user in found if user is call.user]
    return [_account(call, user) for user in found]


def get_users(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return accounts that meet all criteria."""
    if not call.rights.can("moodle/user:viewdetails"):
        raise no_permission("View user profiles")
    found = [
        user
        for user in call.world.people.users.values()
        if not user.deleted
        and all(str(getattr(user, c["key"], "")) == c["value"] for c in given["criteria"])
    ]
    return {"users": [_account(call, user) for user in found], "warnings": []}


def get_cohorts(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cohorts of the site."""
    cohorts = _cohorts(call)
    chosen = [cohorts[number] for number in given["cohortids"] or cohorts if number in cohorts]
    return [
        {
            "id": cohort.id,
            "name": call.title(cohort.name),
            "idnumber": cohort.idnumber,
            "description": call.html(cohort.description),
            "descriptionformat": 1,
            "visible": True,
            "theme": "",
            "customfields": [],
        }
        for cohort in chosen
    ]


def get_cohort_members(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who is in some cohorts."""
    cohorts = _cohorts(call)
    unknown = [number for number in given["cohortids"] if number not in cohorts]
    if unknown:
        raise no_record("cohort")
    return [
        {"cohortid": number, "userids": list(cohorts[number].members)}
        for number in given["cohortids"]
    ]


def get_activities_completion_status(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return which activities of a course one person finished."""
    course = call.rights.enter(given["courseid"])
    user = call.world.people.users.get(given["userid"])
    if user is None:
        raise no_record("user")
    if user is not call.user and not call.rights.can("report/progress:view", course):
        raise MoodleError("cannotviewreport", "You cannot view this report")
    return {
        "statuses": [
            {"cmid": module.id, "modname": module.modname, "instance": module.instance}
            | {"tracking": module.completion}
            | completion_of(call, module, user.id, is_tracked=user.id in course.enrolments)
            for module in course.modules
            if module.completion
        ],
        "warnings": [],
    }


def send_instant_messages(call: Call, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Send messages; one to nobody fails the call although those before it were sent."""
    if not call.rights.can("moodle/site:sendmessage"):
        raise no_permission("Send messages to any user")
    sent = []
    for number, message in enumerate(given["messages"], start=1):
        if message["touserid"] not in call.world.people.users:
            raise MoodleError("formatnotsupported", "webservice/formatnotsupported")
        sent.append(
            {
                "msgid": number,
                "clientmsgid": message["clientmsgid"],
                "text": f"<p>{call.html(message['text'])}</p>",
                "timecreated": call.world.clock.seconds,
                "conversationid": message["touserid"],
                "useridfrom": call.user.id,
                "candeletemessagesforallusers": False,
            }
        )
    return sent


def _cohorts(call: Call) -> dict[int, Cohort]:
    if not call.rights.can("moodle/cohort:view"):
        raise no_permission("View site-wide cohorts")
    return call.world.people.cohorts


def _enrolled(call: Call, course: Course, user: User, fields: Collection[str]) -> dict[str, Any]:
    found = _person(call, user) | {"lastcourseaccess": 0}
    found.pop("suspended")
    found.pop("timezone")
    found["customfields"] = _profile_fields(user)
    groups = [
        {
            "id": group.id,
            "name": call.title(group.name),
            "description": call.html(group.description),
            "descriptionformat": 0,
        }
        for group in course.groups_of(user)
    ]
    if groups:
        found["groups"] = groups
    found["roles"] = [
        {"roleid": role.id, "name": "", "shortname": role.shortname, "sortorder": 0}
        for role in course.enrolments[user.id].roles
    ]
    found["enrolledcourses"] = [
        {
            "id": other.id,
            "fullname": call.title(other.fullname),
            "shortname": call.title(other.shortname),
        }
        for other in call.world.courses.courses.values()
        if user.id in other.enrolments
    ]
    if not fields:
        return found
    return {name: value for name, value in found.items() if name == "id" or name in fields}


def _account(call: Call, user: User) -> dict[str, Any]:
    found = _person(call, user)
    if user.deleted:
        for field in ("institution", "idnumber", "description", "descriptionformat", "city"):
            found.pop(field, None)
        return found
    found["customfields"] = [
        field | {"displayvalue": field["value"]} for field in _profile_fields(user)
    ]
    return found


def _person(call: Call, user: User) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": user.id,
        "firstname": user.firstname,
        "lastname": user.lastname,
        "fullname": user.fullname,
    }
    identity = call.world.settings.identity_fields
    if call.rights.can("moodle/site:viewuseridentity") or user is call.user:
        shown = {"email": user.email, "department": ""}
        shown |= {"institution": user.institution, "idnumber": user.idnumber}
        found |= {name: shown[name] for name in shown if name in (*identity, "department")}
    return found | {
        "firstaccess": 0,
        "lastaccess": 0,
        "suspended": user.suspended,
        "timezone": "99",
        "description": call.html(user.description),
        "descriptionformat": 1,
        "city": user.city,
        "country": "NZ",
        "profileimageurlsmall": call.picture(2),
        "profileimageurl": call.picture(),
    }


def _profile_fields(user: User) -> list[dict[str, Any]]:
    if not user.school_code:
        return []
    return [
        {
            "type": "text",
            "value": user.school_code,
            "name": "School MoE number",
            "shortname": "schoolcode",
        }
    ]


_MESSAGE = Record(
    {
        "touserid": INT,
        "text": TEXT,
        "textformat": optional("int", 0),
        "clientmsgid": optional("text", ""),
    }
)

FUNCTIONS = {
    "core_cohort_get_cohort_members": Function({"cohortids": Many(INT)}, get_cohort_members),
    "core_cohort_get_cohorts": Function({"cohortids": Many(INT, ())}, get_cohorts),
    "core_completion_get_activities_completion_status": Function(
        {"courseid": INT, "userid": INT}, get_activities_completion_status
    ),
    "core_enrol_get_enrolled_users": Function(
        {"courseid": INT, "options": OPTIONS}, get_enrolled_users
    ),
    "core_message_send_instant_messages": Function(
        {"messages": Many(_MESSAGE)}, send_instant_messages
    ),
    "core_user_get_users": Function(
        {"criteria": Many(Record({"key": TEXT, "value": TEXT}))}, get_users
    ),
    "core_user_get_users_by_field": Function(
        {"field": TEXT, "values": Many(TEXT)}, get_users_by_field
    ),
}
