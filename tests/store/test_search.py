"""Search: what is found, by whom, in what order, and that nothing typed breaks it."""

import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector.audience import Scope
from connector.model import PUBLIC, STREAM, Kind
from connector.store import reading
from connector.store import search as index
from connector.store.search import MAX_TERMS, terms
from connector.store.views import Found
from tests.chances import some_of
from tests.engine import Engine
from tests.fake_place import record

ON_ONE_STORE = settings(
    max_examples=some_of(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def search(engine: Engine, words: str, **more: object) -> Found:
    with engine.store.read() as conn:
        return reading.search(conn, engine.visitor(), words, **more)  # type: ignore[arg-type]


@pytest.fixture
def garden(engine: Engine) -> Engine:
    engine.add(school="Tōtara School").publish(
        record(1, title="Te māra kai", html="<p>Kūmara and kānga.</p>"),
        record(2, title="Cafe", html="<p>Our naïve kumara pie, at the CAFÉ.</p>"),
        record(
            3, title="Rain", html="<p>It rained on the vegetable garden.</p>", tags=("Wet day",)
        ),
        record(4, title="Closed", html="<p>A secret kumara.</p>", audience=STREAM),
    )
    engine.run()
    return engine


@pytest.mark.parametrize(
    "words", ["kūmara", "kumara", "KUMARA", "Kūmara", unicodedata.normalize("NFD", "kūmara")]
)
def test_macrons_and_letter_case_do_not_count_either_way(garden: Engine, words: str) -> None:
    assert garden.found(words) == ["Cafe", "Te māra kai"]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ('"vegetable garden"', ["Rain"]),
        ('"garden vegetable"', []),
        ("“garden vegetable”", []),
        ("garden vegetable", ["Rain"]),
        ('rained "vegetable garden"', ["Rain"]),
        ('"the café', ["Cafe"]),
        ("kumara pie", ["Cafe"]),
        ("kumara rain", []),
        ("wet", ["Rain"]),
        ("hemi", ["Rain", "Cafe", "Te māra kai"]),
        ("naive", ["Cafe"]),
        ("kum", []),
        ("", []),
        ('""', []),
    ],
)
def test_all_words_and_whole_phrases_are_found(
    garden: Engine, words: str, titles: list[str]
) -> None:
    assert garden.found(words) == titles


HOSTILE = [
    '"',
    '"""',
    "*",
    "kum*",
    ":",
    "folded:kumara",
    "{tokens} : c1",
    "tokens:c1",
    "AND",
    "OR",
    "NOT kumara",
    "kumara AND",
    "NEAR(kumara pie)",
    "kumara NEAR/3 pie",
    "^kumara",
    "kumara -pie",
    "(kumara",
    "kumara)",
    "'",
    "''; DROP TABLE origin; --",
    "kumara & pie | !rain <-> x",
    "kumara:*A",
    "\\",
    "\x00",
    "kuma\x00ra",
    "🌿",
    "\ud800",
    "x" * 10_000,
    "ū" * 10_000,
    '"' + "word " * 2_000 + '"',
    "word " * 2_000,
    "中" * 3_000,
    "c1 a1 p1",
    "1e5 1.5 -2 a1b2 http://x.example/a?b=c",
    "𝔨𝔲𝔪𝔞𝔯𝔞",
    "𞤀𞤣",
]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_typed_breaks_it_or_shows_more(garden: Engine, words: str) -> None:
    found = search(garden, words)
    assert "Closed" not in [one.title for one in found.items]
    assert found.count == len(found.items) <= 3


@ON_ONE_STORE
@given(st.text(max_size=60))
@example('"\x00" AND *')
def test_any_text_is_answered(engine: Engine, words: str) -> None:
    assert search(engine, words) == Found((), None, 0)


@ON_ONE_STORE
@given(st.text(max_size=300))
def test_terms_hold_only_letters_and_digits(engine: Engine, words: str) -> None:
    found = terms(words)
    assert len(found) <= MAX_TERMS
    assert all(word.isalnum() for term in found for word in term)


def test_the_words_of_the_index_itself_find_nothing(garden: Engine) -> None:
    with garden.store.read() as conn:
        tokens = conn.exec_driver_sql("SELECT tokens FROM search_entry").scalars().all()
    for token in {one for row in tokens for one in row.split()}:
        assert garden.found(token) == []


@pytest.mark.parametrize("body", ["中文" * 50, "ab" * 5_000, "ſ", "🌿🌿", "x\x00y", "a-b_c.d"])
def test_any_text_can_be_kept_and_searched(engine: Engine, body: str) -> None:
    engine.add().publish(record(1, html=f"<p>{body} landmark</p>"))
    assert engine.run().state == "done"
    assert engine.found("landmark") == ["Week 1"]


def test_the_largest_text_can_be_kept(engine: Engine) -> None:
    """Both indexes have their limits; what stands behind them is not found, but kept."""
    body = " ".join(chr(0x4E00 + number % 20_000) + str(number) for number in range(60_000))
    engine.add().publish(record(1, html=f"<p>landmark {body}</p>"))
    assert engine.run().state == "done"
    assert engine.found("landmark") == ["Week 1"]


def test_an_edit_changes_what_is_found(garden: Engine) -> None:
    garden.add(school="Tōtara School").publish(record(3, title="Sun", html="<p>Dry.</p>"))
    garden.run()
    assert garden.found("rained") == garden.found("wet") == []
    assert garden.found("dry") == ["Sun"]


