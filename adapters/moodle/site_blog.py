"""Reads the blogs of a Moodle: one list for the whole site, the newest entry first."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from adapters.moodle import questions, said_posts
from adapters.moodle.context import PAGE_RECORDS, Context, fresh, no_such
from adapters.moodle.cursors import State, numbers_in, pack, table_in
from adapters.moodle.forum_pages import id_pages
from adapters.moodle.said_posts import Entry
from adapters.moodle.streams import BLOG
from adapters.moodle.values import number_at, text_at
from connector.errors import AuthError, SourceError
from connector.model import STREAM, IdPage, Membership, Page, Record, StreamFailed

MOST_KEPT = 200
"""So many of the newest entries are remembered, to see what leaves."""
SILENT = (
    "Moodle no longer shows any blog entry, which is how it says that blogs are switched off or a "
    "capability is missing. Ask the Moodle administrator to give the hub's role moodle/blog:view."
)


class BlogReader:
    """Reads the one stream ``blog``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._survey = context.survey

    def read(self, state: State | None) -> Iterator[Page | StreamFailed]:
        """Yield pages of the blogs."""
        unlisted = self._survey.unlisted.get(questions.ENTRIES)
        if unlisted is not None or self._survey.entries is None:
            yield StreamFailed(BLOG, unlisted or no_such(BLOG))
            return
        try:
            if state is None or number_at(state, "f") == 1:
                yield from self._first(state or {})
            else:
                yield from self._later(state)
        except SourceError as error:
            yield StreamFailed(BLOG, error)

    def _first(self, state: State) -> Iterator[Page]:
        """Yield everything, by id: an entry deleted meanwhile shifts no other."""
        done = number_at(state, "b") or 0
        begun = {**state, "t": number_at(state, "t") or self._context.next_since}
        everything = sorted(self._all(), key=lambda each: each.id)
        left = [each for each in everything if each.id > done]
        memberships, members = fresh(self._memberships(), text_at(state, "m"))
        chunks = [left[start : start + PAGE_RECORDS] for start in range(0, len(left), PAGE_RECORDS)]
        for number, chunk in enumerate(chunks or [[]]):
            is_last = number >= len(chunks) - 1
            last = chunk[-1].id if chunk else done
            seen = [each for each in everything if each.id <= last]
            progress = {} if is_last else {"f": 1, "b": last}
            yield Page(
                stream=BLOG,
                records=tuple(map(self._record, chunk)),
                cursor=pack(
                    {**begun, "f": 0, "b": 0, "m": members, **progress, **self._kept(seen, state)}
                ),
                baseline=True,
                complete=is_last,
                memberships=memberships if number == 0 else (),
            )

    def _later(self, state: State) -> Iterator[Page]:
        known = table_in(state, "e")
        window = self._window(known.keys())
        if not window and known:
            raise AuthError(SILENT)
        changed = [each for each in window if known.get(each.id, [0])[:1] != [each.modified]]
        gone = self._gone(known, window)
        kept = {number: row for number, row in known.items() if number not in gone}
        memberships, members = fresh(self._memberships(), text_at(state, "m"))
        after = {**state, "m": members, **self._kept(window, state, kept)}
        first = Page(
            stream=BLOG,
            gone=tuple(f"entry:{each}" for each in sorted(gone)),
            memberships=memberships,
        )
        cursor = pack(after)
        chunks = [
            tuple(map(self._record, changed[start : start + PAGE_RECORDS]))
            for start in range(0, len(changed), PAGE_RECORDS)
        ] or [()]
        for number, chunk in enumerate(chunks):
            page = first if number == 0 else Page(stream=BLOG)
            is_last = number == len(chunks) - 1
            is_same = cursor == pack(state)
            yield replace(
                page,
                records=chunk,
                cursor=cursor if is_last and not is_same else None,
                complete=is_last,
            )

    def _window(self, known: Collection[int]) -> list[Entry]:
        """Return the newest entries, back to one that is known."""
        assert self._survey.entries is not None
        found = list(self._survey.entries.entries)
        meets_known = any(each.id in known for each in found)
        if meets_known or len(found) < questions.NEWEST_ENTRIES:
            return found
        return list(self._all())

    def _all(self) -> Sequence[Entry]:
        """Return every entry. Raises SourceError."""
        assert self._survey.entries is not None
        first = self._survey.entries
        if len(first.entries) >= first.total:
            return first.entries
        pages = range(first.total // questions.ENTRIES_AT_ONCE + 1)
        asks = [questions.entries(page, questions.ENTRIES_AT_ONCE) for page in pages]
        found = {each.id: each for each in first.entries}
        for answer in self._context.batches.ask(asks):
            if answer.error is not None:
                raise answer.error
            found |= {each.id: each for each in said_posts.entries(answer.value).entries}
        return list(found.values())

    def _gone(self, known: dict[int, list[object]], window: Sequence[Entry]) -> set[int]:
        """Return which entries are no more: one that others surround is asked for by its id."""
        shown = {each.id for each in window}
        oldest = min((each.created for each in window), default=0)
        missing = sorted(
            number
            for number, row in known.items()
            if number not in shown and (number_at({"c": row[-1]}, "c") or 0) > oldest
        )
        answers = self._context.batches.ask([questions.entry(each) for each in missing])
        return {
            number
            for number, answer in zip(missing, answers, strict=True)
            if answer.error is None and not said_posts.entries(answer.value).entries
        }

    def _record(self, entry: Entry) -> Record:
        allowed = self._context.settings.public_blogs
        return self._context.translator.entry(entry, is_public_allowed=allowed)

    def _memberships(self) -> list[Membership]:
        return [Membership(STREAM, self._survey.people.everybody())]

    def _kept(
        self,
        seen: Sequence[Entry],
        state: State,
        known: "dict[int, list[object]] | None" = None,
    ) -> dict[str, object]:
        """Return what is remembered: the newest entries, and the adults who wrote."""
        rows: dict[int, list[object]] = dict(known or {})
        rows |= {each.id: [each.modified, each.created] for each in seen}
        newest = sorted(rows, reverse=True)[:MOST_KEPT]
        people = self._survey.people
        adults = {each.author for each in seen if people.is_adult(each.author)}
        return {
            "e": {str(number): rows[number] for number in sorted(newest)},
            "s": sorted(adults | set(numbers_in(state, "s"))),
        }

    def sweep(self) -> Iterator[IdPage]:
        """List all entries with what they say now. Raises SourceError."""
        if self._survey.entries is None:
            raise self._survey.unlisted.get(questions.ENTRIES) or no_such(BLOG)
        people = self._survey.people
        everything = sorted(self._all(), key=lambda each: each.id)
        records = [self._record(each) for each in everything if people.is_certain(each.author)]
        yield from id_pages([f"entry:{each.id}" for each in everything], records)
        yield IdPage((), complete=True)
