"""The nightly check: which kept posts have left their place.

Only a complete listing, the platform's own word, or a 404/410 counts; an answer counts
only when something that is surely there answers "present" in the same pass.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from connector.changes import HELD_REMOVAL, is_mass_removal
from connector.contract import Place
from connector.errors import SourceError, TemporaryError
from connector.model import Known, Page, Presence
from connector.store import leases, removal, streams
from connector.store.removal import Living
from connector.store.streams import StreamRow
from sync_jobs.jobs import SourceRun
from sync_jobs.pages import store_page
from sync_jobs.selection import still_there
from sync_jobs.storable import storable

LOOKUPS_AT_ONCE = 2
CONTROLS = 2
MOST_LOOKUPS = 200
"""In one night for one stream; the rest is asked in the next."""
LONGEST_LISTING = timedelta(minutes=20)
RENEW_EVERY = timedelta(seconds=45)
SWEPT_REASON = "a complete check of its place no longer finds it"
MISSED_REASON = "two complete checks of its place no longer found it"
LOOKED_UP_REASON = "its address answered 'not found' on two nights"
MASS_REASON = (
    "much of this place disappeared at once, so nothing is removed before somebody says yes"
)


def sweep_source(run: SourceRun, place: Place) -> None:
    """Check every selected stream, and look up tonight's share where no listing exists.

    A stream that fails does not keep the others from being checked. When the slice is over,
    what is left goes on in the next run.
    """
    with run.jobs.store.read() as conn:
        known = streams.streams_of(conn, run.source.id)
    rows = [row for row in still_there(place, known) if row.selected]
    waiting = [row for row in rows if row.can_sweep and not _is_swept(run, row)]
    for number, row in enumerate(waiting, start=1):
        _or_note(run, row, partial(_sweep_stream, run, place, row))
        if run.slice_is_over() and number < len(waiting):
            run.partial = True
            return
    feeds = [row for row in rows if not row.can_sweep]
    if feeds and not run.stop.is_set():
        _or_note(run, feeds[0], partial(_look_up_tonight, run, place, rows))
    run.swept = not run.stop.is_set()


def _is_swept(run: SourceRun, row: StreamRow) -> bool:
    """Whether an earlier slice of tonight's check has done this stream."""
    return row.swept is not None and row.swept > run.source.sweep_due


def _or_note(run: SourceRun, row: StreamRow, work: Callable[[], None]) -> None:
    try:
        work()
    except SourceError as error:
        run.note_stream_failure(row.id, error)


def _sweep_stream(run: SourceRun, place: Place, row: StreamRow) -> None:
    listed = _complete_listing(run, place, row)
    if listed is None:
        return
    ids = run.jobs.privacy.both_forms(listed)
    with run.jobs.store.read() as conn:
        kept = removal.living(conn, row.id)
    there = [one for one in kept if one.external_id in ids]
    absent = [one for one in kept if one.external_id not in ids]
    # Without anything listed there is nothing to check the answers by; then they can only
    # hold posts back, never retire them.
    controls = [Known(row.key, external_id, None) for external_id in listed[:CONTROLS]]
    # A removal that is held already waits for a person: asking every night tells nothing new.
    unasked = [one for one in absent if one.held != HELD_REMOVAL]
    asked = [one.known(row.key) for one in unasked[:MOST_LOOKUPS]]
    answers = _answers(run, place, asked, controls)
    _conclude(run, row, there, absent, answers, listed=len(listed))


def _complete_listing(run: SourceRun, place: Place, row: StreamRow) -> list[str] | None:
    """Return all ids of a stream, or None when the listing broke off.

    What it shows to have been edited is kept at once.
    """
    ids: list[str] = []
    begun = renewed = run.jobs.clock()
    for page in place.sweep(row.key):
        ids += storable(page.ids)
        if page.records:
            shown = Page(stream=row.key, records=page.records, complete=False)
            store_page(run, place, {row.key: row}, shown)
        if page.complete:
            return ids
        if run.stop.is_set():
            return None
        if run.jobs.clock() - begun >= LONGEST_LISTING:
            raise TemporaryError(
                "The nightly check took too long and was given up; it is tried again tomorrow."
            )
        if run.jobs.clock() - renewed >= RENEW_EVERY:
            _renew(run)
            renewed = run.jobs.clock()
    return None