def publish_many(engine: Engine, count: int, **more: object) -> None:
    engine.add(**more).publish(  # type: ignore[arg-type]
        *(record(number, html="<p>Common word.</p>") for number in range(count))
    )
    engine.run()


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_pages_follow_each_other_without_gap_or_repeat(engine: Engine, limit: int) -> None:
    publish_many(engine, 23)
    titles: list[str] = []
    before = None
    while True:
        found = search(engine, "common", before=before, limit=limit)
        titles += [one.title for one in found.items]
        assert found.count == 23
        before = found.older
        if before is None:
            break
    assert titles == [f"Week {number}" for number in reversed(range(23))]


def test_a_count_stops_above_its_limit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_many(engine, 12)
    monkeypatch.setattr(index, "COUNT_LIMIT", 10)
    found = search(engine, "common")
    assert (found.count, found.and_more) == (10, True)


def test_words_in_quotes_are_counted_less_far(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_many(engine, 12)
    monkeypatch.setattr(index, "PHRASE_COUNT_LIMIT", 10)
    together = search(engine, '"common word"')
    assert (together.count, together.and_more, len(together.items)) == (10, True, 12)
    apart = search(engine, "common word")
    assert (apart.count, apart.and_more) == (12, False)


def test_search_can_be_kept_to_a_school_or_a_place(engine: Engine) -> None:
    for key, school in (("one", "Rimu School"), ("two", "Rimu School"), ("three", "Miro School")):
        service = engine.add(key, host=f"http://{key}.example/", school=school)
        service.publish(record(1, title=key, url=f"http://{key}.example/1"))
        engine.run(key)
    with engine.store.read() as conn:
        schools = {one.name: one.school_id for one in reading.schools(conn, engine.visitor())}
    found = search(engine, "room", school_id=schools["Rimu School"])
    assert {one.title for one in found.items} == {"one", "two"}
    assert found.count == 2
    assert [one.title for one in search(engine, "room", place="three").items] == ["three"]
    assert search(engine, "room", place="nowhere").items == ()
    assert search(engine, "room", place="three", school_id=schools["Rimu School"]).count == 0


def test_the_posts_of_a_place_move_with_it_to_another_school(engine: Engine) -> None:
    engine.add(school="Rimu School").publish(record(1))
    engine.run()
    engine.add(school="Miro School")
    with engine.store.read() as conn:
        (school,) = reading.schools(conn, engine.visitor())
    assert school.name == "Miro School"
    assert [one.title for one in engine.news(school_id=school.school_id)] == ["Week 1"]
    assert search(engine, "week", school_id=school.school_id).count == 1
    engine.add()
    assert engine.news()[0].school is None
    assert search(engine, "week", school_id=school.school_id).count == 0


def test_a_reply_is_found_too(engine: Engine) -> None:
    engine.add().publish(
        record(1),
        record(2, kind=Kind.COMMENT, title="", html="<p>Pūkeko.</p>", in_reply_to="post:1"),
    )
    engine.run()
    (found,) = search(engine, "pukeko").items
    assert found.parent_item_id == engine.news()[0].item_id


@pytest.fixture
def mixed(engine: Engine) -> Engine:
    """Twenty posts that stand at two places each, half of them for everybody."""
    for key in ("one", "two"):
        engine.add(key, host="http://one.example/", school="Rimu School").publish(
            *(
                record(
                    number,
                    title=f"Common {number}",
                    url=f"http://one.example/{number}",
                    audience=PUBLIC if number % 2 else STREAM,
                )
                for number in range(20)
            )
        )
        engine.run(key)
    return engine


def all_pages(engine: Engine, scope: Scope, **more: object) -> list[Found]:
    found: list[Found] = []
    with engine.store.read() as conn:
        while not found or found[-1].older is not None:
            before = found[-1].older if found else None
            page = reading.search(conn, scope, "common", limit=3, before=before, **more)  # type: ignore[arg-type]
            found.append(page)
    return found


def test_how_far_posts_are_looked_at_first_changes_no_answer(
    mixed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers() -> list[list[Found]]:
        return [
            all_pages(mixed, scope, **more)
            for scope in (mixed.visitor(), mixed.facilitator())
            for more in ({}, {"place": "two"}, {"school_id": 1})
        ]

    monkeypatch.setattr(index, "MOST", 0)  # nobody sees most: the index is asked at once
    asked = answers()
    assert [pages[0].count for pages in asked] == [10, 10, 10, 20, 20, 20]
    monkeypatch.setattr(index, "MOST", index.SAMPLE)
    for looked_at in (1, 3, 8, 5_000):
        monkeypatch.setattr(index, "LOOKED_AT", looked_at)
        assert answers() == asked


def test_how_many_posts_are_asked_for_at_once_changes_no_answer(
    mixed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = (mixed.visitor(), mixed.facilitator())
    asked = [all_pages(mixed, scope) for scope in scopes]
    assert [pages[0].count for pages in asked] == [10, 20]
    for wanted in (1, 3, 20, 40):
        monkeypatch.setattr(index, "WANTED", wanted)
        assert [all_pages(mixed, scope) for scope in scopes] == asked


def test_a_count_goes_on_past_posts_that_stand_at_two_places(
    mixed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "COUNT_LIMIT", 18)
    with mixed.store.read() as conn:
        assert reading.search(conn, mixed.facilitator(), "common").count == 18
