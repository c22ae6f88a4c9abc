"""Posts through the REST API: what each of the three questions is there for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adapters.blogs import wordpress_reader
from connector.errors import AuthError, ParseError, PermanentError
from connector.model import ProblemKind
from tests.blogs.blog_hub import Reading
from tests.contract.fake_session import Answer
from tests.contract.kits.blog_services import HOME, Blog, WordPress, as_json, stamp

LONG_AGO = datetime(2020, 5, 1, tzinfo=UTC)


@pytest.fixture
def blog():
    return Blog(posts=12, comments=3)


@pytest.fixture
def reading(blog):
    """A blog that has been read and is quiet."""
    reading = Reading(WordPress(blog).answer)
    reading.settle()
    return reading


def test_quiet_cycle_asks_three_times_and_gets_ids_only(reading):
    reading.cycle()
    assert len(reading.session.asked) == 3
    assert all("_fields=id" in url for url in reading.session.asked)


def test_post_inserted_with_an_old_date_is_met_by_its_id(blog, reading):
    inserted = blog.write("imported", published=LONG_AGO, modified=LONG_AGO)
    assert reading.ids() == [f"post:{inserted.id}"]


def test_planned_post_is_met_by_its_date(blog, reading):
    """Its time of change is that of the planning, older than what is known."""
    planned = blog.write("planned", status="future")
    blog.write("in between")
    reading.settle()
    blog.posts[planned.id] = replace(
        blog.posts[planned.id], status="publish", published=blog.tick()
    )
    assert f"post:{planned.id}" in reading.ids()


def test_planned_post_that_appears_hours_late_is_met(blog, reading):
    """WordPress publishes when somebody visits; newer posts may have come before."""
    planned = blog.write("planned", status="future")
    due = blog.tick()
    blog.now += timedelta(hours=20)
    blog.write("in between")
    reading.settle()
    blog.posts[planned.id] = replace(blog.posts[planned.id], status="publish", published=due)
    assert f"post:{planned.id}" in reading.ids()


def test_old_draft_that_is_published_is_met_by_its_change(blog, reading):
    draft = blog.write("draft", status="draft", published=LONG_AGO)
    reading.settle()
    blog.change(draft.id, status="publish")
    assert f"post:{draft.id}" in reading.ids()


def test_password_set_later_takes_the_post_away(blog, reading):
    blog.change(5, password=True, text="canary")
    (page,) = reading.cycle()
    assert page.gone == ("post:5",)
    assert [problem.kind for problem in page.problems] == [ProblemKind.HIDDEN]
    assert "canary" not in repr(page)
    assert "Title of 5" not in repr(page)


def test_password_taken_off_brings_the_post_back(blog, reading):
    blog.change(5, password=True)
    reading.settle()
    blog.change(5, password=False)
    assert "post:5" in reading.ids()


def test_restored_post_comes_back(blog, reading):
    blog.change(5, status="trash")
    reading.settle()
    blog.change(5, status="publish")
    assert "post:5" in reading.ids()


def test_post_that_does_not_say_it_is_published_is_not_read(blog):
    def without_status(request):
        answer = WordPress(blog).answer(request)
        return replace(answer, body=answer.body.replace(b'"status"', b'"was"'))

    assert Reading(without_status).ids() == []


def test_hundreds_of_edits_within_a_minute_are_all_met(blog):
    for _ in range(300):
        blog.write("more")
    reading = Reading(WordPress(blog).answer)
    reading.settle()
    moment = blog.tick()
    blog.posts = {k: replace(each, modified=moment) for k, each in blog.posts.items()}
    assert set(reading.ids()) == {f"post:{number}" for number in blog.posts}


def test_hundreds_of_edits_do_not_keep_a_quiet_cycle_busy(blog):
    """After an import all posts share a minute; the ids alone say that nothing moved."""
    moment = blog.tick()
    for _ in range(300):
        blog.write("imported", modified=moment)
    reading = Reading(WordPress(blog).answer)
    reading.settle()
    reading.cycle()
    assert len(reading.session.asked) == 3


class LocalTimes(WordPress):
    """Compares and sorts by the site's wall clock, as WordPress does."""

    zone = ZoneInfo("Pacific/Auckland")

    def _list(self, what, query):
        asked = {
            name: self._wall(query[name]) for name in ("after", "modified_after") if name in query
        }
        entries = {number: self._local(each) for number, each in self.blog.posts.items()}
        true, self.blog.posts = self.blog.posts, entries
        answer = super()._list(what, {**query, **asked})
        self.blog.posts = true
        for number, each in true.items():
            answer = replace(answer, body=self._true_times(answer.body, entries[number], each))
        return answer

    def _wall(self, text):
        moment = datetime.fromisoformat(text)
        return stamp(moment.astimezone(self.zone)) + "Z"

    def _local(self, entry):
        at = {
            name: getattr(entry, name).astimezone(self.zone) for name in ("published", "modified")
        }
        return replace(entry, **at)

    def _true_times(self, body, local, true):
        for name in ("published", "modified"):
            wall, utc = stamp(getattr(local, name)), stamp(getattr(true, name))
            body = body.replace(f'"{wall}"'.encode(), f'"{utc}"'.encode())
        return body


