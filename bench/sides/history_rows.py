"""Invented rows of a cluster with a long history: the same rows for the same count.

Shares: half of the places are public, a fifth for the cluster, the others for one group each;
900 of a million items are for two groups of their own, one of them in old posts only. One post
in six is a comment. Texts hold about 500 folded characters of a vocabulary in which a
few words are everywhere and most are rare; COMMON is in a third of all items.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Any

from connector.store.columns import microseconds
from connector.store.sort_keys import sort_key
from connector.store.visibility import is_front, tokens

EDITION = 1
"""To be raised with every change of the rows: kept databases are then built anew."""
SOURCES, AUDIENCES, SCHOOLS = 2_000, 400, 60
FIRST, LAST = datetime(2016, 1, 4, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
COMMON = "matariki"
WORDS_EACH, VOCABULARY = 82, 50_000
FEW_SPREAD, FEW_OLD = AUDIENCES - 1, AUDIENCES
"""Audiences of 500 and 400 of a million items."""
PUBLIC, CLUSTER = 1, 2

_SYLLABLES = [c + v for c in "h k m n p r t w ng wh b d f g l s v".split() for v in "aeiou"]

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
"""By table."""


def word(number: int) -> str:
    """Return a word of the vocabulary; the lower its number, the more often it is used."""
    parts = []
    number += len(_SYLLABLES)
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[rest])
    return "".join(parts)


def audience_of(source: int) -> int:
    """Return the audience of a place's posts."""
    match source % 10:
        case 0 | 1 | 2 | 3 | 4:
            return PUBLIC
        case 5 | 6:
            return CLUSTER
    return 3 + source % (AUDIENCES - 4)


@dataclass(slots=True)
class Texts:
    """Draws texts."""

    dice: Random
    words: list[str]
    weights: list[float]

    @classmethod
    def make(cls) -> "Texts":
        """Return the vocabulary with Zipf's weights."""
        weights = list(accumulate(1 / (rank + 10) for rank in range(VOCABULARY)))
        return cls(Random(7919), [word(number) for number in range(VOCABULARY)], weights)

    def draw(self, count: int) -> Iterator[str]:
        """Yield so many texts."""
        drawn = self.dice.choices(self.words, cum_weights=self.weights, k=count * WORDS_EACH)
        for number in range(count):
            text = drawn[number * WORDS_EACH : (number + 1) * WORDS_EACH]
            if self.dice.randrange(3) == 0:
                text[self.dice.randrange(WORDS_EACH)] = COMMON
            yield " ".join(text)


def batches(count: int, size: int = 5_000) -> Iterator[Rows]:
    """Yield the rows of so many items, oldest first."""
    texts, dice = Texts.make(), Random(104_729)
    step = (LAST - FIRST) / count
    newest: dict[int, int] = {}
    """The newest post of each place, which comments answer."""
    for start in range(1, count + 1, size):
        rows: Rows = {name: [] for name in COLUMNS}
        numbers = range(start, min(start + size, count + 1))
        for number, text in zip(numbers, texts.draw(len(numbers)), strict=True):
            _add(rows, number, text, FIRST + step * number, count, dice, newest)
        yield rows


COLUMNS = {
    "item": "id cluster_id first_seen parent_id",
    "origin": (
        "id cluster_id item_id source_id stream_id audience_id platform_audience_id identity_id "
        "school_id sort_key is_live is_listed on_front owns_link is_news kind generation link_key "
        "text_hash meta_hash published first_seen absences suspect external_id url title excerpt "
        "tags enclosures location"
    ),
    "origin_text": "origin_id html",
    "search_entry": "sort_key origin_id tokens folded",
    "outcome": "cluster_id source_id external_id link_key what reason at",
}


