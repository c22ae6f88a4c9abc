"""Reads recorded API answers as the tests need them, and back as plain values for JSON."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.feeds.harvest import Harvest
from connector.model import Record

CAPTURES = Path(__file__).parent.parent / "captures"


@dataclass(frozen=True)
class Answered:
    """One recorded answer and what it should become."""

    name: str
    body: Any
    headers: dict[str, Any]
    expected: dict[str, Any]


def load(pattern: str) -> list[Answered]:
    return [
        Answered(
            folder.name,
            *(
                json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
                for name in ("body", "headers", "expected")
            ),
        )
        for folder in sorted(CAPTURES.glob(pattern))
    ]


def as_values(harvest: Harvest) -> dict[str, Any]:
    """Return what was read as expected.json writes it."""
    return {
        "records": [_record(record) for record in harvest.records],
        "gone": list(harvest.gone),
        "problems": [[each.kind.value, each.external_id] for each in harvest.problems],
    }


def _record(record: Record) -> dict[str, Any]:
    values = {
        "kind": record.kind.value,
        "id": record.external_id,
        "url": record.url,
        "title": record.title,
        "published": _moment(record.published),
        "updated": _moment(record.updated),
        "author": record.author and [record.author.external_id, record.author.name],
        "tags": list(record.tags),
        "in_reply_to": record.in_reply_to,
        "html_starts": record.html[:60],
        "html_sha256": hashlib.sha256(record.html.encode()).hexdigest(),
    }
    return {key: value for key, value in values.items() if value}


def _moment(moment: datetime | None) -> str | None:
    return moment and moment.isoformat().replace("+00:00", "Z")
