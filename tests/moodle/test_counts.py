"""What is counted, what is read only where the settings say so, and where schools come from."""

from typing import Any

from sqlalchemy import select

from connector.store import tables as t
from connector.store.database import Store
from tests.contract.kits.moodle import village
from tests.moodle.moodle_hub import MoodleHub

SETTINGS: dict[str, Any] = {"courses": [12, 13], "adult_categories": [6]}


def made(store: Store, **more: Any) -> MoodleHub:
    hub = MoodleHub(store, village(), {**SETTINGS, **more})
    hub.settle()
    return hub


def tallies(hub: MoodleHub) -> dict[tuple[str, str], int]:
    with hub.store.read() as conn:
        return {(row.name, row.subject): row.value for row in conn.execute(select(t.tally))}


def test_places_of_a_sign_up_feedback_and_submissions_are_counted(sqlite_store: Store) -> None:
    hub = made(sqlite_store)
    tuesday, friday = sorted(hub.moodle.choices[5].options)
    feedback, task = hub.moodle.feedback[6][0].id, hub.moodle.assignments[9][0].id
    assert tallies(hub) == {
        ("taken", f"option:{tuesday}"): 1,
        ("places", f"option:{tuesday}"): 20,
        ("taken", f"option:{friday}"): 2,
        ("places", f"option:{friday}"): 1,
        ("feedback", f"module:{feedback}"): 2,
        ("submissions", f"module:{task}"): 1,
    }
    assert hub.held("attempt", "submission") == {}


def test_completions_are_counted_once_a_day_where_that_is_wanted(sqlite_store: Store) -> None:
    hub = made(sqlite_store)
    assert hub.moodle.asked["core_completion_get_activities_completion_status"] == 0
    moodle = hub.moodle
    page = next(each.id for each in moodle.modules.values() if each.kind == "page")
    moodle.completed = {4: {page}, 5: {page}}
    with hub.store.write() as conn:
        conn.execute(
            t.source.update().values(
                settings={"token": "tui7f3a91c04be2", **SETTINGS, "completions": True}
            )
        )
    moodle.tick(3600)
    hub.run()
    assert tallies(hub)[("completed", f"module:{page}")] == 2
    asked = moodle.asked["core_completion_get_activities_completion_status"]
    moodle.tick(60)
    hub.run()
    assert moodle.asked["core_completion_get_activities_completion_status"] == asked


def test_texts_are_read_for_facilitators_where_that_is_wanted(sqlite_store: Store) -> None:
    hub = made(sqlite_store, feedback_texts=True, submission_texts=True, adult_courses=[12])
    assert hub.held("attempt", "submission") == {
        "attempt:9003": ("<p>Rate it: Great &amp; good</p>", "facilitators"),
        "attempt:9004": ("<p>Rate it: Great &amp; good</p>", "facilitators"),
        "submission:8004": ("<p>x</p>", "facilitators"),
    }
    hub.moodle.feedback[6][1].remove(4)
    hub.moodle.assignments[9][1].clear()
    hub.cycle_and_sweep()
    hub.cycle_and_sweep()
    assert set(hub.held("attempt")) == {"attempt:9003"}


def test_students_texts_stay_unread_also_then(sqlite_store: Store) -> None:
    hub = made(sqlite_store, feedback_texts=True, submission_texts=True)
    assert {text for text, _ in hub.held("submission").values()} == {""}


def schools(hub: MoodleHub) -> dict[str, str]:
    with hub.store.read() as conn:
        rows = conn.execute(
            select(t.identity.c.external_id, t.school.c.name).join(
                t.school, t.school.c.id == t.identity.c.school_id
            )
        )
        return {row.external_id: row.name for row in rows}


def test_school_is_known_by_its_name_at_moodle(sqlite_store: Store) -> None:
    assert schools(made(sqlite_store)) == {"user:2": "Kōwhai Bush School"}


def test_school_from_a_cohort(sqlite_store: Store) -> None:
    hub = MoodleHub(sqlite_store, village(), {**SETTINGS, "school_from": "cohort"})
    hub.moodle.cohorts[1] = ("Kōwhai Bush School", {3})
    hub.settle()
    assert schools(hub) == {"user:3": "Kōwhai Bush School"}


def test_public_blogs_are_public_only_where_that_is_said(sqlite_store: Store) -> None:
    hub = made(sqlite_store)
    entry = hub.moodle.blog(2, "For the world", state="public")
    hub.cycle_and_sweep()
    assert hub.held("entry")[f"entry:{entry.id}"][1] == "stream blog"


def test_public_blogs_where_it_is_said(sqlite_store: Store) -> None:
    hub = made(sqlite_store, public_blogs=True)
    entry = hub.moodle.blog(2, "For the world", state="public")
    hub.cycle_and_sweep()
    held = hub.held("entry")
    assert held[f"entry:{entry.id}"][1] == "public"
    assert sorted({who for _, who in held.values()}) == ["public", "stream blog"]


def test_copy_of_an_outside_blog_keeps_its_permalink(sqlite_store: Store) -> None:
    hub = made(sqlite_store)
    copy = next(each for each in hub.moodle.entries.values() if each.original)
    with hub.store.read() as conn:
        row = conn.execute(
            select(t.origin).where(t.origin.c.external_id == f"entry:{copy.id}")
        ).one()
    assert row.url == "https://room5.blog.example/2026/11/maths"
