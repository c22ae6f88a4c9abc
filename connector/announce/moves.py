"""What a delivery may become, as one table of legal moves. Pure.

A move names what happened; the table says from which states it may happen and where it leads.
Whatever is not in it is refused, so that no path to a second sending exists by accident.
"""

from enum import StrEnum


class State(StrEnum):
    """How one announcement stands at one destination; a closed set."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    AWAITING_PLATFORM = "awaiting_platform"
    UNKNOWN = "unknown"
    HELD = "held"
    NEEDS_ATTENTION = "needs_attention"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RETRACTED = "retracted"


class Move(StrEnum):
    """What happened to a delivery; a closed set."""

    TIME_CAME = "time came"
    BEGIN = "begin"
    """Written before anything leaves: from here on a lost program means doubt."""
    TAKEN = "taken"
    """Its place has it."""
    TAKEN_FOR_REVIEW = "taken for review"
    """Its place has it, and shows it once somebody there agrees."""
    NOT_TAKEN = "not taken"
    """Surely not there; another attempt may work."""
    REFUSED = "refused"
    """Surely not there, and another attempt would be refused as well."""
    LOST = "lost"
    """Nobody knows whether it is there."""
    SEEN_ABSENT = "seen absent"
    """Looked for often enough, and not there."""
    LOOKED = "looked"
    """Looked for and not found; it is looked for again."""
    REMOVED = "removed"
    """Gone from its place: taken back, or deleted there."""
    WAIT_FOR_PERSON = "wait for person"
    """Somebody has to do something first: renew access, resolve a conflict, post by hand."""
    HOLD = "hold"
    """The hub does not dare without a yes."""
    RELEASE = "release"
    """Somebody said yes: it may be sent."""
    RELEASE_LATER = "release later"
    """Somebody said yes, and its time is still to come."""
    RELEASE_IN_DOUBT = "release in doubt"
    """Somebody said yes, and nobody knows whether it is there."""
    TOO_LATE = "too late"
    CANCEL = "cancel"
    CHANGE = "change"
    """Somebody wants the copy edited or taken back."""
    SAY_THERE = "say there"
    """Somebody says that it is there."""
    SAY_ABSENT = "say absent"
    """Somebody says that it is not there and should be."""


_S = State
TABLE: dict[Move, dict[State, State]] = {
    Move.TIME_CAME: {_S.SCHEDULED: _S.QUEUED},
    Move.BEGIN: {_S.QUEUED: _S.SENDING},
    Move.TAKEN: {
        _S.QUEUED: _S.SENT,  # found before it was sent
        _S.SENDING: _S.SENT,
        _S.UNKNOWN: _S.SENT,
        _S.AWAITING_PLATFORM: _S.SENT,
    },
    Move.TAKEN_FOR_REVIEW: {
        _S.QUEUED: _S.AWAITING_PLATFORM,
        _S.SENDING: _S.AWAITING_PLATFORM,
        _S.UNKNOWN: _S.AWAITING_PLATFORM,
    },
    Move.NOT_TAKEN: {_S.SENDING: _S.QUEUED},
    Move.REFUSED: {_S.QUEUED: _S.FAILED, _S.SENDING: _S.FAILED},
    Move.LOST: {_S.SENDING: _S.UNKNOWN},
    Move.SEEN_ABSENT: {_S.UNKNOWN: _S.QUEUED},
    Move.LOOKED: {
        _S.UNKNOWN: _S.UNKNOWN,
        _S.AWAITING_PLATFORM: _S.AWAITING_PLATFORM,
    },
    Move.REMOVED: {
        _S.QUEUED: _S.RETRACTED,
        _S.SENDING: _S.RETRACTED,
        _S.SENT: _S.RETRACTED,
        _S.UNKNOWN: _S.RETRACTED,
        _S.AWAITING_PLATFORM: _S.RETRACTED,
    },
    Move.WAIT_FOR_PERSON: {
        _S.QUEUED: _S.NEEDS_ATTENTION,
        _S.SENDING: _S.NEEDS_ATTENTION,
        _S.UNKNOWN: _S.NEEDS_ATTENTION,
        _S.AWAITING_PLATFORM: _S.NEEDS_ATTENTION,
    },
    Move.HOLD: {
        _S.SCHEDULED: _S.HELD,
        _S.QUEUED: _S.HELD,
        _S.SENDING: _S.HELD,
        _S.UNKNOWN: _S.HELD,
        _S.NEEDS_ATTENTION: _S.HELD,
    },
    Move.RELEASE: {
        _S.HELD: _S.QUEUED,
        _S.NEEDS_ATTENTION: _S.QUEUED,
        _S.FAILED: _S.QUEUED,
        _S.EXPIRED: _S.QUEUED,
    },
    Move.RELEASE_LATER: {_S.HELD: _S.SCHEDULED},
    Move.RELEASE_IN_DOUBT: {_S.HELD: _S.UNKNOWN, _S.NEEDS_ATTENTION: _S.UNKNOWN},
    Move.TOO_LATE: {
        _S.SCHEDULED: _S.EXPIRED,
        _S.QUEUED: _S.EXPIRED,
        _S.NEEDS_ATTENTION: _S.EXPIRED,
    },
    Move.CANCEL: {
        _S.SCHEDULED: _S.CANCELLED,
        _S.QUEUED: _S.CANCELLED,
        _S.HELD: _S.CANCELLED,
        _S.NEEDS_ATTENTION: _S.CANCELLED,
        _S.FAILED: _S.CANCELLED,
        _S.EXPIRED: _S.CANCELLED,
    },
    Move.CHANGE: {
        _S.SENT: _S.QUEUED,
        _S.AWAITING_PLATFORM: _S.QUEUED,
        # A change that did not come through: the former copy is still there.
        _S.QUEUED: _S.QUEUED,
        _S.UNKNOWN: _S.QUEUED,
        _S.HELD: _S.QUEUED,
        _S.NEEDS_ATTENTION: _S.QUEUED,
        _S.FAILED: _S.QUEUED,
        _S.EXPIRED: _S.QUEUED,
    },
    Move.SAY_THERE: {
        _S.UNKNOWN: _S.SENT,
        _S.HELD: _S.SENT,
        _S.NEEDS_ATTENTION: _S.SENT,
        _S.FAILED: _S.SENT,
        _S.EXPIRED: _S.SENT,
    },
    Move.SAY_ABSENT: {_S.UNKNOWN: _S.QUEUED},
}
"""Where each move leads from each state; what is missing is illegal."""

PENDING = frozenset(
    {State.SCHEDULED, State.QUEUED, State.SENDING, State.UNKNOWN, State.NEEDS_ATTENTION}
)
"""What a hub might still send by itself; after a restore or a copy all of it is held."""
OPEN = PENDING | {State.HELD, State.AWAITING_PLATFORM}
"""What is not at its end."""


class IllegalMoveError(ValueError):
    """A delivery cannot do this from where it stands; a mistake of ours, or two at once."""

    def __init__(self, state: State, move: Move):
        super().__init__(f"a delivery that is {state} cannot do: {move}")
        self.state = state
        self.move = move


def after(state: State, move: Move) -> State:
    """Return the state that a move leads to. Raises IllegalMoveError."""
    try:
        return TABLE[move][state]
    except KeyError:
        raise IllegalMoveError(state, move) from None


def may(state: State, move: Move) -> bool:
    """Whether a move is legal from a state."""
    return state in TABLE[move]
