"""Storing one page: cleaned outside, decided and written inside one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

from connector.changes import Change, Moment, Outcome, dates_beside, decide, decide_echo
from connector.contract import Place
from connector.fetched import (
    Fetched,
    fetch,
    keyed_link,
    own_hosts,
    raw_hash_of,
    raw_hash_of_digest,
    with_their_posts,
)
from connector.identity import Context, Step, link_key, match
from connector.masking import Mask
from connector.model import (
    Account,
    AudienceChange,
    AudienceKind,
    Kind,
    Page,
    Problem,
    ProblemKind,
    Record,
    Role,
    Shape,
)
from connector.privacy import is_student
from connector.rules import reshape, skip_reason
from connector.store import (
    announcements,
    candidates,
    echoes,
    kept_changes,
    leases,
    masked,
    outcomes,
    people,
    records,
    removal,
    sources,
    streams,
    students,
    threads,
    tombstones,
)
from connector.store.database import Connection
from connector.store.echoes import Reader
from connector.store.masked import Masked
from connector.store.outcomes import Became
from connector.store.page_facts import Decided, PageRef
from connector.store.streams import StreamRow
from connector.turns import giving_way
from sync_jobs.jobs import SourceRun
from sync_jobs.storable import is_as_given, storable_cursor, storable_page

_PROBLEM_OUTCOMES = {
    ProblemKind.FAILED: Outcome.FAILED,
    ProblemKind.HIDDEN: Outcome.HIDDEN,
    ProblemKind.SKIPPED: Outcome.SKIPPED,
}
ALONE_REASON = "the post that it answers is not kept"
_FEW = 3
GONE_REASON = "its place says that it is gone or no longer shown"


def wanted_shape(run: SourceRun, place: Place, stream_key: str) -> Shape:
    """Return what shapes a stream's records: the adapter's part and the source's rules."""
    shape = place.shape(stream_key)
    return Shape(shape.parser, f"{shape.settings}/{run.rules.digest}")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A page as it is after all that is done outside the transaction."""

    page: Page
    fetched: list[Fetched]
    skipped: list[Became]
    same: set[str]
    """Ids of the records that are kept just as they come."""
    echoes: dict[str, int]
    """Which records are copies of announcements of ours, by external id."""
    masked: Masked


def store_page(
    run: SourceRun,
    place: Place,
    by_key: dict[str, StreamRow],
    page: Page,
    then: Callable[[Connection, Counter[str]], None] | None = None,
) -> None:
    """Write a page and the cursor after it; all of it or nothing.

    Args:
        then: written in the same transaction, given what became of the page's records.

    Raises LeaseLostError and StoreError: nothing was written.
    """
    row = by_key[page.stream]
    shape = wanted_shape(run, place, page.stream)
    ready = None if _says_nothing(page) else _made_ready(run, row, page)
    # A page with records keeps the database busy for long: others work meanwhile.
    works = giving_way if ready else nullcontext
    with works(), run.jobs.store.write(run.source.cluster_id) as conn:
        leases.renew(conn, run.lease)
        counts = Counter[str]() if ready is None else _write(conn, run, row, ready)
        finished = run.jobs.clock() if page.complete else None
        cursor = storable_cursor(page.cursor)
        streams.save_progress(conn, row, cursor, shape, finished=finished)
        if then is not None:
            then(conn, counts)
    note = row.note if ready is None else _note(row, ready.page)
    by_key[row.key] = replace(row, baseline_done=row.baseline_done or page.complete, note=note)
    run.counts.update(counts)
    run.stored += 1


def _says_nothing(page: Page) -> bool:
    """Whether a page is only a place to go on from: most are, for most places are quiet."""
    said = (page.records, page.listed, page.problems, page.gone, page.audience_changes)
    told = (page.unchanged, page.accounts, page.memberships, page.counts, page.streams)
    return not (any(said) or any(told) or page.student_names)


def _made_ready(run: SourceRun, row: StreamRow, page: Page) -> _Ready:
    page = storable_page(page)
    return _Ready(page, *_sorted_out(run, row, page), _masked(run, page))


def _masked(run: SourceRun, page: Page) -> Masked:
    """Return what is kept with a name in it of somebody who is now known to be a student."""
    if not page.student_names:
        return Masked()
    with run.jobs.store.read() as conn:
        return masked.look(conn, run.source.id, Mask(page.student_names))


def _write(conn: Connection, run: SourceRun, row: StreamRow, ready: _Ready) -> Counter[str]:
    """Decide and write what a page says, its cursor excepted; return what became of it."""
    page = ready.page
    masked.write(conn, run.source.cluster_id, ready.masked)
    _store_people(conn, run, row, page)
    is_new_place = bool(ready.fetched) and candidates.is_empty(conn, run.source.id)
    fetched, alone = _with_their_posts(conn, run, ready.fetched)
    # What is passed over stands in this page too: a new post of its address is another.
    listed = {*page.listed, *ready.same}
    decided = _decide(conn, run, row, page, fetched, listed, is_new_place, ready.echoes)
    ref = PageRef(
        run=run.ref(),
        stream_id=row.id,
        school_id=run.source.school_id,
        audience=_audience_limit(run),
        sloppy_ids=row.sloppy_ids,
    )
    records.write(conn, ref, decided)
    _note_items(conn, run, ready.echoes)
    retired = _retire_gone(conn, run, page)
    kept_changes.change_audiences(conn, ref, _audience_changes(run, page))
    kept_changes.put_counts(conn, ref, page.counts)
    left_out = outcomes.record_if_changed(
        conn, ref.run, [*ready.skipped, *alone, *_problems(run, page.problems)]
    )
    note = _note(row, page)
    if note != row.note:
        streams.note(conn, row.id, note)
    shown = {*listed, *(one.incoming.external_id for one in fetched)}
    if shown and not is_new_place:
        _note_shown(conn, run, row, page, shown)
    if page.streams:
        streams.put_streams(conn, run.source.cluster_id, run.source.id, page.streams)
    return _counted(decided, left_out, retired, len(ready.same))


def _forms(conn: Connection, run: SourceRun, ids: Iterable[str]) -> frozenset[str]:
    """Return the ids under which these may be kept: a student's post has another than its own."""
    if not students.has_any(conn, run.source.id):
        return frozenset(ids)
    return run.jobs.privacy.both_forms(ids)


