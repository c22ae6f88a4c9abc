"""What is left of an old Interact: its pages, feeds, exports and dumps, for any bytes."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from adapters.interact import forum_pages, journal_feed
from adapters.interact.dump_store import DumpDatabase, read_dump
from adapters.interact.page_records import entry_record, news_record, read_file
from adapters.interact.pages import shown_posts
from adapters.interact.rows_place import RowsPlace
from adapters.interact.schema import COLUMNS
from adapters.interact.settings import InteractSettings
from connector.errors import ParseError, PermanentError, SourceError
from connector.model import Page, Record
from sample_cluster.interact_site import InteractSite, Size
from sample_cluster.interact_sql import sql
from sample_cluster.interact_web import FORUM, JOURNAL, SPACE, InteractWeb
from tests.hostile.promises import (
    MOST_SHOWN,
    NOW,
    Parser,
    are_keepable,
    bodies,
    is_a_sentence,
    is_keepable,
)

HOME = "https://interact.example.school.nz/"
_MOST_THREADS_OPENED = 5
_SITE = InteractSettings(address=HOME, forums=(f"{SPACE}/{FORUM}",))
_DUMP = InteractSettings(address=HOME, dump="any.sql", audience="interact")


def _interact_page(body: bytes) -> None:
    """Read a page of each kind, a saved file, and the feed of a journal."""
    for read in (_saved, _shown, _forum, _feed):
        try:
            are_keepable(read(body))
        except (ParseError, PermanentError) as error:
            is_a_sentence(str(error))


def _saved(body: bytes) -> Iterable[Record]:
    found = read_file(body, _SITE)
    assert all(count.value > 0 for count in found.counts)
    for account in found.accounts:
        assert account.name.encode()
    return found.records


def _shown(body: bytes) -> Iterable[Record]:
    for shown in shown_posts(body, _SITE, f"{HOME}spaces/news.php"):
        yield entry_record(shown, HOME)
        yield news_record(shown, HOME)


def _forum(body: bytes) -> Iterable[Record]:
    """Read the page as a forum's, and then as that of each of its threads."""
    forum = forum_pages.Forum(SPACE, FORUM)
    try:
        threads = forum_pages.threads(body, _SITE)
    except ParseError as error:
        is_a_sentence(str(error))
        threads = []
    assert len({one.key for one in threads}) == len(threads)
    found: list[Record] = []
    for thread in [forum_pages.Thread(1, "", {}), *threads[:_MOST_THREADS_OPENED]]:
        posts = forum_pages.posts(body, _SITE, forum, thread)
        ids = {one.external_id for one in posts}
        assert len(ids) == len(posts)
        assert all(one.in_reply_to is None or one.in_reply_to in ids for one in posts)
        found += posts
    return found


def _feed(body: bytes) -> Iterable[Record]:
    feed = journal_feed.parse_feed(body, ZoneInfo("Pacific/Auckland"))
    found = list(journal_feed.records(feed, HOME, SPACE, JOURNAL, {101: 2}))
    assert len({one.external_id for one in found}) == len(found)
    return found


def _page_seeds() -> list[bytes]:
    """Give pages of the stand-in, and what was written by hand."""
    web = InteractWeb()
    first = web.forum.write("Kōrero <i>one</i>", files=("../../files/a.doc",))
    web.forum.write("Re: one", "<p>Āe <a href='../b.php'>b</a></p>", parent=first.key)
    web.forum.write("Gone", parent=first.key, mark="deleted")
    entry = web.write("Week 1", "<p>Mō te <b>pāngarau</b> &amp; more</p>")
    web.write("Late", answers=entry.key)
    web.write("Not yet", is_draft=True)
    asked = {
        "modules/forum/forum.php": f"module_key={FORUM}",
        "modules/forum/thread.php": f"module_key={FORUM}&thread_key={first.key}",
        "modules/journal/journalview.php": f"module_key={JOURNAL}",
        "modules/journal/rss.php": f"module_key={JOURNAL}",
    }
    answers = [
        web.answer("GET", f"{HOME}{path}?space_key={SPACE}&{query}", {}, {})
        for path, query in asked.items()
    ]
    assert all(answer.status == 200 for answer in answers)
    written = bodies("interact/*.xls", "interact/*.txt", "interact/*.html", "fuzz/interact_page/*")
    return [*(answer.body for answer in answers), _ODD_LINKS.encode(), *written()]


