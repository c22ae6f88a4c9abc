"""Preview, search and why."""

import json
from pathlib import Path

import pytest

from sample_cluster.servers import SampleServers
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE

CAPTURES = Path(__file__).parents[1] / "captures" / "blogs"
KEYS = (
    "from kind id url title author published updated html text tags enclosures in_reply_to audience"
)
FEED = """<rss version="2.0"><channel><title>T</title><link>https://blog.example/</link>
<item><title>Māori garden</title><link>/garden</link><guid>1</guid>
<category>science</category><description>A <script>bad()</script>garden.</description></item>
<item><title>Sport</title><link>/sport</link><guid>2</guid><description>Ball.</description></item>
</channel></rss>"""


@pytest.fixture
def saved(tmp_path: Path) -> str:
    path = tmp_path / "saved.xml"
    path.write_text(FEED, encoding="utf-8")
    return str(path)


def test_a_preview_prints_every_promised_key(cli: CommandLine, saved: str) -> None:
    first, _ = cli.rows("preview", "blogs", saved)
    assert list(first) == KEYS.split()
    assert first["from"] == saved
    assert first["title"] == "Māori garden"
    assert "script" not in first["html"]


def test_relative_links_resolve_against_the_feeds_own_address(cli: CommandLine, saved: str) -> None:
    assert cli.rows("preview", "blogs", saved)[0]["url"] == "https://blog.example/garden"


def test_a_preview_needs_no_hub_and_makes_none(cli: CommandLine, saved: str) -> None:
    cli.do("preview", "blogs", saved)
    assert not cli.config.exists()
    assert not (cli.folder / "data").exists()


def test_a_preview_reads_files_and_addresses_together(
    cli: CommandLine, saved: str, blog: str
) -> None:
    cli.write()
    origins = {row["from"] for row in cli.rows("preview", "blogs", saved, blog, "--limit", "2")}
    assert origins == {saved, blog}


def test_a_file_that_is_no_feed_fails_and_the_others_are_shown(
    cli: CommandLine, saved: str
) -> None:
    page = cli.folder / "page.html"
    page.write_text("<html><body>Kia ora</body></html>", encoding="utf-8")
    result = cli.call("preview", "blogs", str(page), saved, "--json")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert str(page) in result.stderr


def test_a_rule_is_tried_on_real_posts(cli: CommandLine, saved: str) -> None:
    result = cli.call("preview", "blogs", saved, "--json", "--rule", "only_tags=Science")
    assert [json.loads(line)["title"] for line in result.stdout.splitlines()] == ["Māori garden"]
    assert "skipped by rule" in result.stderr
    unknown = cli.call("preview", "blogs", saved, "--rule", "colour=red")
    assert "known keys are only_tags" in unknown.stderr


def test_a_preview_of_students_shows_what_would_be_kept(cli: CommandLine, saved: str) -> None:
    rows = cli.rows("preview", "blogs", saved, "--rule", "authors_are_students=true")
    assert {(row["title"], row["text"], row["url"]) for row in rows} == {("", "", None)}


def test_a_configured_place_is_previewed_by_its_id(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    rows = cli.rows("preview", "matuku", "--limit", "3")
    assert {row["from"] for row in rows} == {"matuku"}


def test_search_finds_with_and_without_macrons(cli: CommandLine, servers: SampleServers) -> None:
    cli.write(SOURCE.format(address=servers.addresses["cluster-facilitator"]))
    cli.do("sync")
    plain = cli.rows("search", "whanau")
    assert plain
    assert plain == cli.rows("search", "whānau") == cli.rows("search", "WHĀNAU")


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


def test_nothing_held_is_said(cli: CommandLine) -> None:
    cli.write()
    assert "Nothing waits" in cli.call("held").stderr
    assert cli.call("held", "release", "nope").exit_code == 1
