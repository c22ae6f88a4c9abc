"""Reading a place into the hub."""

from datetime import timedelta

import pytest

from connector.errors import AuthError, ParseError, TemporaryError
from connector.fetched import own_hosts
from connector.model import STREAM, Account, Kind, Membership, Page, Role, Stream
from connector.rules import Rules
from connector.store.tables import metadata
from tests.engine import Engine
from tests.fake_place import record


def test_a_post_travels_from_its_place_to_the_page(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1, title="Māori garden"))
    report = engine.run()
    assert report.state == "done"
    assert report.counts == {"new": 1}
    assert engine.titles() == ["Māori garden"]
    assert engine.found("maori") == ["Māori garden"]


def test_reading_the_same_page_twice_changes_nothing(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2))
    engine.run()
    service.publish(record(1), record(2))
    assert engine.run().counts == {"unchanged": 2}
    assert len(engine.news()) == 2


def test_an_edit_becomes_a_revision_that_facilitators_see(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1, html="<p>The first text.</p>"))
    engine.run()
    service.publish(record(1, html="<p>The second text.</p>"))
    assert engine.run().counts == {"updated": 1}
    assert "second" in engine.item("Week 1").html
    assert engine.item("Week 1").revisions == ()
    (revision,) = engine.item("Week 1", engine.facilitator()).revisions
    assert "first" in revision.html
    assert engine.found("first") == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TemporaryError("The place does not answer."), "waiting"),
        (AuthError("The place refuses us."), "attention"),
        (ParseError("This is a web page, not a feed."), "attention"),
    ],
)
def test_a_failure_is_one_sentence_and_recovers_by_itself(
    engine: Engine, error: Exception, state: str
) -> None:
    service = engine.add()
    service.publish(record(1))
    service.fail["place"] = error
    assert engine.run().state == "failed"
    assert engine.source().trouble == state
    assert engine.source().trouble_sentence == str(error)
    del service.fail["place"]
    engine.run()
    assert engine.source().trouble is None
    assert engine.titles() == ["Week 1"]


def test_one_failing_stream_does_not_stop_the_others(engine: Engine) -> None:
    service = engine.add()
    service.streams.append(Stream(key="comments", title="Comments"))
    service.fail["comments"] = AuthError("The comments are closed.")
    service.publish(record(1))
    assert engine.run().state == "done"
    assert engine.titles() == ["Week 1"]
    assert engine.source().trouble_sentence == "The comments are closed."


def test_a_rule_leaves_posts_out_and_says_so(engine: Engine) -> None:
    service = engine.add(rules=Rules(only_tags=("science",)))
    service.publish(record(1, tags=("Science",)), record(2, tags=("sport",)))
    assert engine.run().counts == {"new": 1, "skipped": 1}
    assert engine.titles() == ["Week 1"]


def test_a_changed_rule_reads_afresh_and_silently(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1, tags=("reflection",)))
    engine.run()
    engine.add(rules=Rules(reflection_tags=("reflection",)))
    engine.run()
    assert [one.kind for one in engine.news()] == [Kind.REFLECTION]


def test_a_student_leaves_only_place_and_time(engine: Engine) -> None:
    service = engine.add(rules=Rules(authors_are_students=True))
    service.publish(record(1, title="My secret tūī", tags=("tūī",)))
    engine.run()
    (summary,) = engine.news()
    assert summary.is_student
    assert (summary.title, summary.excerpt, summary.url, summary.author) == ("", "", None, "")
    assert engine.found("tui") == []
    assert engine.found("word") == []


def test_what_a_place_restricts_is_not_public(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1, audience=STREAM))
    engine.run()
    assert engine.news() == ()
    assert engine.titles(engine.facilitator()) == ["Week 1"]


def test_a_source_may_be_kept_to_the_cluster(engine: Engine) -> None:
    service = engine.add(audience_kind="cluster")
    service.publish(record(1))
    engine.run()
    assert engine.news() == ()
    assert engine.item("Week 1", engine.facilitator()).audience == "cluster"


