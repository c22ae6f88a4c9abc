"""The rules of a source: which records are wanted, and what some of them are. Pure.

Rules belong to every source alike, whatever its kind, so the engine applies them; an
adapter does not know them.
"""

import hashlib
import json
import re
from dataclasses import replace
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from connector.html import fold
from connector.model import Account, Kind, Record, Role


class Rules(BaseModel):
    """What a facilitator asks of a source's records; empty lists ask nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    only_tags: tuple[str, ...] = Field(
        (), description="Keep only posts with at least one of these tags or categories."
    )
    only_authors: tuple[str, ...] = Field((), description="Keep only posts by these authors.")
    only_title_words: tuple[str, ...] = Field(
        (), description="Keep only posts whose title holds at least one of these words or phrases."
    )
    reflection_tags: tuple[str, ...] = Field(
        (), description="Posts with one of these tags or categories are reflections."
    )
    reflection_title_words: tuple[str, ...] = Field(
        (), description="Posts whose title holds one of these words or phrases are reflections."
    )
    everything_is_a_reflection: bool = Field(
        False, description="All posts of this place are reflections (a reflective journal)."
    )
    authors_are_students: bool = Field(
        False,
        description=(
            "The authors are students: the hub keeps no text, title, name or link of theirs, "
            "only that somebody wrote, where and when."
        ),
    )

    @property
    def is_selective(self) -> bool:
        """Whether some posts are left out."""
        return bool(self.only_tags or self.only_authors or self.only_title_words)

    @cached_property
    def digest(self) -> str:
        """A short hash; another one means that records have to be read afresh."""
        text = json.dumps(self.model_dump(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def skip_reason(rules: Rules, record: Record) -> str | None:
    """Return why this record is not wanted, or None if it is.

    A comment goes with what it answers, which is not known here.
    """
    if record.kind is Kind.COMMENT:
        return None
    if rules.only_tags and not _any_tag(rules.only_tags, record):
        return "it has none of the tags: " + ", ".join(rules.only_tags)
    author = _folded_line(record.author.name) if record.author else ""
    if rules.only_authors and author not in set(map(_folded_line, rules.only_authors)):
        return "its author is not one of: " + ", ".join(rules.only_authors)
    if rules.only_title_words and not _in_title(rules.only_title_words, record):
        return "its title has none of the words: " + ", ".join(rules.only_title_words)
    return None


def reshape(rules: Rules, record: Record) -> Record:
    """Return the record as this source's rules see it: a reflection, or a student's."""
    if record.kind is Kind.POST and _is_reflection(rules, record):
        record = replace(record, kind=Kind.REFLECTION)
    if rules.authors_are_students:
        author = record.author or Account("name:")
        record = replace(record, author=replace(author, role=Role.STUDENT))
    return record


def _is_reflection(rules: Rules, record: Record) -> bool:
    return (
        rules.everything_is_a_reflection
        or _any_tag(rules.reflection_tags, record)
        or _in_title(rules.reflection_title_words, record)
    )


def _any_tag(wanted: tuple[str, ...], record: Record) -> bool:
    return not set(map(_folded_line, wanted)).isdisjoint(map(_folded_line, record.tags))


def _in_title(words: tuple[str, ...], record: Record) -> bool:
    title = _folded_line(record.title)
    return any(_holds(title, word) for word in map(_folded_line, words) if word)


def _holds(title: str, word: str) -> bool:
    """Whether the word stands alone in the title: "art" is not in "start" or "party"."""
    before = r"\b" if re.match(r"\w", word) else ""
    after = r"\b" if re.search(r"\w$", word) else ""
    return re.search(before + re.escape(word) + after, title) is not None


def _folded_line(text: str) -> str:
    return " ".join(fold(text).split())
