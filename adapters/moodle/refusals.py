"""Pure: how Moodle says no, and what that means for whoever looks after the hub.

Nearly every failure comes as HTTP 200 with ``exception``, ``errorcode`` and ``message``
(seen on 4.4 and 4.5). The class in ``exception`` differs by version and the message may hold
HTML, paths or names, so only ``errorcode`` is looked at, and nothing of the rest is repeated.
"""

import re
from dataclasses import dataclass

from adapters.moodle.values import at, text_at
from connector.errors import AuthError, PermanentError, SourceError, TemporaryError

_CODE = re.compile(r"[a-z][a-z0-9_/]{1,60}", re.IGNORECASE)
_XML_CODE = re.compile(rb"<ERRORCODE>\s*([A-Za-z0-9_]{1,60})\s*</ERRORCODE>")

NO_CODE = "(no code)"
"""What stands for the code of a failure of Moodle itself: an unknown discussion gives one."""

_NOT_KNOWN = (
    "Moodle does not know the token, or it has expired. Ask the Moodle administrator for a new "
    "one (Site administration, Server, Manage tokens) and save it as token."
)
_ACCESS = (
    "Moodle refuses the hub's account. Ask the Moodle administrator to look at five things: the "
    "service is enabled; it holds the function; the account is among its authorised users and "
    "not past its date; the token has not expired and its IP restriction allows this machine; "
    "the account's role has webservice/rest:use."
)
_ACCOUNT = (
    "Moodle has suspended, deleted or barred the hub's account. Ask the Moodle administrator to "
    "activate it again."
)
_UNFINISHED = (
    "Moodle wants the hub's account to be completed first: a new password, its profile, or the "
    "site policy. Ask the Moodle administrator to sign in as this account once and do so."
)
_RIGHTS = (
    "The role of the hub's account lacks a capability for this, the course is hidden from it, or "
    "the account has to change its password first. Run the check of this place: it names what to "
    "ask the Moodle administrator for."
)
_PAUSE = "The Moodle is in maintenance or being upgraded. It is asked again later."
_DATABASE = (
    "The Moodle has trouble with its own database. It is asked again later; if this lasts, tell "
    "the Moodle administrator."
)
_GONE = (
    "Moodle has no such thing any more, or its service does not know the function. If this "
    "lasts, run the check of this place."
)
_QUESTION = (
    "Moodle does not accept the question as the hub asks it. Note its version and report this."
)
_ITSELF = (
    "Moodle failed inside while answering. If this lasts, ask the Moodle administrator to look "
    "into its error log."
)

_NO_POSTING = (
    "The role of the hub's account may not post there. Ask the Moodle administrator to give it "
    "mod/forum:addnews (in another forum mod/forum:startdiscussion) in that course."
)
_NO_EDITING = (
    "Moodle does not let the hub's account edit this post: outside an announcements forum that "
    "ends after half an hour. Ask the Moodle administrator for mod/forum:editanypost, or edit it "
    "there."
)
_NO_DELETING = (
    "Moodle does not let the hub's account delete this post: its own it may delete for half an "
    "hour, with replies not at all. Ask the Moodle administrator for mod/forum:deleteanypost, or "
    "delete it there."
)

