"""Places from the command line: add, list, pause, check, sync, status."""

import re

from connector.cli.hub import open_hub
from sample_cluster.faults import FaultKind
from sample_cluster.servers import SampleServers
from sync_jobs.pull import run_source
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


def test_of_several_feeds_one_is_added_alone(cli: CommandLine, servers: SampleServers) -> None:
    """A WordPress offers its API, its feed and its comments; a typed feed stays as typed."""
    cli.write()
    blog = servers.addresses["cluster-facilitator"]
    assert "with --feed" in cli.call("source", "add", blog, "--dry-run").stderr
    cli.do("source", "add", f"{blog}/feed/", "--feed", "--id", "one")
    (row,) = cli.rows("source", "list")
    assert row["address"] == f"{blog}/feed/"
    posts = cli.rows("preview", "one")
    assert {one["id"].partition("#")[0] for one in posts} == {f"feed:{blog}/feed/"}


def test_an_address_that_is_no_feed_is_refused_with_those_there_are(
    cli: CommandLine, servers: SampleServers
) -> None:
    cli.write()
    blog = servers.addresses["cluster-facilitator"]
    result = cli.call("source", "add", blog, "--feed")
    assert result.exit_code == 1
    assert f"{blog}/feed/" in result.stderr
    assert cli.rows("source", "list") == []


def test_a_place_is_added_with_its_settings_and_rules(cli: CommandLine, blog: str) -> None:
    cli.write()
    cli.do("source", "add", blog, "--id", "one", "--rule", "authors_are_students=true")
    cli.do("sync")
    assert {row["title"] for row in cli.rows("preview", "one")} == {""}


def test_a_place_that_left_the_file_says_so_and_is_resumed_only_there(
    cli: CommandLine, blog: str
) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("sync")
    cli.write()
    for command in (("status",), ("source", "list")):
        assert "paused: not in config.toml any more" in cli.do(*command)
    result = cli.call("source", "resume", "matuku")
    assert result.exit_code == 1
    assert "write its section there again" in result.stderr


def test_a_paused_place_is_read_once_when_it_is_named(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("source", "pause", "matuku")
    result = cli.call("sync", "matuku")
    assert result.stderr == "matuku is paused. It is read this once.\n"
    assert "new" in result.stdout
    assert cli.rows("source", "list")[0]["paused"]


def test_all_paused_is_said(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("source", "pause", "matuku")
    assert cli.call("sync").stderr == "All places are paused.\n"


def test_status_after_a_failure_says_when_it_was_read_and_when_it_is_tried_again(
    cli: CommandLine, servers: SampleServers
) -> None:
    blog = servers.world.blogs[0]
    cli.write(SOURCE.format(address=servers.address(blog)))
    cli.do("sync")
    good = cli.rows("status")[0]["last_good"]
    servers.fault(blog, FaultKind.UNAVAILABLE)
    try:
        cli.call("sync")
    finally:
        servers.mend(blog)
    (row,) = cli.rows("status")
    assert row["last_good"] == good
    assert row["last_run_state"] == "failed"
    said = cli.do("status")
    assert re.search(r"trying again at \d\d:\d\d", said)
    assert "  failed  " in said


def test_sync_and_check_tell_programs_what_they_tell_people(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    (checked,) = cli.rows("check")
    assert checked["ok"]
    assert set(checked["lines"][0]) == {"ability", "ok", "sentence", "needed"}
    (read,) = cli.rows("sync")
    assert read["state"] == "done"
    assert read["counts"]["new"] > 0
    assert read["requests"] > 0


def test_status_of_a_place_that_is_half_read_says_that_more_is_coming(
    cli: CommandLine, servers: SampleServers
) -> None:
    blog = servers.addresses["cluster-facilitator"]
    cli.write("[sync]\nslice_requests = 1\n" + SOURCE.format(address=blog))
    with open_hub(cli.config) as hub:
        assert run_source(hub.jobs, 1).state == "partial"
    assert "older posts are still coming" in cli.do("status")


def test_a_sync_ends_although_no_slice_reads_all_streams(
    cli: CommandLine, servers: SampleServers, blog: str
) -> None:
    """Two feeds are two streams, and a slice of one request reads one of them."""
    other = servers.addresses["lake-tui-news"]
    (offer,) = re.findall(r"(http://\S+)\n", cli_offer(cli, other))[:1]
    cli.write(
        "[sync]\nslice_requests = 1\n"
        + SOURCE.format(address=blog)
        + f'settings = {{feeds = ["{offer}"]}}\n'
    )
    (read,) = cli.rows("sync")
    assert read["state"] == "done"
    assert read["requests"] < 50


def cli_offer(cli: CommandLine, address: str) -> str:
    """Return what ``source add`` says of an address."""
    cli.write()
    return cli.call("source", "add", address, "--dry-run").stderr
