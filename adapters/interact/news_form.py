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
from adapters.interact.pages import document, unexpected
from adapters.interact.selectors import compiled
from adapters.interact.settings import NewsSettings
from adapters.interact.site_client import SiteClient, led_to
from connector.announce.limits import fitted
from connector.contract import AdapterInfo, Destination
from connector.errors import AuthError, ConfigError, PermanentError, SourceError, UnknownOutcome
from connector.html import clean
from connector.http import Session
from connector.model import CheckLine, CheckReport, Limits, Message, PlannedRequest, Receipt

LIMITS = Limits(most_title=60)
PAGES_TO_SEARCH = 5
NEWS_ON_A_PAGE = 10
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
_MARKER = re.compile(r"[A-Za-z0-9_-]{8,80}", re.ASCII)
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
        for ability, told, step in (
            ("sign in", "The Interact knows this account.", self._client.log_in),
            ("read back", "The news page shows what is there.", self._open_news),
            ("post", "The account may post news in this space.", self._open_form),
        ):
            try:
                step()
            except SourceError as error:
                lines.append(CheckLine(ability, False, str(error)))
                break
            lines.append(CheckLine(ability, True, told))
        return CheckReport(tuple(lines))

    def _open_news(self) -> None:
        self._searched(0)

    def _open_form(self) -> None:
        root = document(self._client.get(NEWS_FORM_PATH, space_key=self._settings.space).body)
        if not any(each.get("name") == "heading" for each in root.iter("input")):
            raise PermanentError(f"The Interact shows this account no news form. {_NOT_A_LEADER}")

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
            if not compiled(self._settings.selectors.post)(root):
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
        if not compiled(self._settings.selectors.post)(root) and b"news" not in body.lower():
            raise unexpected("no news", "post")
        return root

    def send(self, message: Message, marker: str) -> Receipt:
        """Post once; what is there already is not posted again.

        Raises:
            UnknownOutcome: The answer was lost, or the news cannot be found afterwards.
            PermanentError: The form was refused.
        """
        if (there := self.find(marker)) is not None:
            return there
        answer = self._client.send_form(NEWS_FORM_PATH, self._form(message, marker))
        if led_to(answer) == "login":
            raise AuthError(
                "The Interact asks for a log-in again instead of taking the news; nothing was "
                "posted. Check username and password."
            )
        found = self.find(marker)
        if found is not None:
            return found
        if 200 <= answer.status < 300:
            raise PermanentError(
                f"The Interact shows its news form again and took nothing. {_NOT_A_LEADER}"
            )
        raise UnknownOutcome(
            "The Interact took the news but does not show it. Look at the space's news page "
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
