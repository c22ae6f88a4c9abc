"""Forums of the live site: what is opened, what is told, and what a dump would have given."""

from dataclasses import replace
from itertools import count

import pytest

from adapters.interact import addresses
from connector.errors import AuthError, ParseError
from connector.model import FACILITATORS, Known, Page, Presence, ProblemKind, Role, StreamFailed
from sample_cluster import interact_forum
from sample_cluster.interact_web import (
    FORUM,
    LEADER,
    LEADERS_WORD,
    SPACE,
    InteractWeb,
    WebAnswer,
)
from tests.interact.old_forum import community, pages_of
from tests.interact.reading import dump_of, opened, read, settings_of
from tests.interact.web import SlicedSession, session_for

STREAM = f"forum:{SPACE}/{FORUM}"
SETTINGS = settings_of(forums=("3/46",), username=LEADER, password=LEADERS_WORD)


@pytest.fixture
def web():
    web = InteractWeb()
    web.needs_login = True
    for number in range(25):
        start = web.forum.write(f"Thread {number}")
        web.forum.write("A reply", parent=start.key)
    return web


def failed(settings, web, cursors=None):
    """Return what was read before the stream failed, and its error."""
    found = list(opened(settings, session_for(web)).read(cursors or {STREAM: None}))
    assert isinstance(found[-1], StreamFailed)
    return [one for page in found[:-1] for one in page.records], found[-1].error


def cycle(web, before=None):
    """Read on; return what was read and which addresses were asked for."""
    web.asked.clear()
    return read(SETTINGS, before, session_for(web)), list(web.asked)


def problems(found):
    return [one for page in found.pages for one in page.problems]


def ids(web):
    return {f"post:{one.key}" for one in web.forum.shown()}


def test_forum_is_read_whole_and_then_only_what_came(web):
    first, _ = cycle(web)
    assert set(first.records) == ids(web)
    assert all(page.baseline for page in first.pages)
    old, new = min(web.forum.posts), web.forum.write("Something new")
    answer = web.forum.write("Late answer", parent=old)
    again, _ = cycle(web, first)
    assert {f"post:{new.key}", f"post:{answer.key}"} <= set(again.records)
    assert {web.forum.posts[int(one[5:])].thread for one in again.records} == {old, new.key}
    assert not any(page.baseline for page in again.pages)


def test_quiet_cycle_asks_for_three_pages_of_a_forum_and_one_log_in(web):
    first, _ = cycle(web)
    quiet, asked = cycle(web, first)
    assert quiet.records == {}
    # The first page is asked for by streams(), which a reading begins with elsewhere too.
    assert sorted(asked) == sorted(
        [addresses.LOGIN_PATH, addresses.FORUM_PATH, addresses.THREAD_PATH, addresses.THREAD_PATH]
    )


def test_reply_comes_with_the_nightly_check_where_the_forum_does_not_tell_of_it(web):
    web.forum.tells_news = False
    first, _ = cycle(web)
    late = web.forum.write("Late answer", parent=min(web.forum.posts))
    again, _ = cycle(web, first)
    assert again.records == {}
    swept = list(opened(SETTINGS, session_for(web)).sweep(STREAM))
    shown = {one.external_id for page in swept for one in page.records}
    assert shown == {each for page in swept for each in page.ids} == ids(web)
    assert f"post:{late.key}" in shown


def test_forum_whose_page_counts_its_readers_is_not_opened_over_and_over(web, monkeypatch):
    first, _ = cycle(web)
    readers = count()
    monkeypatch.setattr(interact_forum, "_date", lambda _: f"read {next(readers)} times")
    for number in range(25, 60):
        web.forum.write(f"Thread {number}")
    again, _ = cycle(web, first)
    _, asked = cycle(web, again)
    assert asked.count(addresses.THREAD_PATH) == 20


def test_session_that_ends_in_the_middle_is_renewed(web):
    web.expires_after = 8
    found, asked = cycle(web)
    assert set(found.records) == ids(web)
    assert asked.count(addresses.LOGIN_PATH) == 2


def test_session_that_ends_and_cannot_be_renewed_keeps_what_was_read(web):
    web.expires_after = 15
    session = session_for(web)
    pages = opened(SETTINGS, session).read({STREAM: None})
    first = next(pages)
    assert isinstance(first, Page)
    web._login = lambda *_: WebAnswer(200, b'<form><input name="password"></form>')
    *_, last = pages
    assert isinstance(last, StreamFailed)
    assert isinstance(last.error, AuthError)
    assert len(first.records) == 20


