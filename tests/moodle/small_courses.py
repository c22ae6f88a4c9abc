"""How a small Moodle answers about itself, its courses and who is in them."""

from tests.moodle.small_world import SITE, Form, Module, Refused, World


class Courses(World):
    """Site, courses, contents, changes, participants and cohorts."""

    def _core_webservice_get_site_info(self, form: Form) -> object:
        names = [{"name": each, "version": "1"} for each in sorted(self.functions)]
        return {
            "sitename": "Virtual Learning Network",
            "siteurl": SITE,
            "release": "4.5.6 (Build: 20250811)",
            "functions": names,
            "userprivateaccesskey": "canary-private-key",
        }

    def _core_course_get_courses_by_field(self, form: Form) -> object:
        wanted = form.get("value")
        ids = None if wanted is None else {int(each) for each in str(wanted).split(",")}
        front = {"id": 1, "fullname": "Front", "format": "site", "visible": 1, "categoryid": 0}
        shown = [
            {
                "id": each.id,
                "fullname": each.name.replace("&", "&amp;"),
                "categoryid": each.category,
                "format": "topics",
                "visible": 1,
                "groupmode": each.forced_groupmode or 0,
                "groupmodeforce": int(each.forced_groupmode is not None),
            }
            for each in self.courses.values()
            if each.visible and (ids is None or each.id in ids)
        ]
        return {"courses": [front, *shown], "warnings": []}

    def _core_course_get_categories(self, form: Form) -> object:
        return [{"id": 4, "parent": 0}, {"id": 5, "parent": 4}, {"id": 6, "parent": 0}]

    def _core_course_get_contents(self, form: Form) -> object:
        course = self._course(form["courseid"])
        modules = [
            {
                "id": each.id,
                "url": f"{SITE}/mod/{each.kind}/view.php?id={each.id}",
                "name": each.name,
                "instance": each.instance,
                "modname": each.kind,
                "visible": 1,
                "uservisible": True,
                "visibleoncoursepage": 1,
                "groupmode": each.groupmode,
                **({"availability": each.availability} if self._tells_restrictions() else {}),
            }
            for each in self.modules.values()
            if each.course == course.id and self._shown(each)
        ]
        section = {"id": 1, "name": "General", "visible": 1, "uservisible": True}
        return [{**section, "modules": modules}]

    def _core_course_get_updates_since(self, form: Form) -> object:
        course, since = self._course(form["courseid"]), int(form["since"])
        found = []
        for module in self.modules.values():
            if module.course != course.id or not self._shown(module):
                continue
            said: list[Form] = []
            if module.configured > since:
                said.append({"name": "configuration", "timeupdated": module.configured})
            said += [{"name": name, "itemids": ids} for name, ids in self._areas(module, since)]
            if said:
                found.append({"contextlevel": "module", "id": module.id, "updates": said})
        return {"instances": found, "warnings": []}

    def _areas(self, module: Module, since: int) -> list[tuple[str, list[int]]]:
        if module.kind == "forum":
            changed = [
                self.first_of(each.id).id
                for each in self.in_forum(module.instance)
                if each.timemodified > since
            ]
            return [("discussions", changed)] if changed else []
        if module.kind == "choice":
            answers = self.choices[module.instance].answers
            changed = [number for number, row in answers.items() if row[2] > since]
            return [("answers", changed)] if changed else []
        return []

    def _core_course_get_course_module(self, form: Form) -> object:
        module = self.modules.get(int(form["cmid"]))
        if module is None:
            raise Refused("invalidcoursemodule")
        if not self._shown(module):
            raise Refused("nopermissions")
        return {"cm": {"id": module.id}, "warnings": []}

    def _core_enrol_get_enrolled_users(self, form: Form) -> object:
        course = self._course(form["courseid"])
        if "viewparticipants" not in self.capabilities:
            raise Refused("nopermissions")
        return [
            {
                "id": number,
                "fullname": self.users[number].name,
                "institution": self.users[number].school,
                "roles": [{"roleid": 1, "shortname": role}] if role else [],
                "groups": [
                    {"id": group, "name": f"Group {group}"}
                    for group, members in course.groups.items()
                    if number in members
                ],
            }
            for number, role in course.roles.items()
        ]

    def _core_user_get_users_by_field(self, form: Form) -> object:
        ids = [int(each) for each in form["values"]]
        found = [self.users[each] for each in ids if each in self.users]
        return [{"id": each.id, "suspended": each.suspended} for each in found]

    def _core_cohort_get_cohorts(self, form: Form) -> object:
        return [{"id": number, "name": name} for number, (name, _) in self.cohorts.items()]

    def _core_cohort_get_cohort_members(self, form: Form) -> object:
        ids = [int(each) for each in form["cohortids"]]
        return [{"cohortid": each, "userids": sorted(self.cohorts[each][1])} for each in ids]
