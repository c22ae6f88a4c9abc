"""How a small Moodle answers about blogs and the calendar."""

from tests.moodle.small_world import BEGIN, Form, Refused, World


class Diaries(World):
    """Blog entries and calendar entries."""

    def _core_blog_get_entries(self, form: Form) -> object:
        found = sorted(self.entries.values(), key=lambda each: (-each.created, -each.id))
        for one in form.get("filters", []):
            if one["name"] != "entryid":
                raise Refused("errorinvalidparam")
            found = [each for each in found if each.id == int(one["value"])]
        page, perpage = int(form.get("page", 0)), int(form.get("perpage", 10))
        shown = found[page * perpage : (page + 1) * perpage]
        return {
            "entries": [
                {
                    "id": each.id,
                    "module": "blog_external" if each.original else "blog",
                    "userid": each.user,
                    "subject": each.subject.replace("&", "&amp;"),
                    "summary": each.html,
                    "publishstate": each.state,
                    "created": each.created,
                    "lastmodified": each.modified,
                    "uniquehash": each.original,
                    "groupid": 0,
                    "attachmentfiles": [],
                    "tags": [],
                }
                for each in shown
            ],
            "totalentries": len(found),
            "warnings": [],
        }

    def _core_calendar_get_calendar_events(self, form: Form) -> object:
        wanted, options = form.get("events", {}), form.get("options", {})
        courses = {int(each) for each in wanted.get("courseids", [])}
        ids = {int(each) for each in wanted.get("eventids", [])}
        start = int(options.get("timestart", 0))
        end = int(options.get("timeend", 0)) or 10**12
        has_site = str(options.get("siteevents", 1)) not in ("0", "False")
        found = [
            each
            for each in self.events.values()
            if each.id in ids
            or (
                start <= each.start <= end
                and (each.course in courses or (has_site and each.kind == "site"))
            )
        ]
        return {
            "events": [
                {
                    "id": each.id,
                    "name": each.name,
                    "description": each.html,
                    "eventtype": each.kind,
                    "courseid": each.course,
                    "groupid": each.group or None,
                    "modulename": each.module or None,
                    "instance": each.instance or None,
                    "timestart": each.start,
                    "timeduration": each.seconds,
                    "timemodified": BEGIN,
                    "visible": each.visible,
                }
                for each in found
                if each.visible
            ],
            "warnings": [],
        }
