"""What both ways of posting in a Moodle share: settings, the mark of a copy, plans and checks.

What is posted where is in ``forum_destination`` and ``calendar_destination``. Moodle knows no
double sending by itself, so each copy carries its marker as the ``id`` of the element around
it: that survives Moodle's cleaning, where comments and ``data-*`` are taken out (seen on 4.5).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from adapters.moodle import questions, said
from adapters.moodle.check import site_line, to_administrator, wants_function
from adapters.moodle.client import ENDPOINT, FORM, Arguments, MoodleClient, form_of
from adapters.moodle.refusals import Refusal
from adapters.moodle.said import Course, Site
from adapters.moodle.settings import Id, plain_token, site_address
from adapters.moodle.values import list_at, text_at
from connector.errors import AuthError, PermanentError
from connector.model import CheckLine, Limits, PlannedRequest

LIMITS = Limits(most_title=255, least_title=1, plain_title=True)
"""A longer title is an error of Moodle's database, a tag or ``<3`` in one is refused (4.5)."""
_MARKER = re.compile(r'id="(hub-[A-Za-z0-9-]{1,60})"')
_CODE = re.compile(r"[a-z]{1,60}")


class PostingSettings(BaseModel):
    """One course of one Moodle, and who posts there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1,
        max_length=2000,
        description="The address of the Moodle, as its own pages write it.",
    )
    token: SecretStr = Field(
        description="The token of the hub's account in Moodle's web services, as env:NAME."
    )
    course: Id = Field(
        description="Number of the course; it stands in the course's address, after id=."
    )

    @field_validator("address")
    @classmethod
    def _is_site(cls, value: str) -> str:
        return site_address(value)

    @field_validator("token")
    @classmethod
    def _is_plain(cls, value: SecretStr) -> SecretStr:
        return plain_token(value)


def marked(html: str, marker: str | None, instead_of: int | None = None) -> str:
    """Return a text that can be found again.

    Args:
        html: Sanitised.
        marker: The delivery's; None where somebody took it out of the copy.
        instead_of: The number of the copy in whose place it stands.
    """
    known = "" if marker is None else f' id="{marker}"'
    known += "" if instead_of is None else f' class="hub-instead-of-{instead_of}"'
    return f"<div{known}>{html}</div>"


def carries(html: str, marker: str) -> bool:
    """Whether a text is the copy with this marker."""
    return f'id="{marker}"' in html


def replaces(html: str, number: int) -> bool:
    """Whether a text stands in the place of the copy with this number."""
    return f'class="hub-instead-of-{number}"' in html


def marker_in(html: str) -> str | None:
    """Return the marker of a copy, or None where somebody took it out."""
    found = _MARKER.search(html)
    return found[1] if found else None


def planned(site: str, function: str, arguments: Arguments) -> PlannedRequest:
    """Return a call as somebody may read it: a field on each line, without the token."""
    fields = {"wstoken": "(kept secret)", **form_of(function, arguments)}
    return PlannedRequest(
        method="POST",
        address=f"{site}{ENDPOINT}",
        headers=(FORM,),
        body="\n".join(f"{name}={value}" for name, value in fields.items()),
    )


def done(answer: object | Refusal) -> object:
    """Return the answer to what was told; raises what its refusal means."""
    if isinstance(answer, Refusal):
        raise answer.error
    return answer


def warnings_in(answer: object) -> list[str]:
    """Return Moodle's own words for what it warns of, and none of its sentences."""
    codes = (text_at(each, "warningcode") for each in list_at(answer, "warnings"))
    return [code if _CODE.fullmatch(code) else "no reason" for code in codes]


def refused_by_warning(codes: Sequence[str], *, needs: str) -> AuthError | PermanentError:
    """Return what a warning in place of a result means: nothing was done."""
    if "nopermissions" in codes:
        return AuthError(f"The role of the hub's account lacks {needs} in that course. Ask for it.")
    return PermanentError(
        f"Moodle did not do it ({', '.join(codes) or 'no reason'}). Check the destination."
    )


def course_of(client: MoodleClient, number: int) -> Course | None:
    """Return the course, or None where Moodle does not show it. Raises SourceError."""
    asked = questions.courses([number])
    found = said.courses(client.ask(asked.function, asked.arguments))
    return next((one for one in found if one.id == number), None)


def no_course(number: int) -> AuthError:
    """Return what to do where Moodle does not show the course."""
    return AuthError(
        f"Moodle shows the hub no course {number}: it was moved to another number, hidden, or the "
        "account has no role there. Open it in Moodle and write the number in its address as "
        "course, or ask the Moodle administrator for moodle/course:view."
    )


def asks_to_post(what: str, capabilities: Sequence[str], course: str) -> str:
    """Return the text that asks for capabilities."""
    named = " and ".join(capabilities)
    return to_administrator(
        f"our cluster's hub cannot {what}. Please give the role of its account {named} in the "
        f"course {course} or its category."
    )


def first_lines(
    site: Site, address: str, wanted: Mapping[str, str], *, optional: Collection[str] = ()
) -> Iterator[CheckLine]:
    """Yield the lines about the site and its service.

    Args:
        site: What it says of itself.
        address: Where it is asked.
        wanted: Each function with what it is for.
        optional: Those without which the hub can still post.
    """
    yield site_line(site, address)
    missing = [name for name in wanted if not site.has(name)]
    for name in missing:
        sentence = f"The service does not hold {name}, so the hub cannot {wanted[name]}. "
        told = sentence + wants_function(name)
        yield CheckLine(name, False, told, needed=name not in optional)
    if not missing:
        yield CheckLine("functions", True, "The service holds every function that is needed.")
