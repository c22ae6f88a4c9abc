"""The adapter over the real, guarded network, in parallel, redirected and killed."""

import ipaddress
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.moodle.adapter import ADAPTER
from adapters.moodle.settings import MoodleSettings
from connector.errors import PermanentError
from connector.http import Network, NetworkPolicy
from connector.model import Page, StreamFailed
from connector.store import sources
from connector.store import tables as t
from connector.store.database import open_database
from connector.store.sources import SourceSpec
from tests.contract.kits.moodle import village
from tests.databases import SqliteDatabases
from tests.engine import PRIVACY
from tests.moodle.moodle_hub import MoodleHub, posts_there
from tests.moodle.served import ServedMoodle
from tests.moodle.small_moodle import TOKEN

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def served() -> Iterator[ServedMoodle]:
    with ServedMoodle(village()) as running:
        yield running


@pytest.fixture
def network() -> Iterator[Network]:
    loopback = (ipaddress.ip_network("127.0.0.0/8"),)
    found = Network(NetworkPolicy(allow=loopback, user_agent="test", total_seconds=5))
    yield found
    found.close()


def place(served: ServedMoodle, network: Network):
    settings = MoodleSettings(address=served.address, token=TOKEN, courses=(12, 13))
    return ADAPTER.open(settings, network.session(requests_per_host=4), NOW)


def test_everything_is_read_with_at_most_four_questions_at_once(
    served: ServedMoodle, network: Network
) -> None:
    for number in range(300):
        served.moodle.discuss(41, 2, f"More {number}", "<p>Words</p>")
    reading = place(served, network)
    pages = list(reading.read(dict.fromkeys(each.key for each in reading.streams())))
    assert [each for each in pages if isinstance(each, StreamFailed)] == []
    found = {each.external_id for page in pages if isinstance(page, Page) for each in page.records}
    hidden = {post.id for each in served.moodle.in_forum(44) for post in served.moodle.of(each.id)}
    there = {key for key in posts_there(served.moodle) if int(key[5:]) not in hidden}
    assert {each for each in found if each.startswith("post:")} == there
    assert 1 < served.most_at_once <= 4


def test_redirect_is_not_followed_and_names_the_address(
    served: ServedMoodle, network: Network
) -> None:
    served.redirects_to = "https://vln.example.school.nz/webservice/rest/server.php"
    with pytest.raises(PermanentError) as caught:
        list(place(served, network).read({"forum:41": None}))
    assert "Enter https://vln.example.school.nz as the address" in str(caught.value)
    assert TOKEN not in f"{caught.value!r} {caught.value.url}"


@pytest.mark.parametrize("at_call", [4, 9, 12])
def test_killed_in_mid_batch_it_resumes_and_ends_the_same(
    served: ServedMoodle, sqlite_databases: SqliteDatabases, tmp_path: Path, at_call: int
) -> None:
    with sqlite_databases.make(tmp_path) as url:
        store = open_database(url)
        hub = MoodleHub(store, served.moodle, {"courses": [12, 13], "adult_categories": [6]})
        point_at(hub, served.address)
        store.close()
        killed = start(url)
        calls = iter(range(1, 1000))

        def kill() -> None:
            if next(calls) == at_call:
                os.kill(killed.pid, signal.SIGKILL)

        served.before_answer = kill
        assert killed.wait(60) == -signal.SIGKILL
        served.before_answer = lambda: None
        hub.store = open_database(url)
        forget_lease(hub)
        ended = subprocess.run(command(url), cwd=ROOT, capture_output=True, timeout=120, check=True)
        assert ended.stdout.decode().split()[-1] == "done"
        hidden = {
            f"post:{post.id}"
            for each in served.moodle.in_forum(44)
            for post in served.moodle.of(each.id)
        }
        there = posts_there(served.moodle)
        assert hub.held("post") == {key: each for key, each in there.items() if key not in hidden}
        hub.store.close()


def command(url: str) -> list[str]:
    return [sys.executable, "-m", "tests.moodle.reading_child", url]


def start(url: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command(url), cwd=ROOT, stdout=subprocess.DEVNULL)


def point_at(hub: MoodleHub, address: str) -> None:
    """Let the place stand at another address."""
    source = hub.source()
    with hub.store.write() as conn:
        sources.put_source(
            conn,
            hub.cluster_id,
            SourceSpec(
                key="vln",
                kind="moodle",
                title="VLN",
                address=address,
                settings=source.settings,
                rules={},
            ),
            datetime.now(UTC),
            privacy=PRIVACY,
        )


def forget_lease(hub: MoodleHub) -> None:
    """Let the dead runner's lease be over, without waiting for it."""
    with hub.store.write() as conn:
        past = datetime(2020, 1, 1, tzinfo=UTC)
        conn.execute(t.source.update().values(lease_end=past, lease_start=past))
