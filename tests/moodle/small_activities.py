"""How a small Moodle answers about what people sign up to, answer or hand in."""

from collections import Counter

from tests.moodle.small_world import BEGIN, Choice, Form, Refused, World


class Activities(World):
    """Choices, feedback, assignments and completions."""

    def _mod_choice_get_choices_by_courses(self, form: Form) -> object:
        courses = self._courses_in(form)
        return {
            "choices": [
                {
                    "id": each.id,
                    "coursemodule": each.module.id,
                    "course": each.module.course,
                    "name": each.module.name,
                    "intro": "<p>Choose one</p>",
                    "publish": each.publish,
                    "showresults": each.showresults,
                    "timeopen": BEGIN,
                }
                for each in self.choices.values()
                if each.module.course in courses
                and self._shown(each.module)
                and "choose" in self.capabilities
            ]
        }

    def _choice(self, form: Form) -> Choice:
        choice = self.choices.get(int(form["choiceid"]))
        if choice is None:
            raise Refused("invalidrecord")
        self._course(choice.module.course)
        return choice

    def _mod_choice_get_choice_options(self, form: Form) -> object:
        choice = self._choice(form)
        taken = Counter(option for _, option, _ in choice.answers.values())
        return {
            "options": [
                {"id": number, "text": text, "maxanswers": places, "countanswers": taken[number]}
                for number, (text, places) in choice.options.items()
            ]
        }

    def _mod_choice_get_choice_results(self, form: Form) -> object:
        choice = self._choice(form)
        if "readresponses" not in self.capabilities:
            return {"options": []}
        return {
            "options": [
                {
                    "id": number,
                    "text": text,
                    "maxanswer": places,
                    "userresponses": [
                        {
                            "userid": user,
                            "fullname": self.users[user].name,
                            "answerid": answer,
                            "timemodified": when,
                        }
                        for answer, (user, option, when) in choice.answers.items()
                        if option == number and choice.publish
                    ],
                }
                for number, (text, places) in choice.options.items()
            ]
        }

    def _mod_feedback_get_feedbacks_by_courses(self, form: Form) -> object:
        courses = self._courses_in(form)
        return {
            "feedbacks": [
                {
                    "id": number,
                    "coursemodule": module.id,
                    "course": module.course,
                    "name": module.name,
                }
                for number, (module, _) in self.feedback.items()
                if module.course in courses
            ]
        }

    def _mod_feedback_get_responses_analysis(self, form: Form) -> object:
        _, users = self.feedback[int(form["feedbackid"])]
        attempts = [
            {
                "id": 9000 + user,
                "userid": user,
                "timemodified": BEGIN,
                "fullname": self.users[user].name,
                "responses": [{"name": "Rate it", "printval": "Great & good"}],
            }
            for user in users
        ]
        return {"attempts": attempts, "totalattempts": len(users), "totalanonattempts": 0}

    def _mod_assign_get_assignments(self, form: Form) -> object:
        courses = self._courses_in(form)
        found = [
            {
                "id": module.course,
                "assignments": [
                    {"id": number, "cmid": module.id, "course": module.course, "name": module.name}
                ],
            }
            for number, (module, _) in self.assignments.items()
            if module.course in courses
        ]
        return {"courses": found, "warnings": []}

    def _mod_assign_get_submissions(self, form: Form) -> object:
        number = int(form["assignmentids"][0])
        texts = self.assignments[number][1]
        submissions = [
            {
                "id": 8000 + user,
                "userid": user,
                "status": "submitted",
                "timemodified": BEGIN,
                "plugins": [{"editorfields": [{"text": text}]}],
            }
            for user, text in texts.items()
        ]
        return {"assignments": [{"assignmentid": number, "submissions": submissions}]}

    def _core_completion_get_activities_completion_status(self, form: Form) -> object:
        done = self.completed.get(int(form["userid"]), set())
        return {"statuses": [{"cmid": each, "state": 1} for each in sorted(done)]}
