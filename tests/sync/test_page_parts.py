"""What a page carries beside records: accounts, memberships, audiences, numbers, streams."""

import pytest
from sqlalchemy import select

from connector.audience import AudienceRef, Scope, Standing, Viewer, scope_for
from connector.errors import StoreError
from connector.model import (
    CLUSTER,
    FACILITATORS,
    PUBLIC,
    STREAM,
    Account,
    Audience,
    AudienceChange,
    AudienceKind,
    Count,
    Membership,
    Role,
    Stream,
)
from connector.rules import Rules
from connector.store import people
from connector.store.audiences import memberships_of
from connector.store.tables import audience, identity, school, tally
from tests.engine import Engine
from tests.fake_place import record
from tests.store.kept import dump

WRITERS = Audience(AudienceKind.GROUP, "writers")


def identities(engine: Engine) -> dict[str, int]:
    with engine.store.read() as conn:
        rows = conn.execute(select(identity.c.external_id, identity.c.id))
        return {row.external_id: row.id for row in rows}


def member(engine: Engine, *external_ids: str) -> Scope:
    """The scope of somebody who has proved that these accounts are theirs."""
    known = identities(engine)
    mine = frozenset(known[one] for one in external_ids)
    with engine.store.read() as conn:
        memberships = memberships_of(conn, engine.cluster_id, mine)
    return scope_for(
        Viewer(
            cluster_id=engine.cluster_id,
            standing=Standing.MEMBER,
            identity_ids=mine,
            memberships=memberships,
        )
    )


def members_of(engine: Engine, kind: AudienceKind) -> tuple[str, ...]:
    with engine.store.write() as conn:
        key = conn.execute(select(audience.c.key).where(audience.c.kind == kind)).scalar_one()
        return people.members_of(conn, engine.cluster_id, AudienceRef(kind, key))


def test_an_account_keeps_what_a_poorer_answer_leaves_out(engine: Engine) -> None:
    service = engine.add(school="Rimu School")
    rich = Account(
        "user:7", "Aroha Park", "http://blog.example/a", Role.TEACHER, "RIMU SCHOOL", True
    )
    service.publish(accounts=(rich,))
    service.publish(accounts=(Account("user:7"),))
    engine.run()
    with engine.store.read() as conn:
        (row,) = conn.execute(
            select(identity, school.c.name.label("school")).outerjoin(
                school, school.c.id == identity.c.school_id
            )
        )
    assert (row.name, row.url, row.role, row.school) == (
        "Aroha Park",
        "http://blog.example/a",
        "teacher",
        "Rimu School",
    )


def test_an_account_that_is_no_longer_suspended_is_so(engine: Engine) -> None:
    service = engine.add()
    service.publish(accounts=(Account("user:7", "Aroha Park", suspended=True),))
    service.publish(accounts=(Account("user:7", "Aroha Park"),))
    engine.run()
    with engine.store.read() as conn:
        assert conn.execute(select(identity.c.suspended)).scalar_one() is False


def test_a_school_that_only_a_place_names_is_not_made(engine: Engine) -> None:
    engine.add().publish(accounts=(Account("user:7", school="Nowhere School"),))
    engine.run()
    with engine.store.read() as conn:
        assert conn.execute(select(school.c.id)).all() == []


def test_the_name_of_a_student_is_not_kept(engine: Engine) -> None:
    engine.add().publish(
        accounts=(
            Account("user:8", "Tama Little", "http://blog.example/tama", Role.STUDENT),
            Account("user:9", "Mere Adult", role=Role.TEACHER),
        )
    )
    engine.run()
    with engine.store.read() as conn:
        rows = conn.execute(select(identity.c.external_id, identity.c.name, identity.c.url)).all()
    assert {row.name for row in rows} == {"", "Mere Adult"}
    assert "http://blog.example/tama" not in {row.url for row in rows}