def _renew(run: SourceRun) -> None:
    with run.jobs.store.write(run.source.cluster_id) as conn:
        leases.renew(conn, run.lease)


def _answers(
    run: SourceRun, place: Place, asked: Sequence[Known], controls: Sequence[Known]
) -> dict[str, Presence]:
    """Ask for each id; answers given beside a missing control do not count.

    A few at a time, so that a slow place does not cost the run its lease.
    """
    answers: dict[str, Presence] = {}
    for start in range(0, len(asked), LOOKUPS_AT_ONCE):
        if run.stop.is_set():
            break
        some = asked[start : start + LOOKUPS_AT_ONCE]
        said = place.lookup(list(dict.fromkeys([*controls, *some])))
        if not controls or _is_trustworthy(said, controls):
            answers |= {
                known.external_id: said[known.external_id]
                for known in some
                if known.external_id in said
            }
        _renew(run)
    return answers


def _is_trustworthy(said: Mapping[str, Presence], controls: Sequence[Known]) -> bool:
    return any(said.get(one.external_id) is Presence.PRESENT for one in controls)


def _conclude(
    run: SourceRun,
    row: StreamRow,
    there: Sequence[Living],
    absent: Sequence[Living],
    answers: dict[str, Presence],
    *,
    listed: int,
) -> None:
    left = (Presence.GONE, Presence.FORBIDDEN)
    gone = [one for one in absent if answers.get(one.external_id) in left]
    unknown = [one for one in absent if answers.get(one.external_id) is Presence.UNKNOWN]
    back = [one for one in absent if answers.get(one.external_id) is Presence.PRESENT]
    noted = [one for one in there if one.absences or one.suspect or one.held]
    mass = is_mass_removal(len(absent) - len(back), len(there) + len(absent), listed=listed)
    ref = run.ref()
    with run.jobs.store.write(run.source.cluster_id) as conn:
        leases.renew(conn, run.lease)
        removal.present(conn, ref, [*noted, *back])
        if mass:
            run.counts["held"] += removal.hold(conn, ref, gone, MASS_REASON)
        else:
            missed = removal.count_absence(conn, ref, unknown)
            removal.retire(conn, ref, gone, SWEPT_REASON)
            removal.retire(conn, ref, missed, MISSED_REASON)
            run.counts["retired"] += len(gone) + len(missed)
        streams.mark_swept(conn, row.id, ref.now)


def _look_up_tonight(run: SourceRun, place: Place, rows: Sequence[StreamRow]) -> None:
    """Look up a few permalinks of streams that cannot list all they have.

    A paused stream is left alone: nothing is asked of it, and nothing is checked by it.
    """
    feeds = [row.id for row in rows if not row.can_sweep]
    with run.jobs.store.read() as conn:
        tonight = removal.to_look_up(conn, feeds, run.jobs.clock())
        newest = removal.newest_known(conn, run.source.id, [row.id for row in rows], CONTROLS)
    if not tonight:
        return
    controls = [one.known(key) for key, one in newest]
    if not controls:
        return
    said = _answers(run, place, [one.known(key) for key, one in tonight], controls)
    by_answer: dict[Presence | None, list[Living]] = {}
    for _, one in tonight:
        by_answer.setdefault(said.get(one.external_id), []).append(one)
    ref = run.ref()
    with run.jobs.store.write(run.source.cluster_id) as conn:
        leases.renew(conn, run.lease)
        removal.present(conn, ref, by_answer.get(Presence.PRESENT, []))
        twice = removal.count_absence(conn, ref, by_answer.get(Presence.GONE, []))
        removal.retire(conn, ref, twice, LOOKED_UP_REASON)
        run.counts["retired"] += len(twice)
        # A login page in front of a post is no word about it. Where no answer came at all it
        # was somebody's turn all the same: otherwise the same few would be asked for ever.
        for unsure in (Presence.UNKNOWN, Presence.FORBIDDEN, None):
            removal.note_checked(conn, ref, by_answer.get(unsure, []))
