"""The nightly check of places that can list what they have."""

from datetime import timedelta

import pytest

from connector.errors import TemporaryError
from connector.model import IdPage, Presence
from connector.store import holding, housekeeping, purging, removal
from tests.engine import Engine
from tests.fake_place import FakeService, record
from tests.store.kept import dump

GONE, FORBIDDEN = Presence.GONE, Presence.FORBIDDEN
PRESENT, UNKNOWN = Presence.PRESENT, Presence.UNKNOWN


def ids(*numbers: int) -> list[str]:
    return [f"post:{number}" for number in numbers]


def read(engine: Engine, *numbers: int) -> FakeService:
    """Read these posts; all of them are there."""
    service = engine.add()
    service.publish(*map(record, numbers))
    engine.run()
    service.presence = dict.fromkeys(ids(*numbers), PRESENT)
    service.list_all(*ids(*numbers))
    return service


def leave(service: FakeService, presence: Presence | None, *numbers: int) -> None:
    """Let these leave the listing, with this answer when they are looked up."""
    service.list_all(*(one for one in service.presence if one not in ids(*numbers)))
    for one in ids(*numbers):
        if presence is None:
            del service.presence[one]
        else:
            service.presence[one] = presence


def come_back(service: FakeService, number: int) -> None:
    """Let a post be read, listed and found again."""
    service.publish(record(number))
    service.presence[f"post:{number}"] = PRESENT
    service.list_all(*service.presence)


def sweep(engine: Engine) -> None:
    engine.clock.move(days=1)
    engine.run(sweep=True)


def shown(engine: Engine) -> set[str]:
    return set(engine.titles())


def retired(engine: Engine) -> set[str]:
    return {row[0][1] for row in dump(engine.store)["origin"] if row[8] == "False"}


def test_what_is_still_listed_stays_and_is_not_asked_for(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    sweep(engine)
    assert len(shown(engine)) == 3
    assert [what for what, _ in service.asked].count("lookup") == 0


@pytest.mark.parametrize("presence", [GONE, FORBIDDEN])
def test_gone_or_forbidden_is_retired_at_once(engine: Engine, presence: Presence) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, presence, 2)
    sweep(engine)
    assert shown(engine) == {"Week 1", "Week 3"}
    assert engine.found("word") == []
    assert retired(engine) == {"post:2"}
    assert len(engine.news(engine.facilitator())) == 2


def test_a_listing_that_breaks_off_retires_nothing(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 2, 3)
    service.list_all("post:1", complete=False)
    sweep(engine)
    assert len(shown(engine)) == 3


def test_a_listing_that_fails_retires_nothing(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 2, 3)
    service.fail["sweep"] = TemporaryError("The place does not answer.")
    sweep(engine)
    assert len(shown(engine)) == 3
    assert engine.source().trouble == "waiting"


def test_a_lookup_that_fails_retires_nothing(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 2)
    service.fail["lookup"] = TemporaryError("The place does not answer.")
    sweep(engine)
    assert len(shown(engine)) == 3


def test_a_listing_in_parts_counts_when_its_last_part_came(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 2)
    service.listings["posts"] = [IdPage(("post:1",)), IdPage(("post:3",), complete=True)]
    sweep(engine)
    assert retired(engine) == {"post:2"}


def test_answers_do_not_count_when_what_is_listed_is_said_to_be_gone(engine: Engine) -> None:
    """A place that says 'gone' to everything, also to what it has just listed, is not believed."""
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 2)
    service.presence = dict.fromkeys(ids(1, 2, 3), GONE)
    sweep(engine)
    sweep(engine)
    assert len(shown(engine)) == 3


def test_no_answer_is_no_answer_however_often(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, None, 2)
    for _ in range(4):
        sweep(engine)
    assert len(shown(engine)) == 3


def test_unknown_is_retired_after_a_second_complete_check(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, UNKNOWN, 2)
    sweep(engine)
    assert len(shown(engine)) == 3
    sweep(engine)
    assert retired(engine) == {"post:2"}


def test_unknown_counts_from_the_start_after_it_was_listed_again(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, UNKNOWN, 2)
    sweep(engine)
    service.list_all(*ids(1, 2, 3))
    sweep(engine)
    leave(service, UNKNOWN, 2)
    sweep(engine)
    assert len(shown(engine)) == 3


