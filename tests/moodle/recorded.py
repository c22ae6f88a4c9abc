"""The recorded answers of Moodle 4.5.6, and a session that repeats one of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.moodle.client import MoodleClient
from tests.contract.fake_session import Answer, FakeSession

FOLDER = Path(__file__).parents[1] / "captures" / "moodle"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SITE = "https://vln.example.school.nz"
TOKEN = "tui7f3a91c04be2"


@dataclass(frozen=True)
class Recorded:
    """One answer as it came."""

    name: str
    function: str
    params: Any
    status: int
    content_type: str
    response: Any

    @property
    def body(self) -> bytes:
        text = self.response if isinstance(self.response, str) else json.dumps(self.response)
        return text.encode()

    @property
    def is_failure(self) -> bool:
        """Whether it is one by Moodle's own word, by its status or because it is no JSON."""
        refused = isinstance(self.response, Mapping) and "exception" in self.response
        return self.status != 200 or isinstance(self.response, str) or refused

    def session(self) -> FakeSession:
        """Return a session in which every question gets this answer."""
        headers = {"Content-Type": self.content_type, "Date": "Sun, 22 Nov 2026 09:00:00 GMT"}
        return FakeSession(lambda _: Answer(self.body, self.status, headers))

    def client(self) -> MoodleClient:
        """Return a client that gets this answer to everything."""
        return MoodleClient(SITE, SecretStr(TOKEN), self.session(), NOW)


def recorded() -> dict[str, Recorded]:
    """Return all recorded answers by their file names, without ``.json``."""
    found = {}
    for path in sorted(FOLDER.glob("*.json")):
        value = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(value, dict):
            found[path.stem] = Recorded(
                path.stem,
                value["function"],
                value["params"],
                value["status"],
                value["content_type"],
                value["response"],
            )
    return found


RECORDED = recorded()
