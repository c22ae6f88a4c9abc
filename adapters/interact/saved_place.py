"""A folder of saved exports and pages: one stream, for one post may stand in several files.

State: ``files`` (a digest of names, sizes and times) and ``seen`` (what was handed on).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from adapters.interact.cursors import pack, text_at, unpack
from adapters.interact.page_records import SavedFile, read_file
from adapters.interact.pages import PARSER_VERSION
from adapters.interact.parse import digest_of
from adapters.interact.settings import InteractSettings
from connector.errors import ParseError, PermanentError, SourceError
from connector.model import (
    Account,
    CheckLine,
    CheckReport,
    Count,
    Cursor,
    IdPage,
    Known,
    Page,
    Presence,
    Problem,
    ProblemKind,
    Record,
    Shape,
    Stream,
    StreamFailed,
)

STREAM = "saved"
PAGE_RECORDS = 100
MAX_FILE_BYTES = 20_000_000
MOST_FILES = 5_000
_ENDINGS = (".htm", ".html", ".php", ".xls", ".txt", ".tsv", ".csv")


class SavedPlace:
    """What somebody kept of an Interact."""

    def __init__(self, settings: InteractSettings) -> None:
        self._settings = settings
        self._folder = Path(settings.saved).expanduser()

    def check(self) -> CheckReport:
        """Read every file and say what it is."""
        try:
            files = self._files()
        except SourceError as error:
            return CheckReport((CheckLine("saved", False, str(error)),))
        lines = [self._line(path) for path in files]
        return CheckReport(tuple(lines[:200]))

    def _line(self, path: Path) -> CheckLine:
        try:
            found = self._read(path)
        except SourceError as error:
            return CheckLine(path.name, False, f"{path.name}: {error}")
        number = len(found.records) or len(found.accounts) or len(found.counts)
        return CheckLine(path.name, True, f"{path.name}: {found.what} with {number} entries.")

    def streams(self) -> Iterator[Stream]:
        """Yield the one stream. Raises PermanentError where there is no such folder."""
        self._files()
        yield Stream(key=STREAM, title="Saved exports and pages")

    def shape(self, stream: str) -> Shape:
        """Say what shapes the records."""
        _refuse_other(stream)
        settings = self._settings
        parts = (settings.base, settings.timezone, settings.date_order, settings.selectors)
        return Shape(PARSER_VERSION, digest_of(parts))

    def read(self, cursors: Mapping[str, Cursor | None]) -> Iterator[Page | StreamFailed]:
        """Yield what all files hold, once; then nothing until one of them changes."""
        for stream, cursor in cursors.items():
            try:
                _refuse_other(stream)
                yield from self._pages(cursor)
            except SourceError as error:
                yield StreamFailed(stream, error)

    def _pages(self, cursor: Cursor | None) -> Iterator[Page]:
        state, files = unpack(cursor), self._files()
        mark = digest_of([(path.name, *_size_and_time(path)) for path in files])
        if state is not None and text_at(state, "files") == mark:
            yield Page(stream=STREAM)
            return
        records, accounts, counts, problems = self._all(files)
        page = Page(
            stream=STREAM,
            baseline=state is None,
            accounts=tuple(accounts.values()),
            counts=tuple(counts),
            problems=tuple(problems),
        )
        found = list(records.values())
        for start in range(0, len(found) - PAGE_RECORDS, PAGE_RECORDS):
            part = tuple(found[start : start + PAGE_RECORDS])
            yield replace(page, records=part, complete=False)
            page = Page(stream=STREAM, baseline=page.baseline, problems=page.problems)
        rest = found[(max(len(found), 1) - 1) // PAGE_RECORDS * PAGE_RECORDS :]
        yield replace(page, records=tuple(rest), cursor=pack({"files": mark}))

    def _all(
        self, files: Sequence[Path]
    ) -> tuple[dict[str, Record], dict[str, Account], list[Count], list[Problem]]:
        records: dict[str, Record] = {}
        accounts: dict[str, Account] = {}
        counts: dict[tuple[str, str], Count] = {}
        problems: list[Problem] = []
        for path in files:
            try:
                found = self._read(path)
            except SourceError:
                problems.append(Problem(ProblemKind.NOTED, "a saved file could not be read"))
                continue
            # Of a post that several files hold, the one with the author's number says most.
            for one in found.records:
                before = records.get(one.external_id)
                if before is None or before.author is None:
                    records[one.external_id] = one
            accounts |= {each.external_id: each for each in found.accounts}
            # Exports of two days overlap: the larger number of a day is the fuller one.
            for count in found.counts:
                kept = counts.get((count.name, count.day))
                if kept is None or kept.value < count.value:
                    counts[count.name, count.day] = count
        return records, accounts, list(counts.values()), problems

    def sweep(self, stream: str) -> Iterator[IdPage]:
        """Refuse: a folder says nothing about what has left. Raises PermanentError."""
        raise PermanentError("Saved files cannot tell what has left the community.")

    def lookup(self, known: Sequence[Known]) -> Mapping[str, Presence]:
        """Say what the files hold; nothing is known of anything else."""
        if not known:
            return {}
        try:
            there = self._all(self._files())[0]
        except SourceError:
            there = {}
        return {
            each.external_id: Presence.PRESENT if each.external_id in there else Presence.UNKNOWN
            for each in known
        }

    def _files(self) -> list[Path]:
        try:
            with os.scandir(self._folder) as entries:
                names = [
                    one.name
                    for one in entries
                    if one.is_file(follow_symlinks=False) and one.name.lower().endswith(_ENDINGS)
                ]
        except OSError as error:
            raise PermanentError(
                f"The folder in saved cannot be read ({error.strerror}). Check its name and rights."
            ) from error
        return [self._folder / name for name in sorted(names)[:MOST_FILES]]

    def _read(self, path: Path) -> SavedFile:
        try:
            with path.open("rb") as file:
                body = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise PermanentError(
                f"It cannot be read ({error.strerror}): check its rights."
            ) from error
        if len(body) > MAX_FILE_BYTES:
            raise ParseError(f"It is larger than {MAX_FILE_BYTES // 10**6} MB.")
        return read_file(body, self._settings)


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _refuse_other(stream: str) -> None:
    if stream != STREAM:
        raise PermanentError(f"There is no part called {stream[:60]!r}; saved files are one part.")
