"""Posting news: found again, never twice. What the engine makes of it is in tests/announce."""

from datetime import datetime
from random import Random

import pytest

from adapters.interact.settings import NewsSettings
from adapters.registry import ADAPTERS, DESTINATIONS
from connector.errors import (
    AuthError,
    ConfigError,
    ParseError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.model import Message
from sample_cluster.interact_web import LEADER, LEADERS_WORD, InteractWeb, LostAnswer, News
from tests.chances import some_of
from tests.contract.fake_session import Answer, FakeSession
from tests.interact.reading import HOME, NOW
from tests.interact.web import session_for

MARKER = "clusterhub-7f3a91c0"
POSTING = NewsSettings.model_validate(
    {"address": HOME, "username": LEADER, "password": LEADERS_WORD, "space": 3}
)
MESSAGE = Message(
    title="Bus to the museum", html="<p>Friday<script>alert(1)</script></p>", text="Friday"
)


def opened(settings, session):
    return DESTINATIONS["interact"].open_destination(settings, session, NOW)


@pytest.fixture
def web():
    web = InteractWeb()
    web.needs_login = True
    return web


def test_news_is_posted_once_and_found_by_its_marker(web):
    place = opened(POSTING, session_for(web))
    assert place.find(MARKER) is None
    receipt = place.send(MESSAGE, MARKER)
    assert place.find(MARKER) == receipt
    (news,) = web.news
    assert news.heading == "Bus to the museum"
    assert "Friday" in news.body
    assert "script" not in news.body


def test_sending_again_finds_what_is_there(web):
    place = opened(POSTING, session_for(web))
    assert place.send(MESSAGE, MARKER) == place.send(MESSAGE, MARKER)
    assert len(web.news) == 1


def test_preview_shows_what_the_space_will_show(web):
    place = opened(POSTING, session_for(web))
    shown = place.preview(Message(title="B" * 80, html="<p onclick=x>a</p>", text="a"))
    assert (len(shown.title), shown.html) == (60, "<p>a</p>")


def test_a_place_that_is_read_is_never_posted_to():
    """Only who writes a destination down lets the hub post."""
    assert ADAPTERS["interact"].INFO.delivers == frozenset()


def test_addresses_that_show_and_the_form_are_all_that_is_asked_for(web):
    place = opened(POSTING, session_for(web))
    place.send(MESSAGE, MARKER)
    assert place.check().ok
    assert set(web.asked) == {"login.php", "spaces/news.php", "news/newsinput.php"}
    assert web.acted == []


def test_refused_form_says_who_may_post(web):
    place = opened(POSTING, session_for(web))
    with pytest.raises(PermanentError, match="leader"):
        place.send(Message(title="", html="<p>x</p>", text="x"), MARKER)


def test_refused_log_in_posts_nothing(web):
    wrong = POSTING.model_copy(update={"username": "nobody"})
    with pytest.raises(AuthError):
        opened(wrong, session_for(web)).send(MESSAGE, MARKER)
    assert web.news == []


def answering(web: InteractWeb, change) -> FakeSession:
    """A way to the site whose answers are changed on the way back."""
    session = session_for(web)
    told = session._service
    session._service = lambda request: change(request, told(request))
    return session


LOOKING_FAILS = (
    TemporaryError("busy", status=503),
    AuthError("log in"),
    PermanentError("not here", status=404),
)


@pytest.mark.parametrize("error", LOOKING_FAILS, ids=repr)
def test_when_looking_fails_after_posting_nobody_knows(web, error):
    def change(request, answer):
        if web.news and request.body is None:
            raise error
        return answer

    with pytest.raises(UnknownOutcome):
        opened(POSTING, answering(web, change)).send(MESSAGE, MARKER)
    assert len(web.news) == 1


def page(html: str) -> Answer:
    return Answer(f"<html><body>{html}</body></html>".encode())


def test_a_page_without_the_form_is_no_refusal(web):
    """Whatever answers the form with a page of its own may have kept the news."""

    def change(request, answer):
        if request.body is None or b"heading" not in request.body:
            return answer
        web.news.clear()  # shown late
        return page("<p>Thank you.</p>")

    with pytest.raises(UnknownOutcome):
        opened(POSTING, answering(web, change)).send(MESSAGE, MARKER)


def test_a_page_that_only_speaks_of_news_is_not_an_empty_news_page(web):
    def change(request, answer):
        return page("<p>The news cannot be shown.</p>") if "news.php" in request.url else answer

    place = opened(POSTING, answering(web, change))
    with pytest.raises(ParseError, match="by hand"):
        place.send(MESSAGE, MARKER)
    assert web.news == []
    assert [line.ok for line in place.check().lines] == [True, False]


def test_an_empty_page_does_not_prove_that_news_are_seen(web):
    place = opened(POSTING, session_for(web))
    (line,) = [one for one in place.check().lines if one.ability == "read back"]
    assert (line.ok, line.needed) == (False, False)
    assert "by hand" in line.sentence
    place.send(MESSAGE, MARKER)
    assert place.check().ok


def test_what_was_posted_is_changed_by_hand(web):
    place = opened(POSTING, session_for(web))
    receipt = place.send(MESSAGE, MARKER)
    for act in (lambda: place.update(receipt, MESSAGE), lambda: place.retract(receipt)):
        with pytest.raises(PermanentError, match="by hand"):
            act()


def test_marker_that_could_break_out_of_the_page_is_refused(web):
    with pytest.raises(ConfigError):
        opened(POSTING, session_for(web)).find('"><script>')


def unreliable(web: InteractWeb, dice: Random) -> FakeSession:
    """A way to the site on which questions and answers are lost."""
    session = session_for(web)
    told = session._service

    def service(request):
        if request.body is None and dice.random() < 0.3:
            raise TemporaryError("lost on the way")
        return told(request)

    session._service = service
    return session


@pytest.mark.parametrize("seed", range(some_of(100)))
def test_exactly_one_copy_whatever_is_lost(web, seed):
    dice = Random(seed)
    web.loses_answers = dice.randint(0, 2)
    for _ in range(dice.randint(0, 12)):
        web.news.append(_other(dice))
    receipt = None
    for _attempt in range(60):
        place = opened(POSTING, unreliable(web, dice))
        try:
            receipt = place.send(MESSAGE, MARKER)
            break
        except (UnknownOutcome, TemporaryError):
            continue
    assert receipt is not None
    assert len([one for one in web.news if MARKER in one.body]) == 1


def _other(dice: Random) -> News:
    when = datetime.fromisoformat("2009-03-02 09:00:00")
    return News(f"News {dice.random()}", "<p>x</p>", "Sam Oduya", when)


def test_stand_in_does_store_news_whose_answer_is_lost(web):
    """Otherwise the test above could not fail."""
    web.needs_login = False
    web.loses_answers = 1
    web.sessions.add("me")
    with pytest.raises(LostAnswer):
        web.answer(
            "POST",
            "http://i/news/newsinput.php",
            {"action": "add", "heading": "A", "body": "b"},
            {"InteractSession": "me"},
        )
    assert len(web.news) == 1


def test_secret_is_in_no_error(web):
    web.loses_answers = 1
    with pytest.raises(SourceError) as caught:
        opened(POSTING, session_for(web)).send(MESSAGE, MARKER)
    assert LEADERS_WORD not in str(caught.value)
