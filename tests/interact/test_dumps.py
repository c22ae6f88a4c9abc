"""A dump is read as a stream: as its makers write it, and whatever else comes, in bounded memory."""

import gzip
import io
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.interact import dump_lexer
from adapters.interact.dump_lexer import DumpLexer, RowsSaid, TableSaid, value
from adapters.interact.dump_shelf import DumpShelf
from adapters.interact.dump_store import read_dump
from adapters.interact.queries import Questions
from adapters.interact.schema import COLUMNS, tables
from connector.errors import ParseError, PermanentError, SourceError
from sample_cluster.interact_site import CANARIES, InteractSite
from sample_cluster.interact_sql import sql
from tests.chances import some_of
from tests.interact.reading import differences, dump_of, opened, read, settings_of


def rows_of(text: bytes, columns: int = 2) -> list[list[object]]:
    lexer = DumpLexer(io.BytesIO(text), lambda name: columns if name == "t" else 0)
    found = []
    for said in lexer.statements():
        if isinstance(said, RowsSaid):
            found += [[value(one) for one in row] for row in said.rows]
    return found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"(1,'a')", [1, b"a"]),
        (b"(1,'it''s')", [1, b"it's"]),
        (rb"(1,'it\'s')", [1, b"it's"]),
        (rb"(1,'a\\')", [1, b"a\\"]),
        (rb"(1,'a\\\'; (b), ''c''')", [1, b"a\\'; (b), 'c'"]),
        (rb"(1,'line\r\nnext\ttab\0\Z')", [1, b"line\r\nnext\ttab\0\x1a"]),
        (rb"(1,'100\%')", [1, rb"100\%"]),
        (b"(1,'')", [1, b""]),
        (b"(1,'''')", [1, b"'"]),
        (b'(1,"say ""hi"" it\'s")', [1, b'say "hi" it\'s']),
        (b"(1,NULL)", [1, None]),
        (b"(1,null)", [1, None]),
        (b"(1,0x4bc4816b61)", [1, "Kāka".encode()]),
        (b"(1,X'6869')", [1, b"hi"]),
        (b"(1,0x)", [1, b""]),
        (b"(1,_binary 'x')", [1, b"x"]),
        (b'(1,_utf8 "it\'s")', [1, b"it's"]),
        (b"(-5,1.5e3)", [-5, b"1.5e3"]),
        (b"( 1 , 'spaced' )", [1, b"spaced"]),
    ],
)
def test_values_are_read_as_mysql_means_them(written, meant):
    assert rows_of(b"INSERT INTO `t` VALUES " + written + b";") == [meant]


def test_many_rows_one_by_one_and_named_columns_are_all_read():
    text = b"""
    -- a comment; with 'quotes
    # another; (
    /* and; one */
    /*!40101 SET NAMES utf8 */;
    CREATE TABLE `x` (a int); INSERT INTO `x` VALUES (1,'; INSERT INTO t VALUES (9,9)');
    insert ignore into db.t (`a`, b) values (1,'x'),
      (2,'y'),(3,'z');
    REPLACE INTO t VALUES (4,'w');
    DELIMITER ;;
    CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW BEGIN SET @a = 'it''s'; END ;;
    DELIMITER ;
    LOCK TABLES `t` WRITE; INSERT INTO t VALUES (5,'v');
    """
    assert [row[0] for row in rows_of(text)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1000])
def test_where_a_chunk_ends_makes_no_difference(chunk, monkeypatch):
    whole = b"".join(sql(InteractSite()))[:40_000]
    text = whole[: whole.rindex(b";\n") + 2]

    def said() -> list[object]:
        lexer = DumpLexer(io.BytesIO(text), lambda name: 9 if name.endswith("users") else 0)
        return [
            [list(row) for row in one.rows] if isinstance(one, RowsSaid) else one
            for one in lexer.statements()
        ]

    expected = said()
    monkeypatch.setattr(dump_lexer, "CHUNK_BYTES", chunk)
    assert said() == expected
    assert any(isinstance(one, list) and len(one) == 40 for one in expected)


