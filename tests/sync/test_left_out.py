"""What a feed shows again as it is kept is not even parsed; the engine has the last word on it.

The real adapter reads a feed in memory into a real database of each kind.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select, update

from adapters.blogs.adapter import ADAPTER
from connector.changes import HELD_REMOVAL
from connector.errors import StoreError
from connector.model import Page, Stream
from connector.rules import Rules
from connector.store import records, removal, streams, tables, tombstones
from connector.store.database import Store
from connector.store.outcomes import RunRef
from sync_jobs import pull
from sync_jobs.jobs import Jobs
from sync_jobs.storable import storable
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.blog_services import HOME, Blog, PlainFeed
from tests.engine import PRIVACY, Clock, Engine
from tests.fake_place import FakeService

FEED = {"flavour": "feed", "comments": False}


@dataclass
class FeedHub(Engine):
    """A hub that reads one feed of the newest ten posts of a blog."""

    blog: Blog = field(default_factory=lambda: Blog(posts=6, comments=0))
    pages: list[Page] = field(default_factory=list)
    """What the adapter handed on in the last reading."""

    @property
    def jobs(self) -> Jobs:
        service = PlainFeed(self.blog)
        return replace(
            super().jobs,
            adapters={"fake": ADAPTER},
            open_session=lambda _per_host: FakeSession(service.answer),
        )

    def configure(self, rules: Rules | None = None) -> FakeService:
        """Add the place, or give it other rules."""
        return self.add(host=f"{HOME}news.xml", settings=FEED, rules=rules)

    def read(self) -> pull.Report:
        """Read the feed some hours later."""
        self.pages.clear()
        self.clock.move(hours=2)
        report = self.run()
        assert report.state == "done", report
        return report

    def read_titles(self) -> set[str]:
        """Return the titles of what was parsed."""
        return {record.title for page in self.pages for record in page.records}

    def left_out(self) -> int:
        return sum(len(page.unchanged) for page in self.pages)

    def origins(self, *names: str) -> dict[str, Any]:
        """Return these columns of every origin by its number in the blog."""
        columns = [tables.origin.c[name] for name in names]
        with self.store.read() as conn:
            rows = conn.execute(select(tables.origin.c.external_id, *columns)).all()
        return {row[0].rpartition("=")[2]: tuple(row[1:]) for row in rows}

    def set_origin(self, number: int, **values: Any) -> None:
        """Bring one origin into another state, as something else in the hub has."""
        own_id = tables.origin.c.external_id.endswith(f"?p={number}")
        with self.store.write(self.cluster_id) as conn:
            assert conn.execute(update(tables.origin).where(own_id).values(values)).rowcount == 1

    def raw_hashes(self) -> dict[str, Any]:
        return self.origins("raw_hash")


@pytest.fixture
def hub(store: Store, monkeypatch: pytest.MonkeyPatch) -> FeedHub:
    """A hub that has read a feed of six posts for the first time."""
    found = FeedHub(store, Clock(NOW))
    store_page = pull.store_page

    def noted(run: Any, place: Any, by_key: Any, page: Page, *more: Any, **named: Any) -> None:
        found.pages.append(page)
        store_page(run, place, by_key, page, *more, **named)

    monkeypatch.setattr(pull, "store_page", noted)
    found.configure()
    found.read()
    return found


def test_of_a_feed_with_a_new_post_only_that_is_parsed(hub: FeedHub) -> None:
    hub.blog.write("new")
    report = hub.read()
    assert hub.read_titles() == {"Title of 7"}
    assert hub.left_out() == 6
    assert report.counts == {"new": 1, "unchanged": 6}
    assert len(hub.titles()) == 7


def test_an_edit_is_met_and_is_left_out_the_next_time(hub: FeedHub) -> None:
    hub.blog.change(3, text="Written anew")
    assert hub.read().counts == {"updated": 1, "unchanged": 5}
    hub.blog.write("new")
    hub.read()
    assert hub.read_titles() == {"Title of 7"}
    assert "Written anew" in hub.item("Title of 3").html


def test_a_retired_post_that_the_feed_still_shows_is_restored(hub: FeedHub) -> None:
    source_id = hub.source().id
    gone = next(own_id for own_id in hub.pages[0].listed if own_id.endswith("?p=3"))
    ref = RunRef(hub.cluster_id, source_id, hub.clock.now)
    with hub.store.write(hub.cluster_id) as conn:
        removal.retire(conn, ref, removal.living_with_ids(conn, source_id, [gone]), "not found")
    assert "Title of 3" not in hub.titles()
    hub.blog.write("new")
    hub.read()
    assert hub.read_titles() == {"Title of 3", "Title of 7"}
    assert "Title of 3" in hub.titles()


def test_a_post_that_waits_because_it_seemed_to_leave_is_looked_at(hub: FeedHub) -> None:
    hub.set_origin(3, held=HELD_REMOVAL)
    hub.blog.write("new")
    hub.read()
    assert hub.origins("held")["3"] == (None,)


def test_a_post_that_was_moved_to_another_part_is_moved_back(hub: FeedHub) -> None:
    source_id = hub.source().id
    (own,) = {each for (each,) in hub.origins("stream_id").values()}
    with hub.store.write(hub.cluster_id) as conn:
        other = Stream(key=f"feed:{HOME}other.xml", title="Other", selected=False)
        streams.put_streams(conn, hub.cluster_id, source_id, [other])
        (elsewhere,) = {row.id for row in streams.streams_of(conn, source_id)} - {own}
    hub.set_origin(3, stream_id=elsewhere)
    hub.blog.write("new")
    hub.read()
    assert hub.origins("stream_id")["3"] == (own,)


def test_what_was_purged_is_looked_at(hub: FeedHub) -> None:
    hub.set_origin(3, raw_hash=None)
    hub.blog.write("new")
    hub.read()
    assert hub.read_titles() == {"Title of 3", "Title of 7"}
    assert hub.raw_hashes()["3"] != (None,)


def test_an_id_that_was_used_again_is_looked_at(hub: FeedHub) -> None:
    """Two posts are kept under it: which of them comes again is not for a digest to say."""
    own_id = tables.origin.c.external_id.endswith("?p=3")
    with hub.store.write(hub.cluster_id) as conn:
        row = dict(conn.execute(select(tables.origin).where(own_id)).mappings().one())
        row |= {"id": 1_000, "generation": row["generation"] + 1, "sort_key": row["sort_key"] + 1}
        conn.execute(tables.origin.insert().values(row | {"raw_hash": None}))
    hub.blog.write("new")
    hub.read()
    assert hub.read_titles() == {"Title of 3", "Title of 7"}


def test_an_id_that_was_shortened_to_be_kept_is_looked_at(hub: FeedHub) -> None:
    """The adapter could not tell it from another one with the same beginning."""
    own_id = next(own_id for own_id in hub.pages[0].listed if own_id.endswith("?p=3"))
    hub.set_origin(3, external_id=storable(own_id + "x" * 600))
    hub.blog.write("new")
    hub.read()
    assert hub.read_titles() == {"Title of 3", "Title of 7"}


def test_a_cursor_holds_neither_ids_nor_digests_of_posts(hub: FeedHub) -> None:
    """Of a student, or of somebody who withdrew a post, they would stay there."""
    with hub.store.read() as conn:
        (row,) = streams.streams_of(conn, hub.source().id)
    assert row.cursor is not None
    assert "?p=" not in row.cursor
    assert not any(record.digest in row.cursor for page in hub.pages for record in page.records)


def test_what_was_withdrawn_stays_away(hub: FeedHub) -> None:
    source_id = hub.source().id
    gone = next(own_id for own_id in hub.pages[0].listed if own_id.endswith("?p=3"))
    with hub.store.write(hub.cluster_id) as conn:
        tombstones.put_tombstone(
            conn,
            hub.cluster_id,
            source_id,
            PRIVACY,
            external_id=gone,
            link_key=None,
            reason="asked",
            now=hub.clock.now,
        )
    hub.set_origin(3, is_live=False, raw_hash=None)
    hub.blog.write("new")
    hub.read()
    assert hub.origins("is_live")["3"] == (False,)


@pytest.mark.parametrize(
    "rules",
    [Rules(authors_are_students=True), Rules(only_title_words=("title",))],
    ids=["students", "selective"],
)
def test_under_these_rules_nothing_is_ever_left_out(hub: FeedHub, rules: Rules) -> None:
    hub.configure(rules)
    for _ in range(2):
        hub.blog.write("new")
        hub.read()
        assert hub.left_out() == 0
    assert len(hub.read_titles()) == 8


def test_of_students_no_digest_is_kept(hub: FeedHub) -> None:
    """Not by the reading that begins afresh for the rule, nor by later ones."""
    hub.configure(Rules(authors_are_students=True))
    for _ in range(2):
        hub.blog.write("new")
        hub.read()
    assert {each for (each,) in hub.raw_hashes().values()} == {None}


def test_a_new_rule_looks_at_everything_once(hub: FeedHub) -> None:
    hub.configure(Rules(reflection_title_words=("title",)))
    hub.blog.write("new")
    hub.read()
    assert (len(hub.read_titles()), hub.left_out()) == (7, 0)
    hub.blog.write("new")
    hub.read()
    assert (len(hub.read_titles()), hub.left_out()) == (1, 7)


def test_a_new_way_of_cleaning_looks_at_everything_once(
    hub: FeedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hub.raw_hashes()
    monkeypatch.setattr("connector.fetched.CLEANING", "another")
    for left_out in (0, 7):
        hub.blog.write("new")
        hub.read()
        assert hub.left_out() == left_out
    assert not {*before.values()} & {*hub.raw_hashes().values()}


def test_a_hub_that_kept_other_digests_looks_at_everything_once(hub: FeedHub) -> None:
    """As hubs did before: of the record, and nothing of the feed in the cursor."""
    for number in range(1, 7):
        hub.set_origin(number, raw_hash=number)
    with hub.store.write(hub.cluster_id) as conn:
        (row,) = streams.streams_of(conn, hub.source().id)
        state = json.loads(row.cursor or "")
        del state["frame"]
        cursor = json.dumps(state)
        conn.execute(update(tables.stream).values(cursor=cursor))
    for left_out in (0, 7):
        hub.blog.write("new")
        hub.read()
        assert hub.left_out() == left_out
    assert len(hub.titles()) == 8


def test_the_same_posts_under_a_new_etag_are_all_left_out(
    hub: FeedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub.store.write(hub.cluster_id) as conn:
        (row,) = streams.streams_of(conn, hub.source().id)
        state = json.loads(row.cursor or "")
        conn.execute(update(tables.stream).values(cursor=json.dumps({**state, "etag": '"old"'})))
    assert hub.read().counts == {"unchanged": 6}
    assert (hub.read_titles(), hub.left_out()) == (set(), 6)
    assert hub.read().counts == {}


def test_a_post_missing_between_others_that_are_left_out_is_doubted(hub: FeedHub) -> None:
    hub.blog.remove(3)
    hub.read()
    assert hub.left_out() == 5
    assert [number for number, (is_doubted,) in hub.origins("suspect").items() if is_doubted] == [
        "3"
    ]


def test_a_doubt_is_forgotten_when_the_post_is_left_out_again(hub: FeedHub) -> None:
    hub.set_origin(3, suspect=True)
    hub.blog.write("new")
    hub.read()
    assert hub.left_out() == 6
    assert hub.origins("suspect")["3"] == (False,)


def test_a_note_is_taken_back_by_a_feed_of_which_all_is_left_out(hub: FeedHub) -> None:
    with hub.store.write(hub.cluster_id) as conn:
        conn.execute(update(tables.stream).values(note="odd"))
    hub.blog.remove(6)
    hub.read()
    assert hub.read_titles() == set()
    with hub.store.read() as conn:
        assert [row.note for row in streams.streams_of(conn, hub.source().id)] == [None]


def test_many_new_posts_are_held_back_as_ever(hub: FeedHub) -> None:
    hub.brake, hub.blog.now = 2, hub.clock.now
    for _ in range(3):
        hub.blog.write("new")
    assert hub.read().counts == {"new": 2, "held": 1, "unchanged": 6}


def test_a_reading_that_could_not_be_written_is_made_again(
    hub: FeedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.blog.write("new")

    def fail(*_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(records, "write", fail)
        with pytest.raises(StoreError):
            hub.read()
    hub.clock.move(hours=2)
    assert hub.read().counts == {"new": 1, "unchanged": 6}
