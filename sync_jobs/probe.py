"""Trying destinations before something is due there, so that a dead token is told in time."""

import logging
from collections.abc import Sequence

from connector.announce import timing
from connector.announce.moves import Move
from connector.errors import AuthError, ConfigError, SourceError
from connector.model import CheckLine
from connector.store import clusters, deliveries, destinations
from connector.store.destinations import DestinationRow
from sync_jobs.outbox import Outbox
from sync_jobs.reasons import AUTH

log = logging.getLogger("clusterhub.push")


def probe_due(outbox: Outbox) -> int:
    """Try the destinations that something is due at within a day; return how many."""
    now = outbox.clock()
    tried = 0
    for row in _all(outbox):
        with outbox.store.read() as conn:
            due = deliveries.next_due(conn, row.id)
        if timing.probe_is_due(row.probed, due, now):
            probe(outbox, row)
            tried += 1
    return tried


def _all(outbox: Outbox) -> list[DestinationRow]:
    with outbox.store.read() as conn:
        found = [
            row
            for one in clusters.all_clusters(conn)
            for row in destinations.destinations_of(conn, one.cluster_id)
        ]
    return [row for row in found if not row.paused]


def probe(outbox: Outbox, row: DestinationRow) -> Sequence[CheckLine]:
    """Try one destination with real calls; return what was found, and note whether it is well.

    What waited for its access goes on by itself. A place that does not answer is no reason to
    tell anybody: it is tried again when something is sent.
    """
    try:
        lines = outbox.open(row).check().lines
    except (AuthError, ConfigError) as error:
        lines = (CheckLine("", False, str(error)),)
    except SourceError as error:
        log.info("to=%s could not be tried: %s", row.key, error)
        _note(outbox, row, row.trouble_sentence)
        return (CheckLine("", False, str(error)),)
    missing = [line.sentence for line in lines if line.needed and not line.ok]
    _note(outbox, row, " ".join(missing) or None)
    return lines


def _note(outbox: Outbox, row: DestinationRow, sentence: str | None) -> None:
    now = outbox.clock()
    with outbox.store.write(row.cluster_id) as conn:
        if sentence is None:
            destinations.note_well(conn, row.id, now)
            for one in deliveries.waiting_for_access(conn, row.id, AUTH):
                happened = Move.RELEASE_IN_DOUBT if one.doubt else Move.RELEASE
                deliveries.move(conn, one, happened, now, due=now, cause=None, sentence=None)
            return
        is_news = destinations.note_trouble(conn, row.id, sentence, now)
    if is_news:
        log.warning("to=%s reconnect: %s", row.key, sentence)
