"""Pure: the sorts of activities that people answer, sign up to or hand something in to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from adapters.moodle import questions, said_activities
from adapters.moodle.activities import Sort, Told
from adapters.moodle.batch import Answered, Ask
from adapters.moodle.context import Context
from adapters.moodle.courses import day_of
from adapters.moodle.said_activities import Activity, Given
from adapters.moodle.settings import MoodleSettings
from adapters.moodle.survey import Survey
from connector.model import FACILITATORS, Audience, Count, Problem, ProblemKind


class Choices:
    """A choice: how courses let people sign up. Each answer is a registration."""

    prefix = "choice:"
    function = questions.CHOICES
    area = "answers"
    capability = "mod/choice:choose"
    what = "choice"

    def listed(self, survey: Survey) -> Mapping[int, Activity]:
        """Return the choices by id."""
        return survey.choices

    def asks(self, activity: Activity) -> Sequence[Ask]:
        """What can be chosen, and who did."""
        return (questions.options(activity.id), questions.results(activity.id))

    def told(
        self, context: Context, activity: Activity, audience: Audience, answers: Sequence[Answered]
    ) -> Told:
        """Return the sign-up, who signed up, and the places."""
        options_said, results_said = answers
        if options_said.error is not None:
            raise options_said.error
        options = said_activities.options(options_said.value)
        given = [] if results_said.error else said_activities.choice_answers(results_said.value)
        taken = sum(each.taken for each in options)
        are_withheld = results_said.error is not None or (taken > 0 and not given)
        names_for = audience if activity.shows_names else FACILITATORS
        translator = context.translator
        day = day_of(context.survey.moment, context.settings.timezone)
        return Told(
            records=(
                translator.choice(activity, options, audience),
                *(translator.registration(each, activity, names_for) for each in given),
            ),
            counts=tuple(
                Count(name, value, day, f"option:{each.id}")
                for each in options
                for name, value in (("taken", each.taken), ("places", each.places))
                if value is not None
            ),
            is_whole=not are_withheld,
            problems=(_WITHHELD,) if are_withheld else (),
        )


_WITHHELD = Problem(
    ProblemKind.NOTED,
    "Moodle does not say who signed up, only how many. If names are wanted, ask the Moodle "
    "administrator to give the hub's role mod/choice:readresponses.",
)


@dataclass(slots=True, kw_only=True)
class Texts:
    """What people write into: counted, and the texts read where that is wanted."""

    prefix: str
    function: str
    area: str
    capability: str
    what: str
    kind: str
    """How the ids of its records begin."""
    counted: str
    """What its number is called."""
    of_survey: Callable[[Survey], Mapping[int, Activity]]
    question: Callable[[int], Ask]
    read: Callable[[object], tuple[int, list[Given]]]
    """How many wrote, and the texts whose writers are named."""
    is_wanted: Callable[[MoodleSettings], bool]
    """Whether the texts are."""

    def listed(self, survey: Survey) -> Mapping[int, Activity]:
        """Return those that Moodle lists, by id."""
        return self.of_survey(survey)

    def asks(self, activity: Activity) -> Sequence[Ask]:
        """What was written."""
        return (self.question(activity.id),)

    def told(
        self, context: Context, activity: Activity, audience: Audience, answers: Sequence[Answered]
    ) -> Told:
        """Return how many wrote."""
        (answer,) = answers
        if answer.error is not None:
            raise answer.error
        total, texts = self.read(answer.value)
        wanted = texts if self.is_wanted(context.settings) else []
        day = day_of(context.survey.moment, context.settings.timezone)
        return Told(
            records=tuple(
                context.translator.reflection(each, activity, kind=self.kind) for each in wanted
            ),
            counts=(Count(self.counted, total, day, f"module:{activity.module}"),),
        )


FEEDBACKS = Texts(
    prefix="feedback:",
    function=questions.FEEDBACKS,
    area="userattemptsfinished",
    capability="mod/feedback:viewreports",
    what="feedback",
    kind="attempt",
    counted="feedback",
    of_survey=lambda survey: survey.feedbacks,
    question=questions.responses,
    read=said_activities.feedback_answers,
    is_wanted=lambda settings: settings.feedback_texts,
)
ASSIGNMENTS = Texts(
    prefix="assign:",
    function=questions.ASSIGNMENTS,
    area="usersubmissions",
    capability="mod/assign:viewgrades",
    what="assignment",
    kind="submission",
    counted="submissions",
    of_survey=lambda survey: survey.assignments,
    question=questions.submissions,
    read=said_activities.submissions,
    is_wanted=lambda settings: settings.submission_texts,
)
SORTS: tuple[Sort, ...] = (Choices(), FEEDBACKS, ASSIGNMENTS)
