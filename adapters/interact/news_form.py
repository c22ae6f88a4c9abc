"""Posts an announcement as news of a space: the form, a marker in the text, and looking for it.

Interact gives no number back and takes the same news twice. So the text carries a marker, and
what was sent is looked for on the news page; nothing is sent before that was done, and nothing
again after an answer was lost.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from lxml import etree
from pydantic import BaseModel

from adapters.interact.addresses import LOGIN_PATH, NEWS_FORM_PATH, NEWS_PATH, readable
from adapters.interact.pages import document
from adapters.interact.selectors import compiled
from adapters.interact.settings import NewsSettings
from adapters.interact.site_client import SiteClient, led_to
from connector.announce.limits import fitted
from connector.contract import AdapterInfo, Destination
from connector.errors import (
    AuthError,
    ConfigError,
    ParseError,
    PermanentError,
    SourceError,
    UnknownOutcome,
)
from connector.html import clean
from connector.http import Session
from connector.model import CheckLine, CheckReport, Limits, Message, PlannedRequest, Receipt

LIMITS = Limits(most_title=60)
PAGES_TO_SEARCH = 5
NEWS_ON_A_PAGE = 10
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
_MARKER = re.compile(r"[A-Za-z0-9_-]{8,80}", re.ASCII)
_POST_ONE = (
    "Post one by hand first, then check again. The site may have a skin of its own or be another "
    "release: see selectors (post)."
)
_NOT_A_LEADER = "Ask a leader of the space to make this account a leader too."


class NewsForm:
    """One space's news."""

    def __init__(self, settings: NewsSettings, session: Session) -> None:
        self._settings = settings
        self._client = SiteClient(settings, session)

    # --- trying ---------------------------------------------------------------------------

    def check(self) -> CheckReport:
        """Log in, and open the news page and the form; nothing is posted."""
        lines: list[CheckLine] = []
        for ability, step in (
            ("sign in", self._signed_in),
            ("read back", self._read_back),
            ("post", self._may_post),
        ):
            try:
                lines.append(step())
            except SourceError as error:
                lines.append(CheckLine(ability, False, str(error)))
                break
        return CheckReport(tuple(lines))

    def _signed_in(self) -> CheckLine:
        self._client.log_in()
        return CheckLine("sign in", True, "The Interact knows this account.")

    def _read_back(self) -> CheckLine:
        """Tell whether news are seen: an empty page proves nothing about a skin of its own."""
        if self._posts(self._searched(0)):
            return CheckLine("read back", True, "The news page shows what is there.")
        told = f"The page shows no news. {_POST_ONE}"
        return CheckLine("read back", False, told, needed=False)

    def _may_post(self) -> CheckLine:
        self._open_form()
        return CheckLine("post", True, "The account may post news in this space.")

    def _open_form(self) -> None:
        body = self._client.get(NEWS_FORM_PATH, space_key=self._settings.space).body
        if not _is_form(body):
            raise PermanentError(f"The Interact shows this account no news form. {_NOT_A_LEADER}")

    def _posts(self, root: etree._Element) -> bool:
        return bool(compiled(self._settings.selectors.post)(root))

    # --- what is sent ---------------------------------------------------------------------

    def preview(self, message: Message) -> Message:
        """Return the message as the space will show it: heading cut, text made harmless."""
        return replace(fitted(message, LIMITS), html=clean(message.html))

    def plan(self, message: Message, marker: str) -> Sequence[PlannedRequest]:
        """Return the log-in and the form, field by field as a person reads them."""
        base, name = self._settings.base, self._settings.username
        log_in = {"username": name, "password": "(kept secret)"}
        return (
            PlannedRequest(
                method="POST", address=f"{base}{LOGIN_PATH}", headers=_FORM, body=_fields(log_in)
            ),
            PlannedRequest(
                method="POST",
                address=f"{base}{NEWS_FORM_PATH}",
                headers=_FORM,
                body=_fields(self._form(message, marker)),
                secrets=("Cookie",),
            ),
        )

    def _form(self, message: Message, marker: str) -> dict[str, str]:
        # Interact shows what it is sent as it comes: whoever calls, nothing harmful leaves.
        shown = self.preview(message)
        return {
            "heading": shown.title,
            "body": f"{shown.html}{_sign(marker)}",
            "space_key": str(self._settings.space),
            "action": "add",
            "news_key": "",
            "options": "",
            "remove_date_day": "",
            "remove_date_month": "",
            "remove_date_year": "",
            "submit": "Add",
        }

    def find(self, marker: str) -> Receipt | None:
        """Return the news with this marker, or None. Raises SourceError, never on a guess."""
        sign = _sign(marker)
        for page in range(PAGES_TO_SEARCH):
            root = self._searched(page)
            if _holds(root, sign):
                return self._receipt(marker)
            if not self._posts(root):
                return None
        return None

    def _searched(self, page: int) -> etree._Element:
        """Return a page of the news. Raises SourceError where it is none."""
        numbers = {"space_key": self._settings.space}
        if page:
            numbers["offset"] = page * NEWS_ON_A_PAGE
        body = self._client.get(NEWS_PATH, **numbers).body
        root = document(body)
        if compiled(self._settings.selectors.login_form)(root):
            raise AuthError("The news page is a log-in form. Check username and password.")
        if not self._posts(root):
            # Beyond the last news the page is empty; at the first an error page looks like that.
            is_empty = _is_news_page(root) if page == 0 else b"news" in body.lower()
            if not is_empty:
                raise ParseError(
                    "The page shows no news, and it does not look like the news page of release "
                    f"2.4. {_POST_ONE}"
                )
        return root

    def send(self, message: Message, marker: str) -> Receipt:
        """Post once, to whom the form is shown; what is there already is not posted again.

        Raises:
            UnknownOutcome: The answer was lost, or the news cannot be found afterwards.
            PermanentError: The form is not shown, or was refused.
        """
        if (there := self.find(marker)) is not None:
            return there
        self._open_form()
        answer = self._client.send_form(NEWS_FORM_PATH, self._form(message, marker))
        if led_to(answer) == "login":
            raise AuthError(
                "The Interact asks for a log-in again instead of taking the news; nothing was "
                "posted. Check username and password."
            )
        try:
            found = self.find(marker)
        except SourceError as error:
            raise UnknownOutcome(
                "The Interact got the news, and looking whether it is there failed. It is looked "
                "for before anything is posted again."
            ) from error
        if found is not None:
            return found
        if 200 <= answer.status < 300 and _is_form(answer.body):
            raise PermanentError(
                f"The Interact shows its news form again and took nothing. {_NOT_A_LEADER}"
            )
        raise UnknownOutcome(
            "The Interact got the news but does not show it. Look at the space's news page "
            "before posting again."
        )

    def update(self, receipt: Receipt, message: Message) -> Receipt:
        """Refuse: only administrators see the number of a piece of news."""
        raise PermanentError("News of an Interact is changed by hand, in the space itself.")

    def retract(self, receipt: Receipt) -> None:
        """Refuse: only administrators see the number of a piece of news."""
        raise PermanentError("News of an Interact is removed by hand, in the space itself.")

    def _receipt(self, marker: str) -> Receipt:
        address = readable(self._settings.base, NEWS_PATH, space_key=self._settings.space)
        return Receipt(external_id=f"marker:{marker}", url=address)


