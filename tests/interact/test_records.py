"""Rows to records, one rule at a time: what is shown, to whom, and what odd rows become."""

from zoneinfo import ZoneInfo

import pytest

from adapters.interact import parse
from adapters.interact.addresses import web_link, with_absolute_links
from adapters.interact.client import refusal_of
from adapters.interact.cursors import unpack
from adapters.interact.dump_store import read_dump
from adapters.interact.layout import Layout, accounts, arranged, group_members, members, narrower
from adapters.interact.parse import Site, body_html
from adapters.interact.rows_place import RowsPlace
from connector.errors import AuthError, PermanentError, TemporaryError
from connector.model import (
    CLUSTER,
    FACILITATORS,
    PUBLIC,
    STREAM,
    Audience,
    AudienceKind,
    Cursor,
    Kind,
    Known,
    Presence,
    Role,
)
from sample_cluster.interact_site import InteractSite
from tests.interact.reading import NOW, dump_of, opened, settings_of

ZERO = "0000-00-00 00:00:00"
BASE = "https://i.example/"


def link(key, module, *, space=1, parent=0, group=0, status=1, kind="forum", options=0, more=()):
    """A row of ``Questions.modules``."""
    access, places, start, finish = more or (0, 0, ZERO, ZERO)
    about = (module, kind, 1, f"Module {module}", "About it", 1, ZERO, ZERO)
    return (key, space, parent, group, status, *about, access, places, 0, start, finish, options)


def site_of(*links, access=2, as_interact=True, people=(), groups=()) -> Site:
    spaces = [(1, 0, "Space", "S", access), (2, 0, "", "Short", access)]
    found = arranged(spaces, links, as_interact=as_interact)
    layout = Layout(*found, accounts(people, {}), groups=group_members(groups))
    return Site(BASE, ZoneInfo("Pacific/Auckland"), layout)


def post(key=10, module=5, *, parent=0, thread=0, by=1, owner=0, status=1, unauth="", when=ZERO):
    written = ("A subject", "Words", None, when, ZERO, ZERO)
    return (key, module, parent, thread or parent or key, by, owner, *written, status, unauth)


# What is shown


@pytest.mark.parametrize("status", [2, 4, 5, 0, 3, 99, None])
def test_only_a_visible_link_shows_a_module(status):
    site = site_of(link(1, 5, status=status))
    assert site.layout.modules == {}
    assert (5 in site.layout.hidden) == (status != 4)


def test_module_in_a_hidden_folder_or_one_that_contains_itself_is_hidden():
    hidden = link(1, 4, kind="folder", status=2)
    below, deeper = link(2, 5, parent=1), link(3, 6, parent=2)
    ring = (link(7, 8, parent=9), link(9, 10, parent=7))
    assert site_of(hidden, below, deeper, *ring).layout.modules == {}


def test_parent_that_is_gone_or_in_another_space_hides_nothing():
    elsewhere = link(3, 6, space=2, status=2)
    assert 5 in site_of(link(1, 5, parent=77)).layout.modules
    assert 5 in site_of(elsewhere, link(1, 5, parent=3)).layout.modules


def test_module_of_two_spaces_is_read_with_the_chosen_one_that_linked_it_first():
    links = [link(1, 5, space=1), link(2, 5, space=2)]
    spaces = [(1, 0, "One", "", 2), (2, 0, "Two", "", 2)]
    assert arranged(spaces, links)[1][5].space == 1
    assert arranged(spaces, links, chosen=(2,))[1][5].space == 2


def test_space_that_is_a_hidden_module_is_no_stream():
    links = [link(1, 50, space=1, kind="space", status=2)]
    spaces = [(1, 0, "One", "", 2), (2, 50, "Under", "", 2)]
    assert set(arranged(spaces, links)[0]) == {1}


def test_deleted_module_is_not_shown_though_its_link_is():
    row = list(link(1, 5))
    row[7] = 4
    assert site_of(tuple(row)).layout.modules == {}


# To whom


@pytest.mark.parametrize(
    ("access", "audience"),
    [(1, CLUSTER), (2, STREAM), (3, PUBLIC), (0, FACILITATORS), (9, FACILITATORS)],
)
def test_audience_is_that_of_the_space(access, audience):
    assert site_of(link(1, 5), access=access).layout.modules[5].audience == audience


def test_everything_is_for_facilitators_until_opened():
    links = [link(1, 5), link(2, 6, kind="journal", options=1), link(3, 7, group=9)]
    site = site_of(*links, access=3, as_interact=False)
    assert {one.audience for one in site.layout.modules.values()} == {FACILITATORS}


@pytest.mark.parametrize(
    ("options", "access", "audience"),
    [
        (1, 3, CLUSTER),
        (1 + 8 + 32, 1, CLUSTER),
        (1, 2, STREAM),
        (2, 3, FACILITATORS),
        (0, 3, FACILITATORS),
        (32, 3, FACILITATORS),
    ],
)
def test_journal_is_never_more_open_than_the_cluster(options, access, audience):
    site = site_of(link(1, 5, kind="journal", options=options), access=access)
    assert site.layout.modules[5].audience == audience


