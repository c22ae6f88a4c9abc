"""Pure: the sorts of activities that people answer, sign up to or hand something in to."""

from collections.abc import Mapping, Sequence

from adapters.moodle import questions, said_activities
from adapters.moodle.activities import Sort, Told
from adapters.moodle.batch import Answered, Ask
from adapters.moodle.context import Context
from adapters.moodle.courses import day_of
from adapters.moodle.said_activities import Activity
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


class Feedbacks:
    """A feedback activity: counted, and its named answers read where that is wanted."""

    prefix = "feedback:"
    function = questions.FEEDBACKS
    area = "userattemptsfinished"
    capability = "mod/feedback:viewreports"
    what = "feedback"

    def listed(self, survey: Survey) -> Mapping[int, Activity]:
        """Return the feedback activities by id."""
        return survey.feedbacks

    def asks(self, activity: Activity) -> Sequence[Ask]:
        """What was answered."""
        return (questions.responses(activity.id),)

    def told(
        self, context: Context, activity: Activity, audience: Audience, answers: Sequence[Answered]
    ) -> Told:
        """Return how many answered."""
        (answer,) = answers
        if answer.error is not None:
            raise answer.error
        total, named = said_activities.feedback_answers(answer.value)
        wanted = named if context.settings.feedback_texts else []
        return Told(
            records=tuple(
                context.translator.reflection(each, activity, kind="attempt") for each in wanted
            ),
            counts=(_total(context, activity, "feedback", total),),
        )


class Assignments:
    """An assignment: what was handed in is counted, and its texts read where that is wanted."""

    prefix = "assign:"
    function = questions.ASSIGNMENTS
    area = "usersubmissions"
    capability = "mod/assign:viewgrades"
    what = "assignment"

    def listed(self, survey: Survey) -> Mapping[int, Activity]:
        """Return the assignments by id."""
        return survey.assignments

    def asks(self, activity: Activity) -> Sequence[Ask]:
        """What was handed in."""
        return (questions.submissions(activity.id),)

    def told(
        self, context: Context, activity: Activity, audience: Audience, answers: Sequence[Answered]
    ) -> Told:
        """Return how many handed in."""
        (answer,) = answers
        if answer.error is not None:
            raise answer.error
        total, texts = said_activities.submissions(answer.value)
        wanted = texts if context.settings.submission_texts else []
        return Told(
            records=tuple(
                context.translator.reflection(each, activity, kind="submission") for each in wanted
            ),
            counts=(_total(context, activity, "submissions", total),),
        )


def _total(context: Context, activity: Activity, name: str, value: int) -> Count:
    day = day_of(context.survey.moment, context.settings.timezone)
    return Count(name, value, day, f"module:{activity.module}")


SORTS: tuple[Sort, ...] = (Choices(), Feedbacks(), Assignments())
