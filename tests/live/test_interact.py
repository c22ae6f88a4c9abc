"""A real MariaDB with an invented Interact, read by an account that may only read."""

import logging

import pytest

from bench.sides import mariadb
from bench.sides.mariadb import MariaDb
from sample_cluster.interact_site import CANARIES, InteractSite, Size
from sample_cluster.interact_sql import sql
from tests.interact.reading import differences, opened, read, settings_of

SIZE = Size(spaces=40, posts=6_000, groups=300, users=2_000, visits=4_000)
TOKEN = "kereru-0b5e11"


@pytest.fixture(scope="module")
def site():
    return InteractSite(SIZE)


@pytest.fixture(scope="module")
def server(site):
    lacking = mariadb.missing()
    if lacking:
        pytest.skip(f"A MariaDB of our own needs packages, see .ci/run; {lacking}")
    with MariaDb() as running:
        running.fill("interact", sql(site))
        yield running


@pytest.fixture(scope="module")
def settings(server):
    return settings_of(database=server.reader("reader", TOKEN, "interact"), password=TOKEN)


@pytest.fixture(scope="module")
def first(settings):
    return read(settings)


def test_first_reading_is_exactly_what_the_generator_lists(first, site):
    assert differences(first, site) == []


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--hex-blob", "--skip-extended-insert"),
        ("--skip-opt", "--complete-insert"),
        ("--single-transaction", "--routines", "--triggers", "--add-drop-database"),
    ],
    ids=lambda options: " ".join(options) or "as it comes",
)
def test_dump_of_it_gives_the_same_pages_byte_for_byte(server, first, tmp_path, options):
    path = server.dump("interact", tmp_path / "interact.sql", *options)
    found = read(settings_of(dump=str(path)))
    assert repr(found.records).encode() == repr(first.records).encode()
    told = [(page.stream, page.counts, page.accounts, page.memberships) for page in found.pages]
    assert told == [
        (page.stream, page.counts, page.accounts, page.memberships) for page in first.pages
    ]


def test_quiet_cycle_puts_at_most_fifteen_questions_to_the_server(server, settings, first):
    settled = read(settings, read(settings, first))
    server.run("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1")
    again = read(settings, settled)
    server.run("SET GLOBAL general_log = 0")
    asked = server.run(
        "SELECT left(argument, 60) FROM mysql.general_log"
        " WHERE command_type = 'Query' AND user_host LIKE '%reader%'"
    ).splitlines()[1:]
    assert again.records == {}
    assert 5 < len(asked) <= 15, asked


def test_edit_and_news_and_removal_come_with_the_next_cycle(server, settings):
    server.fill("living", sql(InteractSite()))
    own = settings.model_copy(
        update={"database": server.reader("living", TOKEN, "living"), "spaces": (1,)}
    )
    before = read(own, read(own))
    forum = 1
    server.run(
        "UPDATE interact_news SET body = 'Another day' WHERE news_key = 10;"
        "UPDATE interact_posts SET body = 'Edited', date_modified = '2011-12-01 09:00:00'"
        f" WHERE module_key = {forum} AND parent_key = 0 LIMIT 1;"
        "INSERT INTO interact_group_user_links SELECT module_key, 39, 2, '2011-12-01 10:00:00'"
        " FROM interact_modules WHERE name LIKE 'Workshop 0:%' ",
        "living",
    )
    found = read(own, before).records
    assert found["news:10"].html == "<p>Another day</p>"
    assert "<p>Edited</p>" in [one.html for one in found.values()]
    assert len(found) < 40
    assert [one for one in found if one.startswith("registration:") and one.endswith("-39")]


def test_forbidden_columns_are_in_no_page_cursor_log_or_error(settings, first, caplog, capsys):
    with caplog.at_level(logging.DEBUG):
        again = read(settings)
    said = repr((again.pages, again.cursors, opened(settings).check())) + caplog.text
    said += "".join(capsys.readouterr())
    assert [one for one in (*CANARIES.values(), TOKEN) if one in said] == []


def said_of(settings) -> str:
    report = opened(settings).check()
    assert not report.ok
    (line,) = report.lines
    assert TOKEN not in line.sentence
    return line.sentence


def test_account_that_may_read_only_the_allowed_columns_is_enough(server, settings):
    """No question touches a forbidden column: the server itself would refuse it."""
    server.run(
        f"CREATE OR REPLACE USER 'narrow'@'127.0.0.1' IDENTIFIED BY '{TOKEN}';"
        "GRANT SELECT ON interact.* TO 'narrow'@'127.0.0.1'"
    )
    forbidden = {
        "users": "user_key, first_name, last_name, prefered_name, email, level_key",
        "spaces": "space_key, module_key, name, short_name, access_level_key",
        "statistics": "space_key, user_key, date_accessed, use_type",
        "group_settings": "module_key, access_key, maximum_users, minimum_users, start_date,"
        " finish_date",
    }
    others = (
        "version modules module_space_links space_user_links group_user_links journal_settings"
        " posts news notices calendar_events"
    ).split()
    grants = [
        f"GRANT SELECT ({columns}) ON interact.interact_{table} TO 'narrow'@'127.0.0.1';"
        for table, columns in forbidden.items()
    ]
    grants += [
        f"GRANT SELECT ON interact.interact_{table} TO 'narrow'@'127.0.0.1';" for table in others
    ]
    server.run("REVOKE ALL ON interact.* FROM 'narrow'@'127.0.0.1';" + "".join(grants))
    narrow = f"mysql://narrow@127.0.0.1:{server.port}/interact"
    own = settings.model_copy(update={"database": narrow, "schools": ("a.nz=A",)})
    assert opened(own).check().ok
    assert read(own).records


def test_check_tells_each_refusal_in_one_sentence_with_the_next_step(server, settings):
    def with_(**update):
        return settings.model_copy(update=update)

    assert "refuses the account" in said_of(with_(password=None))
    elsewhere = with_(database=settings.database.replace("/interact", "/nothing"))
    assert "refuses the account" in said_of(elsewhere)
    assert "does not answer" in said_of(
        with_(database=settings.database.replace(str(server.port), "1"))
    )
    assert "leave prefix out" in said_of(with_(prefix="wrong_"))
    server.run(
        f"CREATE OR REPLACE USER 'half'@'127.0.0.1' IDENTIFIED BY '{TOKEN}';"
        "GRANT SELECT ON interact.interact_version TO 'half'@'127.0.0.1'"
    )
    half = f"mysql://half@127.0.0.1:{server.port}/interact"
    assert "not those of an Interact" in said_of(with_(database=half))


def test_two_prefixes_in_one_database_ask_which(server, settings):
    server.fill("two", sql(InteractSite()))
    server.fill("two", sql(InteractSite(seed=9), "old_"))
    own = settings.model_copy(update={"database": server.reader("two", TOKEN, "two")})
    assert "'interact_', 'old_'" in said_of(own)
    assert differences(read(own.model_copy(update={"prefix": "old_"})), InteractSite(seed=9)) == []
