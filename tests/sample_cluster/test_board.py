"""The sample cluster's board: three private groups, and a hub that may read all of it."""

from datetime import date

from click.testing import CliRunner
from sqlalchemy import select

from connector.cli import main
from connector.config import load
from connector.store.database import open_database, sqlite_url
from connector.store.tables import origin
from sample_cluster.discourse.demo import (
    KEY,
    KEY_VARIABLE,
    at_work,
    board_destination,
    board_source,
    demo_board,
)
from sample_cluster.discourse.server import BoardServer

TODAY = date(2026, 11, 21)


def test_board_has_three_private_groups_that_the_hub_reads():
    service = demo_board(TODAY)
    board, reader = service.board, service.keys[KEY]
    private = [one for one in board.categories.values() if one.groups]
    assert len(private) == 3
    assert {len(one.groups) for one in private} == {1}
    assert all(board.may_see(reader, one.id) and not board.may_see(None, one.id) for one in private)


def test_same_day_gives_the_same_board():
    one, other = demo_board(TODAY).board, demo_board(TODAY).board
    assert (one.posts, one.topics, one.users) == (other.posts, other.topics, other.users)


def test_nothing_on_it_is_in_the_future():
    board = demo_board(TODAY).board
    assert max(post.created for post in board.posts.values()) < board.now


def test_no_private_topic_has_a_writer_from_outside_its_group():
    board = demo_board(TODAY).board
    for topic in board.topics.values():
        writers = {board.posts[number].user for number in topic.posts}
        assert all(board.may_see(writer, topic.category) for writer in writers)


def test_day_at_work_changes_it():
    service = demo_board(TODAY)
    before = set(service.board.expected(None))
    at_work(service)
    after = set(service.board.expected(None))
    assert before - after
    assert after - before


def test_its_part_of_a_configuration_is_one(tmp_path):
    config = tmp_path / "config.toml"
    board = board_source("http://127.0.0.1:8999")
    config.write_text('[clusters.kauri]\nname = "Kauri"\n' + board, encoding="utf-8")
    (tmp_path / ".env").write_text(f"{KEY_VARIABLE}={KEY}\n", encoding="utf-8")
    (source,) = load(config).sources
    assert (source.kind, source.id) == ("discourse", "board")
    assert source.settings["school_groups"]["school-rimuwai"] == "Rimuwai School"


def test_an_announcement_arrives_on_it_and_is_no_news_when_it_is_read_back(tmp_path):
    config = tmp_path / "config.toml"
    (tmp_path / ".env").write_text(f"{KEY_VARIABLE}={KEY}\n", encoding="utf-8")
    (tmp_path / "news.md").write_text("# Pō pāngarau\n\nNau mai, haere mai koutou.\n")
    with BoardServer(demo_board(TODAY)) as server:
        service = server.service
        parts = [
            f'[hub]\ndata_dir = "{tmp_path / "data"}"\n',
            '[network]\nallow = ["127.0.0.0/8"]\n[clusters.kauri]\nname = "Kauri"\n',
            board_source(server.address),
            board_destination(service),
        ]
        config.write_text("\n".join(parts), encoding="utf-8")

        def run(*arguments):
            result = CliRunner().invoke(main, ["--config", str(config), *arguments])
            assert result.exit_code == 0, result.output
            return result.output

        run("sync")
        run("announce", str(tmp_path / "news.md"), "--yes")
        leads = next(
            one for one in service.board.categories.values() if one.name == "Lead teachers"
        )
        assert service.desk.shown(leads.id)[-1] == "Pō pāngarau"
        assert "sent" in run("deliveries")
        run("sync")
    store = open_database(sqlite_url(tmp_path / "data" / "hub.db"))
    with store.read() as conn:
        query = select(origin.c.is_news, origin.c.kind).where(origin.c.title == "Pō pāngarau")
        assert [tuple(row) for row in conn.execute(query)] == [(False, "announcement")]
    store.close()
