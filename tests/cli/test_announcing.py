"""Announcing from the command line: shown, agreed to, sent, settled."""

from pathlib import Path

import pytest

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


def test_a_correction_replaces_what_waits(hub: CommandLine) -> None:
    announce(hub, "--to", "letters", "--at", "2090-01-01 09:00", "--yes")
    (hub.folder / "news.md").write_text("# Maths evening, moved\n\nTo Friday.\n")
    announce(hub, "--correct", "1", "--yes")
    (row,) = hub.rows("deliveries")
    assert row["title"] == "Maths evening, moved"


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
        ('kind = "pigeon"', "accepted are by_hand, discourse, mail, wordpress"),
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
