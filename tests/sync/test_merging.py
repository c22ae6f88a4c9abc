"""One post at two places: joined, never wider than each, and taken apart again."""

import pytest
from sqlalchemy import select

from connector.errors import StoreError
from connector.model import CLUSTER, PUBLIC, STREAM, Account, Audience, Kind, Membership, Record
from connector.store import merges, reading
from connector.store.tables import merge
from tests.engine import Engine
from tests.fake_place import FakeService, record, words
from tests.store.kept import dump, without_merges
from tests.sync.test_page_parts import member

BODY = "<p>" + " ".join(words(1)) + "</p>"


def post(audience: Audience = PUBLIC, **more: object) -> Record:
    return record(1, audience=audience, html=BODY, **more)


def copy(audience: Audience = PUBLIC, extra: str = "", **more: object) -> Record:
    """The same post as a collection at another host gives it."""
    told = {"external_id": "copy:1", "html": f"<p>{extra}</p>{BODY}"}
    return record(1, audience=audience, **(told | more))


@pytest.fixture
def home(engine: Engine) -> FakeService:
    """The blog that owns the address of the post."""
    return engine.add("blog")


@pytest.fixture
def planet(engine: Engine) -> FakeService:
    """A place at another host that carries copies."""
    return engine.add("planet", host="http://planet.example/")


def read_both(engine: Engine) -> None:
    engine.run("blog")
    engine.run("planet")


def kept_items(engine: Engine) -> int:
    return len(dump(engine.store)["item"])