# --- what is not as it should be ------------------------------------------------------------


def test_thread_that_vanished_is_told_and_holds_up_no_other(web):
    gone = sorted(web.forum.threads())[:2]
    web.forum.vanished.add(gone[0])
    web.forum.emptied.add(gone[1])
    found, _ = cycle(web)
    assert set(found.records) == ids(web)
    assert {one.external_id for one in problems(found)} == {f"post:{key}" for key in gone}
    assert {one.kind for one in problems(found)} == {ProblemKind.FAILED}
    again, asked = cycle(web, found)
    assert (again.records, problems(again)) == ({}, [])
    assert asked.count(addresses.THREAD_PATH) == 2


def test_last_thread_that_vanished_counts_when_another_still_looks_as_expected(web):
    web.forum.vanished.add(max(web.forum.threads()))
    found, _ = cycle(web)
    assert (set(found.records), len(problems(found))) == (ids(web), 1)


@pytest.mark.parametrize("number", [3, 25])
def test_threads_that_lost_their_table_stop_the_stream_with_a_sentence(web, number):
    for start in sorted(web.forum.threads())[number:]:
        del web.forum.posts[start], web.forum.posts[start + 1]
    web.forum.emptied = set(web.forum.threads())
    read_before, error = failed(SETTINGS, web)
    assert read_before == []
    assert isinstance(error, ParseError)
    assert "selectors (post)" in str(error)
    with pytest.raises(ParseError):
        list(opened(SETTINGS, session_for(web)).sweep(STREAM))


def test_site_that_changes_in_the_middle_keeps_what_was_read_and_goes_on_there(web):
    threads = sorted(web.forum.threads())

    def changed(thread):
        if thread > threads[12]:
            web.forum.emptied = set(threads)
        return whole(thread)

    whole, web.forum.thread_page = web.forum.thread_page, changed
    found = list(opened(SETTINGS, session_for(web)).read({STREAM: None}))
    records = {one.external_id for page in found[:-1] for one in page.records}
    web.forum.thread_page, web.forum.emptied = whole, set()
    assert isinstance(found[-1].error, ParseError)
    assert records == {f"post:{one.key}" for one in web.forum.shown() if one.thread <= threads[12]}
    web.forum.opened.clear()
    place = opened(SETTINGS, session_for(web))
    rest = [page for page in place.read({STREAM: found[-2].cursor}) if page.records]
    assert records | {one.external_id for page in rest for one in page.records} == ids(web)
    # The newest of those that were read show whether the site is as it was.
    assert min(web.forum.opened) == threads[11]
    assert all(page.baseline for page in rest)


def test_forum_that_no_longer_looks_as_expected_stops_the_stream_and_its_sweep(web):
    web.forum.has_new_skin = True
    _, error = failed(SETTINGS, web)
    assert "selectors (thread)" in str(error)
    with pytest.raises(ParseError):
        list(opened(SETTINGS, session_for(web)).sweep(STREAM))


def test_page_that_one_thread_fails_at_for_ever_holds_up_no_other(web):
    broken = min(web.forum.threads())
    answer = web._forum_page

    def failing(path, query):
        if query.get("thread_key") == str(broken):
            raise ZeroDivisionError
        return answer(path, query)

    web._forum_page = failing
    page = web._page

    def crashing(*request):
        try:
            return page(*request)
        except ZeroDivisionError:
            return WebAnswer(500, b"<b>Fatal error</b>")

    web._page = crashing
    found, _ = cycle(web)
    assert set(found.records) == ids(web) - {f"post:{broken}", f"post:{broken + 1}"}
    assert [one.external_id for one in problems(found)] == [f"post:{broken}"]


def test_last_thread_that_vanished_between_two_slices_does_not_hold_up_the_first_reading(web):
    for start in sorted(web.forum.threads())[21:]:
        del web.forum.posts[start], web.forum.posts[start + 1]
    last = max(web.forum.threads())
    *_, before, _ = opened(SETTINGS, session_for(web)).read({STREAM: None})
    web.forum.vanished.add(last)
    rest = list(opened(SETTINGS, session_for(web)).read({STREAM: before.cursor}))
    assert isinstance(rest[-1], Page), rest
    assert rest[-1].complete
    assert [one.external_id for one in rest[-1].problems] == [f"post:{last}"]


def test_page_ends_with_its_slice_however_slow_the_site_is(web):
    session = SlicedSession(session_for(web), 4)
    first = next(opened(SETTINGS, session).read({STREAM: None}))
    assert len({one.url.partition("thread_key=")[2][:3] for one in first.records}) == 2
    assert f'"{min(web.forum.posts)}"' in first.cursor


