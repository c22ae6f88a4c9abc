"""A forum with more threads than a night lists: looked through in a week, a share each day."""

from datetime import timedelta
from itertools import count

import pytest

from adapters.interact import forum_reader, forum_round
from adapters.registry import ADAPTERS
from connector.errors import PermanentError
from connector.model import Cursor, Page, ProblemKind
from sample_cluster import interact_forum
from sample_cluster.interact_web import FORUM, LEADER, LEADERS_WORD, SPACE, InteractWeb
from tests.interact.reading import NOW, settings_of
from tests.interact.web import session_for

STREAM = f"forum:{SPACE}/{FORUM}"
SETTINGS = settings_of(forums=("3/46",), username=LEADER, password=LEADERS_WORD)
THREADS = 42
SHARE = 6
"""What is opened again each day."""
IN_A_CYCLE = 2
"""The threads that are opened in any case."""


@pytest.fixture
def web(monkeypatch):
    for module in (forum_reader, forum_round):
        monkeypatch.setattr(module, "MOST_LISTED", 20)
    web = InteractWeb()
    for number in range(THREADS):
        start = web.forum.write(f"Thread {number}")
        for _ in range(2):
            web.forum.write("A reply", parent=start.key)
    web.forum.tells_news = False
    return web


class Reading:
    """A forum that is read day by day."""

    def __init__(self, web: InteractWeb) -> None:
        self.web = web
        self.now = NOW
        self.cursor: Cursor | None = None
        self.pages: list[Page] = []
        self.cycle()

    def place(self):
        return ADAPTERS["interact"].open(SETTINGS, session_for(self.web), self.now)

    def cycle(self, *, pages: int | None = None) -> list[int]:
        """Read on, perhaps to be killed after some pages; return the threads that were opened."""
        self.web.forum.opened.clear()
        self.pages = []
        for page in self.place().read({STREAM: self.cursor}):
            assert isinstance(page, Page), page
            self.pages.append(page)
            self.cursor = page.cursor or self.cursor
            if len(self.pages) == pages:
                break
        return list(self.web.forum.opened)

    def next_day(self) -> list[int]:
        self.now += timedelta(days=1)
        return self.cycle()

    def gone_in_a_week(self) -> list[str]:
        gone: list[str] = []
        for _ in range(7):
            self.next_day()
            gone += [one for page in self.pages for one in page.gone]
        return gone


@pytest.fixture
def forum(web):
    return Reading(web)


def test_each_day_opens_a_share_and_a_week_all(forum):
    days = [forum.next_day() for _ in range(7)]
    assert {len(set(day)) for day in days} <= {SHARE, SHARE + 1, SHARE + IN_A_CYCLE}
    assert {one for day in days for one in day} == set(forum.web.forum.threads())


def test_share_is_opened_once_a_day(forum):
    for _ in range(7):
        forum.next_day()
        assert len(forum.cycle()) == IN_A_CYCLE


def test_first_reading_is_no_day(forum):
    assert (len(forum.web.forum.opened), len(forum.cycle())) == (THREADS, SHARE + IN_A_CYCLE)


def test_reading_that_was_killed_in_a_share_goes_on_where_it_stood(forum, monkeypatch):
    monkeypatch.setattr("adapters.interact.forum_progress.THREADS_ON_A_PAGE", 2)
    forum.now += timedelta(days=1)
    first = forum.cycle(pages=2)
    assert not forum.pages[-1].complete
    new = forum.web.forum.write("Something new")
    rest = forum.cycle()
    assert forum.pages[-1].complete
    assert new.key in rest
    again = set(first) & set(rest)
    assert len(again) <= IN_A_CYCLE + 1, "the thread in hand was not handed on"
    whole = sorted(forum.web.forum.threads())
    assert set(whole[:SHARE]) <= {*first, *rest}


