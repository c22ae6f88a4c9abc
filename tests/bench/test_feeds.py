"""The benchmark of feeds judges by its figures, and refuses those of a side that did less."""

import itertools

import pytest

from bench import feeds
from bench.sides.corpus import BIG_BYTES, ENTRIES, FEEDS, big_feed_pieces


def a_round(**wall_seconds: float) -> feeds.Round:
    """A round in which every side did its work, in so many seconds."""
    found: feeds.Round = {}
    for phase in feeds.PHASES:
        for side in feeds.sides_of(phase, ["reader", "newsboat"]):
            seconds = wall_seconds.get(side, 1.0)
            found[phase, side] = {
                "entries": FEEDS * (ENTRIES + (phase == feeds.ONE_NEW)),
                "peak_megabytes": 100.0,
                **dict.fromkeys(("wall_seconds", "cpu_seconds"), seconds),
                **dict.fromkeys(("process_seconds", "process_cpu_seconds"), seconds),
            }
    found[feeds.UNCHANGED, "loop"]["entries"] = FEEDS
    found[feeds.BIG, "ours"]["refused"] = "It is larger than the limit."  # type: ignore[assignment]
    return found


def test_a_round_of_whole_work_is_accepted() -> None:
    feeds.check(a_round())


@pytest.mark.parametrize("side", ["floor", "ours", "reader", "newsboat"])
def test_a_side_that_kept_one_entry_less_is_refused(side: str) -> None:
    found = a_round()
    found[feeds.FIRST, side]["entries"] -= 1
    with pytest.raises(SystemExit, match=f"{side} kept 14999 entries"):
        feeds.check(found)


def test_a_feed_that_is_too_big_has_to_be_refused_with_its_limit() -> None:
    found = a_round()
    found[feeds.BIG, "ours"]["refused"] = ""  # type: ignore[assignment]
    with pytest.raises(SystemExit, match="nothing"):
        feeds.check(found)


def test_a_side_that_asked_for_less_is_refused() -> None:
    feeds.check_requests(feeds.UNCHANGED, "ours", FEEDS, FEEDS)
    for asked, not_modified in ((FEEDS - 1, FEEDS - 1), (FEEDS, 0)):
        with pytest.raises(SystemExit, match=f"ours asked for {asked} feeds"):
            feeds.check_requests(feeds.UNCHANGED, "ours", asked, not_modified)


def test_promises_compare_medians_and_the_most_memory() -> None:
    rounds = [a_round(ours=seconds, reader=12.0) for seconds in (1.0, 2.0, 900.0)]
    rounds[1][feeds.FIRST, "ours"]["peak_megabytes"] = 151.0
    for one in rounds:
        feeds.check(one)
    kept = {one.sentence: one for one in feeds.promises(feeds.medians(rounds))}
    first = kept["first: reader / ours"]
    assert (first.value, first.is_met) == (6.0, True)
    assert not kept["one new each: reader / ours"].is_met
    assert not kept["first: ours / floor"].is_met
    assert kept["unchanged: ours / loop"].is_met
    assert not kept["first: newsboat / ours (whole processes)"].is_met
    assert not kept["peak memory"].is_met
    assert kept["peak memory with a feed of 50 MB"].is_met


def test_what_is_not_installed_promises_nothing() -> None:
    whole = a_round()
    feeds.check(whole)
    found = {key: value for key, value in whole.items() if key[1] not in ("reader", "newsboat")}
    sentences = [one.sentence for one in feeds.promises(feeds.medians([found]))]
    assert sentences
    assert not [one for one in sentences if "reader" in one or "newsboat" in one]


def test_the_big_feed_is_as_big_as_it_is_called() -> None:
    first, *_ = pieces = list(itertools.islice(big_feed_pieces(), 2))
    assert first.startswith(b"<?xml")
    assert pieces[1].startswith(b"<item>")
    assert sum(map(len, big_feed_pieces())) >= BIG_BYTES
