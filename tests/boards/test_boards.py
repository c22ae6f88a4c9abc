"""Boards by their feeds: found by their address, read once for all forums, live or saved."""

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.boards.adapter import ADAPTER
from adapters.boards.settings import BoardSettings
from adapters.boards.software import feeds_of, recognised, topic_of
from connector.errors import PermanentError
from connector.model import CLUSTER, PUBLIC, AudienceKind, Known, Presence, StreamFailed
from tests.boards.test_captures import ROOT
from tests.contract.fake_session import Answer, FakeSession
from tests.contract.kit import NOW

HOST = "https://board.example.school.nz"

ADDRESSES = {
    "/phpbb/viewforum.php?f=3": ("phpbb", "/phpbb/feed.php?f=3"),
    "/viewtopic.php?f=3&t=12": ("phpbb", "/feed.php?t=12"),
    "/feed.php": ("phpbb", "/feed.php"),
    "/forumdisplay.php?f=2": ("vbulletin", "/external.php?type=RSS2&forumids=2"),
    "/talk/showthread.php?t=9": ("vbulletin", "/talk/external.php?type=RSS2"),
    "/forums/behaviour.14/": ("xenforo", "/forums/behaviour.14/index.rss"),
    "/community/threads/duty.812/": ("xenforo", "/community/forums/-/index.rss"),
    "/groups/profile/77/rural": ("elgg", "/groups/profile/77/rural?view=rss"),
    "/discussion/group/77?view=rss": ("elgg", "/discussion/group/77?view=rss"),
    "/latest": ("discourse", "/posts.rss"),
    "/c/staffroom/4": ("discourse", "/c/staffroom/4.rss"),
    "/t/robots-in-room-5/31/2": ("discourse", "/t/robots-in-room-5/31.rss"),
}


@pytest.mark.parametrize("path", ADDRESSES)
def test_address_tells_what_the_board_runs_on_and_its_feed(path):
    software, feed = ADDRESSES[path]
    assert recognised(HOST + path) == software
    assert feeds_of(HOST + path, "auto")[0] == HOST + feed


def test_address_that_tells_nothing_is_tried_itself_and_then_each_kind():
    feeds = feeds_of(f"{HOST}/", "auto")
    assert feeds[0] == f"{HOST}/"
    assert {f"{HOST}/feed.php", f"{HOST}/forums/-/index.rss", f"{HOST}/posts.rss"} <= set(feeds)


TOPICS = {
    "/viewtopic.php?f=3&t=12&p=57#p57": "/viewtopic.php?t=12",
    "/viewtopic.php?p=57#p57": "/viewtopic.php?p=57",
    "/showthread.php?t=341&goto=newpost": "/showthread.php?t=341",
    "/showthread.php?341-Maths-week-sheets&goto=newpost": "/showthread.php?t=341",
    "/showthread.php?341": "/showthread.php?t=341",
    "/showthread.php?goto=lastpost": "/showthread.php",
    "/forum/staffroom/338-reading-logs?p=2201#post2201": "/forum/staffroom/338-reading-logs",
    "/threads/duty.812/post-99": "/threads/duty.812/",
    "/t/robots/31/2": "/t/robots/31",
    "/t/31": "/t/31",
    "/discussion/view/901/bus#elgg-object-905": "/discussion/view/901/bus",
}


@pytest.mark.parametrize("link", TOPICS)
def test_post_belongs_to_its_topic(link):
    assert topic_of(HOST + link) == HOST + TOPICS[link]


class Web:
    """A web of captures; asks are counted."""

    def __init__(self, **pages: str) -> None:
        self.pages = {name: (ROOT / capture / "body.xml") for name, capture in pages.items()}
        self.etag = '"one"'
        self.body: str | None = None

    def __call__(self, request):
        for name, path in self.pages.items():
            if request.url.endswith(name.replace("_", ".")):
                if request.headers.get("If-None-Match") == self.etag:
                    return Answer(status=304)
                body = self.body or path.read_text()
                kind = {"Content-Type": "text/xml; charset=utf-8", "ETag": self.etag}
                return Answer(body.encode(), headers=kind)
        return Answer(b"<h1>No</h1>", 404, {"Content-Type": "text/html"})


def opened(web, **settings):
    session = FakeSession(web)
    return ADAPTER.open(BoardSettings(**settings), session, NOW), session


def test_each_forum_of_a_feed_is_a_part_of_the_board():
    place, session = opened(Web(feed_php="phpbb-posts"), address=f"{HOST}/viewforum.php")
    streams = {stream.key: stream.title for stream in place.streams()}
    feed = f"feed:{HOST}/feed.php"
    assert streams == {
        f"{feed}#": "Kōwhai teachers' board",
        f"{feed}#garden group": "Garden group",
        f"{feed}#staffroom": "Staffroom",
    }
    before = session.requests
    pages = list(place.read(dict.fromkeys(streams)))
    assert session.requests == before + 1, "one answer serves all forums"
    assert {page.stream: len(page.records) for page in pages} == {
        f"{feed}#": 0,
        f"{feed}#garden group": 2,
        f"{feed}#staffroom": 1,
    }