@pytest.mark.parametrize("minutes", range(0, 130, 13))
def test_hour_that_occurs_twice_hides_nothing(minutes):
    """In New Zealand daylight time ends at 14:00 UTC on 4 April 2026; 2:30 comes twice."""
    blog = Blog(posts=2, comments=0)
    blog.posts = {
        k: replace(e, published=LONG_AGO, modified=LONG_AGO) for k, e in blog.posts.items()
    }
    blog.now = datetime(2026, 4, 4, 12, 59, tzinfo=UTC) + timedelta(minutes=minutes)
    blog.write("before")
    reading = Reading(LocalTimes(blog).answer)
    reading.settle()
    blog.now += timedelta(minutes=17)
    edited = blog.change(1, text="edited")
    added = blog.write("added")
    assert {f"post:{edited.id}", f"post:{added.id}"} <= set(reading.ids())


def test_date_in_the_future_blocks_nothing(blog, reading):
    blog.write("from 2035", published=datetime(2035, 1, 1, tzinfo=UTC))
    reading.settle()
    added = blog.write("today")
    assert f"post:{added.id}" in reading.ids()


def test_server_before_5_7_is_read_backwards_to_what_is_known(blog):
    service = WordPress(blog)
    service.modified_after = False
    for _ in range(40):
        blog.now += timedelta(days=1)
        blog.write("more")
    reading = Reading(service.answer)
    reading.settle()
    blog.now += timedelta(days=1)
    blog.change(3, text="edited")
    assert set(reading.ids()) - {"post:52"} == {"post:3"}


def test_only_the_first_page_where_history_is_not_wanted(blog):
    for _ in range(200):
        blog.write("more")
    reading = Reading(WordPress(blog).answer, whole_history=False)
    pages = reading.cycle()
    assert [len(page.records) for page in pages] == [100]
    reading.settle()
    added = blog.write("new")
    assert reading.ids().count(f"post:{added.id}") == 1


def test_empty_blog_is_read_and_its_first_post_met():
    blog = Blog(posts=0, comments=0)
    reading = Reading(WordPress(blog).answer)
    (page,) = reading.cycle()
    assert page.complete
    assert page.records == ()
    blog.write("the first")
    assert reading.ids() == ["post:1"]


def test_api_that_closes_fails_the_stream_and_the_sweep(blog, reading):
    """And says what to do; nothing may be retired by it."""
    reading.service.__self__.closed = 401
    with pytest.raises(AuthError, match="Ask whoever looks after the site"):
        reading.cycle()
    with pytest.raises(AuthError):
        list(reading.place().sweep("posts"))


def test_refused_question_is_a_sentence(blog, reading):
    def refusing(request):
        if "/wp-json/" in request.url:
            return Answer(b'{"code":"rest_invalid_param"}', 400)
        return WordPress(blog).answer(request)

    reading.service = refusing
    with pytest.raises(PermanentError, match="refuses the question"):
        reading.cycle()


def test_sweep_with_a_total_that_moves_is_not_whole(blog):
    for _ in range(150):
        blog.write("more")
    service = WordPress(blog)
    pages = []
    for page in Reading(service.answer).place().sweep("posts"):
        pages.append(page)
        blog.write("meanwhile")
    assert not any(page.complete for page in pages)


def test_sweep_leaves_protected_posts_out(blog):
    blog.change(4, password=True)
    (page,) = Reading(WordPress(blog).answer).place().sweep("posts")
    assert "post:4" not in page.ids
    assert page.complete


