"""A name that is known to be a student's only later leaves all that is kept, and is no edit."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from adapters.moodle.adapter import ADAPTER
from adapters.moodle.settings import MoodleSettings
from connector.audience import facilitator_scope
from connector.model import Cursor, Page
from connector.store import exporting, housekeeping
from connector.store import tables as t
from connector.store.database import Store, open_database
from tests.contract.fake_session import FakeSession
from tests.databases import SqliteDatabases
from tests.moodle.moodle_hub import MoodleHub
from tests.moodle.small_moodle import SITE, TOKEN, SmallMoodle

NAME, WORD = "Wairere Latecomer", "latecomer"
COURSE, FORUM = 12, 41
SETTINGS = {"courses": [COURSE]}
MERE, SAM = 2, 3


@pytest.fixture
def moodle() -> SmallMoodle:
    """A course whose teachers write of somebody before that one enrols."""
    found = SmallMoodle()
    assert [found.add_user("Mere Tautahi"), found.add_user("Sam Oduya")] == [MERE, SAM]
    found.add_course(COURSE, "Garden", {MERE: "manager", SAM: "editingteacher"})
    found.add_forum(COURSE, FORUM, f"Talk with {NAME}")
    first = found.discuss(FORUM, SAM, f"Soon: {NAME}", f"<p>{NAME} joins us.</p>")
    first.files.append(("x.png", f"{SITE}/pluginfile.php/8/mod_forum/attachment/1/{quote(NAME)}"))
    found.reply(first, MERE, "<p>Welcome <b>Wairere</b> Latecomer!</p>")
    found.discuss(FORUM, MERE, "Gone soon", f"<p>{NAME.upper()} again.</p>")
    found.blog(SAM, f"About {NAME}", "<p>Words.</p>")
    found.add_choice(COURSE, 5, "Trip", Car=3).options[found.new_id()] = (f"Car of {NAME}", 2)
    found.add_event(f"Hui for {NAME}", course=COURSE)
    found.add_module(COURSE, "page", f"Work of {NAME}")
    found.tick()
    return found


def with_history(hub: MoodleHub) -> None:
    """Let the hub keep a former text of the first post, and the text of one that left."""
    moodle = hub.moodle
    hub.settle()
    first, gone = (moodle.first_of(each.id) for each in moodle.in_forum(FORUM))
    moodle.edit(first.id, f"<p>{NAME} joins us on Monday.</p>")
    moodle.delete(gone.id)
    hub.cycle_and_sweep()
    assert [WORD in text for text in former_texts(hub)] == [True]


def enrol(moodle: SmallMoodle) -> None:
    moodle.courses[COURSE].roles[moodle.add_user(NAME)] = "student"
    moodle.tick(3600)


def former_texts(hub: MoodleHub) -> list[str]:
    with hub.store.read() as conn:
        rows = conn.execute(select(t.revision.c.title, t.revision.c.html)).all()
    return [f"{row.title} {row.html}".casefold() for row in rows]


def everything(hub: MoodleHub) -> str:
    """Return all rows of all tables as one text."""
    with hub.store.read() as conn:
        tables = (conn.execute(select(table)).all() for table in t.metadata.sorted_tables)
        return repr(list(tables)).casefold()


def test_next_cycle_masks_kept_text_index_and_former_texts(
    moodle: SmallMoodle, store: Store
) -> None:
    hub = MoodleHub(store, moodle, SETTINGS)
    with_history(hub)
    enrol(moodle)
    assert hub.run().state == "done"
    assert WORD not in everything(hub)
    assert former_texts(hub) == ["soon: a student <p>a student joins us.</p>"]
    held = sorted(text for text, _ in hub.held("post").values())
    assert held == ["<p>Welcome <b>a student</b>!</p>", "<p>a student joins us on Monday.</p>"]


def test_masking_is_no_edit_in_any_later_reading(moodle: SmallMoodle, store: Store) -> None:
    hub = MoodleHub(store, moodle, SETTINGS)
    with_history(hub)
    before = hub.held("post").keys()
    enrol(moodle)
    for _ in range(2):
        hub.cycle_and_sweep()
        assert len(former_texts(hub)) == 1
        assert hub.held("post").keys() == before


def test_an_adult_who_becomes_a_student_loses_their_name_in_others_texts(
    moodle: SmallMoodle, store: Store
) -> None:
    late = moodle.add_user(NAME)
    moodle.courses[COURSE].roles[late] = "teacher"
    hub = MoodleHub(store, moodle, SETTINGS)
    with_history(hub)
    moodle.courses[COURSE].roles[late] = "student"
    moodle.tick(3600)
    assert hub.run().state == "done"
    assert WORD not in everything(hub)


def test_name_is_handed_on_once_and_shown_nowhere(moodle: SmallMoodle) -> None:
    cursors: dict[str, Cursor | None] = {f"course:{COURSE}": None, f"forum:{FORUM}": None}
    read(moodle, cursors)
    enrol(moodle)
    pages = [*read(moodle, cursors), *read(moodle, cursors)]
    assert [page.student_names for page in pages if page.student_names] == [(NAME,)]
    assert WORD not in f"{pages}{cursors}".casefold()


def read(moodle: SmallMoodle, cursors: dict[str, Cursor | None]) -> list[Page]:
    """Read all streams on from their cursors."""
    now = datetime.fromtimestamp(moodle.now, UTC)
    settings = MoodleSettings(address=SITE, token=SecretStr(TOKEN), courses=(COURSE,))
    place = ADAPTER.open(settings, FakeSession(moodle.answer), now)
    pages = [page for page in place.read(cursors) if isinstance(page, Page)]
    cursors |= {page.stream: page.cursor for page in pages if page.cursor}
    moodle.tick(3600)
    return pages


def test_nothing_of_it_stays_in_files_after_the_nightly_housekeeping(
    moodle: SmallMoodle, sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with sqlite_databases.make(tmp_path) as url:
        store = open_database(url)
        hub = MoodleHub(store, moodle, SETTINGS)
        with_history(hub)
        assert found_in(tmp_path)
        enrol(moodle)
        hub.cycle_and_sweep()
        assert housekeeping.prune(store, hub.clock()).is_free
        with store.read() as conn:
            exported = repr(list(exporting.exported(conn, facilitator_scope(hub.cluster_id))))
            assert conn.execute(select(func.count()).select_from(t.revision)).scalar_one() == 1
        assert found_in(tmp_path) == []
        store.close()
        assert found_in(tmp_path) == []
    assert WORD not in exported.casefold()


def found_in(folder: Path) -> list[str]:
    """Return the files with the name in them, the write-ahead log among them."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert files
    return [each.name for each in files if WORD.encode() in each.read_bytes().lower()]
