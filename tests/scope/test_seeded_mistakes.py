"""Mistakes sown in the rules and in the store's filters, and that the tests here catch each.

Every mistake is made in a copy of the code, and the canaries are looked for there by a process
of its own. A test of tests: it fails when one of them would stay unseen.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.scope.mistakes import MISTAKES, Mistake

ROOT = Path(__file__).parents[2]
CODE = ("connector", "adapters", "sync_jobs", "tests", "pyproject.toml", "CHANGELOG.md")
AT_ONCE = 2
LONGEST_SECONDS = 240

NONE = Mistake("no mistake", "connector/audience.py", "", "")
"""The same code as it is: the tests that catch the others let it pass."""


def sown(mistake: Mistake, folder: Path) -> Path:
    """Return a copy of the code with the mistake in it."""
    for name in CODE:
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


def looked_for(mistake: Mistake, folder: Path) -> subprocess.CompletedProcess[str]:
    """Look for canaries in the copy."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "tests.scope.quick_look"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "QUICK_LOOK_FOLDER": str(folder)},
        check=False,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )


@pytest.fixture(scope="module")
def looks(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Future[subprocess.CompletedProcess[str]]]]:
    """Every mistake, sown and looked for, a few at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            one.name: pool.submit(looked_for, one, sown(one, tmp_path_factory.mktemp("sown")))
            for one in (NONE, *MISTAKES)
        }


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name.replace(" ", "-"))
def test_a_mistake_is_caught(
    looks: dict[str, Future[subprocess.CompletedProcess[str]]], mistake: Mistake
) -> None:
    look = looks[mistake.name].result()
    assert look.returncode == 3, f"not caught: {look.stdout[-2000:]}{look.stderr[-2000:]}"
    assert look.stdout


def test_the_code_as_it_is_passes(
    looks: dict[str, Future[subprocess.CompletedProcess[str]]],
) -> None:
    look = looks[NONE.name].result()
    assert (look.returncode, look.stdout) == (0, ""), look.stderr[-2000:]


def test_there_are_five_in_the_rules_and_five_in_the_filters() -> None:
    in_rules = [one for one in MISTAKES if one.path == "connector/audience.py"]
    assert len(in_rules) >= 5
    assert len(MISTAKES) - len(in_rules) >= 5