def test_absent_but_answered_present_stays_for_ever(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    service.list_all(*ids(1, 3))
    for _ in range(3):
        sweep(engine)
    assert len(shown(engine)) == 3


def test_an_empty_listing_retires_nothing_by_itself(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    leave(service, GONE, 1)
    leave(service, UNKNOWN, 2)
    service.list_all()
    for _ in range(3):
        sweep(engine)
    assert retired(engine) == set()
    assert shown(engine) == {"Week 2", "Week 3"}
    assert len(engine.news(engine.facilitator())) == 3


def test_an_empty_listing_of_an_empty_stream_is_nothing(engine: Engine) -> None:
    service = engine.add()
    service.list_all()
    assert engine.run(sweep=True).state == "done"


@pytest.mark.parametrize(("kept", "leaving", "is_mass"), [(20, 10, False), (20, 11, True)])
def test_at_most_ten_may_leave_a_small_place_at_once(
    engine: Engine, kept: int, leaving: int, is_mass: bool
) -> None:
    service = read(engine, *range(1, kept + 1))
    leave(service, GONE, *range(1, leaving + 1))
    sweep(engine)
    assert len(retired(engine)) == (0 if is_mass else leaving)
    assert len(engine.news()) == kept - leaving
    everything = len(engine.news(engine.facilitator()))
    assert everything == (kept if is_mass else kept - leaving)


@pytest.mark.parametrize(("leaving", "is_mass"), [(15, False), (16, True)])
def test_at_most_a_twentieth_may_leave_a_large_place_at_once(
    engine: Engine, leaving: int, is_mass: bool
) -> None:
    service = read(engine, *range(1, 301))
    leave(service, GONE, *range(1, leaving + 1))
    sweep(engine)
    assert len(retired(engine)) == (0 if is_mass else leaving)


@pytest.fixture
def mass(engine: Engine) -> FakeService:
    """Twelve of twenty are said to be gone: they are held."""
    service = read(engine, *range(1, 21))
    leave(service, GONE, *range(1, 13))
    sweep(engine)
    assert len(engine.news()) == 8
    assert engine.source().key == "room5"
    return service


def held(engine: Engine) -> int:
    with engine.store.read() as conn:
        return sum(one.count for one in holding.waiting(conn, engine.cluster_id))


def test_in_a_mass_removal_the_unknown_stay(engine: Engine) -> None:
    service = read(engine, *range(1, 21))
    leave(service, UNKNOWN, *range(1, 13))
    for _ in range(3):
        sweep(engine)
    assert len(engine.news()) == 20
    assert held(engine) == 0


def test_a_mass_removal_stays_held_night_after_night(engine: Engine, mass: FakeService) -> None:
    for _ in range(3):
        sweep(engine)
    assert held(engine) == 12
    assert retired(engine) == set()


def test_a_good_listing_lets_a_mass_removal_go(engine: Engine, mass: FakeService) -> None:
    mass.list_all(*ids(*range(1, 21)))
    sweep(engine)
    assert held(engine) == 0
    assert len(engine.news()) == 20
    assert len(engine.found("room")) == 20


def test_a_good_read_lets_a_mass_removal_go(engine: Engine, mass: FakeService) -> None:
    mass.publish(*map(record, range(1, 21)))
    engine.run()
    assert held(engine) == 0
    assert len(engine.news()) == 20


def test_a_yes_does_not_show_what_its_place_says_is_gone(engine: Engine, mass: FakeService) -> None:
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.release(conn, engine.cluster_id, "room5", engine.clock.now) == 0
    assert held(engine) == 12
    assert len(engine.news()) == 8


def test_a_yes_shows_a_flood(engine: Engine) -> None:
    engine.brake = 1
    service = read(engine, 1)
    service.publish(*(record(number, published=engine.clock.now) for number in (2, 3, 4)))
    engine.run()
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.release(conn, engine.cluster_id, "room5", engine.clock.now) == 2
    assert held(engine) == 0
    assert len(engine.news()) == len(engine.found("room")) == 4


def test_a_yes_retires_what_was_held(engine: Engine, mass: FakeService) -> None:
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.retire(conn, engine.cluster_id, "room5", engine.clock.now) == 12
    assert held(engine) == 0
    assert retired(engine) == set(ids(*range(1, 13)))
    assert len(engine.news(engine.facilitator())) == 8


def test_a_yes_to_a_removal_does_not_retire_a_flood(engine: Engine) -> None:
    engine.brake = 1
    service = read(engine, 1)
    service.publish(*(record(number, published=engine.clock.now) for number in (2, 3, 4)))
    engine.run()
    with engine.store.write(engine.cluster_id) as conn:
        assert holding.retire(conn, engine.cluster_id, "room5", engine.clock.now) == 0
    assert held(engine) == 2


def test_what_comes_back_is_the_same_item_at_its_place_in_time(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    (before,) = [one for one in engine.news() if one.title == "Week 2"]
    leave(service, GONE, 2)
    sweep(engine)
    engine.clock.move(days=3)
    come_back(service, 2)
    assert engine.run().counts == {"updated": 1}
    (after,) = [one for one in engine.news() if one.title == "Week 2"]
    assert (after.item_id, after.sorted_by) == (before.item_id, before.sorted_by)
    assert engine.titles() == ["Week 3", "Week 2", "Week 1"]
    (row,) = [row for row in dump(engine.store)["origin"] if row[0][1] == "post:2"]
    assert row[12] == "False"  # no news
    assert engine.found("room") == ["Week 3", "Week 2", "Week 1"]


def test_the_text_of_what_left_goes_after_thirty_days_and_its_trace_stays(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    service.publish(record(2, html="<p>Edited once.</p>"))
    engine.run()
    leave(service, GONE, 2)
    sweep(engine)
    engine.clock.move(days=30)
    housekeeping.prune(engine.store, engine.clock.now)
    assert "Edited once" in str(dump(engine.store)["origin_text"])
    engine.clock.move(seconds=1)
    assert housekeeping.prune(engine.store, engine.clock.now).counts["retired_texts"] == 1
    everything = str(dump(engine.store))
    assert "Edited once" not in everything
    assert "room 2" not in everything
    assert "post:2" in retired(engine)
    assert housekeeping.prune(engine.store, engine.clock.now).counts["retired_texts"] == 0


def test_what_was_purged_comes_back_as_itself(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    (before,) = [one for one in engine.news() if one.title == "Week 2"]
    leave(service, GONE, 2)
    sweep(engine)
    engine.clock.move(days=31)
    housekeeping.prune(engine.store, engine.clock.now)
    come_back(service, 2)
    assert engine.run().counts == {"updated": 1}
    (after,) = [one for one in engine.news() if one.title == "Week 2"]
    assert after.item_id == before.item_id
    assert "room 2" in engine.item("Week 2").html
    assert len(dump(engine.store)["item"]) == 3


def test_the_places_own_word_retires_at_once(engine: Engine) -> None:
    service = read(engine, 1, 2)
    service.publish(gone=("post:1", "post:99"))
    assert engine.run().counts == {"retired": 1}
    assert shown(engine) == {"Week 2"}


def test_a_deselected_stream_is_not_swept(engine: Engine) -> None:
    from sqlalchemy import update

    from connector.store.tables import stream

    service = read(engine, 1, 2)
    leave(service, GONE, 2)
    with engine.store.write() as conn:
        conn.execute(update(stream).values(selected=False))
    sweep(engine)
    assert len(shown(engine)) == 2


def test_the_limits_are_what_the_documents_say() -> None:
    assert removal.NIGHTLY_LOOKUPS == 20
    assert timedelta(days=30) == purging.RETIRED_TEXT_LASTS


def test_an_edit_that_only_the_check_shows_is_kept(engine: Engine) -> None:
    service = read(engine, 1, 2, 3)
    edited = record(2, html="<p>Written anew long after.</p>", title="Week 2, mended")
    service.listings["posts"] = [
        IdPage(tuple(ids(1, 2)), records=(record(1), edited)),
        IdPage(tuple(ids(3)), complete=True),
    ]
    sweep(engine)
    assert shown(engine) == {"Week 1", "Week 2, mended", "Week 3"}
    assert engine.found("long after") == ["Week 2, mended"]


def test_a_check_that_breaks_off_keeps_the_edits_it_showed_and_retires_nothing(
    engine: Engine,
) -> None:
    service = read(engine, 1, 2)
    service.listings["posts"] = [IdPage(("post:1",), records=(record(1, title="Mended"),))]
    sweep(engine)
    assert shown(engine) == {"Mended", "Week 2"}


def test_an_edit_shown_by_the_check_is_no_news(engine: Engine) -> None:
    service = read(engine, 1)
    before = engine.titles()
    service.listings["posts"] = [IdPage(("post:1",), complete=True, records=(record(1),))]
    sweep(engine)
    assert engine.titles() == before
    assert dump(engine.store)["revision"] == []
