"""REST as Moodle speaks it: a form comes in, JSON or XML goes out, nearly always as 200.

Pure: bytes to a question, values to bytes. Who may ask and what the answer is decides ``site``.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from sample_cluster.answers import Answer, Headers, Request
from sample_cluster.moodle.batch import as_json
from sample_cluster.moodle.calls import Wording
from sample_cluster.moodle.errors import MoodleError
from sample_cluster.moodle.params import decoded

ENDPOINT = "/webservice/rest/server.php"
MAX_INPUT_VARS = 5000
"""PHP's limit on the fields of a form, as the measured site had it."""

JSON: Headers = (("Content-Type", "application/json"),)
XML: Headers = (("Content-Type", "application/xml; charset=utf-8"),)
HTML: Headers = (("Content-Type", "text/html; charset=utf-8"),)

_ABSENT_IN_JSON = {
    "core_webservice_get_site_info": {
        "userhomepage": "userhomepageurl",
        "limitconcurrentlogins": "usersessionscount",
    }
}
"""Fields that XML names although they are empty; by the field that they follow."""


@dataclass(frozen=True, slots=True)
class Question:
    """One call as it came in."""

    token: str
    function: str
    given: dict[str, Any]
    """What the caller passed, not yet checked."""
    wording: Wording
    is_json: bool


def question_of(request: Request, max_input_vars: int = MAX_INPUT_VARS) -> Question:
    """Return what a request asks; fields beyond the limit are lost without a word.

    Only forms are understood: a JSON body or a Bearer header asks nothing.
    """
    pairs = list(request.query)
    if "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        body = request.body.decode("utf-8", "replace")
        pairs += parse_qsl(body, keep_blank_values=True)[:max_input_vars]
    fields = decoded(pairs)
    raw = _is_on(fields.pop("moodlewssettingraw", ""))
    file_urls = _is_on(fields.pop("moodlewssettingfileurl", "1"))
    fields.pop("moodlewssettingfilter", None)
    fields.pop("moodlewssettinglang", None)
    return Question(
        token=str(fields.pop("wstoken", "")),
        function=str(fields.pop("wsfunction", "")),
        given=fields,
        wording=Wording(raw, file_urls),
        is_json=fields.pop("moodlewsrestformat", "") == "json",
    )


def answer_of(question: Question, value: Any) -> Answer:
    """Return a success."""
    if question.is_json:
        return Answer(200, as_json(value), JSON)
    inner = _xml(value, _ABSENT_IN_JSON.get(question.function, {}))
    return Answer(
        200, f'<?xml version="1.0" encoding="UTF-8" ?>\n<RESPONSE>\n{inner}</RESPONSE>\n', XML
    )


def refusal_of(question: Question, error: MoodleError, debug: bool = False) -> Answer:
    """Return a failure: HTTP 200 all the same."""
    told = error.told(debug)
    if question.is_json:
        return Answer(200, as_json(told), JSON)
    lines = [
        '<?xml version="1.0" encoding="UTF-8" ?>',
        f'<EXCEPTION class="{escape(told["exception"])}">',
        f"<ERRORCODE>{escape(told.get('errorcode', ''))}</ERRORCODE>",
        f"<MESSAGE>{escape(told['message'])}</MESSAGE>",
        "</EXCEPTION>",
        "",
    ]
    return Answer(200, "\n".join(lines), XML)


def _is_on(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


def _xml(value: Any, absent: dict[str, str]) -> str:
    if isinstance(value, dict):
        keys = ""
        for name, inner in value.items():
            keys += f'<KEY name="{escape(name)}">{_xml(inner, {})}</KEY>\n'
            if name in absent:
                keys += f'<KEY name="{absent[name]}"><VALUE null="null"/>\n</KEY>\n'
        return f"<SINGLE>\n{keys}</SINGLE>\n"
    if isinstance(value, list):
        return f"<MULTIPLE>\n{''.join(_xml(inner, {}) for inner in value)}</MULTIPLE>\n"
    if value is None:
        return '<VALUE null="null"/>\n'
    shown = int(value) if isinstance(value, bool) else value
    return f"<VALUE>{escape(str(shown))}</VALUE>\n"