def test_a_member_of_a_stream_sees_its_posts_and_others_do_not(engine: Engine) -> None:
    service = engine.add()
    service.publish(
        record(1, audience=STREAM),
        accounts=(Account("user:7", "Aroha"), Account("user:8", "Rua")),
        memberships=(Membership(STREAM, ("user:7",)),),
    )
    engine.run()
    assert engine.titles(member(engine, "user:7")) == ["Week 1"]
    assert engine.found("week", member(engine, "user:7")) == ["Week 1"]
    assert engine.titles(member(engine, "user:8")) == []
    assert engine.found("week", member(engine, "user:8")) == []
    assert engine.titles() == []


def test_a_member_of_a_group_sees_what_is_for_it(engine: Engine) -> None:
    engine.add().publish(
        record(1, audience=WRITERS),
        memberships=(Membership(WRITERS, ("user:7",)), Membership(STREAM, ("user:8",))),
    )
    engine.run()
    assert engine.titles(member(engine, "user:7")) == ["Week 1"]
    assert engine.titles(member(engine, "user:8")) == []


def test_a_group_of_the_same_name_elsewhere_is_another_group(engine: Engine) -> None:
    engine.add().publish(
        record(1, audience=WRITERS), memberships=(Membership(WRITERS, ("user:7",)),)
    )
    other = engine.add("room6", host="http://other.example/")
    other.publish(
        record(2, title="Elsewhere", audience=WRITERS, url=None),
        memberships=(Membership(WRITERS, ("user:99",)),),
    )
    engine.run()
    engine.run("room6")
    assert engine.titles(member(engine, "user:7")) == ["Week 1"]
    assert engine.titles(member(engine, "user:99")) == ["Elsewhere"]


def test_a_post_for_one_person_is_theirs_alone(engine: Engine) -> None:
    engine.add().publish(
        record(1, audience=Audience(AudienceKind.PERSON, "user:7")),
        accounts=(Account("user:7"), Account("user:8")),
    )
    engine.run()
    assert engine.titles(member(engine, "user:7")) == ["Week 1"]
    assert engine.titles(member(engine, "user:8")) == []


def test_a_complete_listing_replaces_the_former(engine: Engine) -> None:
    service = engine.add()
    service.publish(memberships=(Membership(STREAM, ("user:1", "user:2")),))
    engine.run()
    assert members_of(engine, AudienceKind.STREAM) == ("user:1", "user:2")
    service.publish(memberships=(Membership(STREAM, ("user:2", "user:3")),))
    engine.run()
    assert members_of(engine, AudienceKind.STREAM) == ("user:2", "user:3")
    service.publish(memberships=(Membership(STREAM, ()),))
    engine.run()
    assert members_of(engine, AudienceKind.STREAM) == ()


def test_a_listing_of_thousands_is_taken(engine: Engine) -> None:
    """More accounts than either database takes as parameters of one statement."""
    engine.add()
    source_id = engine.source().id
    many = [Account(f"user:{number}") for number in range(70_000)]
    with engine.store.write(engine.cluster_id) as conn:
        known = people.put_accounts(conn, engine.cluster_id, source_id, many[:3])
        assert people.known_accounts(conn, source_id, [one.external_id for one in many]) == known


@pytest.mark.parametrize(
    "claimed",
    [
        PUBLIC,
        CLUSTER,
        FACILITATORS,
        Audience(AudienceKind.GROUP),
        Audience(AudienceKind.SCHOOL, "Rimu School"),
        Audience(AudienceKind.PERSON, "user:1"),
    ],
)
def test_no_listing_makes_anybody_a_facilitator(engine: Engine, claimed: Audience) -> None:
    """Only streams and groups have members; what else a place says of them grants nothing."""
    engine.add(school="Rimu School").publish(
        record(1, audience=FACILITATORS, title="Held back"),
        accounts=(Account("user:7"),),
        memberships=(Membership(claimed, ("user:7",)),),
    )
    engine.run()
    assert engine.titles(member(engine, "user:7")) == []
    with engine.store.read() as conn:
        mine = memberships_of(conn, engine.cluster_id, identities(engine).values())
    assert mine == frozenset()
    assert dump(engine.store)["membership"] == []


