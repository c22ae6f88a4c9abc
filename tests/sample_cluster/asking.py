"""Asks the stand-ins without any socket, and reads recorded answers."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sample_cluster import blogs
from sample_cluster.answers import Answer, Request
from sample_cluster.world import World

CAPTURES = Path(__file__).parent.parent / "captures" / "sample_cluster"
TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Asker:
    """Asks any blog of a world."""

    world: World

    def __call__(
        self, blog: str, target: str, *, step: int = 0, method: str = "GET", **headers: str
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return blogs.answer(self.world.at(step).sites[blog], Request(method, target, named))

    def json(self, blog: str, target: str, *, step: int = 0) -> Any:
        return json.loads(self(blog, target, step=step).body)


def recorded(case: str) -> dict[str, Any]:
    """Return a recorded answer: ``wordpress-6.1/rest-posts-page2``."""
    found = json.loads((CAPTURES / f"{case}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def header(answer: Answer, name: str) -> str | None:
    """Return one header of an answer."""
    return next((v for n, v in answer.headers if n.lower() == name.lower()), None)


def differences(recorded: Any, ours: Any, where: str = "") -> list[str]:
    """Return where keys or types differ; of lists the first elements are compared."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        found = [f"{where}.{key}" for key in recorded.keys() ^ ours.keys()]
        for key in recorded.keys() & ours.keys():
            found += differences(recorded[key], ours[key], f"{where}.{key}")
        return found
    if isinstance(recorded, list) and isinstance(ours, list):
        pairs = list(zip(recorded, ours, strict=False))[:1]
        return [line for one, other in pairs for line in differences(one, other, f"{where}[]")]
    return [] if type(recorded) is type(ours) else [f"{where}: {type(recorded)} {type(ours)}"]
