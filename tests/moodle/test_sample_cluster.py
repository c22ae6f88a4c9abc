"""The real hub reads the sample cluster's Moodle over HTTP, step by step, by its own commands."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from connector.cli import main
from connector.store import tables as t
from connector.store.database import open_database, sqlite_url
from sample_cluster.config import VLN_ID, write_configuration
from sample_cluster.moodle.expected import expected_posts, expected_sign_ups
from sample_cluster.moodle.vln import STUDENTS
from sample_cluster.servers import SampleServers
from sample_cluster.world import DEFAULT_SEED, World

LAST_STEP = 8


@pytest.fixture(scope="module")
def world() -> World:
    return World(DEFAULT_SEED, date(2026, 11, 21))


@pytest.fixture
def servers(world: World) -> Iterator[SampleServers]:
    with SampleServers(world) as shown:
        yield shown


def call(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["--config", str(folder / "config.toml"), *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def held(folder: Path) -> tuple[set[str], set[str], list[tuple[str, str]]]:
    """Return the ids of the live posts and sign-ups, and (kind, audience) of all that lives."""
    store = open_database(sqlite_url(folder / "data" / "hub.db"))
    query = (
        select(t.origin.c.external_id, t.origin.c.kind, t.audience.c.kind.label("audience"))
        .join(t.source, t.source.c.id == t.origin.c.source_id)
        .join(t.audience, t.audience.c.id == t.origin.c.audience_id)
        .where(t.source.c.key == VLN_ID, t.origin.c.is_live)
    )
    with store.read() as conn:
        rows = conn.execute(query).all()
    store.close()
    posts = {row.external_id for row in rows if row.external_id.startswith("post:")}
    sign_ups = {row.external_id for row in rows if row.kind == "registration"}
    return posts, sign_ups, [(row.kind, row.audience) for row in rows]


def test_each_step_of_its_history_ends_in_the_sites_own_state(
    servers: SampleServers, tmp_path: Path
) -> None:
    write_configuration(servers, tmp_path / "config.toml", tmp_path / "data")
    call(tmp_path, "sync", VLN_ID)
    for step in range(LAST_STEP + 1):
        if step:
            servers.advance(step)
            call(tmp_path, "sync", VLN_ID, "--sweep")
        site = servers.vln.site.world
        (hub,) = [one for one in site.people.users.values() if one.username == "svc_hub"]
        posts, sign_ups, _ = held(tmp_path)
        assert posts == {f"post:{one.id}" for one in expected_posts(site, hub)}, step
        assert len(sign_ups) == len(expected_sign_ups(site, hub)), step


def test_what_a_course_holds_is_for_its_members_and_students_stay_nameless(
    servers: SampleServers, tmp_path: Path
) -> None:
    write_configuration(servers, tmp_path / "config.toml", tmp_path / "data")
    call(tmp_path, "sync", VLN_ID)
    _, _, kept = held(tmp_path)
    assert ("announcement", "stream") in kept
    assert ("workshop", "stream") in kept
    assert not {audience for _, audience in kept} & {"public", "cluster"}
    files = b"".join(one.read_bytes() for one in (tmp_path / "data").iterdir() if one.is_file())
    for first, last, _ in STUDENTS:
        assert f"{first} {last}".encode() not in files


def test_everything_that_check_tries_is_well(servers: SampleServers, tmp_path: Path) -> None:
    write_configuration(servers, tmp_path / "config.toml", tmp_path / "data")
    told = call(tmp_path, "check", VLN_ID)
    assert "missing" not in told
