"""One announcement to every kind of place; its sender is killed and started again until quiet.

What the places have then is compared with what the hub says: the promises are judged here.
"""

import logging
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bench.sides.mortal import count_commits, set_database_clock
from bench.sides.mortal_line import Chance, Fate, MortalSession, points_and_losses
from bench.sides.posting_places import BY_HAND, FINDABLE, FORK, KINDS, MAIL, PEOPLE, SPECS, StandIns
from connector.announce.moves import State
from connector.announce.timing import MOST_AGAIN
from connector.announce.writing import Event, Written
from connector.http import GuardedSession, Network, NetworkPolicy
from connector.hub_files import write_whereabouts
from connector.store import announcements, clusters, deliveries, destinations, instance, mailings
from connector.store.database import Store, open_database
from connector.store.deliveries import DeliveryRow
from sync_jobs import approve, reasons
from sync_jobs.outbox import Anchor, Outbox
from sync_jobs.push import send_due

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WAITS = (0, 10, 1, 4, 25, 10, 10, 90, 130, 10, 120, 120, 10)
"""Minutes between senders: longer than a lease where one may have been left behind."""
LATER = 35
"""Minutes between those that come after: where messages get lost, it takes some rounds."""
MOST_TURNS = 80
AT_LAST = 3 * 24 * 60
"""So many minutes after all is quiet one more sender looks whether anything is left to do."""
_SETTLED = (State.SENT, State.HELD, State.NEEDS_ATTENTION)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Who dies when, and what gets lost."""

    die_at: tuple[int | None, ...] = ()
    """At which point the first sender dies, and the second, ..."""
    lose_at: tuple[int | None, ...] = ()
    """At which point before or after storing something is lost, the same way."""
    chance: Chance = field(default_factory=Chance)

    def fate(self, turn: int, log: Path) -> Fate:
        """Return what the sender of this turn meets."""
        return Fate(
            log,
            self.chance if turn < self.chance.senders else Chance(),
            Random(f"{self.chance.seed} {turn}"),
            die_at=self.die_at[turn] if turn < len(self.die_at) else None,
            lose_at=self.lose_at[turn] if turn < len(self.lose_at) else None,
        )


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a case went."""

    points: tuple[tuple[str, ...], ...]
    """Those that each sender reached."""
    deaths: tuple[str, ...]
    """At which points senders died."""
    losses: tuple[str, ...]
    """At which points something was lost."""
    unknown: int
    """What is listed for a person because nobody knows whether it is there."""
    faults: tuple[str, ...]
    """What was not as promised."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the hub says."""

    rows: Mapping[str, list[DeliveryRow]]
    """By the key of their destination."""
    doubtful: frozenset[str]
    """To whom nobody knows whether a letter arrived."""

    def is_quiet(self) -> bool:
        """Whether nothing is left that the hub would do by itself."""
        return all(
            row.state in _SETTLED or (row.state is State.UNKNOWN and key not in FINDABLE)
            for key, rows in self.rows.items()
            for row in rows
        )


# --- playing --------------------------------------------------------------------------------


def prepare(url: str, folder: Path) -> None:
    """Let somebody say yes to an announcement to every place."""
    store = open_database(url)
    try:
        with store.write() as conn:
            clusters.adopt_instance(conn, key_fingerprint="0" * 32, now=NOW)
            cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
            for spec in SPECS:
                destinations.put_destination(conn, cluster_id, spec)
            written = Written(title="Maths evening", body="Nau mai.", event=Event(start=NOW))
            number = announcements.add_draft(
                conn, cluster_id, written, audience_kind="cluster", made_public=False, now=NOW
            )
        write_whereabouts(folder, instance.whereabouts(store))
        outbox = _outbox(store, folder, NOW, _session)
        with store.read() as conn:
            row = announcements.get_announcement(conn, cluster_id, number)
            chosen = destinations.destinations_of(conn, cluster_id)
        assert row is not None
        approve.approve(outbox, row, approve.previews(outbox, row, chosen))
    finally:
        store.close()


def play(url: str, folder: Path, case: Case) -> Ended:
    """Send until nothing is left to do, through all deaths; say how it ended."""
    ahead = FORK.Value("d", 0.0)
    with StandIns(lambda: NOW + timedelta(seconds=ahead.value)) as places:
        turns = []
        for turn in range(MOST_TURNS):
            is_quiet = (
                turn >= max(len(case.die_at), len(case.lose_at)) and _standing(url).is_quiet()
            )
            minutes = AT_LAST if is_quiet else WAITS[turn] if turn < len(WAITS) else LATER
            ahead.value += minutes * 60.0
            turns.append(_sent(url, folder, case, turn, ahead, places.addresses))
            if is_quiet:
                break
        there, hub = places.copies(), _standing(url)
    points = tuple(reached for _, reached, _ in turns)
    deaths = tuple(reached[-1] for code, reached, _ in turns if code == -signal.SIGKILL)
    losses = tuple(one for _, _, lost in turns for one in lost)
    unknown = sum(_listed(hub, key) for key in hub.rows)
    faults = [
        f"a sender ended with {code}" for code, *_ in turns if code not in (0, -signal.SIGKILL)
    ]
    faults += _mistakes(folder)
    faults += judge(there, hub, troubles=len(deaths) + len(losses))
    return Ended(points=points, deaths=deaths, losses=losses, unknown=unknown, faults=tuple(faults))


