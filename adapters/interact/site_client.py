"""Asks a running Interact for pages and feeds, over the guarded session.

Only addresses of ``addresses.READ_PATHS`` are asked for, and no redirect is followed: where
one leads says what is amiss. The log-in's cookies are kept whatever their names are.
"""

import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urlsplit

from adapters.interact.addresses import LOGIN_PATH, readable
from adapters.interact.settings import SiteSettings
from connector.errors import AuthError, ParseError, PermanentError
from connector.http import Response, Session, is_slice_over

_REDIRECTS = (301, 302, 303, 307, 308)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_NEXT_COOKIE = re.compile(r",\s*(?=[^;,=\s]+=)")
_MOST_COOKIES = 20


class SiteClient:
    """One Interact over the web, logged in when a name is configured."""

    def __init__(self, settings: SiteSettings, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._cookies: dict[str, str] = {}
        self._is_in = False

    def __repr__(self) -> str:
        return "<SiteClient>"

    def get(self, path: str, **numbers: int) -> Response:
        """Return a page that only shows something.

        A session that ended in the middle is renewed once.

        Raises:
            AuthError: It wants a log-in, or the account may not enter this space.
            SourceError: It did not answer, or answered with something else.
        """
        address = readable(self._settings.base, path, **numbers)
        if self._settings.username and not self._is_in:
            self.log_in()
        response = self._ask(address)
        where = led_to(response)
        if where == "login" and self._settings.username:
            self.log_in()
            response = self._ask(address)
            where = led_to(response)
        elif where == "welcome":
            # The first visit to a space is greeted once; then the page itself comes.
            response = self._ask(address)
            where = led_to(response)
        if where:
            raise _refused(where, address)
        return response

    def slice_is_over(self) -> bool:
        """Whether others are to be read now; what was asked for is handed on first."""
        return is_slice_over(self._session)

    def log_in(self) -> None:
        """Log in. Raises AuthError where the name or password is not accepted."""
        settings = self._settings
        secret = settings.password.get_secret_value() if settings.password else ""
        form = {
            "username": settings.username,
            "password": secret,
            "request_uri": "",
            "Submit": "Log in",
        }
        response = self._session.post(
            f"{settings.base}{LOGIN_PATH}",
            body=urlencode(form).encode(),
            headers=_FORM,
            answers=_REDIRECTS,
            is_question=True,
        )
        self._keep_cookies(response)
        if response.status not in _REDIRECTS and b"password" not in response.body.lower():
            raise _refused("", f"{settings.base}{LOGIN_PATH}")
        if response.status not in _REDIRECTS:
            raise AuthError(
                "The Interact shows its log-in form again: it does not accept username and "
                "password. Try them in a browser, and save the right ones.",
                url=f"{settings.base}{LOGIN_PATH}",
            )
        self._is_in = True

    def send_form(self, path: str, form: dict[str, str]) -> Response:
        """Send a form once, logged in; raises UnknownOutcome where the answer was lost.

        Who is not logged in is led to the log-in before anything is taken, so a session that
        ended is renewed and the form sent again.
        """
        if not self._is_in:
            self.log_in()
        answer = self._sent(path, form)
        if led_to(answer) == "login":
            self.log_in()
            answer = self._sent(path, form)
        return answer

    def _sent(self, path: str, form: dict[str, str]) -> Response:
        return self._session.post(
            f"{self._settings.base}{path}",
            body=urlencode(form).encode(),
            headers={**_FORM, **self._cookie_header()},
            answers=_REDIRECTS,
        )

    def _ask(self, address: str) -> Response:
        response = self._session.get(address, headers=self._cookie_header(), answers=_REDIRECTS)
        self._keep_cookies(response)
        return response

    def _cookie_header(self) -> dict[str, str]:
        if not self._cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={one}" for name, one in self._cookies.items())}

    def _keep_cookies(self, response: Response) -> None:
        for part in _NEXT_COOKIE.split(response.headers.get("set-cookie", "")):
            try:
                found = SimpleCookie(part)
            except CookieError:
                continue
            for name, morsel in found.items():
                if name in self._cookies or len(self._cookies) < _MOST_COOKIES:
                    self._cookies[name] = morsel.coded_value


def led_to(response: Response) -> str:
    """Return which page a redirect leads to, by its name; empty for a page itself."""
    if response.status not in _REDIRECTS:
        return ""
    try:
        path = urlsplit(response.headers.get("location", "")).path
    except ValueError:
        path = ""
    return path.rpartition("/")[2].removesuffix(".php") or "nowhere"


def _refused(where: str, address: str) -> AuthError | PermanentError | ParseError:
    url = urlsplit(address)._replace(query="").geturl()
    if where == "login":
        return AuthError(
            "The Interact asks for a log-in. Write username and password of an account that is "
            "a member of the space.",
            url=url,
        )
    if where == "access":
        return AuthError(
            "The account is no member of this space. Ask a leader of the space to add it.",
            url=url,
        )
    if where == "welcome":
        return PermanentError(
            "The Interact greets the account again and again instead of showing the space. Open "
            "the space once in a browser, logged in as that account.",
            url=url,
        )
    return ParseError(
        "The Interact leads elsewhere instead of showing the page. Open the address in a "
        "browser, and see whether the site still runs there.",
        url=url,
    )
