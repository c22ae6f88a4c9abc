"""``init``: a new hub in this folder."""

from pathlib import Path

import click

from connector.cli.chosen import Chosen, pass_chosen
from connector.cli.hub import open_hub
from connector.cli.show import say
from connector.errors import ConfigError
from connector.html import fold

_TEMPLATE = """\
# Cluster Hub. Every key is explained in docs/reference/configuration.md.

[hub]
data_dir = "data"
timezone = "Pacific/Auckland"

[clusters.{slug}]
name = {name}

# One section for each place, or 'clusterhub source add ADDRESS'.
# [[sources]]
# id = "room5"
# kind = "blogs"
# title = "Room 5 blog"
# school = "Kauri Park School"
# address = "https://room5.example.school.nz/"
"""


@click.command()
@click.option("--name", default="Our cluster", show_default=True, help="Name of the cluster.")
@click.option("--slug", help="Its short name in addresses; made from the name if left out.")
@pass_chosen
def init(chosen: Chosen, name: str, slug: str | None) -> None:
    """Make a new hub: a configuration file, a folder for its data, an empty database.

    Running it again changes nothing that is there.
    """
    if chosen.config.exists():
        say(f"{chosen.config} is there already and stays as it is.")
    else:
        _write_config(chosen.config, name, slug or _slug(name))
        say(f"Made {chosen.config}.")
    with open_hub(chosen.config) as hub:
        say(f"The hub's data is in {hub.settings.data_dir}; 'clusterhub backup' copies it.")
    say("Next: 'clusterhub source add ADDRESS', then 'clusterhub sync' and 'clusterhub serve'.")


def _slug(name: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in fold(name)).split()
    return "-".join(words)[:60].strip("-") or "cluster"


def _write_config(path: Path, name: str, slug: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_TEMPLATE.format(slug=slug, name=quoted), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}).") from error
