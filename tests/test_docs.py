"""The documents say what the program does: every key, command and adapter is in them."""

import re
import tomllib
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from adapters.registry import ADAPTERS, DESTINATIONS
from connector.cli import main
from connector.config import (
    AnnounceSection,
    ClusterSection,
    DestinationSection,
    HubSection,
    NetworkSection,
    ServeSection,
    SourceSection,
    SyncSection,
    load,
)
from connector.rules import Rules

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
SECTIONS: dict[str, type[BaseModel]] = {
    "[hub]": HubSection,
    "[serve]": ServeSection,
    "[sync]": SyncSection,
    "[announce]": AnnounceSection,
    "[network]": NetworkSection,
    "[clusters.<slug>]": ClusterSection,
    "[[sources]]": SourceSection,
    "[sources.rules]": Rules,
    "[[destinations]]": DestinationSection,
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_in_the_reference_with_its_description(section: str) -> None:
    text = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    part = text.split(f"## `{section}`")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| (.*) \|$", part, re.MULTILINE))
    fields = SECTIONS[section].model_fields
    assert rows == {name: field.description for name, field in fields.items()}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_shown_in_the_example(section: str) -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    shown = set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE))
    tables = {"settings", "rules"}  # sections of their own in the example
    assert set(SECTIONS[section].model_fields) - tables <= shown


def test_the_example_is_a_configuration_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text((ROOT / "config.example.toml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load(path, {}).sources[0].id == "room5"


@pytest.mark.parametrize("document", ["README.md", "docs/quickstart.md", "docs/howto/announce.md"])
def test_configurations_in_the_documents_load(document: str, tmp_path: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        assert tomllib.loads(block)
        path = tmp_path / "config.toml"
        path.write_text(block, encoding="utf-8")
        load(path, {})


def _commands(group: click.Group, prefix: str = "") -> list[str]:
    found = []
    for name, command in group.commands.items():
        found.append(f"{prefix}{name}")
        if isinstance(command, click.Group):
            found += _commands(command, f"{prefix}{name} ")
    return found


@pytest.mark.parametrize("command", [name for name in _commands(main) if name != "source"])
def test_every_command_is_in_the_reference(command: str) -> None:
    assert f"`{command}" in (REFERENCE / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ADAPTERS)
def test_every_setting_of_a_kind_is_on_its_page(kind: str) -> None:
    text = (REFERENCE / f"{kind}.md").read_text(encoding="utf-8")
    missing = [name for name in ADAPTERS[kind].Settings.model_fields if f"`{name}`" not in text]
    assert missing == []


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_every_setting_of_a_destination_is_on_its_page(kind: str) -> None:
    text = (REFERENCE / "destinations.md").read_text(encoding="utf-8")
    part = text.split(f"## `{kind}`")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]* \| (.*) \|$", part, re.MULTILINE))
    fields = DESTINATIONS[kind].Settings.model_fields
    assert rows == {name: field.description for name, field in fields.items()}


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{path.name}: {target}")
    assert broken == []