def test_one_post_at_two_places_is_one_item_that_says_where(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    home.publish(post())
    planet.publish(copy())
    read_both(engine)
    assert kept_items(engine) == 1
    assert engine.titles(engine.facilitator()) == ["Week 1"]
    (elsewhere,) = engine.item("Week 1", engine.facilitator()).elsewhere
    assert (elsewhere.place_key, elsewhere.reason) == (
        "planet",
        "the same address in another place",
    )


@pytest.mark.parametrize("planet_first", [False, True])
def test_the_owner_of_the_address_supplies_the_public_text(
    engine: Engine, home: FakeService, planet: FakeService, planet_first: bool
) -> None:
    home.publish(post(title="At home"))
    planet.publish(copy(extra="Advertisement.", title="At home, copied"))
    for key in ("planet", "blog") if planet_first else ("blog", "planet"):
        engine.run(key)
    assert engine.titles() == ["At home"]
    assert "Advertisement" not in engine.item("At home").html
    assert engine.found("advertisement") == []


@pytest.mark.parametrize("how", ["narrowed", "gone"])
def test_a_public_copy_of_what_its_owner_took_back_is_not_shown(
    engine: Engine, home: FakeService, planet: FakeService, how: str
) -> None:
    home.publish(post())
    planet.publish(copy())
    read_both(engine)
    if how == "narrowed":
        home.publish(post(STREAM))
    else:
        home.publish(gone=("post:1",))
    engine.run("blog")
    assert engine.titles() == []
    assert engine.found("week") == []
    with engine.store.read() as conn:
        (item_id,) = conn.execute(select(merge.c.item_id)).scalars()
        assert reading.item(conn, engine.visitor(), item_id) is None
    home.publish(post())
    engine.run("blog")
    assert engine.titles() == ["Week 1"]


def test_a_copy_is_shown_where_nobody_owns_the_address(engine: Engine) -> None:
    engine.add("one", host="http://one.example/").publish(post())
    engine.add("two", host="http://two.example/").publish(copy())
    engine.run("one")
    engine.run("two")
    assert kept_items(engine) == 1
    assert engine.titles() == ["Week 1"]
    engine.add("one", host="http://one.example/").publish(gone=("post:1",))
    engine.run("one")
    assert engine.titles() == ["Week 1"]
    assert engine.item("Week 1").summary.place_key == "two"


def closed_at_home(engine: Engine, home: FakeService, planet: FakeService) -> None:
    """Open for members of the blog with more text, open for members of the planet with less."""
    home.publish(
        record(1, html=f"<p>Homeword.</p>{BODY}", audience=STREAM, title="Closed"),
        memberships=(Membership(STREAM, ("user:home",)),),
    )
    planet.publish(
        copy(Audience(STREAM.kind), extra="Planetword.", title="Copied"),
        memberships=(Membership(STREAM, ("user:planet",)),),
        accounts=(Account("user:planet"),),
    )
    read_both(engine)
    assert kept_items(engine) == 1


def test_each_viewer_sees_the_text_of_an_origin_they_may_see(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    closed_at_home(engine, home, planet)
    at_home, at_planet = member(engine, "user:home"), member(engine, "user:planet")
    assert engine.titles(at_home) == ["Closed"]
    assert engine.titles(at_planet) == ["Copied"]
    assert "Planetword" in engine.item("Copied", at_planet).html
    assert "Homeword" not in repr(engine.item("Copied", at_planet))
    assert "Homeword" not in repr(engine.news(at_planet))
    assert engine.item("Copied", at_planet).elsewhere == ()


def test_a_word_of_one_text_does_not_find_the_other(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    closed_at_home(engine, home, planet)
    at_home, at_planet = member(engine, "user:home"), member(engine, "user:planet")
    assert engine.found("homeword", at_home) == ["Closed"]
    assert engine.found("homeword", at_planet) == []
    assert engine.found("planetword", at_home) == []
    assert engine.found("homeword") == engine.found("planetword") == []
    with engine.store.read() as conn:
        assert reading.search(conn, at_planet, "homeword").count == 0


def test_who_may_see_both_finds_it_once(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    closed_at_home(engine, home, planet)
    both = member(engine, "user:home", "user:planet")
    for scope in (both, engine.facilitator()):
        assert len(engine.titles(scope)) == 1
        with engine.store.read() as conn:
            for query in ("homeword", "planetword", words(1)[3]):
                found = reading.search(conn, scope, query)
                assert (len(found.items), found.count) == (1, 1)


def test_a_joined_post_is_found_under_each_of_its_places(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    closed_at_home(engine, home, planet)
    both = member(engine, "user:home", "user:planet")
    for place in ("blog", "planet"):
        assert [one.place_key for one in engine.news(both, place=place)] == [place]
        with engine.store.read() as conn:
            found = reading.search(conn, both, words(1)[3], place=place)
        assert [one.place_key for one in found.items] == [place]


def test_a_copy_for_the_cluster_opens_nothing_for_visitors(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    home.publish(post(STREAM))
    planet.publish(copy(CLUSTER, extra="Clusterword."))
    read_both(engine)
    assert engine.titles() == []
    assert engine.found("clusterword") == []


def comment(number: int, to: str) -> Record:
    return record(
        number,
        kind=Kind.COMMENT,
        external_id=f"comment:{number}",
        in_reply_to=to,
        url=None,
        title="",
        html=f"<p>Answer{number}.</p>",
    )


def merge_ids(engine: Engine) -> list[int]:
    with engine.store.read() as conn:
        return list(conn.execute(select(merge.c.id).where(merge.c.undone.is_(None))).scalars())


def undo(engine: Engine, merge_id: int) -> int:
    with engine.store.write(engine.cluster_id) as conn:
        return merges.undo_merge(conn, engine.cluster_id, merge_id, engine.clock.now)


def stop_merging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let identity find nothing but ids, so that the former state can be seen."""
    from connector import identity

    monkeypatch.setattr(identity, "_by_link", lambda *rest: None)
    monkeypatch.setattr(identity, "_moved", lambda *rest: None)


def publish_talk(home: FakeService, planet: FakeService) -> None:
    home.publish(post(), comment(11, "post:1"), comment(12, "http://blog.example/1"))
    planet.publish(
        copy(STREAM, extra="Planetword."),
        comment(21, "copy:1"),
        comment(22, "https://blog.example/1/"),
        comment(23, "comment:21"),
    )
    home.publish(post(title="Edited"), gone=("comment:12",))


def test_undoing_a_merge_restores_what_was(
    engine: Engine, home: FakeService, planet: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that is kept equals what would be there had the two never been joined."""
    publish_talk(home, planet)
    read_both(engine)
    (merge_id,) = merge_ids(engine)
    undo(engine, merge_id)
    undone = without_merges(dump(engine.store))
    other = engine_beside(engine)
    with monkeypatch.context() as patch:
        stop_merging(patch)
        publish_talk(other.add("blog"), other.add("planet", host="http://planet.example/"))
        read_both(other)
    assert without_merges(dump(other.store)) == undone


def engine_beside(engine: Engine) -> Engine:
    """Return a hub on the same database, emptied, with fresh places."""
    from tests.sync.test_killed import empty

    empty(engine)
    return Engine(engine.store)


def test_replies_go_with_the_post_they_answer(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    publish_talk(home, planet)
    read_both(engine)
    (merge_id,) = merge_ids(engine)
    assert engine.item("Edited", engine.facilitator()).summary.replies == 3
    new_id = undo(engine, merge_id)
    with engine.store.read() as conn:
        copied = reading.item(conn, engine.facilitator(), new_id)
    assert copied is not None
    assert [one.html for one in copied.replies] == ["<p>Answer21.</p>", "<p>Answer22.</p>"]
    assert engine.item("Edited").summary.replies == 1


def test_what_was_taken_apart_is_not_joined_again(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    publish_talk(home, planet)
    read_both(engine)
    undo(engine, *merge_ids(engine))
    before = kept_items(engine)
    planet.publish(copy(STREAM, extra="Planetword, edited."))
    planet.publish(copy(STREAM, extra="Planetword."))
    home.publish(post(title="Edited again"))
    read_both(engine)
    read_both(engine)
    assert kept_items(engine) == before
    assert merge_ids(engine) == []


def test_a_merge_is_undone_once(engine: Engine, home: FakeService, planet: FakeService) -> None:
    publish_talk(home, planet)
    read_both(engine)
    (merge_id,) = merge_ids(engine)
    undo(engine, merge_id)
    with pytest.raises(StoreError, match=f"no merge {merge_id} to undo"):
        undo(engine, merge_id)


def test_what_was_joined_later_goes_along(
    engine: Engine, home: FakeService, planet: FakeService
) -> None:
    """The third was joined because of the second; taken away, the two stay together."""
    home.publish(post())
    read_both(engine)
    planet.publish(copy())
    engine.run("planet")
    moved = {"external_id": "moved:1", "url": "http://planet.example/1"}
    planet.publish(gone=("copy:1",))
    planet.publish(copy(**moved))
    engine.run("planet")
    first, *later = merge_ids(engine)
    assert len(later) == 1
    undo(engine, first)
    assert sorted(len(row[0]) for row in dump(engine.store)["item"]) == [1, 2]