def test_forum_that_appears_is_named_and_nothing_new_costs_an_empty_answer():
    web = Web(feed_php="phpbb-posts")
    feed = f"feed:{HOST}/feed.php"
    place, _ = opened(web, address=f"{HOST}/viewforum.php")
    cursors = {page.stream: page.cursor for page in place.read({f"{feed}#": None})}
    again, session = opened(web, address=f"{HOST}/viewforum.php")
    assert [page.records for page in again.read(cursors)] == [()]
    assert session.bytes_read == 0
    web.etag, web.body = '"two"', web.pages["feed_php"].read_text().replace("Staffroom", "Library")
    (page,) = opened(web, address=f"{HOST}/viewforum.php")[0].read(cursors)
    assert f"{feed}#library" in {stream.key for stream in page.streams}


def test_board_without_feeds_says_what_to_do():
    report = opened(Web(), address=f"{HOST}/viewforum.php?f=2")[0].check()
    assert not report.ok
    assert "switch feeds on" in report.lines[0].sentence


def test_board_is_proposed_with_the_feeds_it_has():
    proposal = ADAPTER.propose(
        f"{HOST}/forums/behaviour.14/", FakeSession(Web(index_rss="xenforo-forum"))
    )
    assert proposal.title == "Behaviour"
    (offer,) = proposal.offers
    assert (offer.format, offer.url) == (
        "XenForo RSS 2.0",
        f"{HOST}/forums/behaviour.14/index.rss",
    )
    assert offer.newest == ("Playground duty that works", "Phones in the staffroom & elsewhere")


def test_board_without_any_feed_proposes_nothing_and_says_why():
    proposal = ADAPTER.propose(f"{HOST}/", FakeSession(Web()))
    assert (proposal.offers, proposal.sentence[:8]) == ((), "No feed ")


# Saved feeds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which somebody kept two feeds of a board that is gone."""
    shutil.copy(ROOT / "lefora-saved" / "body.xml", tmp_path / "2009.xml")
    shutil.copy(ROOT / "vbulletin-external" / "body.xml", tmp_path / "later.rss")
    (tmp_path / "notes.txt").write_text("not a feed")
    return tmp_path


GONE = "https://oldboard.example.school.nz/"


def test_folder_of_saved_feeds_is_read_without_asking_anybody(folder):
    place, session = opened(Web(), address=GONE, saved=str(folder))
    keys = [stream.key for stream in place.streams()]
    assert {key.partition("#")[0] for key in keys} == {"saved:2009.xml", "saved:later.rss"}
    pages = list(place.read(dict.fromkeys(keys)))
    titles = {r.title for page in pages for r in page.records}
    assert {"Interactive whiteboards", "Maths week sheets"} <= titles
    assert all(page.baseline for page in pages)
    assert session.requests == 0


def test_single_saved_feed_is_read_once(folder):
    one = folder / "2009.xml"
    place, _ = opened(Web(), address=GONE, saved=str(one))
    cursors = {s.key: None for s in place.streams()}
    cursors = {page.stream: page.cursor for page in place.read(cursors)}
    assert [r for page in place.read(cursors) for r in page.records] == []
    one.write_text(one.read_text().replace("Worth the money", "Worth it"))
    assert [r for page in place.read(cursors) for r in page.records]


@pytest.mark.parametrize(("is_public", "audience"), [(False, CLUSTER), (True, PUBLIC)])
def test_saved_posts_are_for_the_cluster_unless_somebody_says_otherwise(
    folder, is_public, audience
):
    settings = {"saved": str(folder / "2009.xml"), "saved_is_public": is_public}
    place, _ = opened(Web(), address=GONE, **settings)
    records = [r for p in place.read({s.key: None for s in place.streams()}) for r in p.records]
    assert {record.audience for record in records} == {audience}
    body = (folder / "2009.xml").read_bytes()
    page = ADAPTER.read_saved(body, BoardSettings(address=GONE, **settings))
    assert {record.audience.kind for record in page.records} == {AudienceKind(audience.kind)}


def test_post_of_a_board_that_is_gone_is_never_taken_for_removed(folder):
    place, session = opened(Web(), address=GONE, saved=str(folder))
    known = Known("saved:2009.xml#hardware", "x", f"{GONE}2009/")
    assert place.lookup([known]) == {"x": Presence.UNKNOWN}
    assert session.requests == 0


@pytest.mark.parametrize("name", ["../secret.xml", "/etc/passwd", "notes.txt", "gone.xml"])
def test_only_what_lies_in_the_folder_is_read(folder, name):
    (folder.parent / "secret.xml").write_text("<rss/>")
    place, _ = opened(Web(), address=GONE, saved=str(folder))
    (failure,) = place.read({f"saved:{name}#": None})
    assert isinstance(failure, StreamFailed)


def test_link_out_of_the_folder_is_not_followed(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "private.xml"
    other.write_text("<rss/>")
    (folder / "link.xml").symlink_to(other)
    place, _ = opened(Web(), address=GONE, saved=str(folder))
    assert not [s for s in place.streams() if "link.xml" in s.key]


@pytest.mark.parametrize("saved", ["nowhere", "."])
def test_missing_or_empty_folder_says_what_to_do(tmp_path, saved):
    place, _ = opened(Web(), address=GONE, saved=str(tmp_path / saved))
    with pytest.raises(PermanentError, match="saved"):
        list(place.streams())


@pytest.mark.parametrize(
    "settings",
    [
        {"address": "ftp://x.example/"},
        {"address": HOST, "timezone": "Mars"},
        {"address": HOST, "feeds": ("nonsense",)},
        {"address": "https://user:pw@x.example/"},
        {"address": HOST, "software": "usenet"},
    ],
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        BoardSettings(**settings)
