"""Many questions in few HTTP calls, with every answer accounted for.

``tool_mobile_call_external_functions`` carries questions as JSON text. The first error ends
the batch and what stood behind it is silently absent, as is what PHP's ``max_input_vars`` cut
off (seen on 4.5). So answers are counted, and what is missing is asked again. Where the
service does not hold the function, each question is a call of its own.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from adapters.moodle.client import Arguments, MoodleClient
from adapters.moodle.refusals import ABOUT_THE_SITE, Refusal, refusal_in
from adapters.moodle.values import at, flag_at, list_at, text_at
from connector.errors import ParseError, SourceError
from connector.turns import giving_way

BATCH = "tool_mobile_call_external_functions"
MOST_IN_ONE = 50
AT_ONCE = 4
"""More parallel questions make a Moodle no faster (measured on 4.5)."""
MOST_REASKS = 3
"""After so many errors in one batch, what is left of it is asked one by one."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question."""

    function: str
    arguments: Arguments = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a question: its value, or why there is none."""

    value: object = None
    error: SourceError | None = None
    code: str = ""
    """Moodle's code of the error."""


class Batches:
    """Puts questions, many at a time where the site allows that."""

    def __init__(self, client: MoodleClient, *, is_allowed: bool) -> None:
        self._client = client
        self._is_allowed = is_allowed

    def ask(self, asks: Sequence[Ask]) -> list[Answered]:
        """Return one answer for each question, in their order.

        A question's own error is its answer; an error of the whole site is raised
        (SourceError).
        """
        if not self._is_allowed or len(asks) == 1:
            return self._side_by_side(self._alone, asks)
        chunks = [asks[start : start + MOST_IN_ONE] for start in range(0, len(asks), MOST_IN_ONE)]
        return [each for chunk in self._side_by_side(self._together, chunks) for each in chunk]

    def ask_ahead(
        self, rounds: Iterable[tuple[T, Sequence[Ask]]]
    ) -> Iterator[tuple[T, list[Answered]]]:
        """Yield what each round is about, and its answers as ``ask`` gives them.

        The next round is asked while whoever takes these works on them. It is made up before
        they are handed on, and may ask for itself then; an error there comes after them.
        """
        coming = iter(rounds)
        with ThreadPoolExecutor(max_workers=1) as ahead:
            following = self._begun(ahead, coming)
            while following is not None:
                about, under_way = following
                with giving_way():
                    answers = under_way.result()
                failed = None
                try:
                    following = self._begun(ahead, coming)
                except SourceError as error:
                    failed = error
                yield about, answers
                if failed is not None:
                    raise failed

    def _begun(
        self, ahead: ThreadPoolExecutor, coming: Iterator[tuple[T, Sequence[Ask]]]
    ) -> tuple[T, Future[list[Answered]]] | None:
        for about, asks in coming:
            return about, ahead.submit(self.ask, asks)
        return None

    def _side_by_side(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """Return the results in the order of the parts, with at most four under way.

        Raises the first error, once nothing is under way any more.
        """
        if len(parts) < 2:
            return [work(each) for each in parts]
        with giving_way(), ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(work, parts))

    def _together(self, asks: Sequence[Ask]) -> list[Answered]:
        done: list[Answered] = []
        for _ in range(1 + MOST_REASKS):
            if len(done) == len(asks):
                return done
            found = self._once(asks[len(done) :])
            if not found:
                break
            done += found
        return done + [self._alone(each) for each in asks[len(done) :]]

    def _once(self, asks: Sequence[Ask]) -> list[Answered]:
        """Return the answers that came, at most as many as questions; an error is the last."""
        requests = [
            {"function": each.function, "arguments": json.dumps(each.arguments)} for each in asks
        ]
        value = self._client.ask(BATCH, {"requests": requests})
        if not isinstance(at(value, "responses"), list):
            raise ParseError(
                "Moodle answers a batch of questions with something else than answers. Ask its "
                f"administrator whether {BATCH} works, or take it out of the service."
            )
        found = []
        for response in list_at(value, "responses")[: len(asks)]:
            found.append(_answered(response))
            if found[-1].error is not None:
                break
        return found

    def _alone(self, ask: Ask) -> Answered:
        return _told(self._client.answer(ask.function, ask.arguments))


def _answered(response: object) -> Answered:
    """Return one answer of a batch."""
    if flag_at(response, "error"):
        try:
            said = _json(text_at(response, "exception"))
        except ParseError:
            said = None
        return _told(refusal_in(said) or Refusal("unknown"))
    value = _json(text_at(response, "data"))
    return _told(refusal_in(value) or value)


def _told(value: object | Refusal) -> Answered:
    """Return the answer. Raises SourceError for one that is about the whole site."""
    if not isinstance(value, Refusal):
        return Answered(value)
    if value.code in ABOUT_THE_SITE:
        raise value.error
    return Answered(error=value.error, code=value.code)


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError(
            "Moodle's batch of answers holds one that is no JSON. Ask its administrator to look "
            "into its error log."
        ) from None
    return value
