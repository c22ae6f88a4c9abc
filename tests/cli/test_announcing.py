"""Announcing from the command line: shown, agreed to, sent, settled."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from adapters.registry import DESTINATIONS as KINDS
from tests.cli.conftest import CommandLine
from tests.mail_server import MailServer

DESTINATIONS = """
[[destinations]]
id = "notices"
kind = "by_hand"
address = "https://notices.example.school.nz/"
audience = "cluster"

[[destinations]]
id = "letters"
kind = "mail"
address = "{address}"
audience = "cluster"
[destinations.settings]
security = "none"
sender = "hub@kauri.example"
people = ["anna@kauri.example", "ben@kauri.example"]
"""


@pytest.fixture
def hub(cli: CommandLine, tmp_path: Path) -> CommandLine:
    cli.write(DESTINATIONS.format(address="smtp://127.0.0.1:9"))
    (tmp_path / "news.md").write_text("# Maths evening\n\nNau mai, *haere mai*.\n")
    return cli


def announce(hub: CommandLine, *options: str) -> str:
    return hub.do("announce", str(hub.folder / "news.md"), *options)


def states(hub: CommandLine) -> dict[str, str]:
    return {row["to"]: row["state"] for row in hub.rows("deliveries")}


def test_a_dry_run_shows_every_word_and_keeps_nothing(hub: CommandLine) -> None:
    told = announce(hub, "--dry-run")
    assert "MAIL smtp://127.0.0.1:9" in told
    assert "anna@kauri.example" in told
    assert "<em>haere mai</em>" in told
    assert hub.rows("deliveries") == []


def test_a_secret_is_never_shown(hub: CommandLine) -> None:
    (hub.folder / ".env").write_text("BLOG=invented-secret\n")
    hub.write(
        '[[destinations]]\nid = "blog"\nkind = "wordpress"\naddress = "https://blog.example/"\n'
        '[destinations.settings]\nuser = "mere"\napplication_password = "env:BLOG"\n'
    )
    result = hub.call("announce", str(hub.folder / "news.md"), "--for", "public", "--dry-run")
    assert "Authorization: (kept secret)" in result.stdout
    assert "invented-secret" not in result.output
    assert b"invented-secret" not in (hub.folder / "data" / "hub.db").read_bytes()


CALENDAR = """
[[destinations]]
id = "calendar"
kind = "moodle_calendar"
address = "https://vln.example.school.nz"
audience = "members"
[destinations.settings]
token = "env:VLN"
course = 12
"""


def test_a_calendar_is_left_out_where_nothing_takes_place(hub: CommandLine) -> None:
    (hub.folder / ".env").write_text("VLN=inventedsecret\n")
    hub.write(DESTINATIONS.format(address="smtp://127.0.0.1:9") + CALENDAR)
    assert "moodle" not in announce(hub, "--dry-run").lower()
    told = announce(hub, "--dry-run", "--start", "2090-01-01 09:00")
    assert "core_calendar_create_calendar_events" in told
    assert "events[0][courseid]=12" in told
    assert "inventedsecret" not in told
    result = hub.call("announce", str(hub.folder / "news.md"), "--to", "calendar", "--yes")
    assert result.exit_code != 0
    assert "takes events only" in result.output


def test_check_tries_the_destinations_too(hub: CommandLine) -> None:
    with MailServer() as server:
        hub.write(DESTINATIONS.format(address=server.address))
        told = hub.do("check")
        assert "letters: letters (destination)\n  ok " in told
        assert "notices: notices (destination)\n  ok       Somebody posts there by hand" in told
        assert server.box.addresses() == []
    result = hub.call("check", "letters", "--json")
    assert result.exit_code == 1
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (row["is"], row["id"], row["ok"]) == ("destination", "letters", False)
    assert row["lines"][0]["sentence"]
    result = hub.call("check", "nowhere")
    assert (result.exit_code, "no place 'nowhere'" in result.output) == (2, True)


def test_letters_are_sent_and_notices_wait_for_a_hand(hub: CommandLine) -> None:
    with MailServer() as server:
        hub.write(DESTINATIONS.format(address=server.address))
        announce(hub, "--yes")
        assert server.box.addresses() == ["anna@kauri.example", "ben@kauri.example"]
    assert states(hub) == {"letters": "sent", "notices": "needs_attention"}
    (notice,) = [row for row in hub.rows("deliveries") if row["to"] == "notices"]
    hub.do("settle", str(notice["delivery"]), "--there", "--url", "https://notices.example/7")
    assert states(hub) == {"letters": "sent", "notices": "sent"}


def test_without_a_yes_nothing_is_kept(hub: CommandLine) -> None:
    assert hub.call("announce", str(hub.folder / "news.md")).exit_code == 1
    assert hub.rows("deliveries") == []


def test_what_is_for_the_cluster_is_not_made_public(hub: CommandLine) -> None:
    hub.write(DESTINATIONS.format(address="smtp://127.0.0.1:9").replace('"cluster"', '"public"'))
    result = hub.call("announce", str(hub.folder / "news.md"), "--to", "notices", "--yes")
    assert result.exit_code == 2
    assert "--make-public" in result.stderr
    assert hub.rows("deliveries") == []
    announce(hub, "--to", "notices", "--make-public", "--yes")
    assert states(hub) == {"notices": "needs_attention"}


def test_a_later_one_waits_and_can_be_taken_back(hub: CommandLine) -> None:
    announce(hub, "--to", "letters", "--at", "2090-01-01 09:00", "--yes")
    assert states(hub) == {"letters": "scheduled"}
    hub.do("retract", "1", "--yes")
    assert states(hub) == {"letters": "cancelled"}


def test_what_is_not_taken_back_is_named(hub: CommandLine) -> None:
    announce(hub, "--to", "notices", "--yes")
    database = sqlite3.connect(hub.folder / "data" / "hub.db")
    with closing(database), database:
        database.execute("UPDATE delivery SET state = 'unknown', doubt = 1")
    result = hub.call("retract", "1", "--yes")
    assert result.exit_code == 1
    assert "not taken back: notices: " in result.stderr
    assert states(hub) == {"notices": "held"}


def test_a_correction_replaces_what_waits(hub: CommandLine) -> None:
    announce(hub, "--to", "letters", "--at", "2090-01-01 09:00", "--yes")
    (hub.folder / "news.md").write_text("# Maths evening, moved\n\nTo Friday.\n")
    announce(hub, "--correct", "1", "--yes")
    (row,) = hub.rows("deliveries")
    assert row["title"] == "Maths evening, moved"


def test_a_correction_shows_and_keeps_the_wordings(hub: CommandLine) -> None:
    for name in ("first", "second"):
        (hub.folder / f"{name}.md").write_text(f"The {name} wording.")
    announce(hub, "--wording", f"notices={hub.folder / 'first.md'}", "--yes")
    (hub.folder / "news.md").write_text("# Maths evening\n\nTo Friday.\n")
    told = announce(hub, "--correct", "1", "--dry-run")
    assert "The first wording." in told
    assert "To Friday." in told
    wording = ("--wording", f"notices={hub.folder / 'second.md'}")
    assert "The second wording." in announce(hub, "--correct", "1", *wording, "--dry-run")
    announce(hub, "--correct", "1", *wording, "--yes")
    told = announce(hub, "--correct", "1", "--dry-run")
    assert "The second wording." in told
    assert "The first wording." not in told


def test_another_wording_for_one_destination(hub: CommandLine) -> None:
    (hub.folder / "short.md").write_text("Short.")
    told = announce(hub, "--wording", f"notices={hub.folder / 'short.md'}", "--dry-run")
    notice, letter = sorted(told.split("=== ")[1:], key=lambda part: "letters" in part[:20])
    assert "Short." in notice
    assert "haere" not in notice
    assert "haere" in letter


@pytest.mark.parametrize(
    "options",
    [
        ("--to", "nowhere"),
        ("--place", "Hall"),
        ("--wording", "nowhere=x"),
        ("--at", "soon"),
        ("--correct", "7", "--yes"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(hub: CommandLine, options: tuple[str, ...]) -> None:
    result = hub.call("announce", str(hub.folder / "news.md"), *options)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["retry", "retract", "settle"])
def test_an_unknown_number_is_told(hub: CommandLine, command: str) -> None:
    more = ("--there",) if command == "settle" else ()
    result = hub.call(command, "99", *more)
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('kind = "pigeon"', f"accepted are {', '.join(sorted(KINDS))}"),
        ('kind = "mail"\n[destinations.settings]\npassword = "plain"', "secret"),
        ('kind = "mail"\n[destinations.settings]\nsnder = "x"', "destinations.a.settings.snder"),
    ],
)
def test_a_wrong_destination_is_told_with_its_key(cli: CommandLine, wrong: str, told: str) -> None:
    cli.write(f'[[destinations]]\nid = "a"\naddress = "smtp://mail.example"\n{wrong}\n')
    result = cli.call("status")
    assert result.exit_code == 1
    assert told in result.stderr


def test_a_copied_hub_holds_everything_until_a_yes(hub: CommandLine, tmp_path: Path) -> None:
    import shutil

    announce(hub, "--to", "letters", "--at", "2090-01-01 09:00", "--yes")
    other = CommandLine(tmp_path / "copy")
    shutil.copytree(hub.folder / "data", other.folder / "data")
    shutil.copy(hub.config, other.config)
    assert "announcements wait" in other.call("confirm", "copied").stderr
    assert states(other) == {"letters": "held"}
    assert states(hub) == {"letters": "scheduled"}


CHAT = """
[[destinations]]
id = "staff-chat"
kind = "chat"
address = "https://chat.example.school.nz/staff"
audience = "members"
[destinations.settings]
url = "env:STAFF_CHAT"
"""


def test_a_room_s_url_is_never_shown_or_kept(hub: CommandLine) -> None:
    (hub.folder / ".env").write_text("STAFF_CHAT=mmosts://chat.example.school.nz/inventedtoken\n")
    hub.write(CHAT)
    result = hub.call("announce", str(hub.folder / "news.md"), "--dry-run")
    assert result.exit_code == 0
    assert "POST https://chat.example.school.nz/(kept secret)" in result.stdout
    assert "haere mai" in result.stdout
    hub.do("announce", str(hub.folder / "news.md"), "--at", "2090-01-01 09:00", "--yes")
    assert "inventedtoken" not in result.output
    assert b"inventedtoken" not in (hub.folder / "data" / "hub.db").read_bytes()


def test_a_wrong_url_of_a_room_is_told_without_it(hub: CommandLine) -> None:
    (hub.folder / ".env").write_text("STAFF_CHAT=json://127.0.0.1:9/inventedtoken\n")
    hub.write(CHAT)
    result = hub.call("announce", str(hub.folder / "news.md"), "--dry-run")
    assert result.exit_code == 1
    assert "destinations.staff-chat.settings.url: begin it with one of" in result.stderr
    assert "inventedtoken" not in result.output


def test_without_the_extra_it_is_said_what_to_install(
    hub: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise.plugins.mattermost", None)
    (hub.folder / ".env").write_text("STAFF_CHAT=mmosts://chat.example.school.nz/inventedtoken\n")
    hub.write(CHAT)
    result = hub.call("announce", str(hub.folder / "news.md"), "--dry-run")
    assert result.exit_code == 1
    assert "pip install 'clusterhub[chat]'" in result.stderr
