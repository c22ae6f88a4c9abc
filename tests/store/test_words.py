"""What is emptied where the words of a post are taken back."""

from sqlalchemy import JSON, Text

from connector.store.tables import origin
from connector.store.words import WITHOUT_DIGESTS, WITHOUT_WORDS

KEPT = {
    "external_id": "the tombstone, a digest where its author is a student or withdrew it",
    "retired_reason": "a sentence of ours",
    "object": "the id of what a registration is about; withdrawn and purged with the rest",
}


def test_every_column_that_may_hold_words_is_emptied_or_has_a_reason() -> None:
    """A new column of free text has to say what becomes of it."""
    free = {column.name for column in origin.columns if isinstance(column.type, Text | JSON)}
    assert free == WITHOUT_WORDS.keys() | KEPT.keys()


def test_every_digest_of_a_posts_words_is_emptied() -> None:
    digests = {one.name for one in origin.columns if one.name.endswith(("_hash", "_key"))}
    assert digests - {"sort_key", "link_key"} == WITHOUT_DIGESTS.keys()
