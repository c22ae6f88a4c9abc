"""The answers of Moodle, Discourse and old boards: what reading them promises for any bytes."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from pydantic import SecretStr

from adapters.boards.parse import key_of, read_board
from adapters.boards.settings import BoardSettings
from adapters.boards.software import bare_title, feeds_of, is_post_alone, topic_of
from adapters.discourse import parse as discourse_parse
from adapters.discourse.client import DiscourseClient
from adapters.discourse.hooks import SIGNATURE, verify_hook
from adapters.discourse.settings import DiscourseSettings
from adapters.moodle import said, said_activities, said_people, said_posts
from adapters.moodle.batch import Ask, Batches
from adapters.moodle.client import MoodleClient
from adapters.moodle.parse import Translator, event_audience
from adapters.moodle.people import People
from adapters.moodle.rss import RssPlace
from adapters.moodle.said_activities import Activity
from adapters.moodle.said_people import Member
from adapters.moodle.said_posts import Forum
from adapters.moodle.settings import MoodleSettings
from connector.errors import ParseError, PermanentError, SourceError
from connector.model import PUBLIC, STREAM, Kind, Record, StreamFailed
from tests.contract.fake_session import Answer, FakeSession
from tests.feeds.feed_reading import AUCKLAND
from tests.hostile.promises import (
    CONTENT_TYPES,
    FEED_URL,
    MOST_SHOWN,
    NOW,
    Parser,
    are_keepable,
    bodies,
    is_a_sentence,
    is_keepable,
    is_refused_well,
)

MOODLE = "https://vln.example.school.nz"
BOARD = "https://talkto.example.school.nz"
_SECRET = "not-so-secret"
_TEACHER = Member(2, "Mere Tautahi", frozenset({"teacher"}), frozenset(), "", ())
_STUDENT = Member(3, "Losa Matagi", frozenset({"student"}), frozenset(), "", ())
_ADULTS = frozenset(range(1, 2_000)) - {_STUDENT.id}
_PEOPLE = People({2: (_TEACHER, _STUDENT)}, _ADULTS, frozenset(), frozenset(), {})
_MADE = Translator(MOODLE, _PEOPLE)
_FORUM = Forum(13, 2, 9, "news", "Talk", 1)
_ACTIVITY = Activity(4, 2, 9, "Maths evening", "<p>Come.</p>")
_KEY_IN_FILE = re.compile(r"pluginfile\.php/[^\"'\s<>]*[?&;](?:ws)?token=[^&\"'\s<>]")
_SAID: tuple[Callable[[object], object], ...] = (
    said.site,
    said.courses,
    said.category_parents,
    said.updates,
    said_people.members,
    said_people.active_users,
    said_people.cohort_names,
    said_people.cohort_members,
    said_posts.forums,
    said_posts.discussions,
    said_posts.openings,
    said_activities.assignments,
    said_activities.completed_modules,
)


@contextmanager
def _sentences(kind: type[SourceError] = ParseError) -> Iterator[None]:
    """Let errors of this kind pass that are told in one sentence."""
    try:
        yield
    except kind as error:
        is_a_sentence(str(error))


def _moodle(body: bytes) -> None:
    """Read an answer of the web service, of a batch of questions, and of a feed."""
    session = FakeSession(lambda _: Answer(body, 200, {"Content-Type": "application/json"}))
    client = MoodleClient(MOODLE, SecretStr("kereru"), session, NOW)
    with _sentences(SourceError):
        _moodle_value(client.ask("core_course_get_contents"))
    if b"responses" in body:
        with _sentences(SourceError):
            for answer in Batches(client, is_allowed=True).ask([Ask("one"), Ask("two")]):
                _moodle_value(answer.value)
                is_a_sentence(str(answer.error or "."))
    place = RssPlace(_RSS, session, NOW)
    for page in place.read({f"rss:{_RSS.rss_feeds[0]}": None}):
        if isinstance(page, StreamFailed):
            is_a_sentence(str(page.error))
        else:
            _are_without_keys(page.records)
            is_keepable(page)


_RSS = MoodleSettings(
    address=MOODLE,
    rss_key=SecretStr("kereru"),
    rss_feeds=("87/mod_forum/13",),
    rss_authors_are_adults=True,
)


def _moodle_value(value: object) -> None:
    for read in _SAID:
        with _sentences():
            read(value)
    for make in (_threads, _entries, _events, _modules, _sign_ups, _reflections):
        with _sentences():
            records = list(make(value))[:MOST_SHOWN]
            _are_without_keys(records)
            are_keepable(records)


def _threads(value: object) -> Iterator[Record]:
    thread = said_posts.thread(value)
    return (_MADE.post(each, _FORUM, STREAM) for each in thread.posts)


def _entries(value: object) -> Iterator[Record]:
    found = said_posts.entries(value)
    return (_MADE.entry(each, is_public_allowed=True) for each in found.entries)


def _events(value: object) -> Iterator[Record]:
    found = said_activities.events(value)
    return (_MADE.event(each, event_audience(each, STREAM, None)) for each in found)


def _modules(value: object) -> Iterator[Record]:
    found = said.modules(value).values()
    return (_MADE.module(each, STREAM, since=each.id, changed=each.instance) for each in found)


def _sign_ups(value: object) -> Iterator[Record]:
    options = said_activities.options(value)
    for choice in said_activities.activities(value, "choices").values():
        yield _MADE.choice(choice, options, STREAM)
    yield _MADE.choice(_ACTIVITY, options, STREAM)
    for given in said_activities.choice_answers(value):
        yield _MADE.registration(given, _ACTIVITY, STREAM)


def _reflections(value: object) -> Iterator[Record]:
    _, feedback = said_activities.feedback_answers(value)
    _, texts = said_activities.submissions(value)
    return (_MADE.reflection(each, _ACTIVITY, kind="attempt") for each in [*feedback, *texts])


def _are_without_keys(records: object) -> None:
    assert isinstance(records, list | tuple)
    for record in records:
        for text in (record.html, *(file.url for file in record.enclosures)):
            assert _KEY_IN_FILE.search(text) is None


def _moodle_seeds() -> list[bytes]:
    """Give the recorded answers, as they came."""
    found = []
    for body in bodies("moodle/*.json")():
        value = json.loads(body)
        if isinstance(value, dict) and "response" in value:
            answer = value["response"]
            found.append(
                answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            )
    found.append(json.dumps(_WITH_KEYS).encode())
    return [*found, *bodies("moodle/rss/*.xml", "fuzz/moodle/*")()]


_FILE = f"{MOODLE}/webservice/pluginfile.php/8/a/b.png?forcedownload=1&token=t0p&x=1"
_WITH_KEYS = {
    "posts": [
        {
            "id": 44,
            "discussionid": 18,
            "author": {"id": 2},
            "message": f'<a href="{_FILE}">b</a><img src="{_FILE.replace("&", "&amp;")}">',
            "attachments": [{"filename": "b.png", "url": _FILE}],
        }
    ]
}
"""Moodle puts the hub's own token into addresses of files."""