def _note_shown(
    conn: Connection, run: SourceRun, row: StreamRow, page: Page, shown: set[str]
) -> None:
    """Forget doubts about what the place shows, and doubt what its feed skips."""
    ids = _forms(conn, run, shown)
    removal.seen(conn, run.source.id, ids)
    if not page.listed:
        return
    listed = _forms(conn, run, page.listed)
    span = removal.span_of(conn, run.source.id, listed)
    if span is not None:
        removal.suspect(conn, removal.skipped_in(conn, row.id, span, listed))


def _audience_limit(run: SourceRun) -> AudienceKind | None:
    word = run.source.audience_kind
    return None if word is None else AudienceKind(word)


def _sorted_out(
    run: SourceRun, row: StreamRow, page: Page
) -> tuple[list[Fetched], list[Became], set[str], dict[str, int]]:
    """Return the wanted records, cleaned, those which the rules leave out, the ids of those
    that are kept just as they come, and which are copies of announcements of ours."""
    fetched: dict[str, Fetched] = {}
    skipped: list[Became] = []
    shaped: dict[str, Record] = {}
    for record in page.records:
        reason = skip_reason(run.rules, record)
        if reason is not None:
            skipped.append(_skipped(run, reshape(run.rules, record), reason))
            continue
        # The last of two readings of one id counts.
        shaped[record.external_id] = reshape(run.rules, record)
    known = _echoes(run, list(shaped.values()))
    for own_id in known:
        if shaped[own_id].kind is Kind.POST:
            shaped[own_id] = replace(shaped[own_id], kind=Kind.ANNOUNCEMENT)
    same = {*page.unchanged, *_same_as_kept(run, row, page, shaped)}
    hosts = own_hosts(run.source.address)
    for record in shaped.values():
        if record.external_id in same:
            continue
        one = fetch(
            record,
            source_id=run.source.id,
            own_hosts=hosts,
            privacy=run.jobs.privacy,
        )
        fetched[one.incoming.external_id] = one
    return list(fetched.values()), skipped, same, known


def _echoes(run: SourceRun, found: list[Record]) -> dict[str, int]:
    """Return which records are copies of announcements of ours."""
    if not found:
        return {}
    reader = Reader(
        cluster_id=run.source.cluster_id,
        source_id=run.source.id,
        source_key=run.source.key,
        hosts=own_hosts(run.source.address),
    )
    with run.jobs.store.read() as conn:
        return echoes.echoes(conn, reader, found)


