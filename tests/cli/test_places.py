"""Places from the command line: add, list, pause, check, sync, status."""

from sample_cluster.faults import FaultKind
from sample_cluster.servers import SampleServers
from tests.cli.conftest import CommandLine

SOURCE = """
[[sources]]
id = "matuku"
kind = "blogs"
title = "Matuku blog"
school = "Matuku Flats School"
address = "{address}"
"""


def test_a_pasted_address_shows_what_was_found_and_is_added(cli: CommandLine, blog: str) -> None:
    cli.write()
    said = cli.call("source", "add", blog, "--school", "Matuku Flats School").stderr
    assert "RSS 2.0" in said or "Atom" in said
    (row,) = cli.rows("source", "list")
    assert row["address"].startswith(blog.rstrip("/"))
    assert not row["in_file"]
    assert "new" in cli.do("sync", row["id"])


def test_a_dry_run_adds_nothing(cli: CommandLine, blog: str) -> None:
    cli.write()
    cli.do("source", "add", blog, "--dry-run")
    assert cli.rows("source", "list") == []


def test_one_place_is_not_added_twice(cli: CommandLine, blog: str) -> None:
    cli.write()
    cli.do("source", "add", blog)
    result = cli.call("source", "add", blog)
    assert result.exit_code == 1
    assert "there already" in result.stderr


def test_an_address_with_nothing_to_read_says_so(cli: CommandLine, servers: SampleServers) -> None:
    cli.write()
    blog = servers.world.blogs[0]
    servers.fault(blog, FaultKind.GARBAGE)
    try:
        result = cli.call("source", "add", servers.address(blog))
    finally:
        servers.mend(blog)
    assert result.exit_code == 1
    assert cli.rows("source", "list") == []


def test_a_place_that_leaves_the_file_is_paused_and_keeps_its_posts(
    cli: CommandLine, blog: str
) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("sync")
    kept = len(cli.rows("search", "matuku", "--limit", "1000"))
    cli.write()
    (row,) = cli.rows("source", "list")
    assert row["paused"]
    assert len(cli.rows("search", "matuku", "--limit", "1000")) == kept
    cli.write(SOURCE.format(address=blog))
    assert not cli.rows("source", "list")[0]["paused"]


def test_a_paused_place_is_not_read(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("source", "pause", "matuku")
    assert cli.do("sync") == ""
    cli.do("source", "resume", "matuku")
    assert "new" in cli.do("sync")


def test_check_says_what_each_place_can_do(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    assert "ok" in cli.do("check")


def test_check_fails_where_something_is_missing(cli: CommandLine) -> None:
    cli.write(SOURCE.format(address="http://127.0.0.1:9/"))
    result = cli.call("check")
    assert result.exit_code == 1
    assert "missing" in result.stdout


def test_a_failing_place_is_one_sentence_in_sync_and_status(cli: CommandLine) -> None:
    cli.write(SOURCE.format(address="http://127.0.0.1:9/"))
    result = cli.call("sync")
    assert result.exit_code == 1
    assert result.stdout.startswith("matuku: failed. ")
    (row,) = cli.rows("status")
    assert row["state"] == "waiting"
    assert row["sentence"]
