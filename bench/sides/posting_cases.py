"""One announcement to seven places; its sender is killed and started again until it is quiet."""

import multiprocessing
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from bench.sides.mortal import count_commits, set_database_clock
from bench.sides.posting import BOARDS, FINDABLE, Chance, Death, Outcome, judge, outbox_of
from bench.sides.posting_board import running_board
from bench.sides.posting_moodle import MOODLE_KINDS, SETTINGS, SITE, StandInMoodle
from connector.announce.moves import State
from connector.announce.writing import Event, Written
from connector.hub_files import write_whereabouts
from connector.store import announcements, clusters, deliveries, destinations, instance, mailings
from connector.store.database import open_database
from connector.store.destinations import DestinationSpec
from sync_jobs import approve
from sync_jobs.push import send_due

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WAITS = (0, 10, 1, 4, 25, 10, 10, 90, 130, 10, 120, 120, 10)
"""Minutes between senders: longer than a lease where one may have been left behind."""
LATER = 35
"""Minutes between those that come after: where messages get lost, it takes some rounds."""
MOST_TURNS = 80
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True)
class Case:
    """Who dies when, and what gets lost."""

    die_at: tuple[int | None, ...] = ()
    """At which point the first sender dies, and the second, ..."""
    chance: Chance = field(default_factory=lambda: Chance(seed=0))


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a case went."""

    outcome: Outcome
    kills: int
    points: tuple[str, ...]
    """Those of the first sender."""


def prepare(url: str, folder: Path) -> None:
    """Let somebody say yes to an announcement to every place."""
    store = open_database(url)
    try:
        with store.write() as conn:
            clusters.adopt_instance(conn, key_fingerprint="0" * 32, now=NOW)
            cluster_id = clusters.ensure_cluster(conn, "kauri", "Kauri cluster")
            for name in BOARDS:
                spec = DestinationSpec(
                    key=name,
                    kind=name,
                    title=name,
                    address=SITE if name in MOODLE_KINDS else name,
                    settings=dict(SETTINGS) if name in MOODLE_KINDS else {},
                    audience_kind="cluster",
                    account=name,
                )
                destinations.put_destination(conn, cluster_id, spec)
            number = announcements.add_draft(
                conn,
                cluster_id,
                Written(title="Maths evening", body="Nau mai.", event=Event(start=NOW)),
                audience_kind="cluster",
                made_public=False,
                now=NOW,
            )
        write_whereabouts(folder, instance.whereabouts(store))
        outbox = outbox_of(store, folder, NOW, Chance(seed=0))
        with store.read() as conn:
            row = announcements.get_announcement(conn, cluster_id, number)
            chosen = destinations.destinations_of(conn, cluster_id)
        assert row is not None
        approve.approve(outbox, row, approve.previews(outbox, row, chosen))
    finally:
        store.close()


def play(url: str, folder: Path, case: Case) -> Ended:
    """Send until nothing is left to do, through all deaths; say how it ended."""
    with StandInMoodle(NOW) as moodle:
        with running_board(folder):  # writes down what it has when it ends
            kills, points = _senders(url, folder, case, moodle)
        outcome = judge(folder, *_states(url), moodle.markers(), may_wait=case.chance.dropped > 0)
    return Ended(outcome=outcome, kills=kills, points=points)


def _senders(
    url: str, folder: Path, case: Case, moodle: StandInMoodle
) -> tuple[int, tuple[str, ...]]:
    """Let one sender after another send; return how many died, and the first one's points."""
    minutes, kills = 0, 0
    ahead = _FORK.Value("d", 0.0)
    points: tuple[str, ...] = ()
    for turn in range(MOST_TURNS):
        if turn >= len(WAITS) and _is_quiet(url):
            break
        minutes += WAITS[turn] if turn < len(WAITS) else LATER
        ahead.value = minutes * 60.0
        log = folder / f"points-{turn}"
        die_at = case.die_at[turn] if turn < len(case.die_at) else None
        now = NOW + timedelta(minutes=minutes)
        order = (url, folder, case, now, die_at, log, ahead, moodle.address)
        sender: Any = _FORK.Process(target=_send, args=order)
        sender.start()
        sender.join()
        kills += sender.exitcode != 0
        if turn == 0 and log.exists():
            points = tuple(log.read_text().splitlines())
    return kills, points


def _send(
    url: str,
    folder: Path,
    case: Case,
    now: datetime,
    die_at: int | None,
    log: Path,
    ahead: "Synchronized[float]",
    moodle: str,
) -> None:
    store = open_database(url)
    set_database_clock(store, ahead)
    death = Death(die_at, log)
    count_commits(store, death.reached)
    send_due(outbox_of(store, folder, now, case.chance, death.reached, moodle=moodle))
    store.close()
    os._exit(0)  # what the parent has open is not ours to close


def _is_quiet(url: str) -> bool:
    states, _ = _states(url)
    return all(states[name] is State.SENT for name in FINDABLE)


def _states(url: str) -> tuple[dict[str, State], int]:
    store = open_database(url)
    try:
        with store.read() as conn:
            (one,) = clusters.all_clusters(conn)
            names = {row.id: row.key for row in destinations.destinations_of(conn, one.cluster_id)}
            rows = deliveries.deliveries_of(conn, one.cluster_id, [1])
            letters = sum(
                line.state == mailings.UNKNOWN
                for row in rows
                for line in mailings.doubtful(conn, one.cluster_id, row.id)
            )
        return {names[row.destination_id]: row.state for row in rows}, letters
    finally:
        store.close()


@contextmanager
def sqlite_case(folder: Path, template: Path, number: int) -> Iterator[tuple[str, Path]]:
    """Give a database and a folder of its own to one case."""
    own = folder / f"case-{number}"
    own.mkdir()
    shutil.copyfile(template, own / "hub.db")
    url = f"sqlite:///{own / 'hub.db'}"
    prepare(url, own)
    yield url, own
    shutil.rmtree(own)


def faults(ended: Ended, case: Case) -> Sequence[str]:
    """Return what was not as promised."""
    found = [f"twice: {one}" for one in ended.outcome.duplicates]
    found += [f"lost: {one}" for one in ended.outcome.lost]
    has_chance = case.chance.lost or case.chance.dropped
    if not has_chance and ended.outcome.unknown > ended.kills:
        found.append(f"{ended.outcome.unknown} unknown after {ended.kills} kills")
    return found
