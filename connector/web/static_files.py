"""The pages' own files, read once at start: two small ones, so nothing is opened per request."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

_FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    media_type: str


def load_files() -> dict[str, StaticFile]:
    """Return the files by name."""
    return {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.is_file()}


def version_of(files: Mapping[str, StaticFile]) -> str:
    """Return a short mark that changes whenever one of the files does."""
    mark = 0
    for file in files.values():
        mark = crc32(file.content, mark)
    return f"{mark:08x}"


def _load(path: Path) -> StaticFile:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(path.read_bytes(), media_type)