def test_share_that_was_killed_beside_a_new_post_leaves_out_none(forum, monkeypatch):
    monkeypatch.setattr("adapters.interact.forum_progress.THREADS_ON_A_PAGE", 1)
    for _ in range(6):
        forum.next_day()
    left = set(sorted(forum.web.forum.threads())[6 * SHARE :])
    forum.now += timedelta(days=1)
    assert left <= {*forum.cycle(pages=2), *forum.cycle()}


def test_share_goes_on_though_each_slice_is_over_after_a_thread_and_readers_are_counted(
    forum, monkeypatch
):
    monkeypatch.setattr("adapters.interact.forum_progress.THREADS_ON_A_PAGE", 1)
    readers = count()
    monkeypatch.setattr(forum.web.forum, "tells_news", True)
    monkeypatch.setattr(interact_forum, "_date", lambda _: f"read {next(readers)} times")
    forum.now += timedelta(days=1)
    opened = {one for _ in range(SHARE) for one in forum.cycle(pages=1)}
    assert opened >= set(sorted(forum.web.forum.threads())[:SHARE])


def test_what_a_thread_shows_no_more_is_gone(forum):
    start, *_, last = sorted(forum.web.forum.threads())
    forum.web.forum.posts[start + 1].mark = "deleted"
    for number in range(3):
        del forum.web.forum.posts[last + number]
    gone = [f"post:{one}" for one in (start + 1, last, last + 1, last + 2)]
    assert sorted(forum.gone_in_a_week()) == gone
    assert forum.gone_in_a_week() == []


def test_post_that_was_moved_to_another_thread_is_not_gone(forum):
    first, *_, last = threads = sorted(forum.web.forum.threads())
    posts = forum.web.forum.posts
    posts[first + 1].thread, posts[last + 1].thread = last, first
    posts[threads[20] + 1].thread = threads[2]
    assert forum.gone_in_a_week() == []


def test_thread_that_is_listed_no_more_and_still_shown_is_not_gone(forum):
    some = sorted(forum.web.forum.threads())[5]
    whole = forum.web.forum.page
    forum.web.forum.page = lambda: whole().replace(f'thread_key="{some}"', "")
    assert forum.gone_in_a_week() == []
    assert [one for page in forum.pages for one in page.problems] == []


@pytest.mark.parametrize("how", ["vanished", "emptied"])
def test_thread_that_is_listed_and_shows_nothing_is_no_answer(forum, how):
    getattr(forum.web.forum, how).add(sorted(forum.web.forum.threads())[5])
    assert forum.gone_in_a_week() == []


def test_much_that_is_missing_at_once_is_told_and_not_gone(forum):
    for start in forum.web.forum.threads():
        for number in (1, 2):
            del forum.web.forum.posts[start + number]
    forum.now += timedelta(days=1)
    forum.cycle()
    gone = [one for page in forum.pages for one in page.gone]
    noted = [one for page in forum.pages for one in page.problems]
    assert len(gone) <= forum_round.MOST_GONE
    assert [one.kind for one in noted] == [ProblemKind.NOTED]


def test_it_is_not_listed_at_night(forum):
    (stream,) = forum.place().streams()
    assert not stream.can_sweep
    with pytest.raises(PermanentError, match="too large"):
        list(forum.place().sweep(STREAM))


def test_forum_that_became_small_is_listed_at_night_again(forum):
    for start in sorted(forum.web.forum.threads())[10:]:
        for number in range(3):
            del forum.web.forum.posts[start + number]
    assert len(forum.next_day()) <= IN_A_CYCLE
    assert '"ids"' not in forum.cursor
    (stream,) = forum.place().streams()
    assert stream.can_sweep


def test_forum_that_does_not_answer_keeps_no_other_from_being_listed(forum, web):
    settings = settings_of(forums=("3/46", "3/99"), username=LEADER, password=LEADERS_WORD)
    place = ADAPTERS["interact"].open(settings, session_for(web), NOW)
    assert [one.key for one in place.streams()] == [STREAM, "forum:3/99"]