def test_module_of_a_group_is_for_its_members_and_the_spaces_leaders():
    layout = site_of(link(1, 5, group=9), access=3).layout
    assert layout.modules[5].audience == Audience(AudienceKind.GROUP, "group:9")
    layout = Layout(
        layout.spaces,
        layout.modules,
        (),
        {},
        members([(1, 3, 1), (1, 4, 2)]),
        group_members([(9, 7, 2, ZERO)]),
    )
    listed = {one.audience.key: one.members for one in layout.memberships(1)}
    assert listed == {"": ("user:3", "user:4"), "group:9": ("user:3", "user:7")}


def test_two_groups_have_nobody_in_common_that_is_known():
    one, other = (Audience(AudienceKind.GROUP, f"group:{key}") for key in (1, 2))
    assert narrower(one, other) == FACILITATORS
    assert narrower(one, one) == one


def test_who_signs_up_is_never_for_everybody():
    workshop = link(1, 5, kind="group", more=(2, 4, ZERO, ZERO))
    site = site_of(workshop, access=3, groups=[(5, 7, 2, "2007-03-01 09:00:00"), (5, 8, 1, ZERO)])
    made, signed = parse.planned(site.layout.spaces[1], site)
    assert (made.kind, made.audience) == (Kind.WORKSHOP, PUBLIC)
    assert (signed.external_id, signed.audience) == ("registration:5-7", CLUSTER)


def test_group_that_people_are_put_into_is_no_workshop():
    site = site_of(link(1, 5, kind="group", more=(1, 4, ZERO, ZERO)))
    assert parse.planned(site.layout.spaces[1], site) == []


# Odd rows


def test_draft_and_hidden_posts_are_nothing():
    site = site_of(link(1, 5), link(2, 6, kind="journal", options=1))
    for status in (0, 2, 4, None):
        assert parse.post(post(module=6, status=status), site, ()) is None
    for status in (2, 4, 5):
        assert parse.post(post(module=5, status=status), site, ()) is None
    assert parse.post(post(module=5, status=0), site, ()) is not None


def test_rows_whose_space_or_module_is_gone_are_nothing():
    site = site_of(link(1, 5), link(2, 6, kind="chat"))
    assert parse.post(post(module=99), site, ()) is None
    assert parse.post(post(module=6), site, ()) is None
    assert parse.news((1, 99, "H", "B", ZERO, 1), site) is None
    assert parse.notice((1, 99, "H", "B", ZERO, 1), site) is None
    assert parse.event((1, 99, 1, "N", "D", ZERO, ZERO, ZERO, ""), site) is None


def test_reply_whose_parent_is_lost_answers_its_thread_or_nothing():
    site = site_of(link(1, 5))
    answered = [
        parse.post(post(12, parent=11, thread=10), site, there).in_reply_to
        for there in ({10, 11}, {10}, set())
    ]
    assert answered == ["post:11", "post:10", None]


def test_author_who_is_gone_keeps_the_number_and_a_guest_the_name():
    site = site_of(
        link(1, 5), people=[(1, "Mere", "Tui", "", 1, ""), (2, "Sam", "Oduya", "Sammy", 3, "")]
    )
    names = [parse.post(post(by=by), site, ()).author for by in (1, 2, 99)]
    assert [(one.external_id, one.name) for one in names] == [
        ("user:1", "Mere Tui"),
        ("user:2", "Sammy Oduya"),
        ("user:99", ""),
    ]
    assert names[0].role is Role.FACILITATOR
    guest = parse.post(post(by=0, unauth="Nanny Hine"), site, ()).author
    assert guest.external_id == "name:nanny hine"
    assert parse.post(post(by=0), site, ()).author is None


def test_owner_of_a_journal_is_told_beside_the_author():
    site = site_of(link(1, 5, kind="journal", options=1))
    comment = parse.post(post(12, parent=11, by=3, owner=4), site, {11})
    assert (comment.kind, comment.author.external_id, comment.object) == (
        Kind.COMMENT,
        "user:3",
        "user:4",
    )


def test_event_keeps_its_link_where_it_is_one():
    site = site_of(link(1, 5, kind="calendar"))
    row = (1, 5, 1, "Hui", "", "2007-03-18 12:00:00", ZERO, ZERO, "http://hui.example/?a=1&b=2")
    assert 'href="http://hui.example/?a=1&amp;b=2"' in parse.event(row, site).html
    assert parse.event((*row[:-1], "javascript:alert(1)"), site).html == ""
    assert web_link("http://a b") == web_link("http://[") == ""


def test_plain_text_becomes_paragraphs_and_links_absolute():
    assert body_html("One\r\ntwo\n\n\nthree", BASE) == "<p>One<br>two</p><p>three</p>"
    assert body_html("  ", BASE) == ""
    html = '<a HREF=local/a.doc>x</a> <img src="../b.gif"> <a href="mailto:a@b">y</a>'
    made = with_absolute_links(html, "https://i.example/modules/x/")
    assert '"https://i.example/modules/x/local/a.doc"' in made
    assert '"https://i.example/modules/b.gif"' in made
    assert '"mailto:a@b"' in made
    assert with_absolute_links('<a href="//[">', BASE) == '<a href="">'


