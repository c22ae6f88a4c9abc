"""Reads the spaces of an Interact from its rows, one stream for each space.

The first reading of a space walks its tables by key: news, notices, posts, events; then what
it offers (workshops with sign-ups, files, links), and last its counts of activity. After that
a cycle asks few questions for all spaces together:

- posts with a key or a date later than known, with an overlap, since the hour that occurs
  twice in autumn would otherwise hide what was written in it;
- a checksum of each small table by space or module, which tells when it was edited;
- the arrangement, which tells who may see what.

State during the walk: ``at`` (the table), ``after`` (its last key), ``since`` and ``key`` (the
latest time and key of the site when the walk began), ``sums``. Later: ``since``, ``key``,
``sums`` (checksums by table), ``known`` (module -> who sees it), ``seen`` (what the overlap
handed on), ``roster``, ``tally`` (what was counted), and ``file`` (a dump's size and time).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.interact import parse
from adapters.interact.cursors import State, number_at, pack, text_at, texts_at
from adapters.interact.layout import Rows, Space
from adapters.interact.parse import Site, digest_of
from adapters.interact.queries import Question
from adapters.interact.rows_site import RowsSite
from adapters.interact.texts import moment, number_of, site_time
from connector.model import Count, Cursor, IdPage, Page, Record

PAGE_RECORDS = 100
ROWS_AT_ONCE = 300
KEYS_AT_ONCE = 2000
PAGE_COUNTS = 500
OVERLAP = timedelta(hours=1, minutes=5)
_EPOCH = "1990-01-01 00:00:00"
_TABLES = ("news", "notice", "post", "event")
_PLAN = "plan"
_STEPS = (*_TABLES, _PLAN, "counts")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far the site is: its latest time, never after now, and its highest post key."""

    since: str
    key: int


