"""What the pages were given when the app was made, for one app at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast
from zoneinfo import ZoneInfo

from flask import current_app

from connector.model import Clock
from connector.store.database import Store
from connector.web.one_time_key import OneTimeKey
from connector.web.static_files import StaticFile

AskForRun = Callable[[int, str], None]
"""Called with a cluster id and a place's key; the place is then read soon."""

HearHook = Callable[[str, str, Mapping[str, str], bytes], bool]
"""Called with a cluster's and a place's key, headers and raw body; whether it is genuine."""

Said = Literal["there", "absent", "send"]
"""What somebody says of a delivery: its copy is there; it is not, and should be; send it."""

TakeWord = Callable[[int, int, Said, str | None], None]
"""Called with a cluster id, a delivery's number, what was said, and the copy's address."""

_NAME = "clusterhub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The arguments of ``create_app``, as the pages need them."""

    store: Store
    key: OneTimeKey
    hosts: frozenset[str]
    zone: ZoneInfo
    """Times are shown in it."""
    ask_for_run: AskForRun | None
    hear_hook: HearHook | None
    take_word: TakeWord | None
    """None: nobody can say on a page what is to become of a delivery."""
    stop_token: Callable[[int, str], str] | None
    """Proves that a letter was sent to an address of a cluster; None: no letters are stopped."""
    now: Clock
    files: Mapping[str, StaticFile]
    """The pages' own, by name."""
    files_version: str
    """Changes whenever one of them does, so that browsers may keep them for long."""


def put_parts(extensions: dict[str, object], parts: Parts) -> None:
    """Keep the parts with the app."""
    extensions[_NAME] = parts


def the_parts() -> Parts:
    """Return the parts of the app that answers now."""
    return cast(Parts, current_app.extensions[_NAME])