def _note_items(conn: Connection, run: SourceRun, known: Mapping[str, int]) -> None:
    """Remember the item of an announcement whose first copy was read."""
    for own_id, number in known.items():
        item_id = echoes.item_of(conn, run.source.id, own_id)
        if item_id is not None and echoes.known_items(conn, [number])[number].item_id is None:
            announcements.note_item(conn, number, item_id)


def _same_as_kept(
    run: SourceRun, row: StreamRow, page: Page, shaped: Mapping[str, Record]
) -> set[str]:
    """Return the ids of records that nothing is to be done about.

    A reading from the beginning looks at everything: it was asked for because the same words
    may come out otherwise now. So does a place of which only a part is wanted. Where the
    adapter has asked itself, the few that it hands on are looked at as fast as asked about.
    """
    is_asked = bool(page.unchanged) and len(shaped) <= _FEW
    if page.baseline or run.rules.is_selective or is_asked or not shaped:
        return set()
    raw_hashes = {own_id: raw_hash_of(record) for own_id, record in shaped.items()}
    with run.jobs.store.read() as conn:
        return candidates.same_as_kept(conn, run.source.id, row.id, raw_hashes)


def kept_as_came(
    run: SourceRun, by_key: Mapping[str, StreamRow], stream: str, digests: Sequence[str]
) -> dict[str, str]:
    """Answer an adapter which records are kept just as they came (``KeptAsCame``)."""
    if run.rules.is_selective or not digests:
        return {}
    raw_hashes = {raw_hash_of_digest(digest): digest for digest in digests}
    with run.jobs.store.read() as conn:
        found = candidates.kept_as_came(conn, run.source.id, by_key[stream].id, raw_hashes)
    # The adapter compares these with ids that it gives, which may be longer than is kept.
    return {digest: own_id for digest, own_id in found.items() if is_as_given(own_id)}


def _with_their_posts(
    conn: Connection, run: SourceRun, fetched: list[Fetched]
) -> tuple[list[Fetched], list[Became]]:
    """Return what stays, and the replies that go with posts which the rules leave out."""
    if not run.rules.is_selective:
        return fetched, []
    known: set[int | None] = set(threads.parents(conn, run.source.id, fetched))
    kept, alone = with_their_posts(fetched, known, source_id=run.source.id)
    skipped = [
        Became(one.incoming.external_id, Outcome.SKIPPED, ALONE_REASON, one.incoming.link_key)
        for one in alone
    ]
    return kept, skipped


def _skipped(run: SourceRun, record: Record, reason: str) -> Became:
    """Return the outcome of a record that is left out; a student's only by digests."""
    key = link_key(record.url)
    if not is_student(record):
        return Became(record.external_id, Outcome.SKIPPED, reason, key)
    privacy = run.jobs.privacy
    own_id = privacy.student_id(record.external_id)
    return Became(own_id, Outcome.SKIPPED, reason, keyed_link(key, privacy))


def _decide(
    conn: Connection,
    run: SourceRun,
    row: StreamRow,
    page: Page,
    fetched: list[Fetched],
    listed: set[str],
    is_new_place: bool,
    known: Mapping[str, int],
) -> list[Decided]:
    fetched = _without_withdrawn(conn, run, fetched)
    if page.baseline and not is_new_place and not run.rules.authors_are_students:
        own_ids = [one.incoming.external_id for one in fetched if not one.is_student]
        students.recognise(conn, run.source.id, run.jobs.privacy, own_ids)
    predecessor = _predecessor_id(conn, run)
    kept = candidates.load_kept(
        conn,
        run.source.cluster_id,
        run.source.id,
        [one.incoming for one in fetched],
        predecessor_id=predecessor,
        is_new_place=is_new_place,
    )
    context = Context(
        source_id=run.source.id,
        stream_id=row.id,
        predecessor_id=predecessor,
        sloppy_ids=row.sloppy_ids,
        listed=_forms(conn, run, listed),
    )
    texts = candidates.KeptTexts(conn)
    moment = Moment(now=run.jobs.clock(), is_silent=page.baseline or not row.baseline_done)
    brake = run.brake_for(row.id)
    dates = [one.record.published for one in fetched]
    beside = dates_beside(dates, moment.now) if moment.is_silent else [None] * len(dates)
    items = echoes.known_items(conn, set(known.values()))

    def change(one: Fetched) -> Change:
        found = match(one.incoming, kept, context, texts)
        number = known.get(one.original_id)
        if number is not None and number in items and found.step is not Step.SAME:
            return decide_echo(items[number].origin)
        return decide(one, found, moment, brake)

    return [Decided(one, change(one), date) for one, date in zip(fetched, beside, strict=True)]