_ODD_LINKS = """<div class="fullPost"><a name="501"></a><div class="postHeader">
<a class="postPostedBy" href="http://[userdetails.php?user_key=1">Losa</a>
<a class="postParent" href="http://[#500">answers</a> 31/2/2009 25:61</div>
<div class="postBody"><a href="//[entry.php?post_key=7">x</a><!-- y --></div>
<div class="postAttachments"><a href="http://[">a</a></div></div>"""


def _interact_dump(body: bytes) -> None:
    """Read a dump; whatever it says, only listed columns are kept, and of e-mail the domain."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "dump")
        path.write_bytes(body)
        try:
            database = read_dump(path)
        except (ParseError, PermanentError) as error:
            is_a_sentence(str(error))
            return
        try:
            _holds_only_what_may_be_read(database)
            _is_read(database)
        finally:
            database.close()


def _holds_only_what_may_be_read(database: DumpDatabase) -> None:
    for name in database.names():
        table = max((one for one in COLUMNS if name.endswith(one)), key=len)
        quoted = name.replace('"', '""')
        found = database._connection.execute(f'SELECT * FROM "{quoted}"')
        assert tuple(column[0] for column in found.description) == COLUMNS[table]
        if "email" in COLUMNS[table]:
            at = COLUMNS[table].index("email")
            assert all("@" not in (row[at] or "") for row in found)


def _is_read(database: DumpDatabase) -> None:
    place = RowsPlace(_DUMP, lambda: database, NOW)
    try:
        cursors = {stream.key: None for stream in place.streams()}
        for page in place.read(cursors):
            if isinstance(page, Page):
                is_keepable(Page(stream=page.stream, records=page.records[:MOST_SHOWN]))
    except SourceError as error:
        is_a_sentence(str(error))


# The fuzzer takes no more than 8 kB: nothing of this is needed to tell what a dump holds.
_VERBOSE = re.compile(
    rb"DROP TABLE[^\n]*\n| NOT NULL| DEFAULT (?:'[^'\n]*'|0)|\(255\)|\) ENGINE[^;]*(?=;)"
    rb"|interact_(?=[a-z_]+`)|example\.school\.|'0000-00-00 00:00:00'|(?<=\n)  "
)


def _dump_seeds() -> list[bytes]:
    """Give a small dump in each of the ways in which it may be packed, and its parts."""
    site = InteractSite(size=Size(spaces=1, posts=3, groups=1, users=7, visits=1))
    whole = _VERBOSE.sub(_shorter, b"".join(sql(site)))
    assert len(whole) < 8_000
    odd = rb"""DELIMITER ;;
        CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW SET @a = 'it''s' ;;
        DELIMITER ;
        CREATE TABLE IF NOT EXISTS db.`x_users` (`user_key` int COMMENT 'a, (b)', first_name text,
        last_name text, prefered_name text, email text, level_key int, PRIMARY KEY (user_key));
        INSERT IGNORE INTO x_users (user_key, email) VALUES (1, _utf8 'a@b.example'),
        (0x4bc4, "say ""hi"" \n"), (-5, NULL), (1.5e3, X'6869'), (6, 0x4bc);"""
    return [whole, odd, gzip.compress(whole), _zipped(whole), *bodies("fuzz/interact_dump/*")()]


def _shorter(found: re.Match[bytes]) -> bytes:
    return b"NULL" if found[0].startswith(b"'0") else b")" if found[0].startswith(b")") else b""


def _zipped(text: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("community.sql", text)
    return packed.getvalue()


interact_page = Parser(_interact_page, _page_seeds)
interact_dump = Parser(_interact_dump, _dump_seeds)
