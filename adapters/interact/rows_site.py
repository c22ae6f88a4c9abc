"""One Interact behind a database or dump: found, understood and asked; not yet read.

Which prefix its tables have, whether its release is known, and how it is arranged.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from adapters.interact import layout as arrange
from adapters.interact.client import Database, Rows
from adapters.interact.layout import Layout
from adapters.interact.parse import Site
from adapters.interact.queries import Question, Questions
from adapters.interact.schema import KNOWN_RELEASES, Tables, lacking, prefixes, tables
from adapters.interact.settings import InteractSettings
from adapters.interact.texts import text_of
from connector.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Totals:
    """What there is in all, for somebody who looks whether it is the right place."""

    people: int
    posts: int
    earliest: str
    """Year of the first post; empty where there is none."""
    latest: str


class RowsSite:
    """An Interact in rows; what was asked once is kept for as long as the place is open."""

    def __init__(self, settings: InteractSettings, open_it: Callable[[], Database]) -> None:
        self._settings = settings
        self._open = open_it

    def __repr__(self) -> str:
        return "<RowsSite>"

    @cached_property
    def _database(self) -> Database:
        return self._open()

    @cached_property
    def questions(self) -> Questions:
        """Questions to the tables of this Interact. Raises SourceError that says what is amiss."""
        found = Questions(self._tables())
        self._refuse_unknown(found)
        return found

    def ask(self, question: Question) -> Rows:
        """Return the rows. Raises SourceError."""
        return self._database.rows(question)

    @cached_property
    def release(self) -> str:
        """What the Interact calls itself. Raises SourceError."""
        return self._release(Questions(self._tables()))

    def everything(self) -> Site:
        """Return the whole site as it is now, whatever was chosen. Raises SourceError."""
        return self._site(())

    def chosen(self) -> Site:
        """Return the site with the chosen spaces. Raises SourceError."""
        return self._site(self._settings.spaces)

    def totals(self) -> Totals:
        """Return how much there is. Raises SourceError."""
        ((people, posts, earliest, latest),) = self.ask(self.questions.totals())
        return Totals(int(people), int(posts), text_of(earliest)[:4], text_of(latest)[:4])

    def _site(self, chosen: Collection[int]) -> Site:
        questions, settings = self.questions, self._settings
        spaces, modules, hidden = arrange.arranged(
            self.ask(questions.spaces()),
            self.ask(questions.modules()),
            chosen=chosen,
            as_interact=settings.audience == "interact",
        )
        schools = settings.school_by_domain
        people = self.ask(questions.users(with_domain=bool(schools)))
        layout = Layout(
            spaces=spaces,
            modules=modules,
            hidden=hidden,
            accounts=arrange.accounts(people, schools),
            members=arrange.members(self.ask(questions.space_members())),
            groups=arrange.group_members(self.ask(questions.group_members())),
        )
        return Site(settings.base, settings.zone, layout)

    def _tables(self) -> Tables:
        names, wanted = self._database.names(), self._settings.prefix
        if wanted is None:
            return tables(_only(prefixes(names), names))
        missing = lacking(names, wanted)
        if missing:
            raise PermanentError(_missing_sentence(wanted, missing, names))
        return tables(wanted)

    def _release(self, questions: Questions) -> str:
        rows = self.ask(questions.release())
        return text_of(rows[0][0]).strip() if rows else ""

    def _refuse_unknown(self, questions: Questions) -> None:
        found = self._release(questions)
        is_known = any(found.startswith(one) for one in KNOWN_RELEASES)
        if is_known or (found and found == self._settings.release):
            return
        shown = found[:60] or "without a name"
        raise PermanentError(
            f"This Interact is release {shown!r}; only 2.4 is known. If its tables are the same, "
            "write that name as release in the settings of this place, and check again."
        )


def _only(found: Sequence[str], names: Collection[str]) -> str:
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(repr(one) for one in found[:5])
        raise PermanentError(
            f"There are {len(found)} Interacts in this database, with the prefixes {shown}. "
            "Write the one that is meant as prefix."
        )
    near = sorted({one.removesuffix("module_space_links") for one in names} - set(names))
    if near:
        raise PermanentError(_missing_sentence(near[0], lacking(list(names), near[0]), names))
    raise PermanentError(
        f"There are {len(names)} tables, but not those of an Interact. Check that it is the "
        "right database or dump, and that it holds all tables."
    )


def _missing_sentence(prefix: str, missing: Sequence[str], names: Collection[str]) -> str:
    others = [one for one in prefixes(list(names)) if one != prefix]
    if others:
        return (
            f"No Interact has the prefix {prefix!r} here; there is one with {others[0]!r}. "
            "Write that as prefix, or leave prefix out."
        )
    shown = ", ".join(missing[:3])
    return (
        f"With the prefix {prefix!r} these tables are missing or lack columns: {shown}. Check "
        "prefix; for a dump, make it again with all tables; for a database, let the account "
        "read them."
    )