def _fields(form: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in form.items())


def _is_form(body: bytes) -> bool:
    """Whether a page holds the form that news are written in."""
    return any(each.get("name") == "heading" for each in document(body).iter("input"))


def _is_news_page(root: etree._Element) -> bool:
    """Whether a page without news is the news page all the same, by its frame or its link."""
    return any(
        each.get("id") == "news" or NEWS_FORM_PATH in (each.get("href") or "")
        for each in root.iter(etree.Element)
    )


def _sign(marker: str) -> str:
    """Return the marker as it stands in the text, where readers do not see it."""
    if not _MARKER.fullmatch(marker):
        raise ConfigError("A marker holds 8 to 80 letters, digits, hyphens and underscores.")
    return f'<span title="{marker}"></span>'


def _holds(root: etree._Element, sign: str) -> bool:
    marker = sign.partition('"')[2].partition('"')[0]
    return any(each.get("title") == marker for each in root.iter("span"))


class InteractNewsAdapter:
    """The row of ``adapters/registry.py`` for destinations."""

    INFO: AdapterInfo = AdapterInfo(
        kind="interact",
        title="News of an Interact",
        reads=frozenset(),
        delivers=frozenset({"send"}),
        find="exact",
    )
    Settings: type[BaseModel] = NewsSettings

    def open_destination(self, settings: BaseModel, session: Session, now: datetime) -> Destination:
        """Return the space behind these settings; asks nobody yet."""
        if not isinstance(settings, NewsSettings):
            raise TypeError(f"interact needs NewsSettings, got {type(settings).__name__}")
        return NewsForm(settings, session)


ADAPTER = InteractNewsAdapter()
