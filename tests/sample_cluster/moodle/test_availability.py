"""Restrictions of activities, as Moodle keeps them."""

import json
from typing import Any

import pytest

from sample_cluster.moodle.availability import is_announced, is_met
from tests.sample_cluster.moodle.small import Small

NOW = 1000
IN_GROUP = {"type": "group", "id": 1}
IN_ANOTHER = {"type": "group", "id": 99}
IN_ANY_GROUP = {"type": "group"}
LATER = {"type": "date", "d": ">=", "t": 1001}
BEFORE_LATER = {"type": "date", "d": "<", "t": 1001}
HERE = {"type": "profile", "sf": "institution", "op": "isequalto", "v": "Rimuwai School"}
UNKNOWN = {"type": "weather", "v": "fine"}


@pytest.mark.parametrize(
    ("tree", "met"),
    [
        ({"op": "&", "c": []}, True),
        ({"op": "&", "c": [IN_GROUP, BEFORE_LATER]}, True),
        ({"op": "&", "c": [IN_GROUP, LATER]}, False),
        ({"op": "|", "c": [IN_ANOTHER, IN_ANY_GROUP]}, True),
        ({"op": "|", "c": [IN_ANOTHER, LATER]}, False),
        ({"op": "!&", "c": [IN_GROUP, LATER]}, True),
        ({"op": "!|", "c": [IN_GROUP, LATER]}, False),
        ({"op": "&", "c": [HERE, {"op": "|", "c": [LATER, IN_GROUP]}]}, True),
        ({"op": "&", "c": [UNKNOWN]}, False),
    ],
)
def test_trees_of_conditions(small: Small, tree: dict[str, Any], met: bool) -> None:
    small.world.courses.add_group(small.course, "Kererū", [small.mere])
    assert is_met(json.dumps(tree), small.mere, small.course, NOW, False) is met


def test_whoever_may_enter_all_groups_meets_every_group(small: Small) -> None:
    tree = json.dumps({"op": "&", "c": [IN_ANOTHER]})
    assert is_met(tree, small.mere, small.course, NOW, True)
    assert not is_met(tree, small.mere, small.course, NOW, False)


def test_a_restriction_is_announced_only_where_every_part_is() -> None:
    assert is_announced(json.dumps({"op": "&", "c": [HERE], "showc": [True]}))
    assert not is_announced(json.dumps({"op": "&", "c": [HERE, LATER], "showc": [True, False]}))
    assert is_announced(json.dumps({"op": "|", "c": [HERE], "show": True}))
    assert not is_announced(None)
