"""The sample cluster's board: three private groups, and a hub that may read all of it."""

from datetime import date

from connector.config import load
from sample_cluster.discourse.demo import KEY, KEY_VARIABLE, at_work, board_source, demo_board

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