def test_a_reading_is_resumed_after_the_last_stored_page(engine: Engine) -> None:
    engine.slice_requests = 0
    service = engine.add()
    service.publish(record(1))
    service.publish(record(2))
    assert engine.run().state == "partial"
    assert engine.titles() == ["Week 1"]
    assert engine.run().state == "done"
    assert len(engine.news()) == 2
    assert ("read", ("posts", "1")) in service.asked


def test_more_news_than_the_brake_allows_waits_for_an_ok(engine: Engine) -> None:
    engine.brake = 2
    service = engine.add()
    service.publish(record(1))
    engine.run()
    service.publish(*(record(n, published=engine.clock.now) for n in range(10, 15)))
    assert engine.run().counts == {"new": 2, "held": 3}
    assert len(engine.news()) == 3
    assert len(engine.news(engine.facilitator())) == 6


def test_the_first_reading_holds_nothing_back(engine: Engine) -> None:
    engine.brake = 2
    service = engine.add()
    service.publish(*(record(n, published=engine.clock.now) for n in range(10, 15)))
    assert engine.run().counts == {"new": 5}


def test_a_page_that_fails_to_store_leaves_nothing_behind(engine: Engine) -> None:
    """A page is all or nothing: an impossible count fails the whole transaction."""
    from connector.errors import StoreError
    from connector.model import Count

    service = engine.add()
    service.pages["posts"] = [
        Page(stream="posts", records=(record(1),), counts=(Count("x", 2**70, "2026-03-02"),))
    ]
    with pytest.raises((StoreError, OverflowError)):
        engine.run()
    assert engine.news() == ()


def test_saying_later_that_the_authors_are_students_takes_back_what_was_kept(
    engine: Engine,
) -> None:
    service = engine.add()
    service.publish(record(1, title="Tūī by Aroha", html="<p>first words</p>", external_id="g#a"))
    engine.run()
    service.publish(record(1, title="Tūī by Aroha", html="<p>other words</p>", external_id="g#a"))
    engine.run()
    engine.add(rules=Rules(authors_are_students=True))
    engine.run()
    (summary,) = engine.news(engine.facilitator())
    assert (summary.title, summary.author, summary.url) == ("", "", None)
    for word in ("first", "other", "Aroha", "Hēmi", "g#a", "blog.example/1"):
        assert word not in everything_kept(engine)


def test_replies_of_students_stand_under_their_post_without_its_address(engine: Engine) -> None:
    service = engine.add(rules=Rules(authors_are_students=True))
    reply = record(2, kind=Kind.COMMENT, url=None, in_reply_to="http://blog.example/1")
    service.publish(record(1), reply)
    engine.run()
    (summary,) = engine.news()
    assert summary.replies == 1
    assert "blog.example/1" not in everything_kept(engine)


def everything_kept(engine: Engine) -> str:
    """Return all that the tables of posts and people hold, as text."""
    with engine.store.read() as conn:
        return "\n".join(
            str(tuple(row))
            for name in ("item", "origin", "origin_text", "revision", "search_entry",
                         "outcome", "identity")
            for row in conn.execute(metadata.tables[name].select())
        )  # fmt: skip


def test_a_stream_whose_check_fails_does_not_slow_the_others_down(engine: Engine) -> None:
    service = engine.add()
    service.streams.append(Stream(key="comments", title="Comments", can_sweep=True))
    service.publish(record(1))
    service.list_all("post:1")
    service.fail["sweep comments"] = AuthError("The comments are closed.")
    assert engine.run(sweep=True).state == "done"
    source = engine.source()
    assert source.trouble_sentence == "The comments are closed."
    assert source.due - engine.clock.now < timedelta(hours=6)
    assert source.sweep_due > source.due


def test_a_long_nightly_check_goes_on_in_the_next_slice(engine: Engine) -> None:
    service = engine.add()
    service.streams.append(Stream(key="comments", title="Comments", can_sweep=True))
    service.publish(record(1))
    service.list_all("post:1")
    service.list_all(stream="comments")
    engine.run()
    engine.clock.move(days=2)
    service.while_sweeping = lambda: engine.clock.move(minutes=2)
    assert engine.run().state == "partial"
    assert engine.run().state == "done"
    assert [what for what in service.asked if what[0] == "sweep"] == [
        ("sweep", "posts"),
        ("sweep", "comments"),
    ]


