"""The live site, by its pages: only what may be opened is opened, and a changed page stops it."""

import inspect
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import adapters.interact
from adapters.interact import addresses, site_client
from adapters.interact.pages import page_time, shown_posts
from adapters.interact.settings import InteractSettings
from connector.errors import AuthError, ParseError, PermanentError
from connector.model import StreamFailed
from sample_cluster.interact_web import LEADER, LEADERS_WORD, InteractWeb, News
from tests.interact.reading import HOME, opened, read, settings_of
from tests.interact.web import session_for

LOGGED_IN = settings_of(journals=("3/45",), spaces=(3,), username=LEADER, password=LEADERS_WORD)
AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.fixture
def web():
    web = InteractWeb()
    web.needs_login = True
    for number in range(25):
        web.write(f"Reflection {number}")
        when = datetime.fromisoformat("2009-03-02 09:00:00").replace(day=1 + number)
        web.news.append(News(f"News {number}", f"<p>Pānui {number}</p>", "Hinemoa Tautahi", when))
    web.write("A draft", "<p>canary-draft</p>", is_draft=True)
    return web


def failure(settings, session):
    place = opened(settings, session)
    (found,) = [one for one in place.read({"journal:3/45": None}) if isinstance(one, StreamFailed)]
    return found.error


def test_news_and_journals_are_read_whole_logged_in(web):
    found = read(LOGGED_IN, session=session_for(web))
    titles = sorted(one.title for one in found.records.values())
    assert titles == sorted(f"{kind} {n}" for kind in ("News", "Reflection") for n in range(25))
    assert "canary-draft" not in repr(found)
    news = next(one for one in found.records.values() if one.title == "News 3")
    assert (news.author.name, news.published) == (
        "Hinemoa Tautahi",
        datetime(2009, 3, 3, 11, tzinfo=UTC),
    )
    assert read(LOGGED_IN, found, session_for(web)).records == {}


def test_author_is_never_taken_from_a_link_in_the_text(web):
    body = '<p>Ask <a href="../users/userdetails.php?user_key=9">Losa</a></p>'
    web.news.append(News("Bus", body, "Sam Oduya", datetime.fromisoformat("2010-01-01")))
    found = read(LOGGED_IN, session=session_for(web)).records.values()
    (bus,) = [one for one in found if one.title == "Bus"]
    assert (bus.author.external_id, bus.author.name) == ("name:sam oduya", "Sam Oduya")


def test_news_that_came_is_read_with_the_next_cycle(web):
    before = read(LOGGED_IN, session=session_for(web))
    web.news.append(News("Bus", "<p>x</p>", "Sam Oduya", datetime.fromisoformat("2010-01-01")))
    again = read(LOGGED_IN, before, session_for(web))
    assert "Bus" in [one.title for one in again.records.values()]
    assert len(again.records) <= 10


def test_session_that_expires_in_mid_run_is_renewed_once(web):
    web.expires_after = 3
    assert len(read(LOGGED_IN, session=session_for(web)).records) == 50
    assert web.expires_after is None


def test_refused_log_in_says_what_to_do(web):
    wrong = LOGGED_IN.model_copy(update={"username": "nobody"})
    assert isinstance(failure(wrong, session_for(web)), AuthError)


def test_account_that_is_no_member_is_told(web):
    web.is_member = False
    error = failure(LOGGED_IN, session_for(web))
    assert isinstance(error, AuthError)
    assert "no member" in str(error)


def test_welcome_page_is_met_once_and_no_longer(web):
    web.greets = 1
    assert read(LOGGED_IN, session=session_for(web)).records
    web.greets = 1000
    assert isinstance(failure(LOGGED_IN, session_for(web)), PermanentError)


def test_page_that_no_longer_looks_as_expected_stops_its_stream_with_a_sentence(web, monkeypatch):
    monkeypatch.setattr(web, "_journal", lambda _: "<h1>A new skin</h1><div class=x>Words</div>")
    error = failure(LOGGED_IN, session_for(web))
    assert isinstance(error, ParseError)
    assert "selectors" in str(error)
    other = read(LOGGED_IN.model_copy(update={"journals": ()}), session=session_for(web))
    assert len(other.records) == 25