def test_a_kept_post_is_shown_to_others_when_its_place_says_so(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1))
    engine.run()
    service.publish(audience_changes=(AudienceChange("post:1", STREAM),))
    engine.run()
    assert engine.titles() == []
    assert engine.found("week") == []
    assert engine.titles(engine.facilitator()) == ["Week 1"]
    service.publish(audience_changes=(AudienceChange("post:1", PUBLIC),))
    engine.run()
    assert engine.titles() == ["Week 1"]
    assert engine.found("week") == ["Week 1"]


def test_what_was_opened_is_closed_again_when_the_post_is_read_as_it_was(engine: Engine) -> None:
    """Read closed, opened by a word of the place, read closed again: closed."""
    service = engine.add()
    service.publish(record(1, audience=STREAM))
    service.publish(audience_changes=(AudienceChange("post:1", PUBLIC),))
    engine.run()
    assert engine.titles() == ["Week 1"]
    service.publish(record(1, audience=STREAM))
    engine.run()
    assert engine.titles() == []


def test_an_audience_change_finds_a_school_as_a_record_does(engine: Engine) -> None:
    service = engine.add(school="Tōtara School")
    service.publish(record(1, audience=Audience(AudienceKind.SCHOOL, "totara school")))
    engine.run()
    (before,) = [row[3] for row in dump(engine.store)["origin"]]
    assert before[0] == "school"
    service.publish(
        audience_changes=(AudienceChange("post:1", Audience(AudienceKind.SCHOOL, "TOTARA School")),)
    )
    engine.run()
    assert [row[3] for row in dump(engine.store)["origin"]] == [before]


def test_an_audience_change_stays_within_the_limit_of_its_source(engine: Engine) -> None:
    service = engine.add(audience_kind="cluster")
    service.publish(record(1, audience=STREAM))
    service.publish(audience_changes=(AudienceChange("post:1", PUBLIC),))
    engine.run()
    assert engine.titles() == []
    assert engine.item("Week 1", engine.facilitator()).audience == "cluster"


def test_an_audience_change_finds_a_students_post(engine: Engine) -> None:
    """A student's post is kept under another id when its own could tell who wrote it."""
    service = engine.add(rules=Rules(authors_are_students=True))
    service.publish(record(1, external_id="http://blog.example/tama/1"))
    engine.run()
    assert len(engine.news()) == 1
    service.publish(audience_changes=(AudienceChange("http://blog.example/tama/1", STREAM),))
    engine.run()
    assert engine.news() == ()


def test_a_later_number_for_the_same_day_replaces_the_former(engine: Engine) -> None:
    service = engine.add()
    service.publish(
        counts=(Count("views", 3, "2026-03-01"), Count("views", 5, "2026-03-01", "post:1"))
    )
    service.publish(
        counts=(
            Count("views", 4, "2026-03-01"),
            Count("views", 9, "2026-03-02"),
            Count("views", 10, "2026-03-02"),
        )
    )
    engine.run()
    with engine.store.read() as conn:
        rows = conn.execute(select(tally.c.subject, tally.c.day, tally.c.value))
        found = {(row.subject, row.day): row.value for row in rows}
    assert found == {
        ("", "2026-03-01"): 4,
        ("post:1", "2026-03-01"): 5,
        ("", "2026-03-02"): 10,
    }


def test_a_stream_found_on_the_way_is_read_next_time(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), streams=(Stream(key="late", title="Late"),))
    service.publish(record(2), stream="late")
    engine.run()
    assert engine.titles() == ["Week 1"]
    engine.run()
    assert engine.titles() == ["Week 2", "Week 1"]


def test_all_parts_of_a_page_are_kept_or_none(engine: Engine) -> None:
    service = engine.add()
    service.publish(record(1), memberships=(Membership(STREAM, ("user:1",)),))
    engine.run()
    before = dump(engine.store)
    service.publish(
        record(1, html="<p>Edited.</p>"),
        record(2),
        gone=("post:1",),
        accounts=(Account("user:5", "New"),),
        memberships=(Membership(STREAM, ()),),
        audience_changes=(AudienceChange("post:1", STREAM),),
        counts=(Count("views", 1, "2026-03-01"), Count("views", 2**80, "2026-03-02")),
    )
    with pytest.raises((StoreError, OverflowError)):
        engine.run()
    assert dump(engine.store) == before