def test_columns_are_those_that_are_no_keys():
    text = b"""CREATE TABLE IF NOT EXISTS `a b` (
      `key` int(11) NOT NULL default '0' COMMENT 'a, (b); c',
      name varchar(10) default ')',
      kind enum('x,y','z''') NOT NULL,
      price decimal(10,2),
      PRIMARY KEY (`key`,name), KEY `of` (kind), UNIQUE (name), FULLTEXT KEY f (name),
      CONSTRAINT c FOREIGN KEY (name) REFERENCES o (n)
    ) ENGINE=MyISAM;"""
    (said,) = DumpLexer(io.BytesIO(text), lambda _: 0).statements()
    assert said == TableSaid("a b", ("key", "name", "kind", "price"))


@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO t VALUES (1,'cut off",
        b"INSERT INTO t VALUES (1,'a'),(2,'b')",
        b"INSERT INTO t VALUES (1,'a','too many');",
        b"INSERT INTO t VALUES (1);",
        b"INSERT INTO t VALUES (1, NOW());",
        b"INSERT INTO other VALUES (1,'cut off",
        b"CREATE TABLE t (a int, b 'x",
        b"/* without an end",
        b"DELIMITER ;;\nnever ended",
    ],
)
def test_dump_that_was_cut_off_or_is_not_understood_is_refused_never_guessed(text):
    with pytest.raises(ParseError, match="dump"):
        rows_of(text)


def test_memory_stays_bounded_however_long_a_text_that_is_passed_over(monkeypatch):
    class Endless(io.RawIOBase):
        left = 200

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"x" * size if self.left > 0 else b"');" * (self.left == 0)

    lexer = DumpLexer(_Joined(b"INSERT INTO other VALUES (1,'", Endless()), lambda _: 0)
    assert list(lexer.statements()) == [None]
    assert lexer.bytes_read > 190 * dump_lexer.CHUNK_BYTES
    assert len(lexer._buffer) <= 4 * dump_lexer.CHUNK_BYTES


class _Joined:
    def __init__(self, first: bytes, rest: io.RawIOBase) -> None:
        self._first, self._rest = first, rest

    def read(self, size: int) -> bytes:
        first, self._first = self._first, b""
        return first or self._rest.read(size) or b""


def test_row_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(dump_lexer, "MAX_ROW_BYTES", 1000)
    monkeypatch.setattr(dump_lexer, "CHUNK_BYTES", 100)
    with pytest.raises(ParseError):
        rows_of(b"INSERT INTO t VALUES (1,'" + b"x" * 5000 + b"');")


def test_table_with_more_columns_than_any_is_refused_before_it_takes_long():
    text = b"INSERT INTO t (%s) VALUES (1);" % b",".join([b"a"] * 5000)
    started = time.process_time()
    with pytest.raises(ParseError, match="more than 200 columns"):
        rows_of(text)
    assert time.process_time() - started < 1


def test_time_does_not_grow_with_the_square_of_a_text_without_an_end():
    text = b"INSERT INTO other VALUES (1,'" + b"''x" * 30_000
    started = time.process_time()
    with pytest.raises(ParseError, match="without an end"):
        rows_of(text)
    assert time.process_time() - started < 1


def test_time_does_not_grow_with_the_square_of_a_create_table():
    text = b"CREATE TABLE t (" + b"(" * 1_000_000 + b";"
    started = time.process_time()
    assert list(DumpLexer(io.BytesIO(text), lambda _: 0).statements()) == [TableSaid("t", ())]
    assert time.process_time() - started < 5


