"""No command shows a canary of another cluster, nor one to a viewer it is not for."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from connector.cli import main
from connector.cli.main import COMMANDS
from connector.store.database import open_database
from tests.databases import SqliteDatabases
from tests.engine import PRIVACY_KEY
from tests.scope.asking import canaries_in
from tests.scope.canaries import (
    CLUSTER,
    EVERYONE,
    FACILITATORS,
    NOBODY,
    OURS,
    THEIRS,
    canary,
    name_of,
)
from tests.scope.content import PLACES, SEEDS
from tests.scope.hub import CanaryHub
from tests.scope.viewers import WITHIN, words_for

_ADDRESSES = [place.address for place in PLACES if place.key == "course"] + [
    "post:stream post",
    "post:their stream post",
]
ASKED: dict[str, list[list[str]]] = {
    "search": [["search", "common", "--limit", "1000"], ["search", canary("stream post", "title")]],
    "why": [["why", one] for one in _ADDRESSES],
    "status": [["status"]],
    "held": [["held"]],
    "deliveries": [["deliveries"]],
    "retry": [["retry", "1"], ["retry", "2"]],
    "retract": [["retract", "1", "--yes"], ["retract", "2", "--yes"]],
    "settle": [["settle", "1", "--there"], ["settle", "2", "--there"]],
    "source": [["source", "list"]],
    "unmerge": [["unmerge", "999"]],
    "export": [["export", "--as", one] for one in ("public", "member", "facilitator")],
}
"""What is asked of each command that prints what was kept. The machine's owner sees all of a
cluster; ``export`` asks for whom."""

PRINT_NOTHING_KEPT = frozenset({
    "init", "check", "preview", "sync", "serve", "demo", "prune", "backup", "restore", "doctor", "confirm",
    "announce",
})  # fmt: skip
"""These make, read or serve; what they print are names and counts of places."""

AS = {
    "public": frozenset({EVERYONE}),
    "member": frozenset({EVERYONE, CLUSTER}),
    "facilitator": WITHIN,
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: SqliteDatabases) -> Path:
    """The configuration of a hub that holds the two clusters."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "data").mkdir()
    with sqlite_databases.make(folder / "data") as url:
        store = open_database(url)
        CanaryHub(store)
        store.close()
    (folder / "data" / "hub.key").write_text(PRIVACY_KEY.hex(), encoding="ascii")
    written = folder / "config.toml"
    names = {OURS: "Kauri cluster", THEIRS: "Rata cluster"}
    clusters = "".join(f'[clusters.{slug}]\nname = "{name}"\n' for slug, name in names.items())
    written.write_text(f'[hub]\ndata_dir = "data"\n{clusters}', encoding="utf-8")
    return written


def asked_of(command: str) -> list[list[str]]:
    """Return the ways to ask, with ``--json`` where the command knows it."""
    if command in ("retry", "retract", "settle"):
        return ASKED[command]
    return [*ASKED[command], *([*one, "--json"] for one in ASKED[command])]


@pytest.mark.parametrize("slug", [OURS, THEIRS])
@pytest.mark.parametrize("command", [one for one in ASKED if one in COMMANDS])
def test_a_command_shows_no_word_of_another_cluster(config: Path, command: str, slug: str) -> None:
    for arguments in asked_of(command):
        result = CliRunner().invoke(main, ["--config", str(config), "--cluster", slug, *arguments])
        told = canaries_in(result.output) - canaries_in(" ".join(arguments))
        circles = AS[arguments[2]] if command == "export" else WITHIN
        assert sorted(map(name_of, told - words_of(slug, circles))) == [], arguments


def words_of(slug: str, circles: frozenset[str]) -> frozenset[str]:
    """Return the canaries of these circles of a cluster."""
    return words_for(lambda circle, cluster: cluster == slug and circle in circles)


def test_search_shows_the_owner_of_the_machine_what_is_in_the_cluster(config: Path) -> None:
    """Otherwise a command that prints nothing would pass."""
    call = ["--config", str(config), "--cluster", THEIRS, *ASKED["search"][0], "--json"]
    told = canaries_in(CliRunner().invoke(main, call).output)
    wanted = {canary(one.name, "author") for one in SEEDS if one.cluster == THEIRS}
    assert wanted <= told
    assert FACILITATORS in WITHIN
    assert NOBODY not in WITHIN


def test_every_command_is_asked_or_prints_nothing_kept() -> None:
    unknown = set(COMMANDS) - set(ASKED) - PRINT_NOTHING_KEPT
    assert not unknown, f"say in ASKED how to ask {unknown} for what is kept, or why not"