def test_who_joined_twice_did_so_the_first_time():
    assert group_members([(5, 7, 2, "2007-01-01"), (5, 7, 2, "2008-01-01")]) == {
        5: ((7, 2, "2007-01-01"),)
    }


def test_visits_of_unknown_use_or_on_no_day_are_not_counted():
    rows = [
        (1, "2007-03-01", "read", 1, 2),
        (1, "0000-00-00", "read", 1, 9),
        (1, "2007-03-01", "x", 1, 9),
    ]
    (count,) = parse.activity(rows, site_of().layout)[1]
    assert (count.name, count.day, count.value) == ("read", "2007-03-01", 2)


# While somebody writes


class Written:
    """A database in which somebody writes right after one question was answered: a post with
    a zero date, which only its key tells."""

    def __init__(self, database, words: str) -> None:
        self._database, self._words = database, words

    def names(self):
        return self._database.names()

    def rows(self, question):
        found = self._database.rows(question)
        if self._words and self._words in str(question):
            self._words = ""
            self._database._connection.execute(
                "INSERT INTO interact_posts VALUES (5000, 1, 0, 5000, 1, 0, 'Meanwhile', 'x', NULL,"
                " '0000-00-00 00:00:00', '', '', 1, '')"
            )
        return found


@pytest.mark.parametrize("moment", ["date_modified >=", "max(", "concat_ws", "module_space_links"])
def test_post_that_is_written_during_a_cycle_comes_with_it_or_the_next(tmp_path, moment):
    database = read_dump(dump_of(InteractSite(), tmp_path))
    settings = settings_of(database="mysql://a@b.example/c")

    def cycle(cursors, words=""):
        place = RowsPlace(settings, lambda: Written(database, words), NOW)
        cursors = cursors or {one.key: None for one in place.streams()}
        found, after = set(), dict(cursors)
        for page in place.read(cursors):
            found |= {one.external_id for one in page.records}
            after[page.stream] = page.cursor or after[page.stream]
        return found, after

    _, cursors = cycle({})
    _, cursors = cycle(cursors)
    first, cursors = cycle(cursors, moment)
    second, _ = cycle(cursors)
    assert "post:5000" in first | second
    database.close()


# What became of one thing


def test_lookup_tells_deleted_hidden_and_shown_apart(tmp_path):
    site = InteractSite()
    shown = next(one.external_id for one in site.expected if one.kind == "reflection")
    hidden = next(f"post:{row[0]}" for row in site.rows["posts"] if "canary-hidden" in str(row[7]))
    draft = next(f"post:{row[0]}" for row in site.rows["posts"] if row[12] == 2)
    workshop = next(one.external_id for one in site.expected if one.kind == "workshop")
    signed = next(one.external_id for one in site.expected if one.kind == "registration")
    wanted = {
        shown: Presence.PRESENT,
        hidden: Presence.FORBIDDEN,
        draft: Presence.FORBIDDEN,
        "post:999999": Presence.GONE,
        "news:9000000": Presence.FORBIDDEN,
        "news:10": Presence.PRESENT,
        workshop: Presence.PRESENT,
        "workshop:999999": Presence.GONE,
        signed: Presence.PRESENT,
        f"{signed.rpartition('-')[0]}-999": Presence.GONE,
        "comment:1": Presence.UNKNOWN,
    }
    place = opened(settings_of(dump=str(dump_of(site, tmp_path))))
    assert place.lookup([Known("space:1", each, None) for each in wanted]) == wanted


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1045, AuthError),
        (1044, AuthError),
        (1142, AuthError),
        (1049, PermanentError),
        (1146, PermanentError),
        (1054, PermanentError),
        (2003, TemporaryError),
        (2013, TemporaryError),
        ("odd", TemporaryError),
    ],
)
def test_refusal_of_a_database_is_the_right_error_without_its_words(number, kind):
    error = refusal_of(Exception(number, "secret words of the server"))
    assert type(error) is kind
    assert "secret" not in str(error)


@pytest.mark.parametrize("cursor", ["", "{", "[]", '{"v":2}', "null", '"x"'])
def test_cursor_that_nobody_wrote_is_none(cursor):
    assert unpack(Cursor(cursor)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "https://a:b@i.example/"},
        {"address": "ftp://i.example/"},
        {"address": "https://i.example/?a=1"},
        {"database": "postgresql://a@b/c"},
        {"database": "mysql://a:word@b/c"},
        {"database": "mysql://b"},
        {"database": "mysql://a@b/c", "dump": "x.sql"},
        {"journals": ("3",)},
        {"journals": ("3/4?action=x",)},
        {"prefix": "a;drop"},
        {"schools": ("a.nz",)},
        {"timezone": "Pacific/Nowhere"},
    ],
)
def test_wrong_setting_is_refused(wrong):
    with pytest.raises(ValueError, match="write"):
        settings_of(**wrong)
