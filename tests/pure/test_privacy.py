"""Keyed digests, and what is left of a student's record."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model import PUBLIC, Account, Audience, AudienceKind, Enclosure, Kind, Record, Role
from connector.privacy import Privacy, is_student, minimised
from tests.pure.ladder import NOW

KEY = b"a key of thirty-two secret bytes"
PRIVACY = Privacy(KEY)
OTHER = Privacy(KEY[::-1])
STUDENT = Account("user:9", "Aria Tamihana", "http://blog.example/aria", Role.STUDENT, "Kauri")

any_text = st.text(alphabet=st.characters(codec=None))


def students_record(**changes: object) -> Record:
    told: dict[str, object] = {
        "kind": Kind.POST,
        "external_id": "feed#aria-week-1",
        "url": "http://blog.example/aria/1",
        "title": "Aria's secret",
        "html": "<p>Aria's secret</p>",
        "published": NOW,
        "updated": NOW,
        "author": STUDENT,
        "audience": PUBLIC,
        "tags": ("secret",),
        "enclosures": (Enclosure("http://blog.example/secret.png"),),
        "location": "at a secret place",
        **changes,
    }
    return Record(**told)  # type: ignore[arg-type]


def test_the_key_is_in_no_representation() -> None:
    for shown in (repr(PRIVACY), str(PRIVACY), f"{PRIVACY}", repr((PRIVACY,))):
        assert KEY.decode() not in shown
        assert KEY.hex() not in shown
    assert KEY.hex() not in PRIVACY.fingerprint()


def test_digests_depend_on_key_and_text() -> None:
    made = {privacy.digest(text) for privacy in (PRIVACY, OTHER) for text in ("aria", "hemi")}
    assert len(made) == 4
    assert PRIVACY.digest("aria") == Privacy(KEY).digest("aria")


@pytest.mark.parametrize("size", [4, 8, 16, 32])
def test_a_digest_has_the_size_asked_for(size: int) -> None:
    assert len(PRIVACY.digest("aria", size)) == 2 * size


@given(any_text)
def test_a_digest_of_anything_fits_a_database_column(text: str) -> None:
    assert -(2**63) <= PRIVACY.digest64(text) < 2**63


def test_small_digests_depend_on_the_key() -> None:
    assert PRIVACY.digest64("aria") != OTHER.digest64("aria")


def test_another_key_has_another_fingerprint() -> None:
    assert PRIVACY.fingerprint() != OTHER.fingerprint()
    assert PRIVACY.fingerprint() == Privacy(KEY).fingerprint()


@pytest.mark.parametrize("number", ["post:137", "discussion:5", "comment:0"])
def test_a_platforms_number_says_nothing_and_stays(number: str) -> None:
    assert PRIVACY.student_id(number) == number


@pytest.mark.parametrize(
    "telling",
    [
        "feed#aria-week-1",
        "name:aria",
        "post:137\n",
        "post:137/aria",
        "aria post:137",
        "Post:137",
        "post:",
        "post:\u0661",
        "",
    ],
)
def test_an_id_that_may_tell_who_it_was_is_not_kept(telling: str) -> None:
    kept = PRIVACY.student_id(telling)
    assert kept == "student:" + PRIVACY.digest(telling)
    assert kept != OTHER.student_id(telling)


def test_ids_are_looked_for_in_both_forms() -> None:
    assert PRIVACY.both_forms(["post:1", "feed#aria", "feed#aria"]) == {
        "post:1",
        "feed#aria",
        PRIVACY.student_id("feed#aria"),
    }
    assert PRIVACY.both_forms([]) == frozenset()


def test_only_who_is_known_to_be_a_student_is_one() -> None:
    assert is_student(students_record())
    for role in (role for role in Role if role is not Role.STUDENT):
        assert not is_student(students_record(author=Account("user:9", role=role)))
    assert not is_student(students_record(author=None))


def test_of_a_students_record_place_and_time_are_left() -> None:
    left = minimised(students_record(), PRIVACY, source_id=1)
    assert left == Record(
        kind=Kind.POST,
        external_id=PRIVACY.student_id("feed#aria-week-1"),
        published=NOW,
        updated=NOW,
        author=Account(PRIVACY.pseudonym(1, "user:9"), role=Role.STUDENT),
        audience=PUBLIC,
    )


def test_one_account_has_another_pseudonym_at_each_place() -> None:
    assert PRIVACY.pseudonym(1, "name:aria") != PRIVACY.pseudonym(2, "name:aria")


def test_nothing_a_student_wrote_is_anywhere_in_what_is_left() -> None:
    """Whatever text a record may hold; a new field has to be decided on here."""
    places = {"kind", "audience", "published", "updated", "start", "end", "in_reply_to", "object"}
    told = {"author": STUDENT, "tags": ("secret",), "enclosures": (Enclosure("secret"),)}
    words = {field.name: "secret" for field in fields(Record) if field.name not in {*places, *told}}
    left = minimised(students_record(**words, **told), PRIVACY, source_id=1)
    assert "secret" not in repr(left)
    assert left.digest == ""
    assert "ria" not in repr(left)
    assert "user:9" not in repr(left)


def test_what_a_student_answers_stays_so_that_the_thread_holds() -> None:
    told = students_record(in_reply_to="post:1", object="course:3", kind=Kind.COMMENT)
    left = minimised(told, PRIVACY, source_id=1)
    assert (left.in_reply_to, left.object, left.kind) == ("post:1", "course:3", Kind.COMMENT)


def test_what_a_student_writes_for_themself_stays_theirs_under_the_pseudonym() -> None:
    own = Audience(AudienceKind.PERSON, "user:9")
    left = minimised(students_record(audience=own), PRIVACY, source_id=1)
    assert left.author is not None
    assert left.audience == Audience(AudienceKind.PERSON, left.author.external_id)


@pytest.mark.parametrize(
    "audience",
    [
        Audience(AudienceKind.PERSON, "user:3"),
        Audience(AudienceKind.GROUP, "user:9"),
        Audience(AudienceKind.SCHOOL, "Kauri"),
    ],
)
def test_other_audiences_of_a_student_stay(audience: Audience) -> None:
    assert minimised(students_record(audience=audience), PRIVACY, source_id=1).audience == audience