def test_a_listing_of_members_changes_no_account_it_knows(engine: Engine) -> None:
    service = engine.add()
    everybody = Account("user:1", "Hēmi", suspended=True), Account("user:2", role=Role.STUDENT)
    listing = Membership(STREAM, ("user:1", "user:2", "user:3"))
    service.publish(accounts=everybody, memberships=(listing,))
    engine.run()
    with engine.store.read() as conn:
        rows = conn.execute(metadata.tables["identity"].select()).all()
        members = conn.execute(metadata.tables["membership"].select()).all()
    assert {(row.name, row.suspended) for row in rows} == {("Hēmi", True), ("", False)}
    assert len(rows) == len(members) == 3
    assert "user:2" not in {row.external_id for row in rows}


def test_a_place_speaks_only_for_the_host_it_is_configured_with() -> None:
    assert own_hosts("https://www.blog.example/feed") == own_hosts("blog.example/") | {
        "www.blog.example"
    }
    assert "feeds.example" not in own_hosts("https://blog.example/")
    assert own_hosts("::") == frozenset()


def test_replies_go_with_the_posts_that_a_rule_leaves_out(engine: Engine) -> None:
    service = engine.add(rules=Rules(only_tags=("science",)))
    service.publish(
        record(1, tags=("science",)),
        record(2, tags=("sport",)),
        record(3, kind=Kind.COMMENT, in_reply_to="post:1", title="To one"),
        record(4, kind=Kind.COMMENT, in_reply_to="post:2", title="To two"),
        record(5, kind=Kind.COMMENT, in_reply_to="http://blog.example/1", title="By address"),
    )
    assert engine.run().counts == {"new": 3, "skipped": 2}
    assert engine.found("room") == ["By address", "To one", "Week 1"]
    engine.add(rules=Rules())
    engine.run()
    assert len(engine.found("room")) == 5


def test_a_first_reading_puts_undated_posts_beside_their_neighbours(engine: Engine) -> None:
    other = engine.add("library", host="http://library.example/")
    other.publish(record(50, title="Of last week", published=engine.clock.now - timedelta(days=7)))
    engine.run("library")
    service = engine.add()
    service.publish(record(2, title="Undated", published=None), record(1, title="Old"))
    engine.run()
    assert engine.titles() == ["Of last week", "Undated", "Old"]
    service.publish(record(2, title="Undated", published=None, html="<p>Edited.</p>"))
    engine.clock.move(days=1)
    engine.run()
    assert engine.titles() == ["Of last week", "Undated", "Old"]
    service.publish(record(3, title="Fresh and undated", published=None))
    engine.run()
    assert engine.titles()[0] == "Fresh and undated"


def test_many_streams_are_all_read_in_slices_and_then_the_place_rests(engine: Engine) -> None:
    engine.slice_requests = 0
    service = engine.add()
    service.streams = [Stream(key=f"forum:{n}", title=f"Forum {n}") for n in range(3)]
    for n in range(3):
        service.publish(record(n), stream=f"forum:{n}")
    states = []
    for _ in range(3):
        states.append(engine.run().state)
        engine.clock.move(seconds=1)
    assert states == ["partial", "partial", "done"]
    assert len(engine.news()) == 3
    assert engine.source().due > engine.clock.now
    asked = len(service.asked)
    assert [engine.run().state for _ in range(3)] == ["partial", "partial", "done"]
    assert len(service.asked) == asked + 3


def test_a_whole_thread_goes_with_the_post_that_a_rule_leaves_out(engine: Engine) -> None:
    service = engine.add(rules=Rules(only_tags=("science",)))
    thread = {"kind": Kind.COMMENT, "url": None}
    service.publish(
        record(7, in_reply_to="comment:6", external_id="comment:7", title="Deeper", **thread),
        record(6, in_reply_to="post:2", external_id="comment:6", title="On sport", **thread),
        record(9, in_reply_to="comment:8", external_id="comment:9", title="And more", **thread),
        record(8, in_reply_to="post:1", external_id="comment:8", title="On science", **thread),
        record(1, tags=("science",)),
        record(2, tags=("sport",)),
    )
    engine.run()
    assert sorted(engine.found("room")) == ["And more", "On science", "Week 1"]
