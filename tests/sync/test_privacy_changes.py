"""What narrows counts at once, also for what is kept already."""

from datetime import timedelta

from connector.audience import AudienceRef, Scope
from connector.errors import TemporaryError
from connector.identity import link_key
from connector.model import (
    STREAM,
    Account,
    Audience,
    AudienceKind,
    Kind,
    Membership,
    Page,
    Presence,
    Problem,
    ProblemKind,
    Role,
    Stream,
)
from connector.rules import Rules
from connector.store import holding, tombstones
from connector.store.people import forget_accounts, put_accounts
from connector.store.tables import metadata
from tests.engine import PRIVACY, Engine
from tests.fake_place import record
from tests.store.kept import dump

STUDENTS = Rules(authors_are_students=True)


def kept_text(engine: Engine) -> str:
    """Return all that is kept of posts and people, as text."""
    names = ("origin", "origin_text", "revision", "search_entry", "outcome", "identity")
    with engine.store.read() as conn:
        rows = [row for name in names for row in conn.execute(metadata.tables[name].select())]
    return "\n".join(str(tuple(row)) for row in rows)


def test_a_place_that_is_narrowed_hides_what_it_showed(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), record(2, kind=Kind.COMMENT, in_reply_to="post:1"))
    engine.run()
    engine.add(audience_kind="facilitators")
    assert engine.news() == ()
    assert engine.found("room") == []
    engine.add()
    assert engine.titles() == ["Week 1"]
    assert len(engine.found("room")) == 2


def test_what_its_place_made_private_stays_hidden_after_an_ok(engine: Engine) -> None:
    engine.brake = 1
    service = engine.add()
    service.publish(record(1))
    engine.run()
    service.publish(*(record(n, published=engine.clock.now) for n in (2, 3, 4)))
    engine.run()
    service.list_all("post:1", "post:2", "post:3")
    service.presence = {"post:1": Presence.PRESENT, "post:4": Presence.FORBIDDEN}
    engine.clock.move(days=1)
    engine.run(sweep=True)
    with engine.store.write(engine.cluster_id) as conn:
        holding.release(conn, engine.cluster_id, "room5", engine.clock.now)
    assert set(engine.titles()) == {"Week 1", "Week 2", "Week 3"}


def test_the_rule_for_students_on_off_and_on_again_leaves_one_post(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1, external_id="g#one"))
    for rules in (STUDENTS, Rules(), STUDENTS, Rules()):
        engine.run()
        engine.add(rules=rules)
    engine.run()
    assert engine.titles() == ["Week 1"]
    engine.add(rules=STUDENTS)
    assert [one.title for one in engine.news()] == [""]
    assert "Week 1" not in kept_text(engine)


def test_a_paused_place_of_students_hides_their_words_at_once(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    engine.run()
    engine.add(rules=STUDENTS)
    assert engine.titles() == [""]
    assert "Hēmi" not in kept_text(engine)


def test_an_account_that_turns_out_to_be_a_students_is_one_everywhere(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1, author=Account("user:7", "Aroha")), record(2))
    engine.run()
    service.publish(accounts=(Account("user:7", "Aroha", role=Role.STUDENT),))
    engine.run()
    assert sorted(engine.titles()) == ["", "Week 2"]
    assert "Aroha" not in kept_text(engine)


def test_of_what_is_hidden_no_word_of_its_address_is_kept(engine: Engine) -> None:
    service = engine.add()
    url = "http://blog.example/the-secret-party/"
    hidden = Problem(ProblemKind.HIDDEN, "It has a password.", f"feed#{url}", url)
    service.pages["posts"] = [Page(stream="posts", problems=(hidden,))]
    assert engine.run().counts == {"hidden": 1}
    assert "secret-party" not in kept_text(engine)


def test_a_withdrawn_post_stays_away_under_every_id(engine: Engine) -> None:
    service = engine.add()
    url = "http://blog.example/withdrawn"
    with engine.store.write(engine.cluster_id) as conn:
        tombstones.put_tombstone(
            conn,
            engine.cluster_id,
            engine.source().id,
            PRIVACY,
            external_id="post:9",
            link_key=link_key(url),
            reason="asked by its author",
            now=engine.clock.now,
        )
    service.publish(record(9), record(10, url=url), record(11, url=url), record(12))
    engine.run()
    assert engine.titles() == ["Week 12"]


def test_a_new_parser_reads_each_stream_afresh_within_a_week(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    engine.run()
    service.parser = 2
    for _ in range(8):
        engine.clock.move(days=1)
        engine.run()
    fresh = [told for what, told in service.asked if told == ("posts", None)]
    assert len(fresh) == 2


def test_a_stream_that_asks_to_be_left_alone_is_not_asked_again_before(engine: Engine) -> None:
    service = engine.add()
    service.streams.append(Stream(key="comments", title="Comments"))
    later = engine.clock.now + timedelta(hours=20)
    service.fail["comments"] = TemporaryError("Too many requests.", not_before=later)
    service.publish(record(1))
    engine.run()
    assert engine.source().due >= later


def test_a_run_that_was_asked_for_meanwhile_is_not_put_off(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    service.list_all("post:1")

    def somebody_changes_it() -> None:
        engine.clock.move(seconds=1)
        engine.add(settings={"flavour": "other"})

    service.while_sweeping = somebody_changes_it
    engine.run(sweep=True)
    assert engine.source().due <= engine.clock.now


def test_members_who_turn_out_to_be_students_stay_members_by_their_pseudonym(
    engine: Engine,
) -> None:
    service = engine.add()
    service.publish(
        record(1, author=Account("user:7", "Nikau")),
        memberships=(Membership(STREAM, ("user:7", "user:8")),),
    )
    engine.run()
    engine.add(rules=STUDENTS)
    engine.run()
    kept = dump(engine.store)
    listed = {identity[1] for _, identity in kept["membership"]}
    assert listed == {PRIVACY.pseudonym(engine.source().id, "user:7"), "user:8"}
    assert "Nikau" not in str(kept)


def test_what_was_for_a_deleted_account_alone_is_not_the_next_ones(engine: Engine) -> None:
    """SQLite gives the number of the last account, once it is deleted, to the next new one."""
    service = engine.add()
    private = Audience(AudienceKind.PERSON, "user:9")
    service.publish(record(1, author=Account("user:9", "Somebody"), audience=private))
    engine.run()
    before = dump(engine.store)["identity"]
    with engine.store.write(engine.cluster_id) as conn:
        conn.execute(metadata.tables["origin"].update().values(identity_id=None))
        forget_accounts(conn, metadata.tables["identity"].c.external_id == "user:9")
        new = put_accounts(conn, engine.cluster_id, engine.source().id, [Account("user:10")])
    assert len(before) == len(dump(engine.store)["identity"]) == 1
    grants = frozenset({AudienceRef(AudienceKind.PERSON, str(new["user:10"]))})
    assert engine.news(Scope(engine.cluster_id, grants)) == ()
    assert engine.titles(engine.facilitator()) == ["Week 1"]