def test_skin_of_its_own_is_read_with_selectors_from_the_settings(web, monkeypatch):
    monkeypatch.setattr(
        web,
        "_journal",
        lambda _: '<li class="p"><b>Title</b><i class="h">x</i><div id="t">Words</div></li>',
    )
    skin = {"post": "li.p", "header": "i.h", "body": "div#t", "title": "b"}
    settings = settings_of(
        journals=("3/45",), username=LEADER, password=LEADERS_WORD, selectors=skin
    )
    (record,) = read(settings, session=session_for(web)).records.values()
    assert record.html == "Words"


def test_wrong_selector_is_refused_when_it_is_written():
    with pytest.raises(ValueError, match="selector"):
        settings_of(selectors={"post": "a > b"})


def test_reading_opens_no_address_that_acts(web):
    session = session_for(web)
    read(LOGGED_IN, session=session)
    assert web.acted == []
    assert set(web.asked) <= addresses.READ_PATHS | {addresses.LOGIN_PATH}
    assert "memberedit.php" in str(web._journal({}))


@given(st.text(max_size=40), st.text(max_size=20))
def test_address_that_is_not_on_the_list_cannot_be_made(path, parameter):
    if path in addresses.READ_PATHS and parameter in addresses.READ_PARAMETERS:
        return
    with pytest.raises(ValueError, match="not"):
        addresses.readable(HOME, path, **{parameter: 1})


@pytest.mark.parametrize("value", ["1", "remove_single", None, 1.5, True])
def test_parameter_is_a_number_and_nothing_else(value):
    with pytest.raises(ValueError, match="parameters"):
        addresses.readable(HOME, "spaces/space.php", space_key=value)


def test_only_one_place_asks_the_web_and_only_for_addresses_from_the_list():
    """State-changing GETs are unreachable: nobody else holds a session to ask with."""
    folder = Path(adapters.interact.__file__).parent
    asks = re.compile(r"_session\.(get|post)\(|session\.(get|post)\(")
    asking = {path.name for path in folder.glob("*.py") if asks.search(path.read_text())}
    assert asking == {"site_client.py"}
    source = inspect.getsource(site_client.SiteClient)
    assert source.count("_session.get(") == 1
    assert source.count("self._ask(") == source.count("self._ask(address)")
    assert "address = readable(" in inspect.getsource(site_client.SiteClient.get)
    acting = ("makemember", "memberedit", "logout", "delete", "action")
    assert [one for path in addresses.READ_PATHS for one in acting if one in path] == []
    assert not {"action", "user_key"} & addresses.READ_PARAMETERS


@pytest.mark.parametrize(
    ("text", "order", "when"),
    [
        ("Hinemoa Tautahi 12 March 2007", "day-month", datetime(2007, 3, 11, 11, tzinfo=UTC)),
        ("12 Mar 2007 14:30", "day-month", datetime(2007, 3, 12, 1, 30, tzinfo=UTC)),
        ("12 Mar 2007 14:30:05", "day-month", datetime(2007, 3, 12, 1, 30, 5, tzinfo=UTC)),
        ("Mar 12, 2007", "day-month", datetime(2007, 3, 11, 11, tzinfo=UTC)),
        ("12-03-07", "day-month", datetime(2007, 3, 11, 11, tzinfo=UTC)),
        ("3-12-2007", "month-day", datetime(2007, 3, 11, 11, tzinfo=UTC)),
        ("31-31-2007", "day-month", None),
        ("no date", "day-month", None),
    ],
)
def test_dates_are_read_as_the_site_writes_them(text, order, when):
    assert page_time(text, order, AUCKLAND) == when


@given(st.binary(max_size=300))
def test_any_page_gives_posts_or_a_parse_error(body):
    settings = InteractSettings(address=HOME)
    for page in (body, b'<div class="userContentBox"><div class="postHeader">' + body):
        try:
            shown_posts(page, settings, HOME)
        except ParseError:
            continue
