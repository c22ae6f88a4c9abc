"""Looks again at a part of what was read before, a little in each cycle.

Edits of older posts, a moved topic, a renamed tag, somebody who became anonymous, a deletion:
a board lists none of these as news. So each cycle compares the newest fifty posts, reads one
stretch of ids again (``CHUNK``), one page of topics, and some of who may see what, with at
most ten requests; with as many cycles as the board has stretches it has been through all of it.

A small board is listed whole at night besides (``sweeping``). A larger one cannot be: instead, once
a day, a share of its stretches is read again in one reading of several slices (``open_share``), so
that a week has seen all of them, however seldom a quiet board is read.

What changed is handed on whole by stretch: the cursor holds digests of stretches, not of posts.
What is missing in a stretch was not necessarily removed; each missing post is asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from adapters.discourse.board import REFUSALS, Board, sweepable_ids
from adapters.discourse.client import DiscourseClient
from adapters.discourse.harvest import Harvest
from adapters.discourse.idset import IdSet
from adapters.discourse.making import Making
from adapters.discourse.parse import (
    Post,
    Topic,
    read_post,
    read_posts,
    read_profile_field,
    read_whole_topic,
)
from adapters.discourse.state import CHUNK, StreamState, digest_of, moment_in, short_digest
from adapters.discourse.topics import Topics
from connector.model import Audience

MOST_REQUESTS = 10
STEP = 50
"""Ids that each answer goes down by, at least."""
FOR_POSTS = 1 + CHUNK // STEP
"""Kept for a page of topics and a stretch of ids."""
MOST_LOOKUPS = 20
"""Missing posts that are asked for at once; only where something is missing."""
A_DAY = timedelta(hours=20)
DAYS_FOR_ALL = 7
"""In so many days the shares have been through all of a large board."""


Question = tuple[int, Callable[[], None]]


class Rolling:
    """The second look of one cycle."""

    def __init__(
        self,
        client: DiscourseClient,
        board: Board,
        topics: Topics,
        making: Making,
        states: Mapping[str, StreamState],
        harvests: Mapping[str, Harvest],
    ) -> None:
        self._client = client
        self._board = board
        self._topics = topics
        self._making = making
        self._states = states
        self._harvests = harvests
        self._left = MOST_REQUESTS
        # A run may end between the pages of two streams: the others then have more to do.
        self._lead = max(states.values(), key=lambda state: state.share)
        self._met: dict[int, Post] = {}
        self._control: Post | None = None
        """A post that this run was shown, to see whether it still is."""

    def work(self, newest: Iterable[Post], active: Sequence[Topic], *, lists_all: bool) -> None:
        """Add to the harvests what is otherwise than it was. Raises SourceError.

        Args:
            newest: the newest posts, just asked for.
            active: the topics of the last activity, just asked for.
            lists_all: whether these are all topics of the board.
        """
        self._who_sees()
        self._follow_moved(active)
        if lists_all:
            self._compare_likes(active, 0)
        else:
            self._page_of_topics()
        self._compare_newest(tuple(newest))
        self._stretch()
        self._profiles()

    # The day's share of a large board

    def open_share(self, now: datetime) -> None:
        """Note how many stretches are read again today, unless that was done or needs not be."""
        lead = self._lead
        begun = moment_in(lead.shared)
        if lead.top <= sweepable_ids(self._board.settings) or (begun and now - begun < A_DAY):
            return
        stretches = lead.top // CHUNK + 1
        for state in self._states.values():
            state.share = -(-stretches // DAYS_FOR_ALL)
            state.shared = now.isoformat()

    def has_share(self) -> bool:
        """Whether a stretch of the day's share is still to be read."""
        return self._lead.share > 0

    def go_on(self) -> None:
        """Read the next stretch of the day's share, and a page of topics for their tags."""
        self._control = self._shown()
        self._met.clear()
        self._left = FOR_POSTS
        self._page_of_topics()
        if self._stretch():
            for state in self._states.values():
                state.share = max(state.share - 1, 0)

    # Who sees what

    def _who_sees(self) -> None:
        """Ask whether strangers may read; then, in turn, who may read what and is in a group.

        Whose audience is another now is told in the next cycle, before anything else is read.
        """
        self._counted(self._board.ask_site)
        questions = self._questions()
        asked = 0
        for number in range(len(questions)):
            cost, ask = questions[(self._lead.turn + number) % len(questions)]
            if asked and self._left - cost < FOR_POSTS:
                break
            self._counted(ask)
            asked += 1
            if self._left <= FOR_POSTS:
                break
        turn = self._lead.turn + asked
        for state in self._states.values():
            state.turn = turn

    def _questions(self) -> list[Question]:
        """Return what is asked in turn, each with what it costs at most."""
        board = self._board
        private = sorted(c.id for c in board.categories.values() if c.is_restricted)
        streams = {one: key for key in self._states for one in board.audiences_of(key)}
        audiences = sorted(streams, key=lambda one: one.key)
        return [
            *((1, partial(board.ask_permissions, category)) for category in private),
            *((one.key.count("+") + 1, partial(self._list, one)) for one in audiences),
            *((1, partial(self._school_group, n)) for n in sorted(board.settings.school_groups)),
        ]

    def _list(self, audience: Audience) -> None:
        """List the members of an audience anew."""
        accounts = self._board.accounts(audience)
        for key, harvest in self._harvests.items():
            if audience in self._board.audiences_of(key):
                harvest.memberships[audience] = self._board.membership(audience)
                harvest.accounts |= {one.external_id: one for one in accounts}
                return

    def _school_group(self, name: str) -> None:
        """Learn the school of one group's members."""
        school = self._making.school_of_group(name)
        harvest = next(iter(self._harvests.values()))
        for account in self._board.members_of(name):
            harvest.accounts[account.external_id] = replace(account, school=school)

    def _counted(self, ask: Callable[[], object]) -> None:
        before = self._client.left
        ask()
        self._spend(before - self._client.left)

    # Topics

    def _page_of_topics(self) -> None:
        page = max(self._lead.page, 0)
        self._spend(1)
        found = self._topics.ask("created", page)
        self._follow_moved(found.topics)
        self._compare_likes(found.topics, page)
        for state in self._states.values():
            state.page = page + 1 if found.has_more else 0

    def _follow_moved(self, topics: Sequence[Topic]) -> None:
        """Show the posts of a topic that moved at once to those who may see it there.

        Its new part hands them on when that stretch is read again.
        """
        for topic in topics:
            for key, state in self._states.items():
                if topic.id in state.topics and key != self._board.stream_of(
                    topic.category, topic.tags
                ):
                    self._change_topic(topic, key, state)

    def _change_topic(self, topic: Topic, key: str, state: StreamState) -> None:
        answer = self._client.ask(f"/t/{topic.id}.json", answers=REFUSALS)
        if answer.status == 200:
            whom = self._board.audience(topic.category)
            for number in read_whole_topic(answer.value).stream:
                if number in state.ids:
                    self._harvests[key].changes[number] = whom
        state.topics = state.topics - IdSet.of([topic.id])

    def _compare_likes(self, topics: Sequence[Topic], page: int) -> None:
        """Hand on the likes of a page of topics where any of them moved."""
        for key, state in self._states.items():
            mine = sorted(
                (topic.id, topic.likes)
                for topic in topics
                if self._board.stream_of(topic.category, topic.tags) == key
            )
            digest = short_digest(mine)
            if digest != state.likes.get(page):
                state.likes[page] = digest
                liked = [self._making.likes(topic, likes) for topic, likes in mine if likes]
                self._harvests[key].counts += liked

    # Posts

    def _compare_newest(self, newest: tuple[Post, ...]) -> None:
        """Hand on those of the newest fifty that are otherwise than in the last cycle."""
        self._met |= {post.id: post for post in newest}
        for key, state in self._states.items():
            for post in newest:
                if not post.is_shown or self._topics.stream_of(post) != key:
                    continue
                record = self._making.record(post, state)
                known = state.newest.get(post.id)
                if known is not None and known != digest_of(record) % 2**32:
                    self._hand_on(key, post)
        if newest:
            self._compare_ids(newest[-1].id, newest[0].id + 1)

    def _stretch(self) -> bool:
        """Read the next stretch again; return whether there is nothing more to do in it."""
        top = self._lead.top
        if top <= 0 or self._left < CHUNK // STEP:
            return True
        last = top // CHUNK
        chunk = self._lead.roll if 0 <= self._lead.roll <= last else last
        low, high = chunk * CHUNK, min((chunk + 1) * CHUNK, top + 1)
        before = high
        if self._met and min(self._met) < high == top + 1:
            before = min(self._met)  # the newest were just asked for
        while before > low:
            self._spend(1)
            posts = read_posts(self._client.ask("/posts.json", {"before": before}).value)
            self._met |= {post.id: post for post in posts if post.id < before}
            before = min([before - STEP, *(post.id for post in posts if post.id < before)])
        for key, state in self._states.items():
            self._compare_stretch(key, state, chunk)
        is_done = self._compare_ids(low, high)
        following = chunk if not is_done else chunk - 1 if chunk else last
        for state in self._states.values():
            state.roll = following
        return is_done

    def _compare_stretch(self, key: str, state: StreamState, chunk: int) -> None:
        low, high = chunk * CHUNK, min((chunk + 1) * CHUNK, state.top + 1)
        mine = [
            post
            for number in range(low, high)
            if (post := self._met.get(number)) and post.is_shown
            if self._topics.stream_of(post) == key
        ]
        total = sum(digest_of(self._making.record(post, state)) for post in mine) % 2**64
        if total != state.sums.get(chunk, 0):
            for post in mine:
                self._hand_on(key, post)
        state.sums[chunk] = total
        state.ids = state.ids | IdSet.of(post.id for post in mine)
        state.topics = state.topics | IdSet.of(post.topic for post in mine)

    def _hand_on(self, key: str, post: Post) -> None:
        harvest = self._harvests[key]
        harvest.records[post.id] = self._making.record(post, self._states[key])
        harvest.counts += self._making.counts(post)

    def _compare_ids(self, low: int, high: int) -> bool:
        """Find out about posts that were handed on and are not in this stretch now.

        Return False where many are missing and asking goes on to be worth it.
        """
        missing: list[tuple[str, int]] = []
        for key, state in self._states.items():
            for number in list(state.ids.within(low, high)):
                post = self._met.get(number)
                if post is None:
                    missing.append((key, number))
                elif not post.is_shown:
                    self._drop(key, number)
                elif self._topics.stream_of(post) != key:
                    self._moved(key, post)
        gone = [one for one in missing[:MOST_LOOKUPS] if self._is_gone(one[1])]
        if not gone or not self._still_answers():
            return True
        for key, number in gone:
            self._drop(key, number)
        return len(missing) <= MOST_LOOKUPS

    def _drop(self, key: str, number: int) -> None:
        state = self._states[key]
        state.ids = state.ids - IdSet.of([number])
        self._harvests[key].drop(number)

    def _moved(self, key: str, post: Post) -> None:
        """Let a post go to its new stream; whoever may not see it there sees it no more now."""
        other = self._topics.stream_of(post)
        if other is None:
            self._drop(key, post.id)
            return
        state = self._states[key]
        state.ids = state.ids - IdSet.of([post.id])
        if other not in self._states:
            self._harvests[key].changes[post.id] = self._board.audience(post.category)

    def _is_gone(self, number: int) -> bool:
        """Ask for one post; only the board's own word counts."""
        answer = self._client.ask(f"/posts/{number}.json", answers=REFUSALS)
        return answer.status in REFUSALS or not read_post(answer.value).is_shown

    def _still_answers(self) -> bool:
        """Whether something that was listed a moment ago is shown: a refused key sees nothing."""
        if self._shown() is None:
            # Nothing is left in what was listed: the newest posts are listed for this alone.
            self._met |= {
                post.id: post for post in read_posts(self._client.ask("/posts.json").value)
            }
        control = self._shown()
        return control is not None and not self._is_gone(control.id)

    def _shown(self) -> Post | None:
        return next((post for post in self._met.values() if post.is_shown), self._control)

    # People

    def _profiles(self) -> None:
        """Ask some authors' profiles for their school."""
        field = self._board.settings.school_field
        if not field:
            return
        for key, state in self._states.items():
            for post in self._met.values():
                if not self._left or not self._client.left:
                    return
                if post.user and post.user not in state.schools and post.user > 0:
                    self._learn_school(key, state, post, field)

    def _learn_school(self, key: str, state: StreamState, post: Post, field: str) -> None:
        if self._topics.stream_of(post) != key or not post.username:
            return
        self._spend(1)
        answer = self._client.ask(f"/u/{quote(post.username)}.json", answers=REFUSALS)
        school = read_profile_field(answer.value, field) if answer.status == 200 else ""
        assert post.user is not None
        for each in self._states.values():
            each.schools[post.user] = school
        account = self._making.author(post, school)
        if account is not None and school:
            self._harvests[key].accounts[account.external_id] = account

    def _spend(self, requests: int) -> None:
        self._left -= requests
