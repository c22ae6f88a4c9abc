"""The site's blogs: newest by ``created`` first, without names and without a "since"."""

from collections.abc import Callable
from typing import Any

from sample_cluster.moodle.calls import Call, Function
from sample_cluster.moodle.errors import MoodleError
from sample_cluster.moodle.params import TEXT, Many, Record, optional
from sample_cluster.moodle.state import BlogEntry

_PUBLIC_ONLY = 5
_MOST_PER_PAGE = 1000


def get_entries(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return a page of the entries that the account may read."""
    if not call.world.settings.blog_level:
        raise MoodleError("blogdisable", "Blogging is disabled!")
    filters = {each["name"]: each["value"] for each in given["filters"]}
    unknown = [name for name in filters if name not in _FILTERS]
    if unknown:
        raise MoodleError("errorinvalidparam", f'The param "{unknown[0]}" is invalid.')
    found = [
        entry
        for entry in call.world.blogs.entries.values()
        if _is_readable(call, entry)
        and all(_FILTERS[name](entry, value) for name, value in filters.items())
    ]
    found.sort(key=lambda entry: (entry.created, entry.id), reverse=True)
    count = min(given["perpage"], _MOST_PER_PAGE)
    begin = given["page"] * count
    return {
        "entries": [_entry(call, entry) for entry in found[begin : begin + count]],
        "totalentries": len(found),
        "warnings": [],
    }


def _is_readable(call: Call, entry: BlogEntry) -> bool:
    if entry.user is call.user:
        return True
    if entry.publishstate == "public":
        # As measured: a site whose blogs are for its members hides what is marked public.
        return call.world.settings.blog_level >= _PUBLIC_ONLY
    return entry.publishstate == "site"


_FILTERS: dict[str, Callable[[BlogEntry, str], bool]] = {
    "userid": lambda entry, value: str(entry.user.id) == value,
    "entryid": lambda entry, value: str(entry.id) == value,
    "courseid": lambda entry, value: str(entry.course_id) == value,
    "tag": lambda entry, value: value in entry.tags,
    "tagid": lambda entry, value: False,
    "cmid": lambda entry, value: False,
    "groupid": lambda entry, value: False,
    "search": lambda entry, value: value in entry.subject + entry.summary,
}


def _entry(call: Call, entry: BlogEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "module": "blog_external" if entry.is_external else "blog",
        "userid": entry.user.id,
        "courseid": 0,
        "groupid": 0,
        "moduleid": 0,
        "coursemoduleid": 0,
        "subject": call.title(entry.subject),
        "summary": call.html(entry.summary),
        "summaryformat": 1,
        "content": "1" if entry.is_external else None,
        "uniquehash": entry.permalink,
        "rating": 0,
        "format": 1,
        "attachment": _has_files(call, entry),
        "publishstate": entry.publishstate,
        "lastmodified": entry.lastmodified,
        "created": entry.created,
        "usermodified": None,
        "summaryfiles": [],
        "attachmentfiles": [
            call.file(each, f"1/blog/attachment/{entry.id}") for each in entry.attachments
        ],
        "tags": [_tag(call, entry, place) for place in range(len(entry.tags))],
        "canedit": entry.user is call.user,
    }


def _has_files(call: Call, entry: BlogEntry) -> str | None:
    if entry.attachments:
        return "1"
    return "" if entry.user is call.user else None


def _tag(call: Call, entry: BlogEntry, place: int) -> dict[str, Any]:
    name = entry.tags[place]
    number = 1 + sorted({t for e in call.world.blogs.entries.values() for t in e.tags}).index(name)
    return {
        "id": number,
        "name": name.lower(),
        "rawname": name,
        "isstandard": False,
        "tagcollid": 1,
        "taginstanceid": entry.id * 10 + place,
        "taginstancecontextid": entry.user.id,
        "itemid": entry.id,
        "ordering": place,
        "flag": 0,
        "viewurl": f"{call.wwwroot}/tag/index.php?tc=1&tag={name}",
    }


FUNCTIONS = {
    "core_blog_get_entries": Function(
        {
            "filters": Many(Record({"name": TEXT, "value": TEXT}), ()),
            "page": optional("int", 0),
            "perpage": optional("int", 10),
        },
        get_entries,
    ),
}