def test_plain_permalinks_are_asked_with_a_query(blog):
    """Where the API's root is ``/?rest_route=/`` the parameters are added to it."""
    service = WordPress(blog)

    def plain(request):
        if request.path == "/" and "rest_route" in request.query:
            service.api = "/wp/v2/"
            route = request.query["rest_route"]
            url = f"{HOME.rstrip('/')}{route}?{request.url.partition('&')[2]}"
            return service.answer(replace(request, url=url))
        answer = service.answer(request)
        return replace(answer, body=answer.body.replace(b"/wp-json/", b"/?rest_route=/"))

    assert len(Reading(plain).ids()) == 12


class Endless(WordPress):
    """Whatever is asked, a hundred posts that were never seen come back."""

    def _list(self, what, query):
        self.blog.posts = {k + 1000: replace(e, id=k + 1000) for k, e in self.blog.posts.items()}
        wanted = {k: v for k, v in query.items() if k in ("order", "orderby", "per_page")}
        return super()._list(what, wanted)


@pytest.mark.parametrize("is_old", [False, True])
def test_listing_that_never_ends_is_given_up(is_old, monkeypatch):
    monkeypatch.setattr(wordpress_reader, "MAX_STEPS", 40)
    blog = Blog(posts=100, comments=0)
    reading = Reading(WordPress(blog).answer)
    reading.settle()
    reading.service = Endless(blog).answer
    if is_old:
        blog.posts = {k: replace(each, modified=LONG_AGO) for k, each in blog.posts.items()}
    else:
        blog.posts = {k: replace(each, modified=blog.now) for k, each in blog.posts.items()}
    with pytest.raises(ParseError, match="does not come to an end"):
        reading.cycle()


def test_long_list_of_changes_before_5_7_is_walked_backwards():
    blog = Blog(posts=250, comments=0)
    service = WordPress(blog)
    service.modified_after = False
    reading = Reading(service.answer)
    reading.settle()
    blog.now += timedelta(days=2)
    for number in range(1, 181):
        blog.change(number, text="edited")
    assert {f"post:{number}" for number in range(1, 181)} <= set(reading.ids())


def test_sweep_without_totals_is_not_whole(blog):
    """Nothing says then that the list is all there is."""

    def without_totals(request):
        return replace(
            WordPress(blog).answer(request), headers={"Content-Type": "application/json"}
        )

    (page,) = Reading(without_totals).place().sweep("posts")
    assert len(page.ids) == 12
    assert not page.complete


def test_post_without_author_has_none(blog):
    def anonymous(request):
        answer = WordPress(blog).answer(request)
        return replace(answer, body=answer.body.replace(b'"author": 3', b'"author": 0'))

    records = [record for page in Reading(anonymous).cycle() for record in page.records]
    assert {record.author for record in records} == {None}


def test_site_that_hides_its_users_gives_their_numbers(blog):
    """Security plugins close /users; the embedded author is then an error."""

    def hidden(request):
        answer = WordPress(blog).answer(request)
        told = b'{"id": 3, "name": "Ana"}'
        return replace(answer, body=answer.body.replace(told, b'{"code": "rest_user_cannot_view"}'))

    (record, *_) = (record for page in Reading(hidden).cycle() for record in page.records)
    assert (record.author.external_id, record.author.name) == ("user:3", "")


@pytest.mark.parametrize("cursor", ['{"v":1}', '{"v":1,"way":"feed"}', '{"v":1,"way":7}'])
def test_cursor_that_is_none_of_this_stream_is_a_first_reading(reading, cursor):
    reading.cursor = cursor
    pages = reading.cycle()
    assert all(page.baseline for page in pages)
    assert sum(len(page.records) for page in pages) == 12


def test_listing_of_new_ids_without_end_is_given_up():
    """A hostile server can always invent another hundred."""

    def answer(request):
        if not request.path.startswith("/wp-json/"):
            return WordPress(Blog(1, 0)).answer(request)
        offset = int(request.query.get("offset", 0))
        entries = [{"id": offset + n, "status": "publish"} for n in range(1, 101)]
        return as_json(entries, **{"X-WP-Total": str(10**9)})

    with pytest.raises(ParseError, match="does not come to an end"):
        list(Reading(answer).place().sweep("posts"))