def _discourse(body: bytes) -> None:
    """Read an answer of a board's API; the same bytes are also a webhook, signed and not."""
    session = FakeSession(lambda _: Answer(body, 200, {"Content-Type": "application/json"}))
    given = body[:100].decode("latin-1")
    assert not verify_hook({SIGNATURE: given}, body, _SECRET)
    mark = hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert verify_hook({SIGNATURE: f"sha256={mark}"}, body, _SECRET)
    try:
        value = DiscourseClient(_BOARD, session, NOW).ask("/posts.json").value
    except ParseError as error:
        is_refused_well(error)
        return
    _discourse_value(value)


_BOARD = DiscourseSettings(address=BOARD)


def _discourse_value(value: object) -> None:
    for read in (
        discourse_parse.read_topics,
        lambda each: discourse_parse.read_categories(each, BOARD),
        lambda each: discourse_parse.read_members(each, BOARD),
        discourse_parse.read_permissions,
        discourse_parse.read_events,
        lambda each: discourse_parse.read_profile_field(each, "1").encode(),
    ):
        with _sentences():
            read(value)
    for read_posts in (
        discourse_parse.read_posts,
        lambda each: discourse_parse.read_whole_topic(each).posts,
        lambda each: (discourse_parse.read_post(each),),
    ):
        with _sentences():
            are_keepable(map(_discourse_record, read_posts(value)[:MOST_SHOWN]))
    with _sentences():
        are_keepable(discourse_parse.read_invitees(value, 7, BOARD, STREAM))


def _discourse_record(post: discourse_parse.Post) -> Record:
    assert all(count >= 0 for count in discourse_parse.counts_of(post).values())
    return discourse_parse.record_of(
        post, base=BOARD, audience=PUBLIC, tags=("maths",), school="Kauri School"
    )


def _board(body: bytes) -> None:
    """Read a feed of a board; its first line is also an address that somebody pasted."""
    choice = body[-1] if body else 0
    _board_address(body.split(b"\n", 1)[0].decode("utf-8", "replace"))
    try:
        _, forums = read_board(
            body,
            url=FEED_URL,
            content_type=CONTENT_TYPES[choice % len(CONTENT_TYPES)],
            source="f",
            zone=AUCKLAND,
            audience=PUBLIC,
        )
    except ParseError as error:
        is_refused_well(error)
        return
    for forum, records in forums.items():
        key_of("f", forum).encode()
        assert all(one.title == "" for one in records if one.kind is Kind.COMMENT)
        assert all(one.in_reply_to for one in records if one.kind is Kind.COMMENT)
        are_keepable(records)


def _board_address(text: str) -> None:
    bare_title(text)
    try:
        settings = BoardSettings(address=text)
    except (ValueError, PermanentError):
        return
    asked = urlsplit(settings.address)
    for feed in feeds_of(settings.address, settings.software):
        assert urlsplit(feed)[:2] == asked[:2]
    topic = topic_of(settings.address)
    assert topic_of(topic) == topic
    is_post_alone(topic)


_ADDRESSES = """
https://board.example.school.nz/phpbb/viewtopic.php?f=2&t=31&p=77#p77
https://board.example.school.nz/forum/showthread.php?341-A-thread&p=9
https://board.example.school.nz/threads/a-talk.12/post-90
https://board.example.school.nz/t/a-talk/12/3
https://board.example.school.nz/groups/profile/5/kaiako?view=rss
""".split()


def _board_seeds() -> list[bytes]:
    feeds = bodies("boards/*/body.xml", "fuzz/board/*")()
    return [*feeds, *(address.encode() for address in _ADDRESSES)]


moodle = Parser(_moodle, _moodle_seeds)
discourse = Parser(_discourse, bodies("discourse/*/body.json", "fuzz/discourse/*"))
board = Parser(_board, _board_seeds)
