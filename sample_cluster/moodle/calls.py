"""One call of a function: who calls, in which words the answer is to be, and addresses.

What the answer holds is in ``functions``; how it travels is in ``protocol``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import nh3

from sample_cluster.moodle.params import Spec
from sample_cluster.moodle.rights import Rights
from sample_cluster.moodle.state import StoredFile, User
from sample_cluster.moodle.world import MoodleWorld

ZONE = ZoneInfo("Pacific/Auckland")
_THEME = "theme/image.php/boost"
_REVISION = 1795285319
_PLACEHOLDER = "@@PLUGINFILE@@"
_HARMLESS = re.compile(r"(?:[^<]|</?(?:p|b|i|em|strong|ul|ol|li|blockquote)>)*")
_KEPT_ATTRIBUTES = {
    "*": {"id", "class", "title", "lang", "dir"},
    "a": {"href", "target"},
    "img": {"src", "alt", "width", "height"},
}


@dataclass(frozen=True, slots=True)
class Wording:
    """How texts come back."""

    raw: bool = False
    """Titles unescaped, texts unfiltered: what was stored."""
    file_urls: bool = True
    """Placeholders of files in texts become addresses."""


@dataclass(slots=True)
class Call:
    """What a function may look at."""

    world: MoodleWorld
    user: User
    rights: Rights
    wwwroot: str
    wording: Wording = Wording()
    service: Mapping[str, str] | None = None
    """The functions of the token's service and their versions; None inside tests alone."""

    def title(self, text: str) -> str:
        """Return a title or a name: escaped unless raw texts were asked for."""
        if self.wording.raw:
            return text
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def html(self, text: str, files_at: str = "") -> str:
        """Return what people wrote: cleaned unless raw texts were asked for.

        Cleaning keeps ``id`` and ``class``, and takes comments, scripts, frames, ``data-*``,
        ``rel`` and ``style``.
        """
        found = text if self.wording.raw else cleaned(text)
        return self.with_files(found, files_at)

    def with_files(self, text: str, files_at: str) -> str:
        if not self.wording.file_urls or _PLACEHOLDER not in text:
            return text
        return text.replace(_PLACEHOLDER, f"{self.wwwroot}/webservice/pluginfile.php/{files_at}")

    def picture(self, size: int = 1) -> str:
        """Return the address of the picture that an account has without one of its own."""
        return f"{self.wwwroot}/{_THEME}/core/{_REVISION}/u/f{size}"

    def icon(self, modname: str) -> str:
        return f"{self.wwwroot}/{_THEME}/{modname}/{_REVISION}/monologo?filtericon=1"

    def file(self, stored: StoredFile, files_at: str) -> dict[str, Any]:
        """Return a file as most functions name it."""
        address = f"{self.wwwroot}/webservice/pluginfile.php/{files_at}/{quote(stored.name)}"
        return {
            "filename": stored.name,
            "filepath": "/",
            "filesize": len(stored.content),
            "fileurl": address,
            "timemodified": stored.timemodified,
            "mimetype": stored.mimetype,
            "isexternalfile": False,
            "icon": icon_of(stored),
        }


def cleaned(text: str) -> str:
    """Return people's HTML as Moodle shows it."""
    if _HARMLESS.fullmatch(text):
        return text
    return nh3.clean(text, attributes=_KEPT_ATTRIBUTES, link_rel=None)


def icon_of(stored: StoredFile) -> str:
    return "f/image" if stored.mimetype.startswith("image/") else "f/text"


def in_words(seconds: int) -> str:
    """Return a moment as a page says it: "Sunday, 22 November 2026, 7:22 AM"."""
    local = local_time(seconds)
    return f"{local:%A}, {local.day} {local:%B %Y}, {int(local.strftime('%I'))}:{local:%M %p}"


def local_time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, ZONE)


Answer = Callable[[Call, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the web service: what it takes and what it does."""

    fields: Mapping[str, Spec]
    answer: Answer
