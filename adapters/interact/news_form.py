"""Posts an announcement as news of a space: the form, a marker in the text, and looking for it.

Interact gives no number back and takes the same news twice. So the text carries a marker, and
what was sent is looked for on the news page; nothing is sent before that was done, and nothing
again after an answer was lost.
"""

import re
from dataclasses import replace

from lxml import etree

from adapters.interact.addresses import NEWS_FORM_PATH, readable
from adapters.interact.pages import document, unexpected
from adapters.interact.selectors import compiled
from adapters.interact.settings import InteractSettings
from adapters.interact.site_client import SiteClient
from connector.errors import AuthError, ConfigError, PermanentError, UnknownOutcome
from connector.html import clean
from connector.http import Session
from connector.model import Message, Receipt

HEADING_CHARACTERS = 60
PAGES_TO_SEARCH = 5
NEWS_ON_A_PAGE = 10
_NEWS = "spaces/news.php"
_MARKER = re.compile(r"[A-Za-z0-9_-]{8,80}", re.ASCII)


class NewsForm:
    """One space's news as a destination."""

    def __init__(self, settings: InteractSettings, session: Session) -> None:
        self._settings = settings
        self._client = SiteClient(settings, session)

    def preview(self, message: Message) -> Message:
        """Return the message as the space will show it: heading cut, text made harmless."""
        heading = message.title.strip()
        if len(heading) > HEADING_CHARACTERS:
            heading = heading[: HEADING_CHARACTERS - 1].rstrip() + "…"
        return replace(message, title=heading, html=clean(message.html))

    def find(self, marker: str) -> Receipt | None:
        """Return the news with this marker, or None. Raises SourceError, never on a guess."""
        sign = _sign(marker)
        for page in range(PAGES_TO_SEARCH):
            numbers = {"space_key": self._space()}
            if page:
                numbers["offset"] = page * NEWS_ON_A_PAGE
            body = self._client.get(_NEWS, **numbers).body
            root = document(body)
            if compiled(self._settings.selectors.login_form)(root):
                raise AuthError("The news page is a log-in form. Check username and password.")
            if _holds(root, sign):
                return self._receipt(marker)
            if not compiled(self._settings.selectors.post)(root):
                if b"news" not in body.lower():
                    raise unexpected("no news", "post")
                return None
        return None

    def send(self, message: Message, marker: str) -> Receipt:
        """Post once; what is there already is not posted again.

        Raises:
            UnknownOutcome: The answer was lost, or the news cannot be found afterwards.
            PermanentError: The form was refused, or ``dry_run`` is on.
        """
        if (there := self.find(marker)) is not None:
            return there
        shown = self.preview(message)
        if self._settings.dry_run:
            raise PermanentError(
                "This was a dry run: the announcement is ready and the space answers, but nothing "
                "was posted. Set dry_run to false to post."
            )
        answer = self._client.send_form(
            NEWS_FORM_PATH,
            {
                "heading": shown.title,
                "body": f"{shown.html}{_sign(marker)}",
                "space_key": str(self._space()),
                "action": "add",
                "news_key": "",
                "options": "",
                "remove_date_day": "",
                "remove_date_month": "",
                "remove_date_year": "",
                "submit": "Add",
            },
        )
        if "login" in answer.headers.get("location", ""):
            raise AuthError("The log-in ended before the news was posted; nothing was posted.")
        found = self.find(marker)
        if found is not None:
            return found
        if 200 <= answer.status < 300:
            raise PermanentError(
                "The Interact shows its news form again and took nothing. Check that the account "
                "is a leader of the space."
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

    def _space(self) -> int:
        if self._settings.news_space is None:
            raise ConfigError("Posting is off: write the number of the space as news_space.")
        return self._settings.news_space

    def _receipt(self, marker: str) -> Receipt:
        address = readable(self._settings.base, _NEWS, space_key=self._space())
        return Receipt(external_id=f"marker:{marker}", url=address)


def _sign(marker: str) -> str:
    """Return the marker as it stands in the text, where readers do not see it."""
    if not _MARKER.fullmatch(marker):
        raise ConfigError("A marker holds 8 to 80 letters, digits, hyphens and underscores.")
    return f'<span title="{marker}"></span>'


def _holds(root: etree._Element, sign: str) -> bool:
    marker = sign.partition('"')[2].partition('"')[0]
    return any(each.get("title") == marker for each in root.iter("span"))
