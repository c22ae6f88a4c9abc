"""How a small Moodle answers about forums."""

from tests.moodle.small_world import Discussion, Form, Forum, Post, Refused, World


class Forums(World):
    """Forums, discussions and posts."""

    def _mod_forum_get_forums_by_courses(self, form: Form) -> object:
        courses = self._courses_in(form)
        return [
            {
                "id": each.id,
                "course": each.module.course,
                "cmid": each.module.id,
                "type": each.kind,
                "name": each.module.name,
                "numdiscussions": len(self.in_forum(each.id)),
            }
            for each in self.forums.values()
            if each.module.course in courses and self._shown(each.module)
        ]

    def _forum(self, number: int) -> Forum:
        forum = self.forums.get(number)
        if forum is None:
            raise Refused(f"Unable to find forum with id {number}")
        self._course(forum.module.course)
        if not self._shown(forum.module):
            raise Refused("nopermissions")
        return forum

    def _mod_forum_get_forum_discussions(self, form: Form) -> object:
        forum = self._forum(int(form["forumid"]))
        listed = sorted(self.in_forum(forum.id), key=lambda each: (not each.pinned, each.id))
        if "page" in form:
            start = int(form["page"]) * int(form["perpage"])
            listed = listed[start : start + int(form["perpage"])]
        return {"discussions": [self._listed(each) for each in listed], "warnings": []}

    def _listed(self, each: Discussion) -> Form:
        first = self.first_of(each.id)
        return {
            "id": first.id,
            "discussion": each.id,
            "name": first.subject,
            "groupid": each.group,
            "timemodified": each.timemodified,
            "created": first.created,
            "modified": first.modified,
            "timestart": each.timed,
            "timeend": 0,
            "numreplies": len(self.of(each.id)) - 1,
            "pinned": each.pinned,
            "message": first.html,
            "userfullname": self.users[first.author].name,
        }

    def _mod_forum_get_discussion_posts(self, form: Form) -> object:
        discussion = self.discussions.get(int(form["discussionid"]))
        if discussion is None:
            raise Refused(None)
        forum = self._forum(discussion.forum)
        return {
            "posts": [self._post(each) for each in self.of(discussion.id) if not each.private],
            "forumid": forum.id,
            "courseid": forum.module.course,
            "warnings": [],
        }

    def _post(self, each: Post) -> Form:
        author = {"id": each.author, "fullname": self.users[each.author].name}
        return {
            "id": each.id,
            "subject": each.subject.replace("&", "&amp;"),
            "message": each.html,
            "author": author,
            "discussionid": each.discussion,
            "hasparent": bool(each.parent),
            "parentid": each.parent or None,
            "timecreated": each.created,
            "timemodified": each.modified,
            "isdeleted": False,
            "isprivatereply": False,
            "attachments": [
                {"filename": name, "url": url, "mimetype": "image/png", "filesize": 70}
                for name, url in each.files
            ],
            "tags": [],
        }
