"""Reading an Interact in a test: settings, pages, and what came of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from adapters.interact.settings import InteractSettings
from adapters.registry import ADAPTERS
from connector.model import Page, Record
from sample_cluster.interact_site import Expected, InteractSite
from sample_cluster.interact_sql import sql

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOME = "https://interact.example.school.nz/"


def settings_of(**given: object) -> InteractSettings:
    return InteractSettings.model_validate({"address": HOME, "audience": "interact", **given})


def opened(settings: InteractSettings, session=None):
    return ADAPTERS["interact"].open(settings, session, NOW)


@dataclass
class Read:
    """Pages of one or more cycles, and where reading goes on."""

    cursors: dict = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)

    @property
    def records(self) -> dict[str, Record]:
        return {one.external_id: one for page in self.pages for one in page.records}


def read(settings: InteractSettings, before: Read | None = None, session=None) -> Read:
    """Read everything, or on from an earlier reading."""
    place = opened(settings, session)
    cursors = dict(before.cursors) if before else {one.key: None for one in place.streams()}
    found = Read(cursors)
    for page in place.read(dict(cursors)):
        assert isinstance(page, Page), page
        found.pages.append(page)
        if page.cursor is not None:
            found.cursors[page.stream] = page.cursor
    return found


def dump_of(site: InteractSite, folder: Path, prefix: str = "interact_") -> Path:
    path = folder / "community.sql"
    path.write_bytes(b"".join(sql(site, prefix)))
    return path


def as_expected(record: Record, stream: str) -> Expected:
    """Return a record in the generator's words; its text is compared apart."""
    audience = str(record.audience.kind)
    return Expected(
        external_id=record.external_id,
        kind=str(record.kind),
        title=record.title,
        author=record.author.external_id if record.author else "",
        published=record.published,
        in_reply_to=record.in_reply_to,
        object=record.object,
        space=int(stream.partition(":")[2]),
        audience=f"{audience}:{record.audience.key}" if record.audience.key else audience,
    )


def differences(found: Read, site: InteractSite) -> list[object]:
    """Return what was read otherwise than the generator says, what is missing, what is extra."""
    wanted = {one.external_id: one for one in site.expected}
    streams = {one.external_id: page.stream for page in found.pages for one in page.records}
    odd: list[object] = sorted(wanted.keys() ^ streams.keys())
    for external_id, record in found.records.items():
        expected = wanted.get(external_id)
        if expected is None:
            continue
        as_read = as_expected(record, streams[external_id])
        without_words = Expected(
            **{name: getattr(expected, name) for name in expected.__slots__ if name != "words"}
        )
        if as_read != without_words or expected.words not in record.html:
            odd.append((as_read, expected, record.html[:200]))
    return odd
