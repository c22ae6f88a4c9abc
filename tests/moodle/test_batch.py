"""Many questions in one call: every answer is accounted for, whatever became of the batch."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.moodle.batch import BATCH, Ask, Batches
from adapters.moodle.client import MoodleClient, flattened
from connector.errors import AuthError, ParseError, SourceError, TemporaryError
from connector.turns import Turns
from tests.contract.fake_session import Answer, FakeSession, Request
from tests.moodle.recorded import NOW, RECORDED, SITE, TOKEN
from tests.moodle.small_moodle import unflattened


class Site:
    """Answers ``f`` with its number; a number in ``errors`` with that code."""

    def __init__(self) -> None:
        self.errors: dict[int, str] = {}
        self.most = 1_000
        self.batches: list[int] = []
        self.alone: list[int] = []
        self.garbled: Callable[[Any], Any] = lambda value: value

    def answer(self, request: Request) -> Answer:
        form = unflattened((request.body or b"").decode())
        if form["wsfunction"] != BATCH:
            number = int(form["n"])
            self.alone.append(number)
            return said(self._one(number))
        self.batches.append(len(form["requests"]))
        responses = []
        for each in form["requests"][: self.most]:
            value = self._one(json.loads(each["arguments"])["n"])
            is_error = isinstance(value, dict)
            key = "exception" if is_error else "data"
            responses.append({"error": is_error, key: json.dumps(value)})
            if is_error:
                break
        return said(self.garbled({"responses": responses}))

    def _one(self, number: int) -> Any:
        if number not in self.errors:
            return [number]
        return {"exception": "e", "errorcode": self.errors[number], "message": "canary"}


def said(value: Any) -> Answer:
    return Answer(json.dumps(value).encode(), 200, {"Content-Type": "application/json"})


@pytest.fixture
def site() -> Site:
    return Site()


def batches(site: Site, *, is_allowed: bool = True) -> Batches:
    session = FakeSession(site.answer)
    return Batches(MoodleClient(SITE, SecretStr(TOKEN), session, NOW), is_allowed=is_allowed)


def asks(count: int) -> list[Ask]:
    return [Ask("f", {"n": number}) for number in range(count)]


def values(found: list[Any]) -> list[Any]:
    return [each.value[0] if each.error is None else each.code for each in found]


def test_hundred_and_twenty_questions_are_three_calls(site: Site) -> None:
    assert values(batches(site).ask(asks(120))) == list(range(120))
    assert sorted(site.batches) == [20, 50, 50]
    assert site.alone == []


def test_nothing_asked_is_no_call(site: Site) -> None:
    assert batches(site).ask([]) == []
    assert (site.batches, site.alone) == ([], [])


def test_an_error_in_the_middle_is_the_answer_of_its_question_alone(site: Site) -> None:
    site.errors = {3: "invalidrecord"}
    assert values(batches(site).ask(asks(10))) == [0, 1, 2, "invalidrecord", *range(4, 10)]
    assert site.batches == [10, 6]


def test_an_answer_cut_short_is_asked_for_again(site: Site) -> None:
    """PHP's max_input_vars cuts the questions off without a word."""
    site.most = 20
    assert values(batches(site).ask(asks(50))) == list(range(50))
    assert site.batches == [50, 30, 10]


def test_a_batch_full_of_errors_ends_one_by_one(site: Site) -> None:
    site.errors = dict.fromkeys(range(30), "nopermissions")
    assert values(batches(site).ask(asks(31))) == ["nopermissions"] * 30 + [30]
    assert len(site.batches) == 4
    assert len(site.alone) == 27


def test_a_batch_that_answers_nothing_is_asked_one_by_one(site: Site) -> None:
    site.most = 0
    assert values(batches(site).ask(asks(5))) == list(range(5))
    assert site.batches == [5]


def test_without_the_function_each_question_is_a_call(site: Site) -> None:
    site.errors = {2: "invalidrecord"}
    found = values(batches(site, is_allowed=False).ask(asks(6)))
    assert found == [0, 1, "invalidrecord", 3, 4, 5]
    assert (site.batches, sorted(site.alone)) == ([], list(range(6)))


@pytest.mark.parametrize("code", ["invalidtoken", "sitemaintenance", "dbconnectionfailed"])
@pytest.mark.parametrize("is_allowed", [True, False])
def test_what_is_about_the_whole_site_is_raised(site: Site, code: str, is_allowed: bool) -> None:
    site.errors = {1: code}
    with pytest.raises((AuthError, TemporaryError)):
        batches(site, is_allowed=is_allowed).ask(asks(3))


@pytest.mark.parametrize(
    "garbled",
    [
        lambda value: [],
        lambda value: {"responses": {}},
        lambda value: {"responses": [{"error": False, "data": "{"}]},
        lambda value: {"responses": ["x"]},
    ],
)
def test_garbage_in_a_batch_is_a_parse_error(site: Site, garbled: Callable[[Any], Any]) -> None:
    site.garbled = garbled
    with pytest.raises(ParseError):
        batches(site).ask(asks(2))


