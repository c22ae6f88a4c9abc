"""A stand-in Moodle without a socket: requests in, answers out, and a count of what was asked.

site = MoodleSite(world)
site.call("core_course_get_contents", {"courseid": 2})      # as an adapter's call would be
site.fail(Failure.MAINTENANCE, times=2)
site.at_request(3, lambda: world.people.expire_token())     # in the middle of a run
site.functions["mod_forum_get_discussion_posts"]            # how often, batches included
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sample_cluster.answers import Answer, Request, html_answer
from sample_cluster.moodle import files, rss
from sample_cluster.moodle.batch import run_batch
from sample_cluster.moodle.calls import Call, Wording
from sample_cluster.moodle.errors import (
    MoodleError,
    access_refused,
    invalid_token,
    no_record,
    not_in_course,
)
from sample_cluster.moodle.failures import (
    CHANGE_REASON,
    Failure,
    early_error,
    late_error,
    whole_answer,
    with_warning,
)
from sample_cluster.moodle.functions.table import (
    BATCH,
    FUNCTIONS,
    KNOWN_ELSEWHERE,
    standard_service,
)
from sample_cluster.moodle.params import checked
from sample_cluster.moodle.protocol import (
    ENDPOINT,
    MAX_INPUT_VARS,
    Question,
    answer_of,
    question_of,
    refusal_of,
)
from sample_cluster.moodle.rights import Rights
from sample_cluster.moodle.state import User
from sample_cluster.moodle.world import MoodleWorld


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request to the web service."""

    function: str
    inner: tuple[str, ...]
    """The functions inside a batch, as they were asked, done or not."""


