"""The Interact adapter: chooses the way of reading that is configured."""

from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from adapters.interact.client import open_database
from adapters.interact.dump_shelf import SHELF, mark_of
from adapters.interact.dump_store import DumpDatabase
from adapters.interact.feed_place import FeedPlace
from adapters.interact.page_records import read_file
from adapters.interact.rows_place import RowsPlace
from adapters.interact.saved_place import STREAM, SavedPlace
from adapters.interact.settings import InteractSettings
from adapters.interact.site_place import SitePlace
from connector.contract import AdapterInfo, Place
from connector.errors import ParseError
from connector.http import Session, is_slice_over
from connector.model import Kind, Page
from connector.turns import giving_way


class InteractAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="interact",
        title="Interact community",
        reads=frozenset(
            {
                Kind.POST,
                Kind.COMMENT,
                Kind.REFLECTION,
                Kind.ANNOUNCEMENT,
                Kind.EVENT,
                Kind.WORKSHOP,
                Kind.REGISTRATION,
                Kind.RESOURCE,
            }
        ),
        default_interval=timedelta(hours=6),
        fastest_interval=timedelta(minutes=30),
    )
    Settings: type[BaseModel] = InteractSettings

    def open(self, settings: BaseModel, session: Session, now: datetime) -> Place:
        """Return the Interact behind these settings; asks nobody yet."""
        if not isinstance(settings, InteractSettings):
            raise TypeError(f"interact needs InteractSettings, got {type(settings).__name__}")
        if settings.way == "dump":
            path = Path(settings.dump).expanduser()
            return RowsPlace(
                settings,
                lambda: _dump(path, session),
                now,
                lambda: "-".join(map(str, mark_of(path))),
            )
        if settings.way == "journals":
            return FeedPlace(settings, session)
        if settings.way == "saved":
            return SavedPlace(settings)
        if settings.way == "site":
            return SitePlace(settings, session, now)
        return RowsPlace(settings, lambda: open_database(settings), now)

    def read_saved(self, body: bytes, settings: BaseModel) -> Page:
        """Return the records of a saved export or page. Raises ParseError."""
        if not isinstance(settings, InteractSettings):
            raise TypeError(f"interact needs InteractSettings, got {type(settings).__name__}")
        if body[:2] in (b"\x1f\x8b", b"PK") or b"CREATE TABLE" in body[:100_000]:
            raise ParseError(
                "This is a dump. Add the place with its path as dump, then 'clusterhub check' "
                "and 'clusterhub preview' of the place show what is in it."
            )
        found = read_file(body, settings)
        return Page(
            stream=STREAM,
            records=found.records,
            accounts=found.accounts,
            counts=found.counts,
            baseline=True,
        )


def _dump(path: Path, session: Session) -> DumpDatabase:
    """Return the tables of a dump, read beside other places and no longer than a slice."""
    with giving_way():
        return SHELF.database(path, lambda: is_slice_over(session))


ADAPTER = InteractAdapter()
