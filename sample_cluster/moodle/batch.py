"""``tool_mobile_call_external_functions``: many calls in one request.

The first error stops the rest, and what was not done is absent without a word; so is what was
cut off on the way in. How texts come back is said in each inner call, not by the outer one.
"""

import json
from collections.abc import Callable
from typing import Any

from sample_cluster.moodle.calls import Wording
from sample_cluster.moodle.errors import MoodleError
from sample_cluster.moodle.params import TEXT, Many, Record, checked, optional

Run = Callable[[str, Any, Wording], Any]
_REQUEST = Record(
    {
        "function": TEXT,
        "arguments": optional("text", "{}"),
        "settingraw": optional("bool", False),
        "settingfilter": optional("bool", False),
        "settingfileurl": optional("bool", True),
        "settinglang": optional("text", ""),
    }
)
_FIELDS = {"requests": Many(_REQUEST)}


def run_batch(given: Any, run: Run, wwwroot: str) -> dict[str, Any]:
    """Return the answers in order, up to and with the first error."""
    responses: list[dict[str, Any]] = []
    for request in checked(_FIELDS, given)["requests"]:
        wording = Wording(request["settingraw"], request["settingfileurl"])
        try:
            found = run(request["function"], _arguments(request["arguments"]), wording)
        except MoodleError as error:
            responses.append({"error": True, "exception": as_json(_told(error, wwwroot))})
            break
        responses.append({"error": False, "data": as_json(found)})
    return {"responses": responses}


def _arguments(text: str) -> Any:
    """Return what an inner call passes; what is no JSON passes nothing."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict | list) else {}


def as_json(value: Any) -> str:
    """Return JSON as PHP writes it: no spaces, slashes escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def _told(error: MoodleError, wwwroot: str) -> dict[str, Any]:
    if error.errorcode == "accessexception":
        return {"errorcode": "accessexception", "module": "webservice"}
    found = {"message": error.message, "errorcode": error.errorcode or ""}
    return found | {
        "link": f"{wwwroot}/",
        "moreinfourl": f"https://docs.moodle.org/405/en/error/moodle/{error.errorcode}",
    }
