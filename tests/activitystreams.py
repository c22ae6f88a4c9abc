"""Whether a JSON object is ActivityStreams 2.0: written from the specifications, not from ours.

https://www.w3.org/TR/activitystreams-core/ (section 2 and 4: serialisation, ids, dates) and
https://www.w3.org/TR/activitystreams-vocabulary/ (section 2 to 4: types, domains, ranges).
"""

import re
from typing import Any
from urllib.parse import urlsplit

NAMESPACE = "https://www.w3.org/ns/activitystreams"

_ACTIVITIES = (
    "Accept Activity Add Announce Arrive Block Create Delete Dislike Flag Follow Ignore Invite "
    "IntransitiveActivity Join Leave Like Listen Move Offer Question Read Reject Remove "
    "TentativeAccept TentativeReject Travel Undo Update View"
).split()
_OBJECTS = (
    "Application Article Audio Collection CollectionPage Document Event Group Image Note Object "
    "OrderedCollection OrderedCollectionPage Organization Page Person Place Profile Relationship "
    "Service Tombstone Video"
).split()
_LINKS = ("Link", "Mention")

_TEXT, _TIME, _ADDRESS, _MEDIA_TYPE, _THING = "text", "time", "address", "media type", "thing"
_OF_OBJECTS = {
    "name": _TEXT,
    "summary": _TEXT,
    "content": _TEXT,
    "published": _TIME,
    "updated": _TIME,
    "startTime": _TIME,
    "endTime": _TIME,
    "mediaType": _MEDIA_TYPE,
    "url": _ADDRESS,
} | dict.fromkeys(
    "attachment attributedTo audience context generator icon image inReplyTo location preview "
    "replies tag to bto cc bcc".split(),
    _THING,
)
_OF_ACTIVITIES = _OF_OBJECTS | dict.fromkeys(
    "actor object target result origin instrument".split(), _THING
)
_OF_LINKS = {"href": _ADDRESS, "mediaType": _MEDIA_TYPE, "name": _TEXT, "rel": _TEXT}
# RFC 3339 with the seconds, "T" and "Z" that section 2.3 of the core asks for.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MEDIA = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def mistakes(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with a document; empty when nothing is."""
    context = document.get("@context")
    contexts = context if isinstance(context, list) else [context]
    if NAMESPACE not in contexts:
        return ["no context of ActivityStreams"]
    own = {key for one in contexts if isinstance(one, dict) for key in one}
    return _of_thing("", {key: one for key, one in document.items() if key != "@context"}, own)


def _of_thing(where: str, thing: Any, own: set[str]) -> list[str]:
    """A reference is an absolute IRI or an object; no value may be null, no list empty."""
    if isinstance(thing, str):
        return [] if _is_absolute(thing) else [f"{where}: {thing!r} is no absolute IRI"]
    if not isinstance(thing, dict):
        return [f"{where}: {thing!r} is neither an object nor an IRI"]
    kind = thing.get("type")
    known = _properties(kind)
    if known is None:
        return [f"{where}: there is no type {kind!r}"]
    found = []
    if "id" in thing and not _is_absolute(thing["id"]):
        found.append(f"{where}.id: {thing['id']!r} is no absolute IRI")
    for key, value in thing.items():
        if key in ("type", "id") or key in own:
            continue
        if key not in known:
            found.append(f"{where}.{key}: {kind} has no such property")
            continue
        values = value if isinstance(value, list) else [value]
        found += [] if values else [f"{where}.{key} is empty"]
        for one in values:
            found += _of_value(f"{where}.{key}", known[key], one, own)
    return found


def _properties(kind: Any) -> dict[str, str] | None:
    if kind in _ACTIVITIES:
        return _OF_ACTIVITIES
    if kind in _LINKS:
        return _OF_LINKS
    return _OF_OBJECTS if kind in _OBJECTS else None


def _of_value(where: str, wanted: str, value: Any, own: set[str]) -> list[str]:
    if wanted == _THING:
        return _of_thing(where, value, own)
    if wanted == _ADDRESS and isinstance(value, dict):
        is_link = value.get("type") in _LINKS
        return _of_thing(where, value, own) if is_link else [f"{where} is no link"]
    fits = {
        _TEXT: lambda: bool(value),
        _TIME: lambda: _MOMENT.fullmatch(value),
        _ADDRESS: lambda: _is_absolute(value),
        _MEDIA_TYPE: lambda: _MEDIA.fullmatch(value),
    }
    if isinstance(value, str) and fits[wanted]():
        return []
    return [f"{where}: {value!r} is no {wanted}"]


def _is_absolute(text: Any) -> bool:
    return isinstance(text, str) and bool(urlsplit(text).scheme) and " " not in text
