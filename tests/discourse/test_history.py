"""Whatever happens on a board: after one cycle and one sweep the hub holds just that."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from connector.store.tables import tally
from tests.discourse.board_hub import expected


@pytest.fixture
def settled(hub):
    """A hub that has read a board of some size."""
    for number in range(70):
        hub.small.reply(hub.small.first, f"<p>On {number}</p>")
    hub.cycle()
    assert hub.held() == expected(hub.small)
    return hub


def test_first_reading_holds_the_board(hub):
    hub.cycle()
    assert hub.held() == expected(hub.small)
    assert hub.registrations() == {("Sam Oduya", "Going"), ("Lena Brandt", "Interested")}


def test_edit_of_an_old_first_post(settled):
    settled.board.edit(settled.small.first.id, "<p>Nau mai again</p>")
    settled.cycle(sweep=True)
    assert "Nau mai again" in settled.held()[f"post:{settled.small.first.id}"].text
    assert settled.held() == expected(settled.small)


def test_edit_of_a_last_post(settled):
    last = settled.board.topics[settled.small.secret.topic].posts[-1]
    settled.board.edit(last, "<p>Changed my mind</p>")
    settled.cycle()
    assert settled.held() == expected(settled.small)


def test_deleted_and_recovered_post(settled):
    old, newer = settled.board.topics[settled.small.first.topic].posts[3:5]
    settled.board.delete(old)
    settled.board.delete(newer)
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)
    settled.board.recover(old)
    settled.cycle(sweep=True)
    assert f"post:{old}" in settled.held()
    assert f"post:{newer}" not in settled.held()
    assert settled.held() == expected(settled.small)


def test_deleted_topic(settled):
    settled.board.delete(settled.small.tagged.id)
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)


def test_post_that_its_author_or_staff_took_back(settled):
    one, other = settled.board.topics[settled.small.first.topic].posts[5:7]
    settled.board.posts[one].removed_by_author = True
    settled.board.posts[other].hidden = True
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)


def test_topic_moved_to_a_private_category_and_back(settled):
    topic = settled.small.tagged.topic
    settled.board.move(topic, settled.small.private)
    settled.cycle(sweep=True)
    assert settled.held()[f"post:{settled.small.tagged.id}"].audience != "public"
    assert settled.held() == expected(settled.small)
    settled.board.move(topic, settled.small.open)
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)


def test_category_that_is_closed_is_closed_at_once(settled):
    """Also where it holds more than one stretch of posts."""
    category = settled.board.categories[settled.small.open]
    category.groups = (settled.small.leaders.id,)
    settled.run()
    assert {held.audience for held in settled.held().values()}.isdisjoint({"public"}) or (
        {h.stream for h in settled.held().values() if h.audience == "public"}
        == {f"category:{settled.small.ideas}"}
    )
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)


def test_answer_to_a_reply_stays_in_its_topic_when_that_one_leaves(settled):
    """A board shows a topic in one row; under the reply it would vanish from the topic's page."""
    small = settled.small
    said = small.reply(small.tagged, "<p>Which kit?</p>")
    answer = small.reply(small.tagged, "<p>The blue one</p>", to=said.number)
    settled.cycle()
    assert settled.held()[f"post:{answer.id}"].parent == f"post:{small.tagged.id}"
    settled.board.delete(said.id)
    settled.cycle(sweep=True)
    assert settled.held()[f"post:{answer.id}"].parent == f"post:{small.tagged.id}"
    assert settled.held() == expected(small)


def test_split_topic(settled):
    posts = settled.board.topics[settled.small.first.topic].posts[10:14]
    settled.board.split(settled.small.first.topic, posts, "What to plant")
    settled.cycle(sweep=True)
    assert settled.held()[f"post:{posts[0]}"].title == "What to plant"
    assert settled.held()[f"post:{posts[1]}"].parent == f"post:{posts[0]}"
    assert settled.held() == expected(settled.small)


def test_renamed_tag(settled):
    settled.board.rename_tag("robotics", "robots")
    settled.cycle(sweep=True)
    assert settled.held()[f"post:{settled.small.tagged.id}"].tags == ("robots",)
    assert settled.held() == expected(settled.small)