# --- what is there --------------------------------------------------------------------------


def looked_up(web, records, *wanted):
    known = [Known(STREAM, one, records[one].url) for one in wanted]
    return opened(SETTINGS, session_for(web)).lookup(known)


def test_post_that_is_missing_is_gone_and_its_neighbour_present(web):
    first, _ = cycle(web)
    start, reply = sorted(web.forum.posts)[:2]
    del web.forum.posts[reply]
    found = looked_up(web, first.records, f"post:{start}", f"post:{reply}")
    assert found == {f"post:{start}": Presence.PRESENT, f"post:{reply}": Presence.GONE}


def test_posts_of_a_thread_that_is_gone_are_gone(web):
    first, _ = cycle(web)
    start, reply = sorted(web.forum.posts)[:2]
    del web.forum.posts[start], web.forum.posts[reply]
    assert set(looked_up(web, first.records, f"post:{start}", f"post:{reply}").values()) == {
        Presence.GONE
    }
    empty = web.forum.thread_page
    web.forum.thread_page = lambda thread: empty(thread) or "<p>No such thread</p>"
    assert looked_up(web, first.records, f"post:{start}") == {f"post:{start}": Presence.GONE}


def test_thread_that_is_listed_and_shows_nothing_is_no_answer(web):
    first, _ = cycle(web)
    web.forum.emptied.add(min(web.forum.posts))
    assert looked_up(web, first.records, f"post:{min(web.forum.posts)}") == {}


def test_new_skin_and_lack_of_rights_are_no_answer(web):
    first, _ = cycle(web)
    some = min(first.records)
    web.forum.has_new_skin = True
    assert looked_up(web, first.records, some) == {}
    web.forum.has_new_skin, web.is_member = False, False
    assert looked_up(web, first.records, some) == {}


def test_post_without_an_address_is_known_by_the_same_place_once_it_was_listed(web):
    place = opened(SETTINGS, session_for(web))
    reply = Known(STREAM, f"post:{min(web.forum.posts) + 1}", None)
    assert place.lookup([reply]) == {reply.external_id: Presence.UNKNOWN}
    list(place.sweep(STREAM))
    assert place.lookup([reply]) == {reply.external_id: Presence.PRESENT}


def test_check_says_what_there_is_or_what_is_amiss(web):
    (line,) = opened(SETTINGS, session_for(web)).check().lines
    assert (line.ability, line.ok) == ("forums", True)
    assert line.sentence == "Forum 3/46: 25 threads, 2 posts in the newest."
    web.is_member = False
    (line,) = opened(SETTINGS, session_for(web)).check().lines
    assert not line.ok
    assert "no member" in line.sentence


def test_forums_are_read_from_the_live_site_only():
    for other in ({"dump": "a.sql"}, {"saved": "a"}, {"journals": ("3/45",)}):
        with pytest.raises(ValueError, match="live site"):
            settings_of(forums=("3/46",), **other)
    with pytest.raises(ValueError, match="SPACE/FORUM"):
        settings_of(forums=("3/46/1",))


def test_reading_sweeping_and_looking_up_open_no_address_that_acts(web):
    first, _ = cycle(web)
    list(opened(SETTINGS, session_for(web)).sweep(STREAM))
    looked_up(web, first.records, *sorted(first.records)[:3])
    assert web.acted == []
    assert set(web.asked) <= addresses.READ_PATHS | {addresses.LOGIN_PATH}
    assert "postinput.php?action=delete" in str(web.forum.thread_page(min(web.forum.posts)))


# --- the same community, as a dump ----------------------------------------------------------


def test_live_site_gives_the_records_that_the_dump_gives(tmp_path):
    site = community()
    forum = pages_of(site)
    web = InteractWeb()
    web.forum = forum
    live = read(settings_of(forums=(f"1/{forum.key}",)), session=session_for(web)).records
    dump = read(settings_of(dump=str(dump_of(site, tmp_path)), spaces=(1,))).records
    numbers = {f"post:{number}" for number in forum.posts}
    same = {key: as_a_page_tells(one) for key, one in dump.items() if key in numbers}
    assert len(same) > 30
    assert live == same


def as_a_page_tells(record):
    """No page tells who may see it, or that its author is an administrator."""
    author = record.author and replace(record.author, role=Role.UNKNOWN)
    return replace(record, audience=FACILITATORS, author=author)
