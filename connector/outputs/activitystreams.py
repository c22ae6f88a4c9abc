"""Items as ActivityStreams 2.0, one JSON object on a line. Pure.

https://www.w3.org/TR/activitystreams-core/ and https://www.w3.org/TR/activitystreams-vocabulary/
(Recommendations of 23 May 2017). Terms of our own are ``kind`` and ``bytes``; the page
``docs/reference/export.md`` says what each field holds.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from connector.model import AudienceKind, Enclosure, Kind
from connector.outputs.links import shareable, shareable_html
from connector.store.views import Exported, Seen

CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {"kind": "urn:x-clusterhub:kind", "bytes": "urn:x-clusterhub:bytes"},
]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MEDIA_TYPE = "application/activity+json"

_TYPES = {
    Kind.POST: "Article",
    Kind.COMMENT: "Note",
    Kind.REFLECTION: "Article",
    Kind.ACTIVITY: "Activity",
    Kind.WORKSHOP: "Event",
    Kind.REGISTRATION: "Join",
    Kind.EVENT: "Event",
    Kind.RESOURCE: "Document",
    Kind.ANNOUNCEMENT: "Article",
}
_DONE_BY_SOMEBODY = frozenset({Kind.ACTIVITY, Kind.REGISTRATION})
_AUDIENCE_TYPES = {AudienceKind.SCHOOL: "Organization", AudienceKind.PERSON: "Person"}
_AUDIENCE_NAMES = {AudienceKind.GROUP: "A group", AudienceKind.FACILITATORS: "Facilitators"}
_MEDIA_TYPES = {"image": "Image", "audio": "Audio", "video": "Video"}
# Ends of lines for some readers, although JSON lets them stand inside a string.
_LINE_ENDS = {ord(one): f"\\u{ord(one):04x}" for one in "\x7f\x85\u2028\u2029"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How the items of one hub are told."""

    uid: str
    """The hub's own id: the ids of an item are made of it, and stay the same for ever."""
    version: str
    """Of the program, as the lines tell it."""
    secrets: Collection[str] = ()
    """What no line may hold."""
    tells_pseudonyms: bool = False
    """Whether two posts of one student may be known as such."""

    def line(self, item: Exported) -> str:
        """Return an item as one line of JSON, its end included."""
        text = json.dumps(self.item(item), ensure_ascii=False)
        return text.translate(_LINE_ENDS) + "\n"

    def item(self, item: Exported) -> Json:
        """Return an item as a JSON object; what is not known is not in it."""
        summary = item.summary
        told = {
            "@context": CONTEXT,
            "id": self._id("item", summary.item_id),
            "type": "Note" if _is_untitled_post(item) else _TYPES[summary.kind],
            "kind": str(summary.kind),
            "name": summary.title,
            "content": shareable_html(item.html, self.secrets),
            "url": self._urls(item),
            "attributedTo": self._authors(item),
            "to": self._audience(item.audience),
            "published": _moment(summary.published),
            "updated": _moment(item.updated),
            "inReplyTo": self._reference(item.in_reply_to),
            "context": self._place(item),
            "tag": [{"type": "Object", "name": one} for one in item.tags],
            "attachment": self._attachments(item.enclosures),
            "generator": {"type": "Application", "name": f"Cluster Hub {self.version}"},
        }
        return _known(told | self._of_kind(item))

    def _of_kind(self, item: Exported) -> Json:
        if item.summary.kind in _DONE_BY_SOMEBODY:
            return {"actor": self._person(item), "object": self._reference(item.object)}
        return {
            "startTime": _moment(item.start),
            "endTime": _moment(item.end),
            "location": {"type": "Place", "name": item.location} if item.location else None,
        }

    def _id(self, what: str, number: int | str) -> str:
        return uuid5(UUID(self.uid), f"{what}/{number}").urn

    def _reference(self, item_id: int | None) -> str | None:
        return None if item_id is None else self._id("item", item_id)

    def _urls(self, item: Exported) -> str | list[str] | None:
        links = (shareable(one, self.secrets) for one in (item.summary.url, *item.elsewhere))
        urls = list(dict.fromkeys(one for one in links if one))
        return urls[0] if len(urls) == 1 else urls

    def _authors(self, item: Exported) -> list[Json]:
        summary = item.summary
        found = [self._person(item)]
        if summary.school is not None and summary.school_id is not None:
            school = self._id("school", summary.school_id)
            found.append({"type": "Organization", "id": school, "name": summary.school})
        return [one for one in found if one]

    def _person(self, item: Exported) -> Json | None:
        if item.account_id is None:
            return None
        account = {"type": "Person", "id": self._id("account", item.account_id)}
        if not item.summary.is_student:
            return _known(account | {"name": item.summary.author})
        return (account if self.tells_pseudonyms else {"type": "Person"}) | {"name": "A student"}

    def _audience(self, seen: Seen) -> list[str | Json]:
        if seen.kind is AudienceKind.PUBLIC:
            return [PUBLIC]
        group = {
            "type": _AUDIENCE_TYPES.get(seen.kind, "Group"),
            "id": self._id("audience", seen.number),
            "name": seen.name or _AUDIENCE_NAMES.get(seen.kind, ""),
        }
        return [_known(group)]

    def _place(self, item: Exported) -> Json:
        """Return where it stands by name: the address of a private feed would open it."""
        place = self._id("place", item.summary.place_key)
        return {"type": "Service", "id": place, "name": item.summary.place}

    def _attachments(self, enclosures: Collection[Enclosure]) -> list[Json]:
        found = []
        for one in enclosures:
            url = shareable(one.url, self.secrets)
            kind = _MEDIA_TYPES.get(one.media_type.partition("/")[0], "Document")
            told = {"type": kind, "url": url, "mediaType": one.media_type, "bytes": one.bytes}
            if url is not None:
                found.append(_known(told))
        return found


def _is_untitled_post(item: Exported) -> bool:
    return item.summary.kind is Kind.POST and not item.summary.title


def _known(told: Json) -> Json:
    return {key: value for key, value in told.items() if value not in (None, "", [])}


def _moment(moment: datetime | None) -> str | None:
    """Return it in RFC 3339, UTC, to the second."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