def _add(
    rows: Rows,
    number: int,
    text: str,
    moment: datetime,
    count: int,
    dice: Random,
    newest: dict[int, int],
) -> None:
    # One place has a twentieth of everything.
    source = 1 if dice.randrange(20) == 0 else dice.randrange(1, SOURCES + 1)
    kind, parent = _kind(dice, number), None
    if kind == "comment":
        parent = newest.get(source)
        kind = kind if parent else "post"
    if parent is None:
        newest[source] = number
    audience, school = _seen_by(number, source, count), 1 + source % SCHOOLS
    key, at = sort_key(moment, number), microseconds(moment)
    url = f"https://blog{source}.example/{number}/"
    link = int.from_bytes(blake2b(url.encode(), digest_size=8).digest(), signed=True)
    author = 2 * source - number % 2
    external = f"http://blog{source}.example/?p={number}"
    title = " ".join(text.split(" ", 6)[:5]).capitalize()
    seen = tokens(1, audience_id=audience, source_id=source, school_id=school)
    digest = number.to_bytes(16)
    rows["item"].append((number, 1, at, parent))
    whose = (number, 1, number, source, source, audience, audience, author, school, key)
    shown = (True, True, is_front(kind, is_listed=True), True, True, kind, 0)
    known_by = (link, digest, digest[8:], at, at, 0, False, external, url)
    told = (title, text[:270] + "…", _TAGS, "[]", "")
    rows["origin"].append((*whose, *shown, *known_by, *told))
    rows["origin_text"].append((number, f"<p>{text}</p>"))
    rows["search_entry"].append((key, number, seen, f"{title} teacher {author} {text}".lower()))
    rows["outcome"].append((1, source, external, link, "new", "", at))


_TAGS = json.dumps(["term"])


def _kind(dice: Random, number: int) -> str:
    if number % 10_000 == 77:
        return "event"
    drawn = dice.random()
    if drawn < 0.16:
        return "comment"
    return "reflection" if drawn < 0.2 else "resource" if drawn < 0.25 else "post"


def _seen_by(number: int, source: int, count: int) -> int:
    if number % 2_000 == 500:
        return FEW_SPREAD
    # Nearly as many once more, all of them in the oldest fifth.
    if number % 400 == 100 and number <= count // 5:
        return FEW_OLD
    return audience_of(source)


def around() -> dict[str, tuple[str, list[Row]]]:
    """Return the rows that items hang on: columns and rows by table, in an order that fits."""
    at = microseconds(FIRST)
    far = microseconds(datetime(2090, 1, 1, tzinfo=UTC))
    audiences: list[Row] = [(PUBLIC, 1, "public", ""), (CLUSTER, 1, "cluster", "")]
    audiences += [(n, 1, "group", f"1:g{n}") for n in range(3, AUDIENCES + 1)]
    numbers = range(1, SOURCES + 1)

    def state(n: int) -> Row:
        return ("{}", "{}", 1 + n % SCHOOLS, False, False, False, at, far, far, 3600, 1, at, at, 0)

    return {
        "cluster": ("id slug name", [(1, "bench", "Bench")]),
        "school": (
            "id cluster_id name folded role",
            [(n, 1, f"School {n}", f"school {n}", "member") for n in range(1, SCHOOLS + 1)],
        ),
        "audience": ("id cluster_id kind key", audiences),
        "source": (
            "id cluster_id key kind title address settings rules school_id in_file paused "
            "paused_by_file created due sweep_due interval_seconds fence last_read last_good "
            "failures",
            [
                (n, 1, f"kept-{n}", "blogs", f"Place {n}", f"https://blog{n}.example/", *state(n))
                for n in numbers
            ],
        ),
        "stream": (
            "id cluster_id source_id key title sloppy_ids can_sweep selected baseline_done",
            [(n, 1, n, "feed", f"Place {n}", True, False, True, True) for n in numbers],
        ),
        "identity": (
            "id cluster_id source_id external_id name role suspended",
            [
                (n, 1, (n + 1) // 2, f"author-{n}", f"Teacher {n}", "unknown", False)
                for n in range(1, 2 * SOURCES + 1)
            ],
        ),
    }
