"""The rules of a source: what is wanted, and what some of it is."""

import pytest
from pydantic import ValidationError

from connector.model import Account, Kind, Role
from connector.rules import Rules, reshape, skip_reason
from tests.fake_place import record


def test_without_rules_everything_is_wanted_and_stays_as_it_is() -> None:
    told = record(1, title="", author=None, tags=())
    assert skip_reason(Rules(), told) is None
    assert reshape(Rules(), told) is told


@pytest.mark.parametrize("tag", ["science", "SCIENCE", " Science ", "sc\u012bence"])
def test_one_of_the_tags_is_enough_however_it_is_written(tag: str) -> None:
    rules = Rules(only_tags=("maths", "Science"))
    assert skip_reason(rules, record(1, tags=("sport", tag))) is None


@pytest.mark.parametrize("tags", [(), ("sport",), ("sciences",), ("science fair",)])
def test_a_post_without_any_of_the_tags_is_skipped_with_a_reason(tags: tuple[str, ...]) -> None:
    reason = skip_reason(Rules(only_tags=("maths", "science")), record(1, tags=tags))
    assert reason == "it has none of the tags: maths, science"


@pytest.mark.parametrize("name", ["H\u0113mi Brown", "hemi brown", " H\u0112MI  BROWN "])
def test_a_wanted_author_is_known_however_the_name_is_written(name: str) -> None:
    rules = Rules(only_authors=("Hemi Brown",))
    assert skip_reason(rules, record(1, author=Account("name:x", name))) is None


@pytest.mark.parametrize("author", [None, Account("name:x"), Account("name:x", "Hemi Browning")])
def test_another_author_is_skipped_with_a_reason(author: Account | None) -> None:
    reason = skip_reason(Rules(only_authors=("Hemi Brown",)), record(1, author=author))
    assert reason == "its author is not one of: Hemi Brown"


TITLES = ["Art in Room 5", "Our ART", "art: week 2", "More (art)", "\u0100rt!", "Science/art"]


@pytest.mark.parametrize("title", TITLES)
def test_a_word_of_the_title_is_found_beside_any_sign(title: str) -> None:
    assert skip_reason(Rules(only_title_words=("maths", "art")), record(1, title=title)) is None


@pytest.mark.parametrize("title", ["The start of term", "Class party", "Arts day", "", "A r t"])
def test_a_part_of_a_word_is_not_the_word(title: str) -> None:
    reason = skip_reason(Rules(only_title_words=("art",)), record(1, title=title))
    assert reason == "its title has none of the words: art"


@pytest.mark.parametrize(
    ("phrase", "title"),
    [
        ("learning story", "A learning  story about bees"),
        (" Learning Story", "Learning story"),
        ("C++", "Our first C++ lesson"),
        ("\U0001f331", "\U0001f331Garden news"),
        ("#pld", "Notes #PLD"),
    ],
)
def test_phrases_and_signs_are_found(phrase: str, title: str) -> None:
    assert skip_reason(Rules(only_title_words=(phrase,)), record(1, title=title)) is None


def test_an_empty_word_is_in_no_title() -> None:
    rules = Rules(reflection_title_words=("", "  "))
    assert reshape(rules, record(1)).kind is Kind.POST


def test_every_rule_has_to_be_met() -> None:
    rules = Rules(only_tags=("science",), only_authors=("Hemi Brown",), only_title_words=("week",))
    met = record(1, tags=("science",))
    assert skip_reason(rules, met) is None
    assert skip_reason(rules, record(1)) is not None
    assert skip_reason(rules, record(1, tags=("science",), author=None)) is not None
    assert skip_reason(rules, record(1, tags=("science",), title="x")) is not None


def test_a_comment_is_never_skipped() -> None:
    """It belongs to its post: the post's tags and author decide, not its own."""
    rules = Rules(only_tags=("science",), only_authors=("Hemi Brown",), only_title_words=("week",))
    assert skip_reason(rules, record(1, kind=Kind.COMMENT, title="", author=None)) is None


@pytest.mark.parametrize(
    "rules",
    [
        Rules(reflection_tags=("Reflection",)),
        Rules(reflection_title_words=("week",)),
        Rules(everything_is_a_reflection=True),
    ],
)
def test_posts_become_reflections_by_each_rule(rules: Rules) -> None:
    told = record(1, tags=("reflection",))
    assert reshape(rules, told).kind is Kind.REFLECTION


def test_other_posts_stay_posts() -> None:
    rules = Rules(reflection_tags=("reflection",), reflection_title_words=("reflection",))
    assert reshape(rules, record(1, tags=("sport",))).kind is Kind.POST


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.POST])
def test_only_posts_become_reflections(kind: Kind) -> None:
    told = record(1, kind=kind)
    assert reshape(Rules(everything_is_a_reflection=True), told).kind is kind


def test_all_authors_are_students_where_the_source_says_so() -> None:
    rules = Rules(authors_are_students=True)
    for author in (Account("user:1", "Aria", role=Role.TEACHER), Account("name:"), None):
        for kind in (Kind.POST, Kind.COMMENT):
            reshaped = reshape(rules, record(1, kind=kind, author=author))
            assert reshaped.author is not None
            assert reshaped.author.role is Role.STUDENT


def test_a_student_reflects_too() -> None:
    rules = Rules(authors_are_students=True, everything_is_a_reflection=True)
    reshaped = reshape(rules, record(1))
    assert reshaped.author is not None
    assert (reshaped.kind, reshaped.author.role) == (Kind.REFLECTION, Role.STUDENT)


def test_every_rule_changes_the_digest() -> None:
    """Another digest has the records read afresh."""
    asked = [
        Rules(),
        *(
            Rules(**{name: ("a",)} if field.annotation == tuple[str, ...] else {name: True})
            for name, field in Rules.model_fields.items()
        ),
        Rules(only_tags=("a", "b")),
        Rules(only_tags=("b", "a")),
    ]
    assert len({rules.digest for rules in asked}) == len(asked)
    assert Rules(only_tags=("a",)).digest == Rules(only_tags=["a"]).digest


def test_an_unknown_rule_is_an_error() -> None:
    with pytest.raises(ValidationError):
        Rules.model_validate({"only_tag": ["a"]})
