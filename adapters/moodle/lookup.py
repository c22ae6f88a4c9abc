"""Whether something is still there: each sort of id is asked for in its own way.

Moodle's own word counts: an answer in which the thing is or is not, or a refusal that says
that it is not there. A refusal for want of a capability is no answer and leaves the id out: it
is the hub that lost access, and what it may no longer see is left to facilitators by reading.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from adapters.moodle import questions, said, said_activities, said_posts
from adapters.moodle.batch import Answered, Ask, Batches
from adapters.moodle.refusals import ABOUT_ABSENCE
from connector.model import Known, Presence

_ID = re.compile(r"(post|entry|event|module|choice|answer|attempt|submission):([0-9]{1,15})")

Found = dict[str, Presence]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One id that is looked up."""

    external_id: str
    kind: str
    number: int
    known: Known


def wanted_of(known: Known) -> Wanted | None:
    """Return what an id names, or None for an id of no Moodle."""
    found = _ID.fullmatch(known.external_id)
    return Wanted(known.external_id, found[1], int(found[2]), known) if found else None


class Lookup:
    """Asks for single things."""

    def __init__(
        self,
        batches: Batches,
        site: said.Site,
        discussions: Mapping[int, int],
        scan: Callable[[str], frozenset[str]],
    ) -> None:
        """Take what is known beforehand.

        Args:
            batches: the way to ask.
            site: what its service holds.
            discussions: post -> discussion, as far as that is known.
            scan: lists all ids of a forum's stream; the last resort.
        """
        self._batches = batches
        self._site = site
        self._discussions = discussions
        self._scan = scan

    def ask(self, known: Sequence[Known]) -> Found:
        """Return what Moodle says of each; what got no answer is left out."""
        found: Found = {}
        by_kind: dict[str, list[Wanted]] = {}
        for each in known:
            wanted = wanted_of(each)
            if wanted is None:
                found[each.external_id] = Presence.UNKNOWN
            else:
                by_kind.setdefault(wanted.kind, []).append(wanted)
        ways: dict[str, Callable[[list[Wanted]], Found]] = {
            "post": self._posts,
            "event": self._events,
            "entry": self._entries,
            "module": self._modules,
            "choice": self._choices,
            "answer": self._answers,
            "attempt": self._answers,
            "submission": self._answers,
        }
        for kind, some in by_kind.items():
            found |= ways[kind](some)
        return found

    def _posts(self, some: list[Wanted]) -> Found:
        by_discussion: dict[int, list[Wanted]] = {}
        homeless: list[Wanted] = []
        for each in some:
            number = _discussion_in(each.known.url) or self._discussions.get(each.number)
            if number is None:
                homeless.append(each)
            else:
                by_discussion.setdefault(number, []).append(each)
        answers = self._batches.ask([questions.posts(number) for number in by_discussion])
        found: Found = {}
        for answer, group in zip(answers, by_discussion.values(), strict=True):
            posts = said_posts.thread(answer.value).posts if answer.error is None else ()
            found |= _among(group, answer, {each.id for each in posts})
        return found | self._homeless(homeless)

    def _homeless(self, some: list[Wanted]) -> Found:
        """Ask for posts whose discussion is not known: of a student's no address is kept."""
        if not some:
            return {}
        if self._site.has(questions.POST):
            return self._each(some, questions.post)
        ids = {stream: self._scan(stream) for stream in {each.known.stream for each in some}}
        return {
            each.external_id: (
                Presence.PRESENT if each.external_id in ids[each.known.stream] else Presence.GONE
            )
            for each in some
        }

    def _events(self, some: list[Wanted]) -> Found:
        (answer,) = self._batches.ask([questions.events_by_id([each.number for each in some])])
        events = said_activities.events(answer.value) if answer.error is None else []
        return _among(some, answer, {each.id for each in events})

    def _entries(self, some: list[Wanted]) -> Found:
        answers = self._batches.ask([questions.entry(each.number) for each in some])
        found: Found = {}
        for one, answer in zip(some, answers, strict=True):
            listed = said_posts.entries(answer.value).entries if answer.error is None else ()
            found |= _among([one], answer, {each.id for each in listed})
        return found

    def _modules(self, some: list[Wanted]) -> Found:
        if not self._site.has(questions.MODULE):
            return {each.external_id: Presence.UNKNOWN for each in some}
        return self._each(some, questions.module)

    def _choices(self, some: list[Wanted]) -> Found:
        return self._each(some, questions.options)

    def _each(self, some: list[Wanted], question: Callable[[int], Ask]) -> Found:
        """Ask for each by its number; an answer means that it is there."""
        answers = self._batches.ask([question(each.number) for each in some])
        found: Found = {}
        for one, answer in zip(some, answers, strict=True):
            found |= _among([one], answer, {one.number})
        return found

    def _answers(self, some: list[Wanted]) -> Found:
        """Ask for the answers of the activities that the streams of these ids name."""
        by_stream: dict[str, list[Wanted]] = {}
        for each in some:
            by_stream.setdefault(each.known.stream, []).append(each)
        found: Found = {}
        for stream, group in by_stream.items():
            kind, _, number = stream.partition(":")
            if kind not in _ANSWERS or not number.isdecimal() or len(number) > 15:
                found |= {each.external_id: Presence.UNKNOWN for each in group}
                continue
            question, read = _ANSWERS[kind]
            (answer,) = self._batches.ask([question(int(number))])
            given = read(answer.value) if answer.error is None else []
            if answer.error is not None or given:
                found |= _among(group, answer, {each.id for each in given})
        return found


_ANSWERS: Mapping[
    str, tuple[Callable[[int], Ask], Callable[[object], Sequence[said_activities.Given]]]
] = {
    "choice": (questions.results, said_activities.choice_answers),
    "feedback": (questions.responses, lambda value: said_activities.feedback_answers(value)[1]),
    "assign": (questions.submissions, lambda value: said_activities.submissions(value)[1]),
}


def _among(some: Iterable[Wanted], answer: Answered, there: set[int]) -> Found:
    """Return what one answer says of these."""
    if answer.error is None:
        return {
            each.external_id: Presence.PRESENT if each.number in there else Presence.GONE
            for each in some
        }
    if answer.code in ABOUT_ABSENCE:
        return {each.external_id: Presence.GONE for each in some}
    return {}


def _discussion_in(url: str | None) -> int | None:
    """Return the discussion that a post's address names."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    number = (parse_qs(parts.query).get("d") or [""])[0]
    is_address = parts.path.endswith("/mod/forum/discuss.php")
    is_number = number.isascii() and number.isdecimal() and len(number) <= 15
    return int(number) if is_address and is_number else None
