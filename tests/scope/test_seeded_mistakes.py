"""Mistakes sown in the rules and in the store's filters, and that the tests here catch each.

Every mistake is made in a copy of the code, and the canaries are looked for there by a process
of its own. A test of tests: it fails when one of them would stay unseen.
"""

import importlib
import shutil
import sys
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.chances import some_cases
from tests.databases import SqliteDatabases
from tests.scope.mistakes import MISTAKES, Mistake

ROOT = Path(__file__).parents[2]
CODE = ("connector", "adapters", "sync_jobs", "tests")
OTHERS = ("pyproject.toml", "CHANGELOG.md")
LONGEST_SECONDS = 240

NONE = Mistake("no mistake", "connector/audience.py", "", "")
"""The same code as it is: the tests that catch the others let it pass."""


def sown(mistake: Mistake, folder: Path) -> Path:
    """Return a copy of the code with the mistake in it."""
    for name in CODE + OTHERS:
        if name != mistake.path.split("/")[0]:
            (folder / name).symlink_to(ROOT / name)
    part = mistake.path.split("/")[0]
    shutil.copytree(ROOT / part, folder / part)
    target = folder / mistake.path
    source = target.read_text(encoding="utf-8")
    if mistake.right:
        assert source.count(mistake.right) == 1, (
            f"sow this mistake again: {mistake.path} says {source.count(mistake.right)} times "
            f"{mistake.right!r}"
        )
        target.write_text(source.replace(mistake.right, mistake.wrong), encoding="utf-8")
    return folder


def look(folder: Path, urls: tuple[str, str], told: Path) -> None:
    """Look for canaries in the copy, and write down what is seen; for a process of its own.

    Libraries stay loaded, of our own code nothing does.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] in CODE]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    quick_look = importlib.import_module("tests.scope.quick_look")
    for name in ("connector.audience", "connector.store.reading", "tests.scope.asking"):
        assert Path(sys.modules[name].__file__ or "").is_relative_to(folder), "not the copy"
    told.write_text(quick_look.first_seen(*urls), encoding="utf-8")


@pytest.fixture
def seen(sqlite_databases: SqliteDatabases, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """What is seen with this mistake."""
    folder, told = tmp_path / "code", tmp_path / "told"
    folder.mkdir()
    sown(request.param, folder)
    with ExitStack() as stack:
        urls = [_database(sqlite_databases, tmp_path / name, stack) for name in "ab"]
        child = get_context("fork").Process(target=look, args=(folder, urls, told))
        child.start()
        child.join(LONGEST_SECONDS)
        child.kill()
        child.join()
    assert told.is_file(), "it came to no end: see what it wrote above"
    return told.read_text(encoding="utf-8")


def _database(databases: SqliteDatabases, folder: Path, stack: ExitStack) -> str:
    folder.mkdir()
    return stack.enter_context(databases.make(folder))


@pytest.mark.parametrize(
    "seen", some_cases(MISTAKES), ids=lambda one: one.name.replace(" ", "-"), indirect=True
)
def test_a_mistake_is_caught(seen: str) -> None:
    assert seen


@pytest.mark.parametrize("seen", [NONE], ids=["none"], indirect=True)
def test_the_code_as_it_is_passes(seen: str) -> None:
    assert not seen


def test_there_are_five_in_the_rules_and_five_in_the_filters() -> None:
    in_rules = [one for one in MISTAKES if one.path == "connector/audience.py"]
    assert len(in_rules) >= 5
    assert len(MISTAKES) - len(in_rules) >= 5
