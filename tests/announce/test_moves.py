"""Every pair of state and move: legal as the reference says it, or refused."""

import itertools
import re
from pathlib import Path

import pytest

from connector.announce.moves import OPEN, PENDING, IllegalMoveError, Move, State, after, may

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "announcements.md"
ROW = re.compile(r"^\| ([a-z ]+) \| ([a-z_, ]+) \| ([a-z_]+) \|$", re.MULTILINE)


def written() -> dict[tuple[State, Move], State]:
    """Return the moves as the reference tells them."""
    part = REFERENCE.read_text(encoding="utf-8").split("## States and moves")[1].split("\n## ")[0]
    return {
        (State(start), Move(move)): State(end)
        for move, starts, end in ROW.findall(part)
        if move != "move"
        for start in starts.split(", ")
    }


@pytest.mark.parametrize(("state", "move"), list(itertools.product(State, Move)))
def test_a_move_is_legal_exactly_as_the_reference_says(state: State, move: Move) -> None:
    told = written().get((state, move))
    assert may(state, move) == (told is not None)
    if told is None:
        with pytest.raises(IllegalMoveError):
            after(state, move)
    else:
        assert after(state, move) is told


def reached(start: State, *, without: set[Move]) -> set[State]:
    """Return every state that can follow, in any number of moves."""
    found = {start}
    while True:
        more = {
            after(state, move)
            for state in found
            for move in Move
            if move not in without and may(state, move)
        }
        if more <= found:
            return found
        found |= more


BY_PEOPLE = {
    Move.RELEASE,
    Move.RELEASE_LATER,
    Move.RELEASE_IN_DOUBT,
    Move.CANCEL,
    Move.CHANGE,
    Move.SAY_THERE,
    Move.SAY_ABSENT,
}


@pytest.mark.parametrize("state", [State.CANCELLED, State.RETRACTED])
def test_what_was_given_up_or_taken_back_is_never_sent_again(state: State) -> None:
    assert reached(state, without=set()) == {state}


@pytest.mark.parametrize("state", sorted(set(State) - OPEN))
def test_nothing_leads_from_an_end_to_a_sending_without_a_person(state: State) -> None:
    assert State.SENDING not in reached(state, without=BY_PEOPLE)


def test_what_is_held_is_not_sent_without_a_yes() -> None:
    assert reached(State.HELD, without=BY_PEOPLE) == {State.HELD}


def test_doubt_leads_to_another_sending_only_by_having_looked_or_by_a_person() -> None:
    looked = {Move.SEEN_ABSENT}
    assert State.SENDING not in reached(State.UNKNOWN, without=BY_PEOPLE | looked)
    assert State.SENDING in reached(State.UNKNOWN, without=BY_PEOPLE)


def test_whatever_may_still_be_sent_can_be_held() -> None:
    assert {state for state in State if may(state, Move.HOLD)} == PENDING


@pytest.mark.parametrize("state", sorted(State))
def test_every_state_can_come_about(state: State) -> None:
    assert state in reached(State.SCHEDULED, without=set())
