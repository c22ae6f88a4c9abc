"""How a Moodle says no: HTTP 200 with an exception, its code and a sentence.

Codes and sentences as recorded from 4.5.6; the classes differ between versions.
"""

from dataclasses import dataclass
from typing import Any

MOODLE = "core\\exception\\moodle_exception"


@dataclass(slots=True)
class MoodleError(Exception):
    """A call that failed; ``errorcode`` is None where PHP itself stumbled."""

    errorcode: str | None
    message: str
    exception: str = MOODLE
    debuginfo: str | None = None

    def told(self, debug: bool = False) -> dict[str, Any]:
        """Return the value that a direct call answers; ``debug``: a site in developer mode."""
        found: dict[str, Any] = {"exception": self.exception}
        if self.errorcode is not None:
            found["errorcode"] = self.errorcode
        message = self.message
        if debug and self.debuginfo:
            message = f"{message} ({self.debuginfo})"
            return found | {"message": message, "debuginfo": self.debuginfo}
        return found | {"message": message}


def invalid_token() -> MoodleError:
    return MoodleError("invalidtoken", "Invalid token - token not found")


def access_refused() -> MoodleError:
    """Switched off, expired, outside the service, not authorised: all the same words."""
    return MoodleError("accessexception", "Access control exception", "webservice_access_exception")


def no_record(table: str) -> MoodleError:
    return MoodleError(
        "invalidrecord",
        f"Can't find data record in database table {table}.",
        "dml_missing_record_exception",
    )


def invalid_parameter(why: str = "") -> MoodleError:
    return MoodleError(
        "invalidparameter",
        "Invalid parameter value detected",
        "core\\exception\\invalid_parameter_exception",
        why or None,
    )


def not_in_course(
    course_id: int, reason: str = "Course or activity not accessible."
) -> MoodleError:
    return MoodleError(
        "errorcoursecontextnotvalid",
        f"You cannot execute functions in the course context (course id:{course_id}). "
        f"The context error message was: {reason}",
    )


def no_permission(action: str) -> MoodleError:
    """``action`` is what Moodle calls the capability to people: "Manage groups"."""
    return MoodleError(
        "nopermissions",
        f"Sorry, but you do not currently have permissions to do that ({action}).",
        "core\\exception\\required_capability_exception",
    )
