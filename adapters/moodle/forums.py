"""Reads forums: which have something to say, their discussions, and the posts of those.

Forums are taken together, so that fifty questions share a call whatever forum they are about.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.moodle import questions, said_posts
from adapters.moodle.audience import CLOSED, Rule, forum_rule
from adapters.moodle.batch import Answered, Ask
from adapters.moodle.context import SHOWN_AGAIN, Context, fresh, no_such, not_listed, noted
from adapters.moodle.cursors import State
from adapters.moodle.forum_pages import (
    ForumView,
    Read,
    closing_page,
    first_pages,
    group_of,
    id_pages,
    is_open,
    kept_of,
    later_pages,
    narrowed,
    post_id,
)
from adapters.moodle.forum_state import SHUT, ForumState, forum_state
from adapters.moodle.refusals import ABOUT_ABSENCE
from adapters.moodle.said_posts import Discussion, Forum, Thread
from connector.errors import AuthError, ParseError, PermanentError, SourceError
from connector.model import (
    FACILITATORS,
    AudienceChange,
    IdPage,
    Membership,
    Page,
    Problem,
    Record,
    StreamFailed,
)

PREFIX = "forum:"
CAPABILITY = "mod/forum:viewdiscussion"
THREADS_AT_ONCE = 200
"""Four batches, which are under way together."""
LISTED_AT_ONCE = 10 * THREADS_AT_ONCE
"""About as many discussions are listed before they are read: fewer calls, and little memory."""


@dataclass
class Plan:
    """What is to be done about one forum."""

    view: ForumView
    state: ForumState
    lists: bool
    """Its discussions have to be listed."""
    is_ruled_anew: bool = False
    """Who may see it is not who might at the last reading."""
    changes: tuple[AudienceChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    listed: dict[int, Discussion] = field(default_factory=dict)
    to_read: list[int] = field(default_factory=list)
    memberships: tuple[Membership, ...] = ()
    read: list[Read] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    left: int = 0
    """How many discussions are still to come."""
    error: SourceError | None = None

    @property
    def stream(self) -> str:
        return self.view.stream

    @property
    def weight(self) -> int:
        """About how many discussions will be read."""
        return self.view.forum.discussions if self.state.is_baseline else len(self.state.open) + 5


Round = tuple[list[Plan], list[tuple[Plan, int]]]
"""Forums of which nothing is to be asked, and discussions that are asked for together."""


class ForumReader:
    """Reads any number of forums in one go."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._survey = context.survey

    def read(self, states: Mapping[str, State | None]) -> Iterator[Page | StreamFailed]:
        """Yield pages of these streams (``forum:13`` -> what its cursor says)."""
        plans = []
        for stream, state in states.items():
            found = self._plan(stream, forum_state(state))
            if isinstance(found, Plan):
                plans.append(found)
            else:
                yield from found
        for (idle, todo), answers in self._context.batches.ask_ahead(self._rounds(plans)):
            for plan in idle:
                yield from self._told(plan)
            yield from self._read_threads(todo, answers)

    # What is to be done

    def _plan(self, stream: str, state: ForumState) -> Plan | list[Page | StreamFailed]:
        forum = self._survey.forums.get(forum_number(stream) or 0)
        if forum is None:
            return self._unlisted(stream, state)
        error = self._context.course_error(forum.course, told_roster=state.told_roster)
        if error is not None:
            return self._refused(stream, state, error)
        course = self._survey.courses.get(forum.course)
        module = self._survey.module(forum.course, forum.module)
        rule = forum_rule(course, module, forum)
        view = ForumView(stream, forum, rule, self._context.translator)
        if state.is_baseline:
            return Plan(view, self._begun(forum, state, rule), lists=True)
        update = self._survey.update(forum.course, forum.module)
        plan = Plan(
            view,
            replace(state, rule=rule.token, told_roster=self._context.roster_is_told(forum.course)),
            lists="discussions" in update.areas or forum.discussions != state.count,
            to_read=list(state.open),
        )
        if rule.token != state.rule:
            # The groups of discussions count only now, and may have changed unseen before; of
            # what was not shown no change was told at all.
            is_unseen = state.rule == SHUT or rule.kind in ("separate", "within")
            plan.lists = plan.lists or is_unseen
            plan.is_ruled_anew = True
            plan.problems = (noted(CAPABILITY) if rule.kind == "nobody" else SHOWN_AGAIN,)
        return plan

    def _begun(self, forum: Forum, state: ForumState, rule: Rule) -> ForumState:
        """Return the state that a first reading begins or goes on with."""
        begun = replace(
            state,
            course=forum.course,
            rule=rule.token,
            told_roster=self._context.roster_is_told(forum.course),
        )
        if state.since:
            return begun
        return replace(begun, since=self._context.next_since, count=forum.discussions)

    def _unlisted(self, stream: str, state: ForumState) -> list[Page | StreamFailed]:
        """Say what a forum that Moodle does not list comes to."""
        unlisted = self._survey.unlisted.get(questions.FORUMS)
        if unlisted is not None:
            return [StreamFailed(stream, unlisted)]
        if not state.course:
            return [StreamFailed(stream, no_such(stream))]
        refused = self._survey.refused.get(state.course)
        if refused is not None:
            return self._refused(stream, state, refused)
        of_course = [each for each in self._survey.forums.values() if each.course == state.course]
        if state.course in self._survey.courses and not of_course:
            return self._refused(stream, state, not_listed("forum", CAPABILITY))
        if state.rule == SHUT:
            return [Page(stream=stream, baseline=state.is_baseline)]
        page, _ = closing_page(stream, state, noted(CAPABILITY))
        return [replace(page, complete=True)]

    def _refused(
        self, stream: str, state: ForumState, error: SourceError
    ) -> list[Page | StreamFailed]:
        """Leave what is kept to facilitators where access was taken away, and name the error."""
        failed = StreamFailed(stream, error)
        lost_access = isinstance(error, AuthError) and state.rule != SHUT
        if not lost_access or not state.kept or self._survey.people.lost:
            return [failed]
        page, _ = closing_page(stream, state, None)
        return [replace(page, complete=False), failed]

    # Asking

    def _rounds(self, plans: Sequence[Plan]) -> Iterator[tuple[Round, list[Ask]]]:
        """Yield what is asked together, and how; the forums of a window are listed before."""
        for window in _windows(plans):
            self._list(window)
            todo: list[tuple[Plan, int]] = []
            for plan in window:
                if plan.error is None:
                    self._compare(plan)
                    plan.left = len(plan.to_read)
                    todo += [(plan, number) for number in plan.to_read]
            idle = [plan for plan in window if plan.left == 0]
            for start in range(0, len(todo), THREADS_AT_ONCE) or (0,):
                some = todo[start : start + THREADS_AT_ONCE]
                yield (idle, some), [questions.posts(number) for _, number in some]
                idle = []

    def _list(self, plans: Sequence[Plan]) -> None:
        asks = [
            (plan, ask)
            for plan in plans
            if plan.lists
            for ask in questions.discussions(plan.view.forum.id, plan.view.forum.discussions)
        ]
        answers = self._context.batches.ask([ask for _, ask in asks])
        for (plan, _), answer in zip(asks, answers, strict=True):
            try:
                found = said_posts.discussions(_value(answer))
            except SourceError as error:
                plan.error = error
                continue
            plan.listed |= {each.id: each for each in found}

    def _compare(self, plan: Plan) -> None:
        """Decide which discussions are read, and prepare who may see them."""
        state, listed = plan.state, plan.listed
        if state.is_baseline:
            plan.to_read = sorted(each for each in listed if each > state.done)
        elif plan.lists:
            changed = {
                number
                for number, each in listed.items()
                if number not in state.kept or state.kept[number].differs(each, group_of(each))
            }
            missing = state.kept.keys() - listed.keys()
            plan.to_read = sorted(changed | missing | set(state.open))
        if plan.is_ruled_anew:
            groups_now = {number: group_of(each) for number, each in listed.items()}
            plan.changes = narrowed(state, plan.view.rule, groups_now)
        course = plan.view.forum.course
        groups = self._context.groups(course)
        groups |= {kept.group for kept in state.kept.values() if kept.group > 0}
        groups |= {each.group for each in listed.values() if each.group > 0}
        plan.memberships, members = fresh(
            self._context.memberships(course, plan.view.rule, groups), state.members
        )
        plan.state = replace(state, members=members)

    def _read_threads(
        self, todo: Sequence[tuple[Plan, int]], answers: Sequence[Answered]
    ) -> Iterator[Page | StreamFailed]:
        touched: list[Plan] = []
        for (plan, number), answer in zip(todo, answers, strict=True):
            if not touched or touched[-1] is not plan:
                touched.append(plan)
            plan.left -= 1
            if plan.error is None:
                self._take(plan, number, answer)
        for plan in touched:
            yield from self._told(plan)

    def _take(self, plan: Plan, number: int, answer: Answered) -> None:
        """Sort one answered discussion into what was read and what left."""
        if answer.error is not None:
            self._take_refused(plan, number, answer)
            return
        try:
            thread = said_posts.thread(answer.value)
        except ParseError as error:
            plan.error = error
            return
        if thread.forum != plan.view.forum.id:
            # It was moved: the forum that has it now hands it on.
            plan.state = plan.state.with_kept(number, None)
            return
        plan.read.append(self._as_read(plan, number, thread))

    def _as_read(self, plan: Plan, number: int, thread: Thread) -> Read:
        listed = plan.listed.get(number)
        if listed is None:
            former = plan.state.kept.get(number)
            listed = Discussion(
                number,
                former.group if former else -1,
                former.replies if former else 0,
                former.modified if former else 0,
                is_timed=False,
            )
        return Read(
            number,
            kept_of(listed, thread.posts),
            thread.posts,
            is_open(thread.posts, self._survey.moment),
        )

    def _take_refused(self, plan: Plan, number: int, answer: Answered) -> None:
        if answer.code in ABOUT_ABSENCE:
            plan.gone.append(number)
        elif isinstance(answer.error, AuthError):
            kept = plan.state.kept.get(number)
            posts = kept.posts if kept else ()
            plan.changes += tuple(AudienceChange(post_id(post), FACILITATORS) for post in posts)
            if kept:
                plan.state = plan.state.with_kept(number, replace(kept, group=CLOSED))
        else:
            plan.error = answer.error

    # Handing on

    def _told(self, plan: Plan) -> Iterator[Page | StreamFailed]:
        """Yield what can be handed on of a plan by now."""
        try:
            if plan.error is None and plan.state.is_baseline:
                yield from self._first(plan, is_last=plan.left == 0)
            elif plan.error is None and plan.left == 0:
                yield from self._later(plan)
        except SourceError as error:
            plan.error = error
        if plan.error is not None and plan.left == 0:
            yield StreamFailed(plan.stream, plan.error)

    def _first(self, plan: Plan, *, is_last: bool) -> Iterator[Page]:
        read, plan.read = plan.read, []
        memberships, plan.memberships = plan.memberships, ()
        pages = first_pages(plan.view, plan.state, read, memberships, is_last=is_last)
        for page, state in pages:
            plan.state = state
            yield page

    def _later(self, plan: Plan) -> Iterator[Page]:
        first = Page(
            stream=plan.stream,
            memberships=plan.memberships,
            audience_changes=plan.changes,
            problems=plan.problems,
        )
        course = plan.view.forum.course
        has_moved = bool(self._survey.updates.get(course)) or plan.lists or plan.to_read
        if not (has_moved or plan.memberships or plan.changes or plan.problems):
            yield first
            return
        state = replace(plan.state, since=self._context.next_since)
        if plan.lists:
            state = replace(state, count=plan.view.forum.discussions)
        yield from later_pages(plan.view, state, plan.read, plan.gone, first)

    # The nightly check

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """List all posts of a forum, with what they say now. Raises SourceError."""
        if forum_number(stream) not in self._survey.forums:
            raise self._survey.unlisted.get(questions.FORUMS) or PermanentError(
                noted(CAPABILITY).reason
            )
        plan = self._plan(stream, ForumState())
        if not isinstance(plan, Plan):
            raise next(each.error for each in plan if isinstance(each, StreamFailed))
        if self._survey.module(plan.view.forum.course, plan.view.forum.module) is None:
            raise PermanentError(noted(CAPABILITY).reason)
        self._list([plan])
        if plan.error is not None:
            raise plan.error
        if plan.view.forum.discussions and not plan.listed:
            raise not_listed("discussion", CAPABILITY)
        numbers = sorted(plan.listed)
        self._context.discussions.clear()
        for start in range(0, len(numbers), THREADS_AT_ONCE):
            yield from self._swept(plan, numbers[start : start + THREADS_AT_ONCE])
        yield IdPage((), complete=True)

    def _swept(self, plan: Plan, numbers: Sequence[int]) -> Iterator[IdPage]:
        answers = self._context.batches.ask([questions.posts(each) for each in numbers])
        ids: list[str] = []
        records: list[Record] = []
        for number, answer in zip(numbers, answers, strict=True):
            if answer.code in ABOUT_ABSENCE:
                continue
            thread = said_posts.thread(_value(answer))
            if thread.forum != plan.view.forum.id:
                continue
            self._context.discussions.update({post.id: number for post in thread.posts})
            read = self._as_read(plan, number, thread)
            ids += [post_id(each.id) for each in read.posts]
            certain = [one for one in read.posts if self._survey.people.is_certain(one.author)]
            records += plan.view.records(read.kept, certain)
        yield from id_pages(ids, records)


def forum_number(stream: str) -> int | None:
    """Return the forum that a stream key names."""
    number = stream.removeprefix(PREFIX)
    is_number = number.isascii() and number.isdecimal() and len(number) <= 15
    return int(number) if stream.startswith(PREFIX) and is_number else None


def _windows(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """Yield plans in groups whose lists of discussions are kept at one time."""
    window: list[Plan] = []
    weight = 0
    for plan in plans:
        window.append(plan)
        weight += plan.weight
        if weight >= LISTED_AT_ONCE:
            yield window
            window, weight = [], 0
    if window:
        yield window


def _value(answer: Answered) -> object:
    if answer.error is not None:
        raise answer.error
    return answer.value
