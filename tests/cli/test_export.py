"""The command 'export': whole lines, a safe default, and a clean end whatever happens."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from connector.cli.exporting import _written_to
from connector.cli.hub import open_hub
from connector.store.tables import origin_text
from sample_cluster.servers import SampleServers
from tests.activitystreams import mistakes
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, servers: SampleServers) -> CommandLine:
    """A hub that has read a blog; no test changes it."""
    cli = CommandLine(tmp_path_factory.mktemp("hub"))
    cli.write(SOURCE.format(address=servers.addresses["matuku-school"] + "/"))
    cli.do("sync")
    return cli


@pytest.fixture
def long(kept: CommandLine, tmp_path: Path) -> CommandLine:
    """The same with texts longer than what fits between two programs."""
    shutil.copytree(kept.folder, tmp_path / "long")
    cli = CommandLine(tmp_path / "long")
    with open_hub(cli.config) as hub, hub.store.write(1) as conn:
        conn.execute(update(origin_text).values(html="<p>" + "ā word " * 20_000 + "</p>"))
    return cli


def test_the_sample_blog_is_exported_line_by_line(kept: CommandLine) -> None:
    result = kept.call("export")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows
    assert [found for row in rows for found in mistakes(row)] == []
    assert "Only what everybody may see" in result.stderr
    assert f"{len(rows):,} exported." in result.stderr


def test_what_was_left_out_is_told_without_telling_whether_there_is_any(
    cli: CommandLine, blog: str
) -> None:
    """The same words where everything is hidden as where there is nothing at all."""
    cli.write()
    nothing = cli.call("export")
    cli.write(SOURCE.format(address=blog) + 'audience = "facilitators"\n')
    cli.do("sync")
    hidden = cli.call("export")
    assert (hidden.stdout, hidden.stderr) == (nothing.stdout, nothing.stderr)
    assert cli.do("export", "--as", "facilitator") != ""


def test_kind_and_since_choose(kept: CommandLine) -> None:
    rows = [json.loads(line) for line in kept.do("export").splitlines()]
    posts = [json.loads(line) for line in kept.do("export", "--kind", "post").splitlines()]
    assert posts == [row for row in rows if row["kind"] == "post"]
    newest = rows[-1]["published"]
    # One day more than any zone can be ahead.
    assert len(kept.do("export", "--since", newest[:10]).splitlines()) < len(rows)
    assert kept.do("export", "--since", "2099-01-01") == ""


@pytest.mark.parametrize("call", ["--since soon", "--kind poem", "--as nobody"])
def test_wrong_usage_is_exit_code_two(cli: CommandLine, call: str) -> None:
    cli.write()
    result = cli.call("export", *call.split())
    assert result.exit_code == 2
    assert result.stdout == ""


def test_a_file_holds_the_same_and_is_private_unless_it_is_public(
    kept: CommandLine, tmp_path: Path
) -> None:
    public, private = tmp_path / "public.jsonl", tmp_path / "all.jsonl"
    assert kept.do("export", "--output", str(public)) == ""
    assert public.read_text(encoding="utf-8") == kept.do("export")
    kept.do("export", "--as", "facilitator", "--output", str(private))
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(public.stat().st_mode) & 0o400
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_cannot_be_written_is_a_sentence(kept: CommandLine, tmp_path: Path) -> None:
    result = kept.call("export", "--output", str(tmp_path / "nowhere" / "a.jsonl"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def interrupted_halfway(path: Path) -> None:
    with _written_to(path, is_private=True) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def test_an_interrupted_file_leaves_the_former_one_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("former", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        interrupted_halfway(path)
    assert path.read_text(encoding="utf-8") == "former"
    assert [one.name for one in tmp_path.iterdir()] == ["a.jsonl"]


def exporting(cli: CommandLine) -> subprocess.Popen[bytes]:
    # A suite that runs in the background is not interrupted, and would hand that on.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "connector.cli", "--config", str(cli.config), "export"],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
        )
    finally:
        signal.signal(signal.SIGINT, former)


def test_a_reader_that_has_seen_enough_ends_it_quietly(long: CommandLine) -> None:
    with exporting(long) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = json.loads(process.stdout.readline())
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(60) == 1
    assert "ā word" in first["content"]
    assert told == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_it_also_while_nobody_reads(
    long: CommandLine, number: signal.Signals
) -> None:
    with exporting(long) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait(60) == 1
        told = process.stderr.read()
    assert b"Traceback" not in told
    assert b"Error" not in told
