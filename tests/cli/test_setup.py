"""A new hub, and mistakes in its configuration."""

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine


@pytest.fixture
def cli(bare_cli: CommandLine) -> CommandLine:
    return bare_cli


def test_init_makes_a_hub_that_works(cli: CommandLine) -> None:
    cli.do("init", "--name", "Tōtara “cluster”")
    assert cli.config.exists()
    assert "no places yet" in cli.call("status").stderr


def test_init_again_changes_nothing(cli: CommandLine) -> None:
    cli.do("init")
    before = {path: path.read_bytes() for path in (cli.config, cli.folder / "data/hub.key")}
    cli.do("init", "--name", "Another")
    assert {path: path.read_bytes() for path in before} == before


def test_the_key_is_for_its_owner_only(cli: CommandLine) -> None:
    cli.do("init")
    assert stat.S_IMODE((cli.folder / "data/hub.key").stat().st_mode) == 0o600


def test_without_its_key_an_old_hub_does_not_start(cli: CommandLine) -> None:
    cli.do("init")
    (cli.folder / "data/hub.key").unlink()
    result = cli.call("status")
    assert result.exit_code == 1
    assert "put the file back" in result.stderr


def test_another_hubs_key_is_refused(cli: CommandLine) -> None:
    cli.do("init")
    (cli.folder / "data/hub.key").write_text("ab" * 32, encoding="ascii")
    assert "does not belong to this database" in cli.call("status").stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[[sources]]\nid = 'a'\nkind = 'blogs'\n", "sources.a.address is missing"),
        ("[hubb]\n", "hubb is not a known key"),
        ("[sync]\nthreads = 'many'\n", "sync.threads is 'many'"),
        ("[sync]\nslice_time = 'soon'\n", "for example 15m"),
        ("[hub]\ntimezone = 'Mars/Olympus'\n", "for example Pacific/Auckland"),
        ("[[sources]]\nid='a'\nkind='moon'\naddress='x'\n", "accepted are blogs"),
        ("[[sources]]\nid='A b'\nkind='blogs'\naddress='x.nz'\n", "the first place: id is 'A b'"),
        (
            "[[sources]]\nid='a'\nkind='blogs'\naddress='x.nz'\nsettings={colour=1}\n",
            "sources.a.settings.colour is not a known key; known are",
        ),
        (
            "[[sources]]\nid='a'\nkind='blogs'\naddress='x.nz'\ncluster='rata'\n",
            "sources.a.cluster is 'rata': no such cluster",
        ),
        (
            "[[sources]]\nid='a'\nkind='blogs'\naddress='x.nz'\n" * 2,
            "the id 'a' stands twice",
        ),
        ("[", "not readable as TOML"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_accepted(cli: CommandLine, more: str, said: str) -> None:
    cli.write(more)
    result = cli.call("status")
    assert result.exit_code == 1
    assert said in result.stderr


def test_all_mistakes_are_told_at_once(cli: CommandLine) -> None:
    cli.write("[serve]\nport = 99999\n[sync]\nthreads = 0\n")
    said = cli.call("status").stderr
    assert "serve.port" in said
    assert "sync.threads" in said


def test_a_missing_file_says_how_to_make_one(cli: CommandLine) -> None:
    result = cli.call("sync")
    assert result.exit_code == 1
    assert "clusterhub init" in result.stderr


def test_a_database_nobody_knows_is_refused(cli: CommandLine) -> None:
    cli.write('[hub]\ndatabase_url = "mysql://x"\n')
    assert "accepted are sqlite and postgresql" in cli.call("status").stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(cli: CommandLine) -> None:
    (cli.folder / "data").write_text("a file in the way", encoding="utf-8")
    cli.write()
    result = cli.call("status")
    assert result.exit_code == 1
    assert "check data_dir" in result.stderr


def test_a_secret_may_come_from_env_file_and_is_not_stored(cli: CommandLine) -> None:
    secret = "content-api-key-for-this-test"
    (cli.folder / ".env").write_text(f"GHOST_KEY={secret}\n", encoding="utf-8")
    cli.write(
        "[[sources]]\nid='a'\nkind='blogs'\naddress='x.example'\n"
        "settings={ghost_key='env:GHOST_KEY'}\n"
    )
    cli.do("status")
    kept = b"".join(path.read_bytes() for path in Path(cli.folder / "data").glob("hub.db*"))
    assert b"env:GHOST_KEY" in kept
    assert secret.encode() not in kept


def test_a_secret_that_is_nowhere_is_named(cli: CommandLine) -> None:
    cli.write('[hub]\ndatabase_url = "env:NO_SUCH_NAME"\n')
    assert "asks for NO_SUCH_NAME" in cli.call("status").stderr


def test_the_environment_may_replace_a_key(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write()
    monkeypatch.setenv("CLUSTERHUB_HUB_DATA_DIR", "elsewhere")
    cli.do("status")
    assert (cli.folder / "elsewhere" / "hub.db").exists()


def test_a_secret_in_the_file_itself_is_refused_with_what_to_do(cli: CommandLine) -> None:
    cli.write(
        "[[sources]]\nid='a'\nkind='blogs'\naddress='x.example'\n"
        "settings={ghost_key='written-here-by-mistake'}\n"
    )
    result = cli.call("status")
    assert result.exit_code == 1
    assert "put it into .env" in result.stderr
    assert "written-here" not in result.stderr


def test_the_data_folder_is_for_its_owner_only(cli: CommandLine) -> None:
    cli.do("init")
    assert stat.S_IMODE((cli.folder / "data").stat().st_mode) == 0o700


PLACE = "[[sources]]\nid='a'\nkind='blogs'\naddress='x.example'\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[serve]\nprot = 1\n", "serve.prot is not a known key; the nearest is port."),
        (PLACE + "titel = 'A'\n", "sources.a.titel is not a known key; the nearest is title."),
        (PLACE + "rules = {only_tag = ['x']}\n", "the nearest is only_tags."),
        (PLACE + "settings = {comment = true}\n", "sources.a.settings.comment is not a known"),
        (PLACE + "settings = {comments = 'no way'}\n", "settings.comments: write true or false."),
        (PLACE + "audience = 'all'\n", "accepted are 'public', 'cluster' or 'facilitators'."),
        ("[serve]\nport = 'x'\n", "serve.port is 'x': write a whole number."),
        ("[serve]\nport = 70000\n", "serve.port is 70000: write 65535 or less."),
        ("[serve]\nhosts = 'hub.example'\n", "serve.hosts is 'hub.example': write a list"),
        ("[sources]\nid = 'a'\n", "begin each place with a line of its own, [[sources]]."),
        ("[[sources]]\ntitle='Room 5'\n", "the place 'Room 5': id is missing."),
        ("[[sources]]\nkind='blogs'\n", "the first place: id is missing."),
        (PLACE + f"title = '{'x' * 201}'\n", "write at most 200 characters."),
        (PLACE + f"school = '{'x' * 201}'\n", "sources.a.school is"),
        (f"[clusters.rata]\nname = '{'x' * 201}'\n", "clusters.rata.name is"),
        (f"[clusters.rata]\nname = 'R'\nschools = ['{'x' * 201}']\n", "clusters.rata.schools is"),
        ("[clusters.'A b']\nname = 'R'\n", "write small letters, digits and hyphens"),
        (PLACE + "succeeds = 'nope'\n", "sources.a.succeeds is 'nope': there is no such place."),
        (PLACE + "succeeds = 'a'\n", "sources.a.succeeds names the place itself."),
    ],
)
def test_a_mistake_is_told_in_plain_words(cli: CommandLine, more: str, said: str) -> None:
    cli.write(more)
    result = cli.call("status")
    assert result.exit_code == 1
    assert said in result.stderr
    for word in ("Input should", "String should", "pattern '", "sources.0"):
        assert word not in result.stderr


