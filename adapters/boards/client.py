"""Fetches a board's feeds over the guarded session, and reads saved ones from the disk. I/O only."""

from collections.abc import Collection
from pathlib import Path

from adapters.feeds.client import FeedClient
from connector.errors import PermanentError
from connector.http import Response, Session, Validators

MAX_SAVED_BYTES = 30_000_000
MOST_SAVED = 500
_ENDINGS = (".xml", ".rss", ".atom", ".rdf", ".json", ".html", ".php")


class BoardClient:
    """The feeds of one board, live or saved."""

    def __init__(self, session: Session) -> None:
        self.web = FeedClient(session)

    def fetch(
        self, url: str, validators: Validators | None = None, answers: Collection[int] = ()
    ) -> Response:
        """Return the answer as it came; raises SourceError."""
        return self.web.fetch(url, validators=validators, answers=answers)

    def saved_names(self, place: str) -> tuple[str, ...]:
        """Return the names of the feeds saved at a place, sorted. Raises PermanentError."""
        path = Path(place)
        if path.is_file():
            return (path.name,)
        if not path.is_dir():
            raise PermanentError(
                f"There is no saved feed and no folder at {place!r}. Check saved, and whether "
                "the hub may read there."
            )
        files = (one for one in path.iterdir() if one.suffix.lower() in _ENDINGS)
        names = sorted(one.name for one in files if one.is_file() and not one.is_symlink())
        if not names:
            raise PermanentError(
                f"The folder {place!r} holds no saved feed. Its files have to end in .xml, .rss, "
                ".atom, .rdf, .json, .html or .php."
            )
        return tuple(names[:MOST_SAVED])

    def saved(self, place: str, name: str) -> bytes:
        """Return one saved feed. Raises PermanentError."""
        if name not in self.saved_names(place):
            raise PermanentError(f"The saved feed {name[:80]!r} is no longer there.")
        path = Path(place) if Path(place).is_file() else Path(place) / name
        try:
            if path.stat().st_size > MAX_SAVED_BYTES:
                raise PermanentError(
                    f"The saved feed {name!r} is larger than {MAX_SAVED_BYTES // 10**6} megabytes."
                )
            return path.read_bytes()
        except OSError as error:
            raise PermanentError(f"The saved feed {name!r} cannot be read: {error}.") from error
