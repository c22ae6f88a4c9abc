"""What the readers of all streams share in one reading."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from adapters.moodle.audience import Rule, group_audience
from adapters.moodle.batch import Batches
from adapters.moodle.cursors import OVERLAP_SECONDS, membership_digest
from adapters.moodle.parse import Translator
from adapters.moodle.settings import MoodleSettings
from adapters.moodle.survey import Survey
from connector.errors import AuthError, PermanentError, SourceError
from connector.model import STREAM, Membership, Problem, ProblemKind

PAGE_RECORDS = 100
HIDDEN = (
    "Moodle no longer shows this to the hub: it was hidden, restricted or deleted, or the hub's "
    "role lost {capability}. What is kept of it is seen by facilitators only; run the check of "
    "this place if that is not meant."
)


@dataclass(frozen=True)
class Context:
    """A look at the Moodle, and the means to ask more."""

    settings: MoodleSettings
    survey: Survey
    batches: Batches
    site: str
    discussions: dict[int, int] = field(default_factory=dict)
    """Post -> discussion, of the forum that was swept last."""

    @cached_property
    def translator(self) -> Translator:
        """What makes records."""
        return Translator(self.site, self.survey.people)

    @property
    def next_since(self) -> int:
        """From when on changes are to be asked for next."""
        return max(self.survey.moment - OVERLAP_SECONDS, 1)

    def roster_is_told(self, course: int) -> bool:
        """Whether Moodle says who is in a course."""
        return course in self.survey.people.rosters

    def course_error(self, course: int, *, told_roster: bool) -> SourceError | None:
        """Return why a course cannot be read now, or None."""
        refused = self.survey.refused.get(course)
        if refused is not None:
            return refused
        if told_roster and not self.roster_is_told(course) and course in self.survey.courses:
            return self.survey.people.lost_error() if self.survey.people.lost else None
        return None

    def memberships(self, course: int, rule: Rule, groups: Iterable[int]) -> list[Membership]:
        """Return the complete lists of those who may see something of a course."""
        people = self.survey.people
        if rule.kind == "nobody":
            return []
        if rule.kind in ("group", "within"):
            return [people.membership(group_audience(rule.group), course)]
        found = [people.membership(STREAM, course)]
        if rule.kind == "separate":
            found += [people.membership(group_audience(each), course) for each in sorted(groups)]
        return found

    def groups(self, course: int) -> set[int]:
        """Return the groups of a course that have somebody in them."""
        roster = self.survey.people.rosters.get(course, ())
        return {group for one in roster for group in one.groups}


def fresh(memberships: Sequence[Membership], former: str) -> tuple[tuple[Membership, ...], str]:
    """Return the listings if they are not those of last time, and their digest."""
    digest = membership_digest(memberships) if memberships else ""
    return (() if digest == former else tuple(memberships)), digest


def noted(capability: str) -> Problem:
    """Return the note on a stream that Moodle stopped showing."""
    return Problem(ProblemKind.NOTED, HIDDEN.format(capability=capability))


SHOWN_AGAIN = Problem(ProblemKind.SKIPPED, "Moodle shows this again.")
"""Without an id it is kept nowhere; it takes a former note away."""


def not_listed(what: str, capability: str) -> AuthError:
    """Return what is to be done where Moodle stopped listing a whole kind of thing."""
    return AuthError(
        f"Moodle no longer lists any {what} of this course, which is how it says that a "
        f"capability is missing. Ask the Moodle administrator to give the hub's role {capability}."
    )


def no_such(stream: str) -> PermanentError:
    """Return the error for a stream that this Moodle does not have."""
    return PermanentError(
        f"This Moodle has no part called {stream[:80]!r} among the chosen courses. "
        "Check which courses and categories this place reads."
    )