def _predecessor_id(conn: Connection, run: SourceRun) -> int | None:
    if run.source.successor_of is None:
        return None
    former = sources.find_source(conn, run.source.cluster_id, run.source.successor_of)
    return None if former is None else former.id


def _without_withdrawn(conn: Connection, run: SourceRun, fetched: list[Fetched]) -> list[Fetched]:
    barred = tombstones.barred(
        conn,
        run.source.cluster_id,
        run.source.id,
        run.jobs.privacy,
        [(one.original_id, one.original_link_key) for one in fetched],
    )
    if not barred:
        return fetched
    run.counts["hidden"] += len(barred)
    return [one for one in fetched if one.original_id not in barred]


def _store_people(conn: Connection, run: SourceRun, row: StreamRow, page: Page) -> None:
    cluster_id, source_id = run.source.cluster_id, run.source.id
    if page.accounts:
        pupils = [one.external_id for one in page.accounts if one.role is Role.STUDENT]
        if pupils:
            # Whoever turns out to be a student is one in what was kept before, too.
            students.strip(conn, cluster_id, source_id, run.jobs.privacy, accounts=pupils)
        accounts = [_as_kept(run, account) for account in page.accounts]
        people.put_accounts(conn, cluster_id, source_id, accounts)
    people.put_memberships(
        conn,
        cluster_id,
        source_id,
        row.id,
        page.memberships,
        pseudonym_of=partial(run.jobs.privacy.pseudonym, source_id),
    )


def _as_kept(run: SourceRun, account: Account) -> Account:
    """Return the account; of a student only the pseudonym that their posts carry too."""
    if account.role is not Role.STUDENT:
        return account
    pseudonym = run.jobs.privacy.pseudonym(run.source.id, account.external_id)
    return Account(pseudonym, role=Role.STUDENT, suspended=account.suspended)


def _audience_changes(run: SourceRun, page: Page) -> list[AudienceChange]:
    """Return the changes under both ids a post may be kept by: its own, and a student's."""
    return [
        replace(change, external_id=external_id)
        for change in page.audience_changes
        for external_id in sorted(run.jobs.privacy.both_forms([change.external_id]))
    ]


def _retire_gone(conn: Connection, run: SourceRun, page: Page) -> int:
    if not page.gone:
        return 0
    ids = run.jobs.privacy.both_forms(page.gone)
    leaving = removal.living_with_ids(conn, run.source.id, ids)
    removal.retire(conn, run.ref(), leaving, GONE_REASON)
    return len(leaving)


def _problems(run: SourceRun, problems: Iterable[Problem]) -> list[Became]:
    return [
        _problem(run, problem)
        for problem in problems
        if problem.kind in _PROBLEM_OUTCOMES and problem.external_id
    ]


def _problem(run: SourceRun, problem: Problem) -> Became:
    """Return the outcome; of what is hidden, or a student's, by digests only."""
    privacy, key, own_id = run.jobs.privacy, link_key(problem.url), problem.external_id
    if run.rules.authors_are_students:
        own_id, key = privacy.student_id(own_id), keyed_link(key, privacy)
    elif problem.kind is ProblemKind.HIDDEN:
        own_id, key = privacy.hidden_id(own_id), keyed_link(key, privacy)
    return Became(own_id, _PROBLEM_OUTCOMES[problem.kind], problem.reason, key)


def _note(row: StreamRow, page: Page) -> str | None:
    """Return the first thing that is odd about what a stream gave but was read all the same."""
    if not (page.records or page.problems or page.unchanged):
        return row.note
    noted = (one.reason for one in page.problems if one.kind is ProblemKind.NOTED)
    return next(noted, None)


def _counted(
    decided: list[Decided], left_out: list[Became], retired: int, same: int
) -> Counter[str]:
    counts = Counter(str(one.change.outcome or "unchanged") for one in decided)
    counts.update(str(one.what) for one in left_out)
    counts.update(retired=retired, unchanged=same)
    return counts
