"""The reference page names everything there is to name."""

from pathlib import Path

import pytest

from sample_cluster.faults import FaultKind
from sample_cluster.history import LAST_STEP, SCRIPT, Act
from sample_cluster.moodle.failures import Failure
from sample_cluster.moodle.functions.table import BATCH, FUNCTIONS
from sample_cluster.world import State, World

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "sample-cluster.md").read_text("utf-8")


def test_every_blog_fault_and_state_is_named(world: World) -> None:
    words = [*(blog.slug for blog in world.blogs), *FaultKind, *State]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


@pytest.mark.parametrize("number", [1, 2])
def test_the_examples_run(number: int) -> None:
    example = PAGE.split("```python\n")[number].split("```")[0]
    exec(compile(example, "docs/reference/sample-cluster.md", "exec"), {})


def test_every_failure_and_function_of_the_moodle_is_named() -> None:
    words = [*Failure, *FUNCTIONS, BATCH]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_every_step_says_what_happens_to_which_blog() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    rows = {line.split("|")[1].strip(): line for line in lines}
    for step, changes in enumerate(SCRIPT, start=1):
        for change in changes:
            if change.act in (Act.NEW, Act.HEALTH, Act.MOVE_IN):
                continue
            assert change.act.value in rows[str(step)], (step, change)
            assert change.blog in rows[str(step)], (step, change)
    assert str(LAST_STEP) in rows
