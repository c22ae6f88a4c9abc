"""The hub as a running program: serve, stop, demo."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from adapters.registry import DESTINATIONS
from sample_cluster.faults import FaultKind
from sample_cluster.servers import SampleServers
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE

ROOT = Path(__file__).parents[2]
PATIENCE = 60


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the command as a program of its own; end it whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address_of(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Return the address and the one-time link that a program prints on one line."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"Cluster Hub is at (\S+) \(facilitators enter once at (\S+)\)\n", line)
    assert found, line
    return found[1], found[2]


def test_serve_prints_its_address_reads_and_stops_on_sigterm(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    with running(cli.folder, "serve", "--port", "0") as process:
        address, link = address_of(process)
        deadline = time.monotonic() + PATIENCE
        while "<article" not in requests.get(address, timeout=10).text:
            assert time.monotonic() < deadline, "nothing was read"
            time.sleep(0.2)  # asking again is the only way to learn that something was read
        assert requests.get(link, timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    assert cli.rows("status")[0]["last_run_state"] in ("done", "partial")


def test_an_interrupted_sync_names_what_it_did_not_finish_and_goes_on_there(
    cli: CommandLine, servers: SampleServers
) -> None:
    slow, waiting = servers.world.blogs[0], servers.world.blogs[1]
    places = [SOURCE.format(address=servers.address(blog)) for blog in (slow, waiting)]
    cli.write("".join(["[sync]\nthreads = 1\n", places[0], places[1].replace("matuku", "other")]))
    servers.fault(slow, FaultKind.TIMEOUT)
    asked = len(servers.requests(slow))
    try:
        with running(cli.folder, "sync", "matuku", "other") as process:
            deadline = time.monotonic() + PATIENCE
            while len(servers.requests(slow)) == asked:
                assert time.monotonic() < deadline, "nothing was asked"
                time.sleep(0.05)  # as above: the request is made by another program
            process.send_signal(signal.SIGTERM)
            servers.mend(slow)
            out, told = process.communicate(timeout=PATIENCE)
    finally:
        servers.mend(slow)
    assert process.returncode == 1
    assert "other: not read" in out
    assert "other: interrupted; the next reading goes on there." in told
    assert "new" in cli.do("sync", "other")


def test_on_a_terminal_results_begin_their_own_line_and_no_bar_stays(
    cli: CommandLine, blog: str
) -> None:
    cli.write(SOURCE.format(address=blog))
    seen = on_a_terminal(cli.folder, "sync")
    assert re.search(r"\x1b\[2Kmatuku: \d+ new\r\n", seen), seen
    assert seen.endswith("\x1b[2K"), seen


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """Return what a command writes where standard output and error are one terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts = []
    with suppress(OSError):  # so ends the other side of a terminal
        while part := os.read(ours, 4096):
            parts.append(part)
    os.close(ours)
    assert process.wait(timeout=PATIENCE) == 0
    return b"".join(parts).decode()


def test_a_taken_port_is_one_sentence(cli: CommandLine) -> None:
    cli.write()
    with running(cli.folder, "serve", "--port", "0", "--no-sync") as process:
        address, _ = address_of(process)
        port = address.rstrip("/").rpartition(":")[2]
        with running(cli.folder, "serve", "--port", port) as second:
            _, told = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert f"Port {port} is taken" in told


def test_the_demo_shows_posts_within_a_minute(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--port", "0", "--no-browser") as process:
        address, door = address_of(process)
        page = requests.get(address, timeout=10).text
        told = announcements_of(address, door)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert page.count("<article") > 10
    # Of all kinds but chat: sent to each stand-in, and one waits for a person to post it.
    assert told.count("state well") == len(DESTINATIONS) - 2
    assert told.count("I have posted it") == 1
    assert process.returncode == 0


def announcements_of(address: str, door: str) -> str:
    """Return the page of announcements, as a facilitator sees it."""
    with requests.Session() as browser:
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(door, timeout=10).text)
        assert token
        home = browser.post(door, data={"csrf_token": token[1]}, timeout=10)
        return browser.get(f"{home.url.rstrip('/')}/announcements", timeout=10).text
