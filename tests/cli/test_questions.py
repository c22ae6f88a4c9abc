"""Search, why, and what waits for an OK."""

import pytest
from sqlalchemy import update

from connector.changes import HELD_REMOVAL
from connector.cli.hub import open_hub
from connector.store import search as index
from connector.store.tables import origin
from sample_cluster.servers import SampleServers
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE


def test_search_finds_with_and_without_macrons(cli: CommandLine, servers: SampleServers) -> None:
    cli.write(SOURCE.format(address=servers.addresses["cluster-facilitator"]))
    cli.do("sync")
    plain = cli.rows("search", "whanau")
    assert plain
    assert plain == cli.rows("search", "whānau") == cli.rows("search", "WHĀNAU")


def test_search_says_that_it_found_more_than_it_counted(
    cli: CommandLine, blog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("sync")
    whole = len(cli.rows("search", "the"))
    assert f"\n{whole} found." in f"\n{cli.call('search', 'the').stderr}"
    monkeypatch.setattr(index, "COUNT_LIMIT", whole - 1)
    assert f"\n{whole - 1}+ found." in f"\n{cli.call('search', 'the').stderr}"


def test_why_explains_what_is_here_and_what_is_not(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    assert "has not been read yet" in cli.do("why", blog)
    cli.do("sync")
    url = cli.rows("preview", "matuku", "--limit", "1")[0]["url"]
    assert ": new" in cli.do("why", url)
    assert "never showed this address" in cli.do("why", f"{blog}nothing-here/")
    assert "No place of the hub" in cli.do("why", "https://elsewhere.example/")
    (answer,) = cli.rows("why", url)
    assert answer["origins"][0]["is_live"]


def test_unmerge_of_nothing_is_a_sentence(cli: CommandLine) -> None:
    cli.write()
    result = cli.call("unmerge", "7")
    assert result.exit_code == 1
    assert "no merge 7" in result.stderr


def test_why_of_a_places_own_address_says_how_the_place_is(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    cli.do("sync")
    said = cli.do("why", blog)
    assert "the address of the place Matuku blog itself. It was last read" in said
    assert cli.rows("why", blog)[0]["is_address_of"] == ["matuku"]
    assert cli.do("why", blog.removeprefix("http://")) == said


def test_why_names_a_place_once_where_its_stream_has_the_same_name(
    cli: CommandLine, blog: str
) -> None:
    """A feed's stream is called as the blog calls itself."""
    cli.write()
    cli.do("source", "add", blog, "--id", "matuku")
    cli.do("sync")
    place = cli.rows("source", "list")[0]["title"]
    url = cli.rows("preview", "matuku", "--limit", "1")[0]["url"]
    assert cli.do("why", url).startswith(f"{place}: first seen")


def test_nothing_held_is_said(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    assert "Nothing waits" in cli.call("held").stderr
    assert cli.rows("held") == []
    for what, done in (("release", "shown"), ("retire", "removed")):
        result = cli.call("held", what, "matuku")
        assert result.exit_code == 0
        assert result.stderr == f"Nothing waits at matuku to be {done}.\n"


def test_what_disappeared_is_listed_and_removed_with_an_ok(
    cli: CommandLine, servers: SampleServers
) -> None:
    cli.write(SOURCE.format(address=servers.addresses["rimuwai-room-5"]))
    cli.do("sync")
    hold_everything(cli)
    (row,) = cli.rows("held")
    assert row["place"] == "matuku"
    assert row["held"] == "removal"
    said = cli.call("held", "retire", "matuku").stderr
    assert said == f"{row['posts']:,} posts are removed: matuku.\n"
    assert cli.rows("held") == []


def hold_everything(cli: CommandLine) -> None:
    """Hold all that the hub keeps, as when much disappears at once."""
    with open_hub(cli.config) as hub, hub.store.write(1) as conn:
        conn.execute(update(origin).values(held=HELD_REMOVAL))
