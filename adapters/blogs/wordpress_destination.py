"""A WordPress site as a destination: posts by its REST interface and an Application Password.

WordPress has no idempotency of its own. A post gets the marker as its slug (or, where the
school installed the plugin of ``docs/howto/announce.md``, as the field ``hub_id``), is looked
for by it, and one sender at a time does so. Behaviour seen at WordPress 6.1; slugs of trashed
posts end in ``__trashed``, and a wrong password is silently nobody where it is not asked for.
"""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from adapters.blogs.client import with_query
from connector.announce.limits import fitted
from connector.contract import AdapterInfo, Destination
from connector.errors import (
    AuthError,
    ConflictError,
    ParseError,
    PermanentError,
    SourceError,
    UnknownOutcome,
)
from connector.html import safe_link
from connector.http import Response, Session
from connector.model import CheckLine, CheckReport, Limits, Message, PlannedRequest, Receipt

LIMITS = Limits(most_title=200)
_GONE = (404, 410)
_UNKNOWN_THERE = (
    "WordPress does not know this user and Application Password. Create a new one there under "
    "Users, Profile, and save it as application_password."
)


class WordPressSettings(BaseModel):
    """One site, and who posts there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1, max_length=2000, description="The address of the site's home page."
    )
    user: str = Field(min_length=1, description="The name that the author signs in with.")
    application_password: SecretStr = Field(
        description="An Application Password of that user, as env:NAME."
    )
    categories: tuple[int, ...] = Field(
        default=(), description="Numbers of the categories that announcements get."
    )
    marker: Literal["slug", "field"] = Field(
        default="slug",
        description=(
            "How posts are found again: slug (in their address) or field (invisible; needs the "
            "three-line plugin of the howto)."
        ),
    )

    @field_validator("address")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        address = value.strip().rstrip("/")
        if safe_link(address) is None:
            raise ValueError("write the home page, such as https://blog.example.school.nz/")
        return address


class WordPressDestination:
    """One WordPress site."""

    def __init__(self, settings: WordPressSettings, session: Session):
        self._settings = settings
        self._session = session
        self._root = f"{settings.address}/wp-json/"
        self._posts = f"{self._root}wp/v2/posts"

    # --- trying ---------------------------------------------------------------------------

    def check(self) -> CheckReport:
        """Ask who we are and what we may; raises SourceError where nobody answers."""
        index = self._asked(self._root, signed=False)
        if not _mapping(_mapping(index).get("authentication")):
            told = (
                "This site takes no Application Passwords: they need https and WordPress 5.6, "
                "and a security plugin may switch them off."
            )
            return CheckReport((CheckLine("sign in", False, told),))
        try:
            me = self._me()
        except AuthError as error:
            return CheckReport((CheckLine("sign in", False, str(error)),))
        lines = [CheckLine("sign in", True, "The Application Password is good.")]
        may = bool(_mapping(me.get("capabilities")).get("publish_posts"))
        told = (
            "May publish posts."
            if may
            else "May not publish posts: ask for the role of an author, or somebody has to "
            "publish each announcement there."
        )
        lines.append(CheckLine("publish", may, told))
        if self._settings.marker == "field":
            lines.append(self._check_plugin())
        return CheckReport(tuple(lines))

    def _me(self) -> dict[str, Any]:
        return _mapping(self._asked(with_query(f"{self._root}wp/v2/users/me", context="edit")))

    def _check_plugin(self) -> CheckLine:
        """Without it the parameter is ignored, and any post comes back."""
        found = self._listed(hub_id="hub-nothing", status="any", per_page=1)
        told = "The field hub_id can be looked for."
        if found:
            told = "The plugin for the field hub_id is missing: install it, or use slug."
        return CheckLine("field", not found, told)

    # --- what is sent ---------------------------------------------------------------------

    def preview(self, message: Message) -> Message:
        """Return the message with a title that fits."""
        return fitted(message, LIMITS)

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the one request that makes the post."""
        body = json.dumps(self._fields(message, marker), ensure_ascii=False, indent=1)
        kind = ("Content-Type", "application/json")
        return (
            PlannedRequest(
                method="POST",
                address=self._posts,
                headers=(kind,),
                body=body,
                secrets=("Authorization",),
            ),
        )

    def _fields(self, message: Message, marker: str) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "title": message.title,
            "content": message.html,
            "status": "publish",
        }
        if self._settings.marker == "slug":
            fields["slug"] = marker
        else:
            fields["meta"] = {"hub_id": marker}
        if self._settings.categories:
            fields["categories"] = list(self._settings.categories)
        return fields

    def find(self, marker: str) -> Receipt | None:
        """Look for the marker, in the bin as well."""
        if self._settings.marker == "field":
            found = self._listed(hub_id=marker, status="any,trash")
            mine = [one for one in found if _mapping(one.get("meta")).get("hub_id") == marker]
        else:
            mine = self._listed(slug=marker, status="any")
            mine = [one for one in mine if one.get("slug") == marker]
            if not mine:
                trashed = f"{marker}__trashed"
                mine = self._listed(slug=trashed, status="trash")
                mine = [one for one in mine if one.get("slug") == trashed]
        return _receipt(mine[0]) if mine else None

    def send(self, message: Message, marker: str) -> Receipt:
        """Make the post, once it is sure who we are."""
        self._me()
        (planned,) = self.plan(message, marker)
        answer = self._posted(planned.address, planned.body.encode())
        if answer.status != 201:
            raise _refused(answer)
        return _receipt(_decoded(answer))

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Replace title and text, unless somebody edited them there."""
        now = self._one(receipt)
        wanted = (message.title, message.html.strip())
        if _raw(now) == wanted:
            return _receipt(now)
        if receipt.version and receipt.version != now.get("modified_gmt"):
            raise ConflictError(
                "Somebody edited this post on the site since it was sent, so it was left as it "
                "is. Look at it there; 'clusterhub retry --over' writes over it."
            )
        body = json.dumps({"title": message.title, "content": message.html}).encode()
        answer = self._posted(self._address(receipt), body)
        if answer.status != 200:
            raise _refused(answer)
        return _receipt(_decoded(answer))

    def retract(self, receipt: Receipt) -> None:
        """Put the post into the site's bin; one that is there or gone is taken back."""
        # Some hosts let no DELETE through; WordPress takes this header in its place.
        answer = self._posted(self._address(receipt), b"", method="DELETE")
        if answer.status not in (200, *_GONE):
            raise _refused(answer)

    # --- asking ---------------------------------------------------------------------------

    def _one(self, receipt: Receipt) -> dict[str, Any]:
        url = with_query(self._address(receipt), context="edit")
        answer = self._session.get(url, headers=self._signed(), answers=_GONE)
        found = {} if answer.status in _GONE else _decoded(answer)
        if answer.status in _GONE or found.get("status") == "trash":
            raise PermanentError("The post is not on the site any more.", status=410)
        return found

    def _address(self, receipt: Receipt) -> str:
        number = receipt.external_id.removeprefix("post:")
        if not number.isdecimal():
            raise PermanentError("The hub does not know the post's number on the site.")
        return f"{self._posts}/{number}"

    def _listed(self, **asked: str | int) -> list[dict[str, Any]]:
        found = self._asked(with_query(self._posts, context="edit", **asked))
        if not isinstance(found, list):
            raise ParseError("The site lists posts in a way that the hub does not read.")
        return [one for one in found if isinstance(one, dict)]

    def _asked(self, url: str, *, signed: bool = True) -> object:
        headers = {"Accept": "application/json"} | (self._signed() if signed else {})
        try:
            answer = self._session.get(url, headers=headers)
        except AuthError as error:
            if error.status == 401 and signed:
                raise AuthError(_UNKNOWN_THERE, url=error.url, status=401) from error
            raise
        return _json(answer)

    def _posted(self, url: str, body: bytes, *, method: str | None = None) -> Response:
        headers = self._signed() | {"Content-Type": "application/json"}
        if method is not None:
            headers["X-HTTP-Method-Override"] = method
        return self._session.post(url, body=body, headers=headers, answers=(400, 404, 409, 410))

    def _signed(self) -> dict[str, str]:
        secret = self._settings.application_password.get_secret_value()
        pair = base64.b64encode(f"{self._settings.user}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}


def _json(answer: Response) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ParseError(
            "The site answers, but not as WordPress's REST interface does: see whether a plugin "
            "or a log-in page is in the way.",
            status=answer.status,
        ) from error


def _decoded(answer: Response) -> dict[str, Any]:
    return _mapping(_json(answer))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _receipt(post: dict[str, Any]) -> Receipt:
    """Return the receipt of a post. Raises UnknownOutcome for one without a number."""
    number, status = post.get("id"), post.get("status")
    if not isinstance(number, int) or isinstance(number, bool):
        raise UnknownOutcome("The site took something and did not say what became of it.")
    link = post.get("link")
    return Receipt(
        f"post:{number}",
        safe_link(link) if isinstance(link, str) else None,
        waiting=status in ("pending", "draft", "future"),
        version=str(post.get("modified_gmt") or ""),
        removed=status == "trash",
    )


def _raw(post: dict[str, Any]) -> tuple[str, str]:
    title, content = _mapping(post.get("title")), _mapping(post.get("content"))
    return str(title.get("raw", "")), str(content.get("raw", "")).strip()


def _refused(answer: Response) -> SourceError:
    """Return what a refusal means, in WordPress's own word for it and none of its sentences."""
    try:
        code = _decoded(answer).get("code")
    except ParseError:
        code = None
    word = code if isinstance(code, str) and code.isidentifier() and len(code) < 60 else "no reason"
    return PermanentError(
        f"WordPress did not take it ({answer.status}, {word}). Check the destination's settings.",
        status=answer.status,
    )


class WordPressAdapter:
    """The row of ``adapters/registry.py``."""

    INFO: AdapterInfo = AdapterInfo(
        kind="wordpress",
        title="WordPress site",
        reads=frozenset(),
        delivers=frozenset({"send", "update", "retract"}),
        find="exact",
    )
    Settings: type[BaseModel] = WordPressSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the site behind these settings; asks nobody yet."""
        if not isinstance(settings, WordPressSettings):
            raise TypeError(f"wordpress needs WordPressSettings, got {type(settings).__name__}")
        return WordPressDestination(settings, session)


ADAPTER = WordPressAdapter()
