"""A Moodle in memory, small enough to script a history on: it answers as 4.5 was recorded to.

A missing capability is an empty list, and the first error ends a batch.
"""

import json
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contract.fake_session import Answer, Request
from tests.moodle.small_activities import Activities
from tests.moodle.small_courses import Courses
from tests.moodle.small_diaries import Diaries
from tests.moodle.small_forums import Forums
from tests.moodle.small_world import BATCH, BEGIN, FUNCTIONS, SITE, TOKEN, Form, Refused

__all__ = ["BATCH", "BEGIN", "FUNCTIONS", "SITE", "TOKEN", "Refused", "SmallMoodle", "unflattened"]


class SmallMoodle(Courses, Forums, Diaries, Activities):
    """What it holds, and how it answers."""

    def answer(self, request: Request) -> Answer:
        if urlsplit(request.url).path != "/webservice/rest/server.php" or request.body is None:
            return Answer(b"<title>Nothing here</title>", 404, {"Content-Type": "text/html"})
        form = unflattened((request.body or b"").decode())
        self.calls += 1
        try:
            value = self._value(form)
        except Refused as refused:
            value = refused.value()
        said = self.json(value)
        self.after_call()
        return said

    def json(self, value: object) -> Answer:
        headers = {"Content-Type": "application/json", "Date": formatdate(self.now, usegmt=True)}
        return Answer(json.dumps(value).encode(), 200, headers)

    def _value(self, form: Form) -> object:
        if self.refusing:
            raise Refused(self.refusing)
        if form.get("wstoken") != self.token:
            raise Refused("invalidtoken")
        function = form["wsfunction"]
        if function == BATCH and BATCH in self.functions:
            return {"responses": self._batch(form["requests"])}
        return self._one(function, form)

    def _batch(self, requests: list[Form]) -> list[Form]:
        responses: list[Form] = []
        for each in requests:
            if self.cut_after is not None and len(responses) >= self.cut_after:
                break
            try:
                value = self._one(each["function"], json.loads(each["arguments"]))
            except Refused as refused:
                responses.append({"error": True, "exception": json.dumps(refused.value())})
                break
            responses.append({"error": False, "data": json.dumps(value)})
        return responses

    def _one(self, function: str, form: Form) -> object:
        self.asked[function] += 1
        if function not in self.functions:
            raise Refused("accessexception")
        answers: Callable[[Form], object] = getattr(self, f"_{function}")
        return answers(form)


def unflattened(body: str) -> Form:
    """Return a form as PHP reads it: ``a[0][b]`` becomes lists and dictionaries."""
    tree: Form = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        path = name.replace("]", "").split("[")
        at = tree
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = value
    return {key: _listed(each) for key, each in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
