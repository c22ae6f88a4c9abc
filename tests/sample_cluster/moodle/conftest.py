"""A small site that every test gets anew: one course, one forum, a few people."""

from datetime import UTC, datetime

import pytest

from sample_cluster.moodle.clock import Clock
from sample_cluster.moodle.site import MoodleSite
from sample_cluster.moodle.world import MoodleWorld
from tests.sample_cluster.moodle.small import Small


@pytest.fixture
def small() -> Small:
    world = MoodleWorld(Clock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)))
    return Small(MoodleSite(world))
