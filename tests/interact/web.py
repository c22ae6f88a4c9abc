"""A session that asks the stand-in Interact, with its redirects, cookies and lost answers."""

from http.cookies import SimpleCookie

from connector.errors import UnknownOutcome
from sample_cluster.interact_web import InteractWeb, LostAnswer
from tests.contract.fake_session import Answer, FakeSession, Request


def session_for(web: InteractWeb) -> FakeSession:
    def service(request: Request) -> Answer:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
        method = "GET" if request.body is None else "POST"
        try:
            found = web.answer(
                method,
                request.url,
                request.form,
                {name: one.value for name, one in cookies.items()},
            )
        except LostAnswer:
            raise UnknownOutcome("The answer was lost.") from None
        return Answer(found.body, found.status, found.headers)

    return FakeSession(service)


class SlicedSession:
    """A session whose slice is over after so many requests."""

    def __init__(self, session: FakeSession, most: int) -> None:
        self._session = session
        self._most = most

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    def slice_is_over(self) -> bool:
        return self._session.requests >= self._most
