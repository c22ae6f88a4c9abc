"""Exit codes, help, and the page of commands."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from connector.cli import main
from connector.cli.main import COMMANDS
from connector.config import NetworkSection
from tests.cli.conftest import CommandLine
from tests.cli.test_places import SOURCE

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


@pytest.mark.parametrize(
    "call",
    [
        "dance",
        "sync --colour",
        "sync nope",
        "check nope",
        "source pause nope",
        "source resume nope",
        "held release nope",
        "held retire nope",
        "preview nope",
        "preview blogs",
        "preview blogs x.example --rule colour=red",
        "preview blogs x.example --rule everything_is_a_reflection=perhaps",
        "--cluster nope search x",
        "why nonsense",
        "source add x.example --id Room_5",
        "source add x.example --kind moon",
        f"source add x.example --title {'x' * 201}",
    ],
)
def test_wrong_usage_is_exit_code_two_and_a_sentence(cli: CommandLine, call: str) -> None:
    cli.write()
    result = cli.call(*call.split())
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert len(result.stderr) > 20


def test_an_unknown_setting_is_wrong_usage_and_names_the_known(cli: CommandLine, blog: str) -> None:
    cli.write()
    result = cli.call("source", "add", blog, "--set", "colour=red")
    assert result.exit_code == 2
    assert "known keys are flavour" in result.stderr


def test_several_clusters_have_to_be_named(cli: CommandLine) -> None:
    cli.write('[clusters.rata]\nname = "Rātā"\n')
    result = cli.call("search", "x")
    assert result.exit_code == 2
    assert "--cluster" in result.stderr
    cli.do("--cluster", "rata", "search", "x")


def test_an_unknown_place_is_named(cli: CommandLine, blog: str) -> None:
    cli.write(SOURCE.format(address=blog))
    for command in ("sync", "check", "preview"):
        assert "'nope'" in cli.call(command, "nope").stderr


def _all_commands(group: click.Group, prefix: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[f"{prefix}{name}"] = command
        if isinstance(command, click.Group):
            found |= _all_commands(command, f"{prefix}{name} ")
    return found


EVERY_COMMAND = _all_commands(main)


@pytest.mark.parametrize("name", EVERY_COMMAND)
def test_every_option_is_on_the_page_of_commands(name: str) -> None:
    """And the page names no other."""
    heading = f"\n### `{name}"
    page = PAGE.read_text(encoding="utf-8")
    assert heading in page
    part = re.split(r"\n##", page.split(heading)[1])[0]
    named = set(re.findall(r"^\| `(--[a-z-]+)", part, re.MULTILINE))
    options = [one for one in EVERY_COMMAND[name].params if isinstance(one, click.Option)]
    assert named == {one.opts[0] for one in options}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    said = (EVERY_COMMAND[name].help or "").split("\n\n")[0].replace("\n", " ")
    assert said.startswith(COMMANDS[name][1])
    assert COMMANDS[name][1].endswith(".")


def test_help_loads_neither_web_server_nor_database(cli: CommandLine) -> None:
    """A command that is not called costs nothing."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from connector.cli import main\n"
            "main(['--help'], standalone_mode=False)\n"
            "print([name for name in ('flask', 'sqlalchemy', 'rich', 'sample_cluster')"
            " if name in sys.modules])",
        ],
        cwd=PAGE.parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.splitlines()[-1] == "[]"


def test_a_hub_that_is_up_to_date_opens_without_what_it_does_not_need(tmp_path: Path) -> None:
    """Migrations and the tongues of other databases are a tenth of its memory."""
    (tmp_path / "config.toml").write_text('[clusters.kauri]\nname = "Kauri"\n', encoding="utf-8")
    opened = (
        "import sys\n"
        "from pathlib import Path\n"
        "from connector.cli.hub import open_hub\n"
        "with open_hub(Path(sys.argv[1])): pass\n"
        "print([name for name in ('alembic', 'mako', 'sqlalchemy.dialects.mysql', 'flask')"
        " if name in sys.modules])"
    )
    command = [sys.executable, "-c", opened, str(tmp_path / "config.toml")]
    for expected in (["alembic", "mako"], []):  # the first one makes the tables
        loaded = subprocess.run(
            command, cwd=PAGE.parents[2], capture_output=True, text=True, check=True
        )
        assert loaded.stdout.splitlines()[-1] == str(expected)


def test_the_limits_on_the_page_of_the_network_are_keys_of_the_configuration() -> None:
    page = (PAGE.parent / "network.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \| `", page, re.MULTILINE)
    assert len(named) == 6
    assert set(named) <= set(NetworkSection.model_fields)