_BY_CODE: dict[str, tuple[type[SourceError], str]] = {
    "invalidtoken": (AuthError, _NOT_KNOWN),
    "accessexception": (AuthError, _ACCESS),
    "wsaccessusersuspended": (AuthError, _ACCOUNT),
    "wsaccessuserdeleted": (AuthError, _ACCOUNT),
    "wsaccessuserexpired": (AuthError, _UNFINISHED),
    "wsaccessusernologin": (AuthError, _ACCOUNT),
    "wsaccessuserunconfirmed": (AuthError, _UNFINISHED),
    "forcepasswordchangenotice": (AuthError, _UNFINISHED),
    "nopasswordchangeforced": (AuthError, _UNFINISHED),
    "sitepolicynotagreed": (AuthError, _UNFINISHED),
    "usernotfullysetup": (AuthError, _UNFINISHED),
    "enablewsdescription": (AuthError, _ACCESS),
    "errorcoursecontextnotvalid": (AuthError, _RIGHTS),
    "nopermissions": (AuthError, _RIGHTS),
    "nopermissiontoviewforum": (AuthError, _RIGHTS),
    "noviewdiscussionspermission": (AuthError, _RIGHTS),
    "cannotviewreport": (AuthError, _RIGHTS),
    "requireloginerror": (AuthError, _RIGHTS),
    "coursehidden": (AuthError, _RIGHTS),
    "activityiscurrentlyhidden": (AuthError, _RIGHTS),
    "sitemaintenance": (TemporaryError, _PAUSE),
    "upgraderunning": (TemporaryError, _PAUSE),
    "upgraderequired": (TemporaryError, _PAUSE),
    "dbconnectionfailed": (TemporaryError, _DATABASE),
    "dmlreadexception": (TemporaryError, _DATABASE),
    "dmlwriteexception": (TemporaryError, _DATABASE),
    "dmltransactionexception": (TemporaryError, _DATABASE),
    "invalidrecord": (PermanentError, _GONE),
    "invalidrecordunknown": (PermanentError, _GONE),
    "invalidcoursemodule": (PermanentError, _GONE),
    "invalidpostid": (PermanentError, _GONE),
    "invaliddiscussionid": (PermanentError, _GONE),
    "invalidparameter": (PermanentError, _QUESTION),
    "errorinvalidparam": (PermanentError, _QUESTION),
    "cannotcreatediscussion": (AuthError, _NO_POSTING),
    "cannotupdatepost": (PermanentError, _NO_EDITING),
    "cannotdeletepost": (PermanentError, _NO_DELETING),
    "couldnotdeletereplies": (PermanentError, _NO_DELETING),
    "couldnotdeleteratings": (PermanentError, _NO_DELETING),
    NO_CODE: (PermanentError, _ITSELF),
}
ABOUT_THE_SITE = frozenset(
    {
        "invalidtoken",
        "wsaccessusersuspended",
        "wsaccessuserdeleted",
        "wsaccessuserexpired",
        "wsaccessusernologin",
        "forcepasswordchangenotice",
        "sitemaintenance",
        "upgraderunning",
        "upgraderequired",
        "dbconnectionfailed",
    }
)
"""What one inner answer says so that no other question needs to be put."""
ABOUT_ABSENCE = frozenset(
    {
        NO_CODE,
        "invalidrecord",
        "invalidrecordunknown",
        "invalidcoursemodule",
        "invalidpostid",
        "invaliddiscussionid",
    }
)
"""What Moodle answers when the thing itself is not there."""
_IN_THE_MIDDLE = frozenset(
    {NO_CODE, "dmlreadexception", "dmlwriteexception", "dmltransactionexception"}
)
"""What Moodle may answer with a part of the work done already."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A failure as Moodle tells it."""

    code: str

    @property
    def leaves_doubt(self) -> bool:
        """Whether what was to be done may have been done all the same."""
        return self.code in _IN_THE_MIDDLE or self.code not in _BY_CODE

    @property
    def error(self) -> SourceError:
        """The error for the engine: one sentence that names the next step."""
        known = _BY_CODE.get(self.code)
        if known is not None:
            return known[0](known[1])
        named = f" ({self.code})" if _CODE.fullmatch(self.code) else ""
        return PermanentError(
            f"Moodle refuses the question{named}. Run the check of this place, and if that finds "
            "nothing, ask the Moodle administrator."
        )


def refusal_in(value: object) -> Refusal | None:
    """Return the refusal that an answer is, or None for an answer."""
    if at(value, "exception") is None and at(value, "errorcode") is None:
        return None
    return Refusal(text_at(value, "errorcode").strip() or NO_CODE)


def refusal_in_xml(body: bytes) -> Refusal | None:
    """Return the refusal in an answer that came as XML."""
    found = _XML_CODE.search(body[:10_000])
    return Refusal(found[1].decode()) if found else None