def test_a_place_may_succeed_one_that_left_the_file(cli: CommandLine) -> None:
    cli.write(PLACE)
    cli.do("status")
    cli.write(PLACE.replace("'a'", "'b'") + "succeeds = 'a'\n")
    cli.do("status")


def test_a_mistake_in_the_environment_names_the_variable(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write()
    monkeypatch.setenv("CLUSTERHUB_SERVE_PORT", "eighty")
    assert "CLUSTERHUB_SERVE_PORT is 'eighty': write a whole number." in cli.call("status").stderr


@pytest.mark.parametrize("name", ["config.toml", ".env"])
def test_a_file_in_another_encoding_says_how_to_save_it(cli: CommandLine, name: str) -> None:
    cli.write()
    (cli.folder / name).write_bytes("# Ngā kōrero\nA = 'Rātā'\n".encode("utf-16"))
    result = cli.call("status")
    assert result.exit_code == 1
    assert f"{name} is not written in UTF-8: save the file as UTF-8." in result.stderr


def test_a_mark_at_the_beginning_of_the_file_does_not_matter(cli: CommandLine) -> None:
    """Some editors write one; it is invisible there."""
    cli.write()
    cli.config.write_bytes(b"\xef\xbb\xbf" + cli.config.read_bytes())
    cli.do("status")


def test_places_of_a_cluster_that_left_the_file_are_paused(cli: CommandLine) -> None:
    cli.write("[clusters.rata]\nname = 'R'\n" + PLACE + "cluster = 'rata'\n")
    assert not cli.rows("source", "list")[0]["paused"]
    cli.write()
    assert cli.rows("source", "list")[0]["paused"]
