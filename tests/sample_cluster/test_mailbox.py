"""The stand-in mailbox takes what the hub sends, and shows it."""

import smtplib
import socket
import struct
from datetime import date
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from connector.cli import main
from sample_cluster.config import destinations_toml, write_configuration
from sample_cluster.interact_server import SECRETS, InteractServer, demo_space, space_toml
from sample_cluster.mailbox import MailboxServer
from sample_cluster.moodle.vln import vln_courses
from sample_cluster.servers import SampleServers
from sample_cluster.wordpress_writing import PASSWORD
from sample_cluster.world import DEFAULT_SEED, World


def test_an_announcement_arrives_at_every_stand_in_of_the_demo(tmp_path: Path) -> None:
    world = World(DEFAULT_SEED, date(2026, 11, 20))
    interact = InteractServer(demo_space(world.today))
    with SampleServers(world) as servers, MailboxServer() as mailbox, interact:
        config = tmp_path / "config.toml"
        told = destinations_toml(servers, mailbox.address) + space_toml(interact.address)
        secrets = {"SAMPLE_BLOG": PASSWORD, **SECRETS}
        moodle = servers.vln.site.world
        write_configuration(servers, config, tmp_path / "data", more=told, secrets=secrets)
        (tmp_path / "news.md").write_text("# Pō pāngarau\n\nNau mai.\n.dots\n")
        arguments = ["announce", str(tmp_path / "news.md"), "--for", "public", "--yes"]
        event = ["--start", "2026-12-01 18:00", "--place", "Hall"]
        result = CliRunner().invoke(main, ["--config", str(config), *arguments, *event])
        assert result.exit_code == 0, result.output
        assert [one.to for one in mailbox.box.letters] == [
            "aroha@kauri.example",
            "ben@rimu.example",
            "moana@matuku.example",
        ]
        page = requests.get(mailbox.page, timeout=10).text
        written = [title for desk in servers.desks.values() for title in desk.shown()]
    course = vln_courses(servers.vln.site)[0]
    for known in (moodle.forums.discussions, moodle.calendar.events):
        posted = [one for one in known.values() if one.name == "Pō pāngarau"]
        assert [one.user and one.user.username for one in posted] == ["svc_hub"]
    (discussion,) = [one for one in moodle.forums.discussions.values() if one.name == "Pō pāngarau"]
    assert (discussion.forum.type, discussion.forum.module.course.id) == ("news", course)
    assert page.count("Pō pāngarau") == 3
    assert interact.web.news[-1].heading == "Pō pāngarau"
    assert "\n.dots" in page
    assert "event.ics" in page
    assert written == ["Pō pāngarau"]


def test_half_a_letter_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with MailboxServer() as mailbox:
        host, _, port = mailbox.address.removeprefix("smtp://").partition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as half:
            half.ehlo()
            half.mail("hub@kauri.example")
            half.rcpt("aroha@kauri.example")
            half.docmd("DATA")
            half.send("Subject: Half a let")
            assert half.sock is not None
            at_once = struct.pack("ii", 1, 0)
            half.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            half.close()
        with smtplib.SMTP(host, int(port), timeout=10) as whole:
            whole.sendmail("hub@kauri.example", "ben@rimu.example", "Subject: All of it\r\n\r\nNau")
    assert [one.to for one in mailbox.box.letters] == ["ben@rimu.example"]
    assert capsys.readouterr().err == ""