def test_user_made_anonymous(settled):
    settled.board.anonymise(settled.small.sam.id)
    settled.cycle(sweep=True)
    assert "Sam Oduya" not in repr(settled.held())
    assert settled.held() == expected(settled.small)


def counts(hub, post):
    query = select(tally.c.name, tally.c.value).where(tally.c.subject == f"post:{post}")
    with hub.store.read() as conn:
        return {row.name: row.value for row in conn.execute(query)}


def test_event_with_changed_capacity_and_answers(settled):
    event, small = settled.small.workshop.id, settled.small
    assert counts(settled, event)["capacity"] == 20
    settled.board.change_capacity(event, 12)
    settled.board.answer(event, small.mere.id, "going")
    settled.board.answer(event, small.lena.id, "not_going")
    settled.cycle(sweep=True)
    found = counts(settled, event)
    assert (found["capacity"], found["going"], found["interested"]) == (12, 2, 0)
    assert settled.registrations() == {("Sam Oduya", "Going"), ("Mere Tautahi", "Going")}
    assert settled.held() == expected(small)


def test_likes_and_mentions_are_counted(settled):
    settled.board.like(settled.small.tagged.id, 4)
    mention = '<a class="mention" href="/u/mere">@mere</a>'
    said = settled.small.reply(settled.small.tagged, f"<p>Well done {mention}</p>")
    settled.cycle()
    assert counts(settled, said.id) == {"mentions": 1}
    with settled.store.read() as conn:
        topic = f"topic:{settled.small.tagged.topic}"
        query = select(tally.c.value).where(tally.c.subject == topic, tally.c.name == "likes")
        assert conn.execute(query).scalars().all() == [4]


@pytest.mark.parametrize("shape", ["json", "text"])
def test_rate_limit_in_either_shape_is_obeyed_and_forgotten(settled, shape):
    settled.board.edit(settled.small.first.id, "<p>In the storm</p>")
    settled.small.reply(settled.small.tagged, "<p>During the storm</p>")
    settled.small.service.limits.storm = [shape] * 3
    seconds = {"json": 17, "text": 9}[shape]
    before = len(settled.small.service.asked)
    settled.run()
    source = settled.source()
    assert source.due >= settled.board.now + timedelta(seconds=seconds)
    settled.run()
    assert len(settled.small.service.asked) <= before + 2, "asked before the time was over"
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)


def test_pace_of_the_board_is_kept_without_a_refusal(hub):
    hub.small.service.limits.key_per_minute = 60
    hub.cycle()
    for _ in range(4):
        hub.cycle()
    assert hub.small.service.refused == 0


@pytest.mark.parametrize("answered", range(0, 14, 2))
def test_key_that_is_revoked_in_mid_run_removes_nothing(settled, answered):
    before = settled.held()
    settled.board.delete(settled.board.topics[settled.small.first.topic].posts[8])
    settled.small.service.revoke_in = answered
    report = settled.run(sweep=True)
    assert report.state == "failed" or settled.source().trouble_sentence
    lost = before.keys() - settled.held().keys()
    assert lost <= before.keys() - expected(settled.small).keys()
    settled.small.service.revoke_in = None
    settled.board.now = settled.source().due
    settled.cycle(sweep=True)
    assert settled.held() == expected(settled.small)
    assert settled.source().trouble is None


def test_everything_at_once(settled):
    small, board = settled.small, settled.board
    posts = board.topics[small.first.topic].posts
    board.edit(small.first.id, "<p>All anew</p>")
    board.delete(posts[4])
    board.move(small.tagged.topic, small.private)
    board.split(small.first.topic, posts[20:25], "Apart")
    board.rename_tag("robotics", "robots")
    board.anonymise(small.sam.id)
    board.change_capacity(small.workshop.id, 5)
    board.delete(posts[6])
    board.recover(posts[6])
    small.service.limits.storm = ["json", "text"]
    settled.cycle(sweep=True)
    assert settled.held() == expected(small)