class MoodleSite:
    """One site with its world, its web service and its troubles.

    Args:
        world: What is in it.
        wwwroot: Its only right address; a server sets it when it knows its port.
        service: The functions of the token's service with their versions; everything that the
            stand-in knows unless said otherwise.
    """

    def __init__(
        self,
        world: MoodleWorld,
        wwwroot: str = "https://vln.example.school.nz",
        service: Mapping[str, str] | None = None,
    ) -> None:
        self.world = world
        self.wwwroot = wwwroot
        version = world.settings.version
        self.service = dict(standard_service(version) if service is None else service)
        self.max_input_vars = MAX_INPUT_VARS
        self.most_batch_answers: int | None = None
        """More answers of a batch than this are absent without a word."""
        self.requests: list[Asked] = []
        self.functions: Counter[str] = Counter()
        """How often each function was asked for, alone or inside a batch."""
        self.lock = threading.RLock()
        """Held while a request is answered; hold it to change the world of a running server."""
        self._failures: dict[Failure, int | None] = {}
        self._actions: dict[int, list[Callable[[], object]]] = {}

    # --- what a test says ---

    def fail(self, failure: Failure | str, times: int | None = None) -> None:
        """Let the site be in trouble from now on, or for so many requests."""
        self._failures[Failure(failure)] = times

    def mend(self, failure: Failure | str | None = None) -> None:
        """End one trouble, or all."""
        if failure is None:
            self._failures.clear()
        else:
            self._failures.pop(Failure(failure), None)

    def at_request(self, number: int, action: Callable[[], object]) -> None:
        """Do something just before the so-manieth request from now, counted from 1."""
        self._actions.setdefault(len(self.requests) + number, []).append(action)

    def forget(self) -> None:
        """Count requests anew; what was to be done at one of them is not done."""
        self.requests.clear()
        self.functions.clear()
        self._actions.clear()

    def call(self, function: str, given: Mapping[str, Any] | None = None, **more: str) -> Any:
        """Ask as the connector does and return the value; for tests that need no socket.

        Args:
            function: Its name.
            given: Its parameters, as values.
            more: Fields beside them: ``wstoken``, ``moodlewssettingraw``.
        """
        fields = {"wstoken": "TOKEN", "moodlewsrestformat": "json"} | more
        form = urlencode([("wsfunction", function), *fields.items(), *flattened(given or {})])
        kind = {"content-type": "application/x-www-form-urlencoded"}
        answer = self.answer(Request("POST", ENDPOINT, kind, form.encode()))
        return json.loads(answer.body)

    # --- what a reader gets ---

    def answer(self, request: Request) -> Answer:
        """Return the answer to any request at the site's address."""
        with self.lock:
            if (elsewhere := self._wrong_host(request)) is not None:
                return elsewhere
            if request.path == ENDPOINT:
                return self._web_service(request)
            return self._page(request)

    def _page(self, request: Request) -> Answer:
        failures = frozenset(self._failures)
        if failures & {Failure.BAD_GATEWAY, Failure.COMMAND_LINE_MAINTENANCE}:
            return whole_answer(failures) or Answer(502)
        if request.path.startswith(rss.FEEDS):
            return rss.answer_feed(self.world, request.path, self.wwwroot)
        if request.path.startswith(files.FILES_FOR_TOKENS):
            if failures & {Failure.WEB_SERVICES_OFF}:
                return Answer(403)
            return files.answer_file(self.world, request)
        if request.path in ("/", "/login/index.php"):
            name = self.world.settings.site_name
            return html_answer(f"<!DOCTYPE html><title>{name}</title><h1>{name}</h1>")
        return files.to_login(self.wwwroot)

    def _wrong_host(self, request: Request) -> Answer | None:
        """Return the redirect of a request under another name: with the token in its query."""
        host = request.headers.get("host")
        if host is None or host == urlsplit(self.wwwroot).netloc:
            return None
        query = request.body.decode("utf-8", "replace") or urlsplit(request.target).query
        location = f"{self.wwwroot}{quote(request.path)}{'?' if query else ''}{query}"
        return Answer(303, "", (("Content-Type", "text/html"), ("Location", location)))

    def _web_service(self, request: Request) -> Answer:
        question = question_of(request, self.max_input_vars)
        self._note(question)
        failures = self._failures_now()
        if (whole := whole_answer(failures)) is not None:
            return whole
        try:
            answer = answer_of(question, self._value(question, failures))
        except MoodleError as error:
            answer = refusal_of(question, error, debug=Failure.DEBUGGING in failures)
        return with_warning(answer) if Failure.PHP_WARNING in failures else answer

    def _note(self, question: Question) -> None:
        asked = question.given.get("requests")
        requests = asked.values() if isinstance(asked, dict) else ()
        inner = [str(r.get("function")) for r in requests if isinstance(r, dict)]
        self.requests.append(Asked(question.function, tuple(inner)))
        self.functions.update([question.function, *inner])
        for action in self._actions.pop(len(self.requests), ()):
            action()

    def _failures_now(self) -> frozenset[Failure]:
        met = frozenset(self._failures)
        for failure, times in list(self._failures.items()):
            if times is not None:
                self._failures[failure] = times - 1
                if times <= 1:
                    del self._failures[failure]
        return met

    def _value(self, question: Question, failures: frozenset[Failure]) -> Any:
        if (early := early_error(failures)) is not None:
            raise early
        user = self._user(question.token)
        if (late := late_error(failures, user.is_admin)) is not None:
            raise late
        rights = Rights(self.world, user)
        if not rights.can("webservice/rest:use"):
            raise access_refused()

        def run(function: str, given: Any, wording: Wording) -> Any:
            return self._run(function, given, self._call(user, rights, wording), failures)

        if question.function == BATCH and BATCH in self.service:
            found = run_batch(question.given, run, self.wwwroot)
            return {"responses": found["responses"][: self.most_batch_answers]}
        return run(question.function, question.given, question.wording)

    def _user(self, value: str) -> User:
        """Return whose token it is; an expired one is refused once and then forgotten."""
        token = self.world.people.tokens.get(value)
        if token is None:
            raise invalid_token()
        if token.expired:
            del self.world.people.tokens[value]
            raise access_refused()
        if token.user.suspended:
            raise MoodleError(
                "wsaccessusersuspended",
                f"Refused web service access for suspended username: {token.user.username}",
            )
        return token.user

    def _call(self, user: User, rights: Rights, wording: Wording) -> Call:
        return Call(self.world, user, rights, self.wwwroot, wording, self.service)

    def _run(self, name: str, given: Any, call: Call, failures: frozenset[Failure]) -> Any:
        function = FUNCTIONS.get(name)
        if function is None and name not in KNOWN_ELSEWHERE and name != BATCH:
            raise no_record("external_functions")
        if function is None or name not in self.service:
            raise access_refused()
        values = checked(function.fields, given)
        if Failure.CHANGE_FORCED in failures and "courseid" in values:
            raise not_in_course(values["courseid"], CHANGE_REASON)
        return function.answer(call, values)


def flattened(values: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Return values as the fields of a form in PHP's way: ``courseids[0]=2``."""
    if isinstance(values, Mapping):
        pairs = values.items()
    elif isinstance(values, list | tuple):
        pairs = dict(enumerate(values)).items()
    else:
        shown = str(int(values)) if isinstance(values, bool) else str(values)
        return [(prefix, shown)]
    found = []
    for key, value in pairs:
        found += flattened(value, f"{prefix}[{key}]" if prefix else str(key))
    return found
