"""Preview: reading without keeping."""

import json
from pathlib import Path

import pytest

from sample_cluster.servers import SampleServers
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE

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


def test_a_preview_needs_no_hub_and_makes_none(bare_cli: CommandLine, saved: str) -> None:
    bare_cli.do("preview", "blogs", saved)
    assert not bare_cli.config.exists()
    assert not (bare_cli.folder / "data").exists()


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
    unknown = cli.call("preview", "blogs", saved, "--rule", "colour=red")
    assert "known keys are only_tags" in unknown.stderr


def test_a_preview_of_students_shows_what_would_be_kept(cli: CommandLine, saved: str) -> None:
    rows = cli.rows("preview", "blogs", saved, "--rule", "authors_are_students=true")
    assert {(row["title"], row["text"], row["url"]) for row in rows} == {("", "", None)}


def test_a_configured_place_is_previewed_by_its_id(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    rows = cli.rows("preview", "matuku", "--limit", "3")
    assert {row["from"] for row in rows} == {"matuku"}


def test_what_a_rule_leaves_out_is_counted_and_named_only_on_request(
    cli: CommandLine, saved: str
) -> None:
    arguments = ("preview", "blogs", saved, "--rule", "only_tags=history")
    told = cli.call(*arguments).stderr.splitlines()
    assert told == [f"{saved}: 2 skipped by rule; 'clusterhub -v preview' names each."]
    each = cli.call("-v", *arguments).stderr
    assert "https://blog.example/garden" in each
    assert "https://blog.example/sport" in each


def test_every_record_is_shown_once(cli: CommandLine, servers: SampleServers) -> None:
    """A WordPress shows its comments through its API and its feeds."""
    cli.write()
    blog = servers.addresses["cluster-facilitator"]
    rows = cli.rows("preview", "blogs", blog)
    ids = [(row["kind"], row["id"]) for row in rows]
    assert any(kind == "comment" for kind, _ in ids)
    assert len(ids) == len(set(ids))


def test_a_students_post_is_named_as_such(cli: CommandLine, saved: str) -> None:
    said = cli.do("preview", "blogs", saved, "--rule", "authors_are_students=true")
    assert said.count("a student's post: its words are not kept") == 2
    assert "garden" not in said


def test_times_are_in_the_zone_of_the_hub(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_text(
        '<rss version="2.0"><channel><title>T</title><item><title>A</title><guid>1</guid>'
        "<pubDate>Sat, 30 May 2026 22:30:00 GMT</pubDate></item></channel></rss>",
        encoding="utf-8",
    )
    assert cli.do("preview", "blogs", str(path)).startswith("31 May 2026, 10:30")


@pytest.mark.parametrize("name", ["nofile.xml", "./nothing", "saved/page.html", "/no/such/feed"])
def test_a_name_of_a_file_that_is_not_there_is_called_a_file(cli: CommandLine, name: str) -> None:
    result = cli.call("preview", "blogs", name)
    assert result.exit_code == 1
    assert f"There is no file {Path(name)}" in result.stderr


def test_a_folder_says_what_to_do(cli: CommandLine, tmp_path: Path) -> None:
    result = cli.call("preview", "blogs", str(tmp_path))
    assert result.exit_code == 1
    assert "is a folder: name the files in it" in result.stderr


def test_replies_to_what_a_rule_leaves_out_are_left_out(
    cli: CommandLine, servers: SampleServers
) -> None:
    cli.write()
    blog = servers.addresses["cluster-facilitator"]
    arguments = ("preview", "blogs", blog, "--json", "--rule", "only_title_words=nowhere-at-all")
    assert cli.do(*arguments) == ""