class SpacesReader:
    """The streams of one Interact, as far as its rows were asked for in this run."""

    def __init__(self, rows: RowsSite, site: Site, now: datetime, mark: str = "") -> None:
        """``mark`` names the file that the rows come from, where they do."""
        self._rows = rows
        self._site = site
        self._now = now
        self._mark = mark
        self._bounds: Bounds | None = None
        self._sums: Mapping[str, Mapping[int, str]] | None = None

    # From the beginning

    def first(self, space: Space, state: State) -> Iterator[Page]:
        """Read a space from its beginning, or from where that was broken off."""
        state = dict(state) if text_at(state, "at") in _STEPS else self._opening(space)
        opening = Page(
            stream=space.stream,
            accounts=self._site.layout.people(space.key),
            memberships=self._site.layout.memberships(space.key),
            baseline=True,
            complete=False,
        )
        for records, after in self._walk(space, state):
            yield replace(opening, records=tuple(records), cursor=pack(after))
            opening = replace(opening, accounts=(), memberships=())
        yield from self._first_counts(space, state, opening)

    def _opening(self, space: Space) -> State:
        bounds = self.bounds()
        sums = self._sums_of(space)
        return {"at": _STEPS[0], "since": bounds.since, "key": bounds.key, "sums": sums}

    def _walk(self, space: Space, state: State) -> Iterator[tuple[list[Record], State]]:
        begun = _STEPS.index(text_at(state, "at"))
        after = number_at(state, "after")
        for step in _STEPS[begun:-1]:
            for records, last in self._step(space, step, after):
                state |= {"at": step, "after": last}
                yield records, dict(state)
            after = 0
        state |= {"at": _STEPS[-1], "after": 0}

    def _step(self, space: Space, step: str, after: int) -> Iterator[tuple[list[Record], int]]:
        if step == _PLAN:
            plan = parse.planned(space, self._site)
            for start in range(after, len(plan), PAGE_RECORDS):
                offered = plan[start : start + PAGE_RECORDS]
                yield offered, start + len(offered)
            return
        for rows in self._chunks(lambda last: self._question(step, space, last), after):
            made = self._records(step, rows)
            for start in range(0, len(rows), PAGE_RECORDS):
                part = made[start : start + PAGE_RECORDS]
                yield [one for one in part if one], number_of(rows[start + len(part) - 1][0])

    def _question(self, step: str, space: Space, after: int) -> Question | None:
        ask, layout = self._rows.questions, self._site.layout
        if step == "news":
            return ask.news([space.key], after, ROWS_AT_ONCE)
        types = {"post": ("forum", "journal"), "notice": ("noticeboard",), "event": ("calendar",)}
        modules = [each.key for each in layout.of_space(space.key, *types[step])]
        if not modules:
            return None
        kinds = {"post": ask.posts, "notice": ask.notices, "event": ask.events}
        return kinds[step](modules, after, ROWS_AT_ONCE)

    def _chunks(self, asked: Callable[[int], Question | None], after: int) -> Iterator[Rows]:
        while (question := asked(after)) is not None:
            rows = self._rows.ask(question)
            if rows:
                yield rows
            if len(rows) < ROWS_AT_ONCE:
                return
            after = number_of(rows[-1][0])

    def _records(self, step: str, rows: Rows) -> list[Record | None]:
        if step == "post":
            there = self._answered(rows)
            return [parse.post(row, self._site, there) for row in rows]
        make = {"news": parse.news, "notice": parse.notice, "event": parse.event}[step]
        return [make(row, self._site) for row in rows]

    def _answered(self, rows: Rows) -> set[int]:
        """Return which of the posts that these answer are there and shown."""
        wanted = {number_of(key) for row in rows for key in row[2:4] if number_of(key)}
        if not wanted:
            return set()
        found = self._rows.ask(self._rows.questions.owners("post", wanted))
        return {number_of(row[0]) for row in found if self._is_shown(row[1], row[2])}

    def _is_shown(self, module: object, status: object) -> bool:
        known = self._site.layout.modules.get(number_of(module))
        return known is not None and parse.is_shown(known.type, number_of(status))

    def _first_counts(self, space: Space, state: State, opening: Page) -> Iterator[Page]:
        counts = self._activity([space.key], _EPOCH).get(space.key, ())
        after = self._settled_state(space, state)
        for start in range(0, len(counts) - PAGE_COUNTS, PAGE_COUNTS):
            part = counts[start : start + PAGE_COUNTS]
            yield replace(opening, counts=part, cursor=pack(state))
            opening = replace(opening, accounts=(), memberships=())
        rest = counts[(max(len(counts), 1) - 1) // PAGE_COUNTS * PAGE_COUNTS :]
        problems = tuple(parse.crowded(space, self._site))
        yield replace(opening, counts=rest, cursor=after, problems=problems, complete=True)

    def _settled_state(self, space: Space, state: State) -> Cursor:
        return pack(
            {
                "since": text_at(state, "since"),
                "key": number_at(state, "key"),
                "sums": texts_at(state, "sums") | {_PLAN: self._plan_digest(space)},
                "known": self._known(space),
                "roster": self._roster(space),
                "file": self._mark,
            }
        )

    # News

    def news(self, states: Mapping[Space, State]) -> Iterator[Page]:
        """Read on in spaces that were read to their end before."""
        # Before anything is listed: what is written meanwhile is then later than this.
        self.bounds()
        changed = self._changed_posts(states)
        days = [text_at(state, "since")[:10] or _EPOCH for state in states.values()]
        tallies = self._activity([each.key for each in states], min(days, default=_EPOCH))
        for space, state in states.items():
            known, now_known = texts_at(state, "known"), self._known(space)
            if any(now_known.get(module, seen) != seen for module, seen in known.items()):
                # Who may see something has changed: everything is handed on with its audience.
                yield from self.first(space, {})
                continue
            records = changed.get(space.key, [])
            fresh = [int(module) for module in now_known.keys() - known.keys()]
            yield from self._news_of(space, state, records, fresh, tallies.get(space.key, ()))

    def _news_of(
        self,
        space: Space,
        state: State,
        overlap: list[Record],
        fresh: Collection[int],
        tally: tuple[Count, ...],
    ) -> Iterator[Page]:
        bounds, seen = self.bounds(), digest_of(overlap) if overlap else ""
        records = {} if seen == text_at(state, "seen") else _by_id(overlap)
        records |= _by_id(self._posts_of(fresh))
        sums, before = self._sums_of(space), texts_at(state, "sums")
        sums[_PLAN] = self._plan_digest(space)
        for table in (*_TABLES, _PLAN):
            if sums.get(table) != before.get(table):
                for part, _ in self._step(space, table, 0):
                    records |= _by_id(part)
        after: State = {
            "since": bounds.since,
            "key": bounds.key,
            "sums": sums,
            "known": self._known(space),
            "seen": seen,
            "roster": self._roster(space),
            "tally": digest_of(tally) if tally else "",
            "file": self._mark,
        }
        page = Page(stream=space.stream)
        is_new_roster = after["roster"] != text_at(state, "roster")
        if is_new_roster:
            layout = self._site.layout
            page = replace(
                page,
                accounts=layout.people(space.key),
                memberships=layout.memberships(space.key),
            )
        if records or is_new_roster:
            page = replace(page, problems=tuple(parse.crowded(space, self._site)))
        if after["tally"] != text_at(state, "tally"):
            page = replace(page, counts=tally)
        yield from _paged(page, list(records.values()), pack(after), pack(state))

    def _changed_posts(self, states: Mapping[Space, State]) -> dict[int, list[Record]]:
        """Return what was written or edited, by space; one question where little was."""
        modules = {
            each.key: space.key
            for space in states
            for each in self._site.layout.of_space(space.key, "forum", "journal")
        }
        found: dict[int, list[Record]] = {}
        if not modules:
            return found
        since = min(text_at(state, "since") or _EPOCH for state in states.values())
        key = min(number_at(state, "key") for state in states.values())
        asked = _earlier(since, OVERLAP)
        ask = self._rows.questions.changed
        chunks = self._chunks(lambda at: ask(modules, asked, key, at, ROWS_AT_ONCE), 0)
        for rows in chunks:
            for row, record in zip(rows, self._records("post", rows), strict=True):
                if record is not None:
                    found.setdefault(modules[number_of(row[1])], []).append(record)
        return found

    def _posts_of(self, modules: Collection[int]) -> list[Record]:
        """Return all posts of modules that were not shown before."""
        shown = self._site.layout.modules
        talks = [key for key in modules if shown[key].type in ("forum", "journal")]
        if not talks:
            return []
        ask = self._rows.questions.posts
        chunks = self._chunks(lambda last: ask(talks, last, ROWS_AT_ONCE), 0)
        return [one for rows in chunks for one in self._records("post", rows) if one]

    # What is asked once for all

    def bounds(self) -> Bounds:
        """Return how far the site is, by its own word. Raises SourceError."""
        if self._bounds is None:
            ((key, *times),) = self._rows.ask(self._rows.questions.bounds())
            now = site_time(self._now, self._site.zone)
            # A date in the future, which occurs, must not hide what is written until then.
            zone = self._site.zone
            said = [site_time(when, zone) for each in times if (when := moment(each, zone))]
            latest = max((each for each in said if each <= now), default=_EPOCH)
            self._bounds = Bounds(latest, number_of(key))
        return self._bounds

    def _sums_of(self, space: Space) -> dict[str, str]:
        """Return the checksums of a space's small tables."""
        if self._sums is None:
            found: dict[str, dict[int, str]] = {}
            for kind, owner, *sums in self._rows.ask(self._rows.questions.sums()):
                said = "-".join(str(number_of(each)) for each in sums)
                found.setdefault(str(kind), {})[number_of(owner)] = said
            self._sums = found
        modules = [each.key for each in self._site.layout.of_space(space.key)]
        owners = {"news": [space.key], "notice": modules, "event": modules}
        by_table = {table: self._sums.get(table, {}) for table in owners}
        return {
            table: digest_of([(one, by_table[table].get(one)) for one in owned])
            for table, owned in owners.items()
            if by_table[table].keys() & set(owned)
        }

    def _plan_digest(self, space: Space) -> str:
        plan = parse.planned(space, self._site)
        return digest_of(plan) if plan else ""

    def _roster(self, space: Space) -> str:
        layout = self._site.layout
        return digest_of((layout.people(space.key), layout.memberships(space.key)))

    def _known(self, space: Space) -> dict[str, str]:
        modules = self._site.layout.of_space(space.key)
        return {str(each.key): _short(each.audience) for each in modules} | {
            "0": _short(space.audience)
        }

    def _activity(self, spaces: Collection[int], since: str) -> dict[int, tuple[Count, ...]]:
        rows = self._rows.ask(self._rows.questions.activity(spaces, since))
        return parse.activity(rows, self._site.layout)

    # What is there

    def sweep(self, space: Space) -> Iterator[IdPage]:
        """List the ids of everything that is shown in a space."""
        for step in _TABLES:
            owners = self._owners(step, space)
            after = 0
            while owners:
                ask = self._rows.questions.keys(step, owners, after, KEYS_AT_ONCE)
                rows = self._rows.ask(ask)
                if step == "post":
                    shown = [row for row in rows if self._is_shown(row[2], row[1])]
                else:
                    shown = list(rows)
                yield IdPage(tuple(f"{step}:{row[0]}" for row in shown))
                if len(rows) < KEYS_AT_ONCE:
                    break
                after = number_of(rows[-1][0])
        plan = parse.planned(space, self._site)
        yield IdPage(tuple(one.external_id for one in plan), complete=True)

    def _owners(self, step: str, space: Space) -> list[int]:
        if step == "news":
            return [space.key]
        types = {"post": ("forum", "journal"), "notice": ("noticeboard",), "event": ("calendar",)}
        return [each.key for each in self._site.layout.of_space(space.key, *types[step])]


def _by_id(records: Sequence[Record]) -> dict[str, Record]:
    return {one.external_id: one for one in records}


def _short(audience: Any) -> str:
    return f"{audience.kind}/{audience.key}" if audience.key else str(audience.kind)


def _earlier(when: str, by: timedelta) -> str:
    moment = datetime.fromisoformat(when) - by
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _paged(page: Page, records: list[Record], after: Cursor, before: Cursor) -> Iterator[Page]:
    """Yield the records in pages; only the last one moves the cursor, and only where it moved."""
    for start in range(0, len(records) - PAGE_RECORDS, PAGE_RECORDS):
        part = tuple(records[start : start + PAGE_RECORDS])
        yield replace(page, records=part, complete=False)
        page = Page(stream=page.stream, problems=page.problems)
    rest = records[(max(len(records), 1) - 1) // PAGE_RECORDS * PAGE_RECORDS :]
    yield replace(page, records=tuple(rest), cursor=None if after == before else after)
