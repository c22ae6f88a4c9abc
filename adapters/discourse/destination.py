"""A Discourse board as a destination: a topic in a category, by an API key.

A topic carries the marker as its ``external_id``, which a board takes once; so what is sent
twice is there once. A post that waits for a moderator loses its external id on the way, and is
known by the marker in its text. Shapes and rules are those of the board software's source and
API description, read in August 2026; nothing of this was recorded from a board.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from adapters.discourse.client import DiscourseClient
from adapters.discourse.json_values import number_at, text_at
from adapters.discourse.parse import not_understood
from adapters.discourse.posting import (
    Copy,
    Waiting,
    is_same,
    raw_of,
    read_copy,
    read_waiting,
    refusal_of,
    topics_of,
)
from adapters.discourse.posting_check import check_posting
from adapters.discourse.settings import DiscoursePostingSettings, DiscourseSettings
from connector.announce.limits import fitted, too_small
from connector.contract import AdapterInfo, Destination
from connector.errors import (
    AuthError,
    ConflictError,
    PermanentError,
    TemporaryError,
    UnknownOutcome,
)
from connector.http import Session
from connector.model import CheckReport, Limits, Message, PlannedRequest, Receipt

_MOST_TITLE = 255
_GONE = (404, 410)
_LATELY = timedelta(days=14)
"""What was let through is looked for among topics of this time: a hub looks every hour."""
_MOST_LOOKED_INTO = 20
_WAITING = "review"

_TITLE_USED = (
    "The board has a topic with this title already and wants each title once: give this place "
    "another title (a wording of its own)."
)
_REFUSED = (
    "The board did not take it (422). It may find the title or the text too short or too plain, "
    "want a tag, or let this user announce no events: look at the rules of the category there, "
    "or write a wording for this place."
)
_EDITED = (
    "Somebody edited this topic on the board since it was sent, so it was left as it is. Look at "
    "it there; 'clusterhub retry --over' writes over it."
)
_NOT_DELETED = (
    "The board does not let this user delete the topic, for instance since somebody answered: "
    "ask a moderator of the board to delete it."
)
_NOT_LET_THROUGH = (
    "A moderator of the board has not let it through yet. It is changed or taken back when that "
    "is decided."
)
_NOT_SHOWN = (
    "The board does not show the hub's key whether this still waits for a moderator. Ask a "
    "moderator of the board to reject it, and announce it anew where that is wanted."
)


class DiscourseDestination:
    """One category of one board."""

    def __init__(self, settings: DiscoursePostingSettings, session: Session, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self._limits = Limits(
            most_title=_MOST_TITLE,
            least_title=settings.least_title,
            least_text=settings.least_text,
        )
        asking = DiscourseSettings(
            address=settings.address,
            api_key=settings.api_key,
            api_username=settings.api_username,
        )
        self._client = DiscourseClient(asking, session, now)

    def check(self) -> CheckReport:
        """Try key, category and queue; raises SourceError where nobody answers."""
        return check_posting(self._client, self._settings)

    # --- what is sent ---------------------------------------------------------------------

    def preview(self, message: Message) -> Message:
        """Return the message with a title that fits."""
        return fitted(message, self._limits)

    def objections(self, message: Message) -> Sequence[str]:
        """Return what the board would refuse for being too short."""
        return too_small(message, self._limits)

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the one request that opens the topic."""
        settings = self._settings
        fields: dict[str, Any] = {
            "title": message.title,
            "raw": raw_of(message, marker, with_event=settings.events),
            "category": settings.category,
            "external_id": marker,
        }
        if settings.tags:
            fields["tags"] = list(settings.tags)
        return (
            PlannedRequest(
                method="POST",
                address=f"{self._client.base}/posts.json",
                headers=(
                    ("Content-Type", "application/json"),
                    ("Api-Username", settings.api_username),
                ),
                body=json.dumps(fields, ensure_ascii=False, indent=1),
                secrets=("Api-Key",),
            ),
        )

    def send(self, message: Message, marker: str) -> Receipt:
        """Open the topic; where the board has it already, return that one."""
        (planned,) = self.plan(message, marker)
        answer = self._client.tell("/posts.json", planned.body.encode(), answers=(422,))
        if answer.status == 422:
            return self._found_or_refused(marker, answer.value)
        if text_at(answer.value, "action") == "enqueued":
            number = number_at(answer.value, "pending_post", "id") or 0
            return _waiting(number, marker)
        post, topic = number_at(answer.value, "id"), number_at(answer.value, "topic_id")
        if not post or not topic:
            raise UnknownOutcome("The board took something and did not say what became of it.")
        return self._receipt(topic, post, str(number_at(answer.value, "version") or ""))

    def _found_or_refused(self, marker: str, value: object) -> Receipt:
        found = self.find(marker)
        if found is not None:
            return found
        why = refusal_of(value)
        if why == "taken":
            # Deleted topics keep their external id, and are shown to nobody by it.
            return Receipt(f"deleted:{marker}", removed=True)
        raise PermanentError(_TITLE_USED if why == "title" else _REFUSED, status=422)

    # --- looking --------------------------------------------------------------------------

    def find(self, marker: str) -> Receipt | None:
        """Look for the marker: among topics, in the queue, and among what was let through."""
        answer = self._client.ask(f"/t/external_id/{marker}.json", answers=_GONE)
        if answer.status not in _GONE:
            copy = read_copy(answer.value)
            if copy is None:
                raise not_understood("a topic")
            return self._receipt_of(copy)
        # In this order: what is let through between the two questions is found by the second.
        return self._in_the_queue(marker) or self._let_through(marker)

    def _in_the_queue(self, marker: str) -> Receipt | None:
        for one in self._queue() or ():
            if one.marker == marker:
                return _waiting(one.id, marker)
        return None

    def _queue(self) -> Sequence[Waiting] | None:
        """Return what waits for a moderator; None where the board does not show it."""
        user = quote(self._settings.api_username, safe="")
        try:
            answer = self._client.ask(f"/posts/{user}/pending.json", answers=_GONE)
        except AuthError:
            # No scope of a key names this list. That the key itself is good, the topics tell.
            return None
        return None if answer.status in _GONE else read_waiting(answer.value)

    def _let_through(self, marker: str) -> Receipt | None:
        listed = self._client.ask("/latest.json", {"order": "created", "per_page": 100}).value
        mine = topics_of(listed, self._settings.api_username, self._now, _LATELY)
        for topic in mine[:_MOST_LOOKED_INTO]:
            copy = self._copy(topic)
            if copy is not None and copy.marker == marker:
                return self._receipt_of(copy)
        return None

    def _copy(self, topic: int) -> Copy | None:
        """Return what stands in a topic; None where there is none any more."""
        answer = self._client.ask(f"/t/{topic}.json", {"include_raw": "true"}, answers=_GONE)
        if answer.status in _GONE:
            return None
        copy = read_copy(answer.value)
        if copy is None:
            raise not_understood("a topic")
        return None if copy.is_gone else copy

    # --- afterwards -----------------------------------------------------------------------

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Replace title and text, unless somebody edited them there."""
        known = self._known(receipt)
        copy = None if known is None else self._copy_of(known)
        if known is None or copy is None:
            raise PermanentError("The topic is not on the board any more.", status=410)
        raw = raw_of(message, copy.marker, with_event=self._settings.events)
        if is_same(copy, message.title, raw):
            return self._receipt_of(copy)
        if known.version and known.version != copy.version:
            raise ConflictError(_EDITED)
        post = {"raw": raw, **({"original_text": copy.raw} if copy.raw else {})}
        body = json.dumps({"title": message.title, "post": post}).encode()
        answer = self._client.tell(
            f"/posts/{copy.post}.json", body, method="PUT", answers=(*_GONE, 409, 422)
        )
        if answer.status in _GONE:
            raise PermanentError("The topic is not on the board any more.", status=410)
        if answer.status == 409:
            raise ConflictError(_EDITED)
        if answer.status == 422:
            is_title = refusal_of(answer.value) == "title"
            raise PermanentError(_TITLE_USED if is_title else _REFUSED, status=422)
        version = number_at(answer.value, "post", "version")
        if version is None:
            raise UnknownOutcome("The board took a change and did not say what became of it.")
        return self._receipt(copy.topic, copy.post, str(version))

    def retract(self, receipt: Receipt) -> None:
        """Delete the topic; one that is gone is taken back."""
        known = self._known(receipt)
        copy = None if known is None else self._copy_of(known)
        if copy is None:
            return
        if not copy.may_be_deleted:
            raise PermanentError(_NOT_DELETED)
        self._client.tell(f"/t/{copy.topic}.json", b"", method="DELETE", answers=_GONE)

    def _known(self, receipt: Receipt) -> Receipt | None:
        """Return the receipt of a topic; None where a moderator let nothing through.

        Raises PermanentError where the board does not show what waits.
        """
        kind, _, rest = receipt.external_id.partition(":")
        if kind != _WAITING:
            return receipt
        found = self.find(rest.partition(":")[2])
        if found is not None and found.waiting:
            raise TemporaryError(_NOT_LET_THROUGH)
        if found is None and self._queue() is None:
            raise PermanentError(_NOT_SHOWN)
        return found

    def _copy_of(self, known: Receipt) -> Copy | None:
        url = (known.url or "").removeprefix(self._client.base)
        topic = re.match(r"/t/(?:[^/?#]+/)?(\d{1,15})(?![^/?#.])", url)
        if topic is None:
            raise PermanentError("The hub does not know the topic's number on the board.")
        copy = self._copy(int(topic[1]))
        kind, _, post = known.external_id.partition(":")
        is_another = copy is not None and kind == "post" and post != str(copy.post)
        return None if is_another else copy

    # --- receipts -------------------------------------------------------------------------

    def _receipt_of(self, copy: Copy) -> Receipt:
        found = self._receipt(copy.topic, copy.post, copy.version)
        return Receipt(found.external_id, found.url, version=found.version, removed=copy.is_gone)

    def _receipt(self, topic: int, post: int, version: str) -> Receipt:
        """Return the receipt in the words of the source, so that the copy is known again."""
        return Receipt(f"post:{post}", f"{self._client.base}/t/{topic}", version=version)


def _waiting(number: int, marker: str) -> Receipt:
    return Receipt(f"{_WAITING}:{number}:{marker}", waiting=True)


class DiscourseDestinationAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="discourse",
        title="Discourse board",
        reads=frozenset(),
        delivers=frozenset({"send", "update", "retract", "event"}),
        find="exact",
    )
    Settings: type[BaseModel] = DiscoursePostingSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the category behind these settings; asks nobody yet."""
        if not isinstance(settings, DiscoursePostingSettings):
            raise TypeError(
                f"discourse needs DiscoursePostingSettings, got {type(settings).__name__}"
            )
        return DiscourseDestination(settings, session, now)


DESTINATION = DiscourseDestinationAdapter()
