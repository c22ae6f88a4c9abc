"""What can go wrong with a whole site, on demand; as recorded from real servers.

What lies in the world itself is done there: a suspended account, an expired token, a lost
capability, a hidden course. What lies in the connection (cut off, slow, refused) is a fault of
``sample_cluster.faults``.
"""

from enum import StrEnum

from sample_cluster.answers import Answer
from sample_cluster.moodle.errors import MoodleError, access_refused
from sample_cluster.moodle.protocol import HTML


class Failure(StrEnum):
    """What is the matter with the site; a closed set."""

    WEB_SERVICES_OFF = "web services off"
    """403 with an empty body."""
    REST_OFF = "REST off"
    """403 with an empty body."""
    COMMAND_LINE_MAINTENANCE = "maintenance by command line"
    """503 HTML with Retry-After."""
    BAD_GATEWAY = "bad gateway"
    """502: PHP is down behind the web server."""
    MAINTENANCE = "maintenance"
    """An administrator's token gets through."""
    DATABASE_DOWN = "database down"
    """HTML inside the message."""
    UPGRADE_RUNNING = "upgrade running"
    UPGRADE_PENDING = "upgrade pending"
    """Changes nothing for the web service, as recorded."""
    POLICY_NOT_AGREED = "policy not agreed"
    """Changes nothing for the web service, as recorded."""
    CHANGE_FORCED = "forced change of password"
    """The site answers, every course refuses."""
    SERVICE_OFF = "service off"
    USER_NOT_AUTHORISED = "user not authorised"
    AUTHORISATION_EXPIRED = "authorisation expired"
    """Recorded as accepted by 4.5."""
    ADDRESS_NOT_ALLOWED = "address not allowed"
    PHP_WARNING = "PHP warning"
    """A warning in HTML stands before the JSON."""
    DEBUGGING = "debugging"
    """Developer mode: errors tell more."""


CHANGE_REASON = (
    "You cannot proceed without changing your password, however there is no available page for "
    "changing it. Please contact your Moodle Administrator."
)

_WARNING = (
    "<br />\n<b>Warning</b>:  Undefined variable $localsetting in "
    "<b>/var/www/moodle/config.php</b> on line <b>9</b><br />\n"
)
_NGINX = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
    "Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_MAINTENANCE_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>Maintenance</title></head>\n'
    "<body><h1>The site is closed for maintenance</h1><p>Back soon</p></body></html>\n"
)
_DATABASE_DOWN = (
    "<p>Error: Database connection failed</p>\n<p>It is possible that the database is overloaded "
    "or otherwise not running properly.</p>\n<p>The site administrator should also check that "
    "the database details have been correctly specified in config.php</p>"
)
_REFUSING = (
    Failure.SERVICE_OFF,
    Failure.USER_NOT_AUTHORISED,
    Failure.ADDRESS_NOT_ALLOWED,
)


def whole_answer(failures: frozenset[Failure]) -> Answer | None:
    """Return what comes instead of any answer, or None where Moodle itself still answers."""
    if Failure.BAD_GATEWAY in failures:
        return Answer(502, _NGINX, (("Content-Type", "text/html"),))
    if Failure.COMMAND_LINE_MAINTENANCE in failures:
        return Answer(503, _MAINTENANCE_PAGE, (*HTML, ("Retry-After", "300")))
    if failures & {Failure.WEB_SERVICES_OFF, Failure.REST_OFF}:
        return Answer(403, "", HTML)
    return None


def early_error(failures: frozenset[Failure]) -> MoodleError | None:
    """Return what is said before the token is looked at."""
    if Failure.DATABASE_DOWN in failures:
        return MoodleError("dbconnectionfailed", _DATABASE_DOWN, "dml_connection_exception")
    if Failure.UPGRADE_RUNNING in failures:
        return MoodleError("upgraderunning", "Site is being upgraded, please retry later.")
    return None


def late_error(failures: frozenset[Failure], is_admin: bool) -> MoodleError | None:
    """Return what is said to the holder of a token that is known."""
    if Failure.MAINTENANCE in failures and not is_admin:
        words = "The site is undergoing maintenance and is currently not available"
        return MoodleError("sitemaintenance", words)
    return access_refused() if failures.intersection(_REFUSING) else None


def with_warning(answer: Answer) -> Answer:
    """Return the answer with PHP's complaint before it; the content type stays a lie."""
    assert isinstance(answer.body, str)
    return Answer(answer.status, _WARNING + answer.body, answer.headers)