@settings(max_examples=some_of(200), deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_parse_error(noise):
    for text in (noise, b"INSERT INTO t VALUES (1,'" + noise, b"CREATE TABLE t (" + noise):
        try:
            rows_of(text)
        except ParseError:
            continue


TEXTS = st.binary(max_size=60)


@given(st.lists(st.tuples(st.integers(0, 10**9), TEXTS), min_size=1, max_size=8))
def test_whatever_was_escaped_comes_back(rows):
    signs = {b"\\": rb"\\", b"'": rb"\'", b"\n": rb"\n", b"\0": rb"\0", b"\x1a": rb"\Z"}

    def escaped(text: bytes) -> bytes:
        return b"".join(signs.get(bytes([one]), bytes([one])) for one in text)

    values = b",".join(b"(%d,'%s')" % (key, escaped(text)) for key, text in rows)
    assert rows_of(b"INSERT INTO `t` VALUES " + values + b";") == [list(row) for row in rows]


# Files


@pytest.fixture
def site():
    return InteractSite()


@pytest.mark.parametrize("packed", ["sql", "gz", "zip", "sql.gz in zip"])
def test_each_kind_of_file_gives_what_the_generator_lists(site, tmp_path, packed):
    path = dump_of(site, tmp_path)
    body = path.read_bytes()
    if packed == "gz":
        path = tmp_path / "d.sql.gz"
        path.write_bytes(gzip.compress(body))
    elif packed != "sql":
        path = tmp_path / "d.zip"
        inner = "d.sql" if packed == "zip" else "d.sql.gz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(inner, body if packed == "zip" else gzip.compress(body))
    assert differences(read(settings_of(dump=str(path))), site) == []


def test_prefix_is_found_by_itself_and_a_second_interact_asks_which(site, tmp_path):
    path = dump_of(site, tmp_path, "ict_")
    assert differences(read(settings_of(dump=str(path))), site) == []
    path.write_bytes(path.read_bytes() + b"".join(sql(InteractSite(seed=8), "old_")))
    report = opened(settings_of(dump=str(path))).check()
    assert "'ict_', 'old_'" in report.lines[0].sentence
    assert not report.ok
    assert differences(read(settings_of(dump=str(path), prefix="ict_")), site) == []


def said_of(path, **more) -> str:
    report = opened(settings_of(dump=str(path), **more)).check()
    assert not report.ok
    (line,) = report.lines
    return line.sentence


def test_check_tells_each_mistake_in_one_sentence_with_the_next_step(site, tmp_path):
    path = dump_of(site, tmp_path)
    assert "leave prefix out" in said_of(path, prefix="wrong_")
    text = path.read_bytes()
    path.write_bytes(text.replace(b"(2,'2.4')", b"(2,'3.0 beta')"))
    assert "release '3.0 beta'" in said_of(path)
    assert opened(settings_of(dump=str(path), release="3.0 beta")).check().ok
    path.write_bytes(text.replace(b"`interact_posts`", b"`gone`"))
    assert "interact_posts" in said_of(path)
    path.write_bytes(text.replace(b"`unauth_name`", b"`other`"))
    assert "interact_posts" in said_of(path)
    path.write_bytes(b"CREATE TABLE wp_posts (ID int);\n")
    assert "not those of an Interact" in said_of(path)
    path.write_bytes(b"\x89PNG nothing of the kind")
    assert "no dump" in said_of(path)
    path.write_bytes(text[: len(text) // 2])
    assert "copy the whole file" in said_of(path)
    path.write_bytes(gzip.compress(text)[:-200])
    assert "Copy it again" in said_of(path)
    path.write_bytes(b"INSERT INTO interact_posts VALUES (1);")
    assert "structure" in said_of(path)
    path.write_bytes(text + text)
    assert "several databases" in said_of(path)
    assert "no dump at the path" in said_of(tmp_path / "missing.sql")
    assert "names a folder" in said_of(tmp_path)


def test_folder_or_zip_of_raw_tables_is_recognised_and_explained(tmp_path):
    folder = tmp_path / "interact"
    folder.mkdir()
    (folder / "interact_posts.MYD").write_bytes(b"\x01")
    assert "mysqldump" in said_of(folder)
    with zipfile.ZipFile(tmp_path / "raw.zip", "w") as archive:
        archive.writestr("interact/interact_posts.frm", b"x")
    assert "raw files of MySQL" in said_of(tmp_path / "raw.zip")


def test_zip_with_a_password_or_two_dumps_says_so(tmp_path):
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.sql", b"x")
        archive.writestr("b.sql", b"x")
    assert "2 files" in said_of(path)


def test_canaries_of_forbidden_columns_never_enter_the_temporary_database(site, tmp_path):
    database = read_dump(dump_of(site, tmp_path))
    held = "\n".join(database._connection.iterdump())
    assert "Hui ā-tau" in held or "Hui" in held
    assert [one for one in CANARIES.values() if one in held] == []
    columns = {
        row[1]
        for name in database.names()
        for row in database._connection.execute(f"PRAGMA table_info('{name}')")
    }
    assert columns <= {column for table in COLUMNS.values() for column in table}
    database.close()


def test_temporary_database_has_no_name_that_could_stay_behind(site, tmp_path, monkeypatch):
    """Killed anywhere, nothing is left: SQLite keeps a file without a name."""
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    database = read_dump(dump_of(site, tmp_path))
    assert list((tmp_path / "tmp").iterdir()) == []
    assert database._connection.execute("PRAGMA database_list").fetchone()[2] == ""
    database.close()


def test_reading_that_broke_off_in_the_file_starts_over_cleanly(site, tmp_path, monkeypatch):
    path, shelf = dump_of(site, tmp_path), DumpShelf()
    monkeypatch.setattr("adapters.interact.adapter.SHELF", shelf)
    whole = path.read_bytes()
    path.write_bytes(whole[:90_000])
    with pytest.raises(SourceError):
        shelf.database(path)
    path.write_bytes(whole)
    assert differences(read(settings_of(dump=str(path))), site) == []


def test_dump_that_stays_the_same_is_read_once_and_says_so(site, tmp_path, monkeypatch):
    settings_ = settings_of(dump=str(dump_of(site, tmp_path)))
    first = read(settings_)
    asked = []
    monkeypatch.setattr("adapters.interact.adapter.SHELF", _Refusing(asked))
    again = read(settings_, first)
    assert (again.records, asked) == ({}, [])
    monkeypatch.undo()
    assert any("read once" in line.sentence for line in opened(settings_).check().lines)


class _Refusing:
    def __init__(self, asked: list) -> None:
        self._asked = asked

    def database(self, *given):
        self._asked.append(given)
        raise PermanentError("not to be asked")


def test_newer_dump_of_the_same_name_is_read_on(tmp_path):
    site = InteractSite()
    settings_ = settings_of(dump=str(dump_of(site, tmp_path)))
    first = read(settings_)
    shown = {one.external_id for one in site.expected if one.kind == "post"}
    row = next(row for row in site.rows["posts"] if f"post:{row[0]}" in shown)
    site.rows["posts"].append((100_001, *row[1:6], "Later", "<p>Later</p>", *row[8:]))
    dump_of(site, tmp_path)
    assert "post:100001" in read(settings_, first).records


@settings(
    max_examples=some_of(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(at=st.integers(0, 170_000), noise=st.binary(min_size=1, max_size=8))
def test_a_damaged_dump_is_read_or_refused_with_a_sentence(tmp_path, at, noise):
    path = tmp_path / "damaged.sql"
    text = b"".join(sql(InteractSite()))
    path.write_bytes(text[:at] + noise + text[at + len(noise) :])
    said = ""
    try:
        read_dump(path).close()
    except SourceError as error:
        said = str(error)
    assert not said or said.endswith(".")


def test_database_errors_repeat_no_question(site, tmp_path):
    database = read_dump(dump_of(site, tmp_path))
    database._connection.execute("DROP TABLE interact_news")
    questions = Questions(tables("interact_"))
    with pytest.raises(SourceError) as caught:
        database.rows(questions.news([1], 0, 10))
    assert "SELECT" not in str(caught.value)
    database.close()
