"""Of students nothing stays: no name in the database, its log, an export or anything said."""

import logging
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest

from connector.audience import facilitator_scope
from connector.store import exporting
from connector.store.database import Store, open_database
from tests.databases import SqliteDatabases
from tests.moodle.moodle_hub import MoodleHub
from tests.moodle.small_moodle import SITE, SmallMoodle

ALPHA, BETA, GAMMA = "Māia Rākaunui", "Tōrea O'Brien-Wātea", "Zephyrine Hine Quillfeather"
NAMES = (ALPHA, BETA, GAMMA)
WORDS = ("rakaunui", "quillfeather", "watea")
"""Surnames that stand nowhere else, as they are looked for: without case and macrons."""
COURSE, FORUM = 12, 41


@pytest.fixture
def moodle() -> SmallMoodle:
    """A course in which the names of three students stand wherever one can write."""
    found = SmallMoodle()
    mere, sam = found.add_user("Mere Tautahi"), found.add_user("Sam Oduya")
    students = [found.add_user(name) for name in NAMES]
    roles = {mere: "manager", sam: "editingteacher"}
    found.add_course(COURSE, f"Garden of {ALPHA}", {**roles, **dict.fromkeys(students, "student")})
    found.add_forum(COURSE, FORUM, f"Talk with {BETA}")
    for name in NAMES:
        first = found.discuss(FORUM, sam, f"Well done, {name}", bodies(name))
        first.files.append(
            (f"{name}.png", f"{SITE}/pluginfile.php/8/mod_forum/attachment/1/{quote(name)}.png")
        )
        reply = found.reply(first, students[0], f"<p>Thanks from {name}, says {ALPHA}</p>")
        quoting = f"<blockquote>{name} wrote: thanks</blockquote><p>Ka pai!</p>"
        found.reply(reply, sam, quoting)
    found.discuss(FORUM, students[1], f"I am {BETA}", f"<p>{BETA} writes.</p>")
    choice = found.add_choice(COURSE, 5, f"Trip of {GAMMA}", Tuesday=3)
    for student in students:
        found.sign_up(5, student, min(choice.options))
    choice.options[found.new_id()] = (f"Car of {ALPHA}", 2)
    found.blog(
        sam, f"About {ALPHA}", f"<p>{BETA}</p>", original=f"https://b.example/{quote(GAMMA)}"
    )
    found.blog(students[2], f"By {GAMMA}", f"<p>{GAMMA}</p>")
    found.add_event(f"Hui for {GAMMA}", course=COURSE, html=f"<p>{ALPHA}</p>")
    found.add_module(COURSE, "page", f"Work of {BETA}")
    found.feedback[6] = (found.add_module(COURSE, "feedback", f"How was {ALPHA}", 6), students)
    found.assignments[9] = (
        found.add_module(COURSE, "assign", "Task", 9),
        {students[0]: f"<p>{ALPHA}</p>"},
    )
    found.tick(86_400)
    return found


def bodies(name: str) -> str:
    """Return one body with a name in all the spellings that are found."""
    first, _, last = name.partition(" ")
    last_word = last.split()[-1]
    spelled = [
        name,
        name.upper(),
        unicodedata.normalize("NFD", name),
        name.replace(" ", "&nbsp;"),
        name.replace("ā", "&#257;"),
        f"<b>{first}</b> <i>{last}</i>",
        f"{first}\n{last}",
        f"{last_word}, {first}" if last == last_word else name,
        f"@{first}_{last}".replace(" ", "_"),
        f'<a href="https://x.example/{quote(name)}/1">work</a>',
        f'<img alt="{name}" src="https://x.example/{quote(name.replace(" ", "-"))}.jpg">',
    ]
    return "".join(f"<p>{each}</p>" for each in spelled)


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def found_in(text: str) -> list[str]:
    plain = folded(text)
    return [word for word in WORDS if word in plain]


SETTINGS = {"courses": [COURSE]}


def test_planted_names_are_in_nothing_that_stays(
    moodle: SmallMoodle,
    sqlite_databases: SqliteDatabases,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert found_in(repr(vars(moodle))) == list(WORDS)
    with sqlite_databases.make(tmp_path) as url, caplog.at_level(logging.DEBUG):
        store = open_database(url)
        hub = MoodleHub(store, moodle, SETTINGS)
        hub.settle()
        hub.cycle_and_sweep()
        exported = export_of(store, hub)
        files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        store.close()
        files |= {
            f"{path.name} closed": path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file()
        }
    assert any("wal" in name for name in files)
    for name, content in files.items():
        for encoding in ("utf-8", "utf-16-le"):
            assert (name, found_in(content.decode(encoding, "ignore"))) == (name, [])
    said = capsys.readouterr()
    assert found_in(exported + caplog.text + said.out + said.err) == []


def export_of(store: Store, hub: MoodleHub) -> str:
    """Return all that a facilitator could export."""
    with store.read() as conn:
        return repr(list(exporting.exported(conn, facilitator_scope(hub.cluster_id))))


def test_threads_still_read_sensibly(moodle: SmallMoodle, sqlite_store: Store) -> None:
    hub = MoodleHub(sqlite_store, moodle, SETTINGS)
    hub.settle()
    held = hub.held("post")
    first = moodle.first_of(moodle.in_forum(FORUM)[0].id)
    by_student, by_teacher = [each for each in moodle.of(first.discussion) if each.parent]
    assert held[f"post:{by_student.id}"][0] == ""
    assert held[f"post:{by_teacher.id}"][0] == (
        "<blockquote>a student wrote: thanks</blockquote><p>Ka pai!</p>"
    )
    assert held[f"post:{first.id}"][0].startswith("<p>a student</p><p>a student</p>")


def test_adult_courses_keep_what_everybody_there_wrote(
    moodle: SmallMoodle, sqlite_store: Store
) -> None:
    hub = MoodleHub(sqlite_store, moodle, {**SETTINGS, "adult_courses": [COURSE]})
    hub.settle()
    kept = " ".join(text for text, _ in hub.held("post").values())
    assert "Thanks from" in kept
    assert found_in(kept) == list(WORDS)


def test_whoever_turns_out_to_be_a_student_loses_the_words_kept_of_them(
    moodle: SmallMoodle, sqlite_store: Store
) -> None:
    moodle.courses[COURSE].roles[4] = "teacher"
    hub = MoodleHub(sqlite_store, moodle, SETTINGS)
    hub.settle()
    theirs = [f"post:{each.id}" for each in moodle.posts.values() if each.author == 4]
    assert all(hub.held("post")[each][0] for each in theirs)
    moodle.courses[COURSE].roles[4] = "student"
    moodle.tick(3600)
    hub.run()
    assert [hub.held("post")[each][0] for each in theirs] == ["" for _ in theirs]


@pytest.mark.parametrize("role", ["", "observer", "student", "ta"])
def test_any_role_that_is_no_teachers_is_a_students(
    moodle: SmallMoodle, sqlite_store: Store, role: str
) -> None:
    moodle.courses[COURSE].roles[3] = role
    hub = MoodleHub(sqlite_store, moodle, SETTINGS)
    hub.settle()
    assert {text for text, _ in hub.held("post").values()} == {""}
