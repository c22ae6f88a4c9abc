"""Pure: threads that were read become pages, each resumable after its cursor."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.moodle.audience import CLOSED, NOBODY, Rule, discussion_audience
from adapters.moodle.context import PAGE_RECORDS
from adapters.moodle.cursors import digest, pack
from adapters.moodle.forum_state import SHUT, ForumState, Kept, as_state
from adapters.moodle.parse import Translator
from adapters.moodle.said_posts import Discussion, Forum, Post
from connector.model import AudienceChange, Cursor, IdPage, Membership, Page, Problem, Record

OPEN_SECONDS = 35 * 60
"""A post may be edited for half an hour, where the site is not set otherwise."""


def group_of(listed: Discussion) -> int:
    """Return the group of a discussion; one that is shown for a time only is closed."""
    return CLOSED if listed.is_timed else listed.group


def kept_of(listed: Discussion, posts: Sequence[Post]) -> Kept:
    """Return what is remembered of a discussion."""
    return Kept(
        group=group_of(listed),
        replies=listed.replies,
        modified=listed.modified,
        digest=digest((each.id, each.modified, each.parent) for each in posts),
        posts=tuple(each.id for each in posts),
    )


def is_open(posts: Sequence[Post], moment: int) -> bool:
    """Whether the newest post may still be edited."""
    newest = max((max(each.created, each.modified) for each in posts), default=0)
    return newest > moment - OPEN_SECONDS


def post_id(number: int) -> str:
    """Return the external id of a post."""
    return f"post:{number}"


def narrowed(
    state: ForumState, rule: Rule, groups: Mapping[int, int] | None = None
) -> tuple[AudienceChange, ...]:
    """Return who may see each kept post under a rule.

    Args:
        state: the posts.
        rule: who may see the forum now.
        groups: the groups of discussions, where they were listed anew.
    """
    return tuple(
        AudienceChange(
            post_id(post), discussion_audience(rule, (groups or {}).get(number, kept.group))
        )
        for number, kept in sorted(state.kept.items())
        for post in kept.posts
    )


@dataclass(frozen=True)
class ForumView:
    """A forum, and who may see it now."""

    stream: str
    forum: Forum
    rule: Rule
    translator: Translator

    def records(self, kept: Kept, posts: Iterable[Post]) -> list[Record]:
        """Return the posts of a discussion. Raises AuthError where an author cannot be told."""
        audience = discussion_audience(self.rule, kept.group)
        return [self.translator.post(each, self.forum, audience) for each in posts]

    def adults(self, posts: Iterable[Post]) -> set[int]:
        """Return the authors who are known to be no students."""
        return {each.author for each in posts if self.translator.people.is_adult(each.author)}


@dataclass(frozen=True, slots=True)
class Read:
    """A discussion that was read."""

    number: int
    kept: Kept
    posts: tuple[Post, ...]
    is_open: bool


def first_pages(
    view: ForumView,
    state: ForumState,
    read: Iterable[Read],
    memberships: tuple[Membership, ...],
    *,
    is_last: bool,
) -> Iterator[tuple[Page, ForumState]]:
    """Yield pages of a first reading and the state after each.

    Args:
        view: the forum.
        state: what was handed on before.
        read: discussions behind ``state.done``, the oldest id first.
        memberships: come with the first page.
        is_last: nothing follows these.
    """
    records: list[Record] = []
    for one in read:
        former = state.done_post
        posts = [each for each in one.posts if each.id > former]
        for post, record in zip(posts, view.records(one.kept, posts), strict=True):
            records.append(record)
            state = replace(state, done_post=post.id)
            if len(records) == PAGE_RECORDS:
                yield _first_page(view, state, records, memberships), state
                records, memberships = [], ()
        state = _with_done(view, state, one)
    if is_last:
        state = replace(state, is_baseline=False, done=0, done_post=0)
    if records or memberships or is_last:
        page = _first_page(view, state, records, memberships)
        yield replace(page, complete=is_last), state


def _first_page(
    view: ForumView,
    state: ForumState,
    records: Sequence[Record],
    memberships: tuple[Membership, ...],
) -> Page:
    return Page(
        stream=view.stream,
        records=tuple(records),
        cursor=pack(as_state(state)),
        baseline=True,
        complete=False,
        memberships=memberships,
    )


def _with_done(view: ForumView, state: ForumState, one: Read) -> ForumState:
    state = replace(state, done=one.number, done_post=0)
    return _with_read(view, state, one)


def _with_read(view: ForumView, state: ForumState, one: Read) -> ForumState:
    still = {each for each in state.open if each != one.number}
    return replace(
        state.with_kept(one.number, one.kept),
        open=tuple(sorted(still | ({one.number} if one.is_open else set()))),
        adults=tuple(sorted({*state.adults, *view.adults(one.posts)})),
    )


def later_pages(
    view: ForumView,
    state: ForumState,
    read: Iterable[Read],
    gone: Iterable[int],
    first: Page,
) -> Iterator[Page]:
    """Yield the pages of a later reading; the cursor comes with the last.

    Args:
        view: the forum.
        state: the state that holds once everything is handed on, discussions excepted.
        read: discussions that were read again.
        gone: discussions that are no more.
        first: what the reading says beside its records: memberships, audiences, notes.
    """
    records: list[Record] = []
    left: list[int] = []
    for number in gone:
        left += state.kept[number].posts if number in state.kept else ()
        state = state.with_kept(number, None)
    for one in read:
        former = state.kept.get(one.number)
        if former is None or (former.digest, former.group) != (one.kept.digest, one.kept.group):
            records += view.records(one.kept, one.posts)
        left += set(former.posts if former else ()) - set(one.kept.posts)
        state = _with_read(view, state, one)
    cursor = pack(as_state(state))
    gone_ids = tuple(post_id(each) for each in sorted(set(left)))
    yield from in_pages(replace(first, gone=gone_ids), records, cursor)


def in_pages(first: Page, records: Sequence[Record], cursor: Cursor | None) -> Iterator[Page]:
    """Yield a first page and those that follow it, the last with the cursor."""
    chunks = [
        records[start : start + PAGE_RECORDS] for start in range(0, len(records), PAGE_RECORDS)
    ]
    for number, chunk in enumerate(chunks or [()]):
        is_last = number >= len(chunks) - 1
        page = first if number == 0 else Page(stream=first.stream, baseline=first.baseline)
        yield replace(
            page,
            records=tuple(chunk),
            cursor=cursor if is_last else None,
            complete=is_last,
        )


def id_pages(ids: Sequence[str], records: Sequence[Record]) -> Iterator[IdPage]:
    """Yield a part of a listing, with what the listed things say now."""
    for start in range(0, max(len(ids), len(records)), PAGE_RECORDS):
        end = start + PAGE_RECORDS
        yield IdPage(tuple(ids[start:end]), records=tuple(records[start:end]))


def closing_page(
    view_stream: str, state: ForumState, problem: Problem | None
) -> tuple[Page, ForumState]:
    """Return the page that leaves a forum's kept posts to facilitators."""
    closed = replace(state, rule=SHUT, members="")
    page = Page(
        stream=view_stream,
        audience_changes=narrowed(state, NOBODY),
        problems=() if problem is None else (problem,),
        cursor=pack(as_state(closed)),
        baseline=state.is_baseline,
        complete=not state.is_baseline,
    )
    return page, closed
