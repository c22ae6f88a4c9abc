"""Announcements on a real WordPress: one post, in the right state, whatever happens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.blogs.wordpress_destination import ADAPTER
from connector.announce.moves import State
from connector.announce.writing import Written
from connector.errors import UnknownOutcome
from connector.http import Response, Session
from connector.store import destinations
from connector.store.database import open_database, sqlite_url
from connector.store.destinations import DestinationSpec
from sync_jobs import approve
from sync_jobs.outbox import Outbox
from sync_jobs.probe import probe_due
from sync_jobs.push import send_due
from tests.databases import SqliteDatabases
from tests.fake_destination import FakeOutbox
from tests.guarded import network
from tests.live.wordpress_site import WordPressSite

TEXT = "Nau mai, *haere mai*."


class LosingSession:
    """The real session; loses the answer to a POST as often as it is told to."""

    def __init__(self, session: Session, losses: list[str]):
        self._session = session
        self._losses = losses

    def get(self, url: str, **more: Any) -> Response:
        return self._session.get(url, **more)

    def post(self, url: str, **more: Any) -> Response:
        if self._losses and self._losses[0] == "before":
            self._losses.pop()
            raise UnknownOutcome("Lost on the way there.")
        answer = self._session.post(url, **more)
        if self._losses:
            self._losses.pop()
            raise UnknownOutcome("Lost on the way back.")
        return answer


class Board:
    """A hub that posts on the site."""

    def __init__(self, outbox: FakeOutbox, site: WordPressSite, password: str):
        self.outbox = outbox
        self.site = site
        self.losses: list[str] = []
        self.password = password
        self.net = network(read_seconds=30.0, total_seconds=60.0)
        with outbox.store.write() as conn:
            spec = DestinationSpec(
                key="blog",
                kind="wordpress",
                title="Blog",
                address=site.url.rstrip("/"),
                settings={"user": "mere", "application_password": "env:WORDPRESS"},
                audience_kind="public",
                account="blog",
            )
            destinations.put_destination(conn, outbox.cluster_id, spec)

    @property
    def tools(self) -> Outbox:
        return replace(
            self.outbox.tools,
            kinds={"wordpress": ADAPTER},
            open_session=lambda: LosingSession(self.net.session(), self.losses),  # type: ignore[arg-type, return-value]
            resolve=lambda told: told | {"application_password": self.password},
        )

    def announce(self, title: str) -> None:
        row = self.outbox.draft(Written(title=title, body=TEXT), audience="public")
        with self.outbox.store.read() as conn:
            chosen = destinations.destinations_of(conn, self.outbox.cluster_id)
        shown = approve.previews(self.tools, row, chosen)
        approve.approve(self.tools, row, shown)

    def send(self, **later: float) -> State:
        self.outbox.clock.move(**later)
        send_due(self.tools)
        return self.outbox.delivery().state

    def posts(self, title: str) -> list[Any]:
        return [one for one in self.site.published() if one.title == title]


@pytest.fixture
def board(
    site: WordPressSite, sqlite_databases: SqliteDatabases, tmp_path: Path
) -> Iterator[Board]:
    with sqlite_databases.make(tmp_path) as url:
        assert url == sqlite_url(tmp_path / "hub.db")
        store = open_database(url)
        outbox = FakeOutbox(store, tmp_path / "data")
        yield Board(outbox, site, site.application_password())
        store.close()


def test_published_edited_and_taken_back(board: Board) -> None:
    board.announce("Publish me")
    assert board.send() is State.SENT
    (post,) = board.posts("Publish me")
    corrected = Written(title="Publish me, on Friday", body=TEXT)
    approve.correct(board.tools, board.outbox.announcement(), corrected)
    assert board.send(minutes=1) is State.SENT
    (edited,) = board.posts("Publish me, on Friday")
    assert edited.id == post.id
    approve.retract(board.tools, board.outbox.cluster_id, board.outbox.deliveries())
    assert board.send(minutes=1) is State.RETRACTED
    assert board.posts("Publish me, on Friday") == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_leaves_one_post(board: Board, when: str) -> None:
    board.announce(f"Lost {when}")
    board.losses.append(when)
    assert board.send() is State.UNKNOWN
    for minutes in (1, 4, 25, 1):
        board.send(minutes=minutes)
    assert board.outbox.delivery().state is State.SENT
    assert len(board.posts(f"Lost {when}")) == 1


def test_a_wrong_password_is_said_before_the_first_push(board: Board) -> None:
    board.password = "wrong wrong wrong"
    board.announce("Never there")
    with board.site.recorded() as seen:
        assert probe_due(board.tools) == 1
        assert board.send() is State.NEEDS_ATTENTION
    assert [request.method for request in seen if request.method == "POST"] == []
    assert "Application Password" in (board.outbox.delivery().sentence or "")


def test_trashed_by_hand_after_a_lost_answer_it_is_not_sent_again(board: Board) -> None:
    board.announce("Into the bin")
    board.losses.append("after")
    board.send()
    (post,) = board.posts("Into the bin")
    board.site.trash(post)
    assert board.send(minutes=1) is State.RETRACTED
    for _ in range(5):
        board.send(minutes=30)
    assert board.posts("Into the bin") == []


def test_trashed_by_hand_a_correction_makes_no_second_post(board: Board) -> None:
    board.announce("Gone from here")
    board.send()
    (post,) = board.posts("Gone from here")
    board.site.trash(post)
    corrected = Written(title="Gone from here, edited", body=TEXT)
    approve.correct(board.tools, board.outbox.announcement(), corrected)
    assert board.send(minutes=1) is State.RETRACTED
    assert board.posts("Gone from here, edited") == []


def test_what_somebody_edited_on_the_site_is_not_written_over(board: Board) -> None:
    board.announce("Edited there")
    board.send()
    (post,) = board.posts("Edited there")
    board.site.edit_later(post, title="Edited there by Mere")
    corrected = Written(title="Edited here", body=TEXT)
    approve.correct(board.tools, board.outbox.announcement(), corrected)
    assert board.send(minutes=1) is State.NEEDS_ATTENTION
    assert len(board.posts("Edited there by Mere")) == 1
    approve.retry(board.tools, board.outbox.delivery(), over=True)
    assert board.send(minutes=1) is State.SENT
    (over,) = board.posts("Edited here")
    assert over.id == post.id


def test_the_check_says_what_this_account_may(board: Board) -> None:
    with board.outbox.store.read() as conn:
        (row,) = destinations.destinations_of(conn, board.outbox.cluster_id)
    report = board.tools.open(row).check()
    assert report.ok, report
    assert [line.ability for line in report.lines] == ["sign in", "publish"]