_Turn = tuple[int | None, tuple[str, ...], tuple[str, ...]]


def _sent(
    url: str, folder: Path, case: Case, turn: int, ahead: Any, addresses: Mapping[str, str]
) -> _Turn:
    """Let one sender send; return how it ended, the points it reached and what was lost."""
    fate = case.fate(turn, folder / f"points-{turn}")
    now = NOW + timedelta(seconds=ahead.value)
    sender: Any = FORK.Process(target=_send, args=(url, folder, fate, now, ahead, addresses))
    sender.start()
    sender.join()
    return sender.exitcode, *points_and_losses(fate.log)


def _send(
    url: str, folder: Path, fate: Fate, now: datetime, ahead: Any, addresses: Mapping[str, str]
) -> None:
    logging.basicConfig(filename=_log(folder), level=logging.ERROR, force=True)
    store = open_database(url)
    set_database_clock(store, ahead)
    count_commits(store, fate.reached)
    send_due(_outbox(store, folder, now, lambda: MortalSession(_session(), addresses, fate)))
    store.close()
    os._exit(0)  # what the parent has open is not ours to close


def _session() -> GuardedSession:
    policy = NetworkPolicy(allow=(ip_network("127.0.0.0/8"),), user_agent="ClusterHub/bench")
    return Network(policy).session()


def _outbox(store: Store, folder: Path, now: datetime, open_session: Callable[[], Any]) -> Outbox:
    """Return the tools of a sender whose clock stands still."""
    return Outbox(
        store=store,
        kinds=KINDS,
        open_session=open_session,
        zone=ZoneInfo("Pacific/Auckland"),
        anchor=Anchor(store, folder),
        clock=lambda: now,
        late_limit=timedelta(days=30),
        flood_brake=1000,
    )


def _log(folder: Path) -> Path:
    return folder / "senders.log"


def _mistakes(folder: Path) -> Iterator[str]:
    """Yield what senders wrote down as mistakes of the hub."""
    if _log(folder).exists() and (text := _log(folder).read_text().strip()):
        yield f"mistake: {text.splitlines()[-1]}"


def _standing(url: str) -> Standing:
    store = open_database(url)
    try:
        with store.read() as conn:
            (one,) = clusters.all_clusters(conn)
            keys = {row.id: row.key for row in destinations.destinations_of(conn, one.cluster_id)}
            rows: dict[str, list[DeliveryRow]] = {spec.key: [] for spec in SPECS}
            for row in deliveries.deliveries_of(conn, one.cluster_id, [1]):
                rows[keys[row.destination_id]].append(row)
            lines = [
                line
                for row in rows[MAIL]
                for line in mailings.doubtful(conn, one.cluster_id, row.id)
                if line.state == mailings.UNKNOWN
            ]
        return Standing(rows=rows, doubtful=frozenset(line.address for line in lines))
    finally:
        store.close()


# --- judging --------------------------------------------------------------------------------


def judge(there: Mapping[str, Sequence[str]], hub: Standing, *, troubles: int) -> Sequence[str]:
    """Return what is not as promised.

    Args:
        there: a line for each copy at each place.
        hub: what the hub says.
        troubles: how many deaths and losses there were, all together.
    """
    faults = []
    for key, rows in hub.rows.items():
        copies = there.get(key, ())
        faults += [f"twice: {key} ({one})" for one in _repeated(key, copies)]
        if len(rows) == 1:
            faults += _faults_of(key, rows[0], copies, hub.doubtful, troubles)
        else:
            faults.append(f"{key} has {len(rows)} deliveries")
    unknown = sum(_listed(hub, key) for key in hub.rows)
    if unknown > troubles:
        faults.append(f"{unknown} unknown after {troubles} deaths and losses")
    return faults


def _repeated(key: str, copies: Sequence[str]) -> Sequence[str]:
    """Return what is there twice: of all places but the mail server, any second copy."""
    if key == MAIL:
        return [one for one, count in Counter(copies).items() if count > 1]
    return copies[1:]


def _faults_of(
    key: str, row: DeliveryRow, copies: Sequence[str], doubtful: frozenset[str], troubles: int
) -> Sequence[str]:
    if key == BY_HAND:
        waits = row.state is State.NEEDS_ATTENTION and row.cause == reasons.BY_HAND
        return [] if waits else [f"{key} is {row.state}"]
    if key == MAIL:
        wanted = State.UNKNOWN if doubtful else State.SENT
        lost = [f"lost: {one}" for one in PEOPLE if one not in doubtful and one not in copies]
        return lost + ([] if row.state is wanted else [f"{key} is {row.state}"])
    if row.state is State.SENT:
        return [] if copies else [f"lost: {key}"]
    if key not in FINDABLE:
        return [] if row.state is State.UNKNOWN else [f"{key} is {row.state}"]
    # It was sent as often as the hub does by itself, and each message got lost.
    may_ask = row.cause == reasons.NOT_SEEN and not copies and troubles > MOST_AGAIN
    return [] if row.state is State.HELD and may_ask else [f"{key} is {row.state}"]


def _listed(hub: Standing, key: str) -> int:
    """Return how many things of a place a person is asked about since nobody knows."""
    if key == MAIL:
        return len(hub.doubtful)
    return sum(row.state in (State.UNKNOWN, State.HELD) for row in hub.rows[key])