def test_more_answers_than_questions_are_left_alone(site: Site) -> None:
    site.garbled = lambda value: {"responses": value["responses"] * 2}
    assert values(batches(site).ask(asks(2))) == [0, 1]


def test_error_without_any_reason_is_still_an_error(site: Site) -> None:
    site.garbled = lambda value: {"responses": [{"error": True, "exception": "<html>"}]}
    found = batches(site).ask(asks(2))
    assert all(isinstance(each.error, SourceError) for each in found)


def rounds(*sizes: int) -> list[tuple[int, list[Ask]]]:
    """Return rounds of so many questions, numbered on from one to the next."""
    numbers = iter(range(sum(sizes)))
    return [(size, [Ask("f", {"n": next(numbers)}) for _ in range(size)]) for size in sizes]


def test_rounds_are_answered_in_their_order_and_each_once(site: Site) -> None:
    answered = list(batches(site).ask_ahead(rounds(60, 1, 0, 3)))
    assert [(about, [each.value for each in some]) for about, some in answered] == [
        (60, [[n] for n in range(60)]),
        (1, [[60]]),
        (0, []),
        (3, [[61], [62], [63]]),
    ]
    assert sorted([*site.batches, *(1 for _ in site.alone)]) == [1, 3, 10, 50]


def test_the_next_round_is_asked_while_the_last_one_is_worked_on(site: Site) -> None:
    answers = batches(site).ask_ahead(rounds(2, 3, 4))
    next(answers)
    patience = time.monotonic() + 10
    while len(site.batches) < 2 and time.monotonic() < patience:
        time.sleep(0.01)
    assert site.batches == [2, 3]  # the second one, and not the third
    answers.close()
    assert site.batches == [2, 3]


def test_an_error_of_the_site_comes_with_its_round(site: Site) -> None:
    site.errors[3] = "invalidtoken"
    answers = batches(site).ask_ahead(rounds(2, 2))
    assert [each.value for each in next(answers)[1]] == [[0], [1]]
    with pytest.raises(AuthError):
        next(answers)


def test_an_error_while_a_round_is_made_up_comes_after_what_was_answered(site: Site) -> None:
    def made() -> Iterator[tuple[int, list[Ask]]]:
        yield from rounds(2)
        raise AuthError("The token has ended.")

    answers = batches(site).ask_ahead(made())
    assert [each.value for each in next(answers)[1]] == [[0], [1]]
    with pytest.raises(AuthError):
        next(answers)


def test_who_waits_for_a_round_lets_others_work(site: Site) -> None:
    turns, worked = Turns(), threading.Event()

    class Slow(Site):
        def answer(self, request: Request) -> Answer:
            assert worked.wait(10)  # only another run's work ends this waiting
            return super().answer(request)

    def other() -> None:
        with turns.work():
            worked.set()

    slow = Slow()
    asked = batches(slow)
    with turns.work():
        threading.Thread(target=other).start()
        assert len(next(asked.ask_ahead(rounds(2)))[1]) == 2


def test_recorded_batch_gives_the_answers_in_it() -> None:
    capture = RECORDED["tool_mobile_call_external_functions"]
    requests = capture.params["requests"]
    found = Batches(capture.client(), is_allowed=True).ask(
        [Ask(each["function"], json.loads(each["arguments"])) for each in requests]
    )
    assert [sorted(each.value) for each in found] == [
        ["instances", "warnings"],
        ["instances", "warnings"],
        ["entries", "totalentries", "warnings"],
    ]


def test_recorded_batch_that_stopped_counts_its_answers() -> None:
    capture = RECORDED["tool_mobile_call_external_functions-error-stops-the-rest"]
    # The recording cut the first answer short, within its text.
    capture.response["responses"][0]["data"] = "{}"
    found = Batches(capture.client(), is_allowed=True)._once([Ask("f")] * 3)
    assert [each.code for each in found] == ["", "invalidrecord"]


def test_recorded_batch_with_a_function_not_in_the_service_says_so() -> None:
    capture = RECORDED["tool_mobile_call_external_functions-function-not-in-service"]
    (only,) = Batches(capture.client(), is_allowed=True)._once([Ask("f")] * 2)
    assert only.code == "accessexception"
    assert isinstance(only.error, AuthError)


def test_parameters_are_flattened_as_php_reads_them() -> None:
    asked = {"courseids": [2, 3], "options": [{"name": "x", "value": True}], "e": {"ids": (7,)}}
    assert dict(flattened(asked)) == {
        "courseids[0]": "2",
        "courseids[1]": "3",
        "options[0][name]": "x",
        "options[0][value]": "1",
        "e[ids][0]": "7",
    }
