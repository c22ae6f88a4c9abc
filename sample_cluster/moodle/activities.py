"""Choices (sign-ups), feedback and assignments of a stand-in site, and what people do in them."""

from collections.abc import Sequence

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.courses import Courses
from sample_cluster.moodle.numbers import Numbers
from sample_cluster.moodle.state import (
    Assignment,
    Choice,
    ChoiceAnswer,
    ChoiceOption,
    Feedback,
    FeedbackAttempt,
    FeedbackItem,
    Module,
    Submission,
    User,
)


class Activities:
    """What can be answered, chosen or handed in, and which activities somebody finished."""

    def __init__(self, numbers: Numbers, clock: Clock, courses: Courses) -> None:
        self._numbers = numbers
        self._clock = clock
        self._courses = courses
        self.choices: dict[int, Choice] = {}
        self.feedbacks: dict[int, Feedback] = {}
        self.assignments: dict[int, Assignment] = {}
        self.completed: dict[tuple[int, int], int] = {}
        """(Course-module id, user id) -> when."""

    def is_there(self, module: Module) -> bool:
        return module.id in self._courses.modules

    def add_choice(
        self,
        module: Module,
        options: Sequence[tuple[str, int]],
        *,
        limit_answers: bool = True,
        publish_names: bool = True,
        timeopen: int = 0,
        timeclose: int = 0,
    ) -> Choice:
        """Make a sign-up of a module; an option is its words and its places (0: no limit)."""
        made = [ChoiceOption(self._numbers.next("option"), *option) for option in options]
        choice = Choice(module, made, limit_answers, publish_names)
        choice.timeopen, choice.timeclose = timeopen, timeclose
        module.customdata = _texts({"timeopen": timeopen, "timeclose": timeclose})
        labels = (("Opened:", "timeopen", timeopen), ("Closes:", "timeclose", timeclose))
        module.dates = tuple(label for label in labels if label[2])
        self.choices[choice.id] = choice
        return choice

    def choose(self, choice: Choice, user: User, option: ChoiceOption) -> ChoiceAnswer:
        """Sign somebody up, in place of what they chose before.

        The limit is not looked at: a teacher may put one more in, and two clicks may race.
        """
        self.withdraw(choice, user)
        number = self._numbers.next("answer")
        choice.answers[number] = ChoiceAnswer(number, user, option, self._clock.seconds)
        return choice.answers[number]

    def withdraw(self, choice: Choice, user: User) -> None:
        """Take back what somebody chose."""
        mine = [answer.id for answer in choice.answers.values() if answer.user is user]
        for number in mine:
            del choice.answers[number]

    def set_places(self, choice: Choice, option: ChoiceOption, places: int) -> None:
        """Change how many fit; those who are in stay in."""
        option.places = places
        choice.module.timemodified = self._clock.seconds

    def add_feedback(
        self, module: Module, questions: Sequence[FeedbackItem], anonymous: bool = True
    ) -> Feedback:
        feedback = Feedback(module, anonymous, list(questions))
        module.customdata = {"anonymous": "1" if anonymous else "2"}
        self.feedbacks[feedback.id] = feedback
        return feedback

    def question(self, name: str, label: str, *choices: str) -> FeedbackItem:
        """Return a question; without choices it is answered in words."""
        return FeedbackItem(self._numbers.next("item"), name, label, choices)

    def answer(self, feedback: Feedback, user: User, *values: str) -> FeedbackAttempt:
        """Fill in a form: the number of a choice from 1, or words, for each question."""
        number = self._numbers.next("attempt")
        attempt = FeedbackAttempt(number, user, self._clock.seconds, values)
        feedback.attempts[number] = attempt
        return attempt

    def add_assignment(self, module: Module, duedate: int = 0) -> Assignment:
        assignment = Assignment(module, duedate)
        module.customdata = {"duedate": duedate}
        module.dates = (("Due:", "duedate", duedate),) if duedate else ()
        self.assignments[assignment.id] = assignment
        return assignment

    def hand_in(self, assignment: Assignment, user: User, text: str) -> Submission:
        """Hand in work, or hand it in anew."""
        now = self._clock.seconds
        for former in assignment.submissions.values():
            if former.user is user:
                former.text, former.timemodified = text, now
                return former
        number = self._numbers.next("submission")
        assignment.submissions[number] = Submission(number, user, now, now, text)
        return assignment.submissions[number]

    def complete(self, module: Module, user: User) -> None:
        """Tick an activity for somebody."""
        self.completed[module.id, user.id] = self._clock.seconds


def _texts(values: dict[str, int]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
