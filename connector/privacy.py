"""Keyed digests, and what is left of a student's record. Pure, given the hub's key.

The key lives in a file outside the database, so that a copy of the database alone does
not tell who a pseudonym is.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connector.model import Account, Audience, AudienceKind, Record, Role

_PLATFORM_NUMBER = re.compile(r"[a-z]+:[0-9]+")
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Privacy:
    """The hub's secret key and what is made with it."""

    key: bytes = field(repr=False)

    def digest(self, text: str, size: int = 16) -> str:
        """Return a keyed digest in hex, ``size`` bytes long."""
        mac = hmac.digest(self.key, text.encode("utf-8", "surrogatepass"), "sha256")
        return mac[:size].hex()

    def digest64(self, text: str) -> int:
        """Return a keyed signed 64-bit digest."""
        return int.from_bytes(bytes.fromhex(self.digest(text, 8)), "big", signed=True)

    def fingerprint(self) -> str:
        """Return what the database keeps to notice another key; it does not reveal this one."""
        return self.digest("fingerprint of the hub's key", 8)

    def student_id(self, external_id: str) -> str:
        """Return the id under which a student's record is kept.

        Plain platform numbers (``post:137``) say nothing and stay, so that sweeps work.
        """
        if _PLATFORM_NUMBER.fullmatch(external_id):
            return external_id
        return "student:" + self.digest(external_id)

    def hidden_id(self, external_id: str) -> str:
        """Return the id under which it is remembered that something is not shown to us.

        In feeds an id is often an address, and an address holds words of the title.
        """
        if _PLATFORM_NUMBER.fullmatch(external_id):
            return external_id
        return "hidden:" + self.digest(external_id)

    def pseudonym(self, source_id: int, account_id: str) -> str:
        """Return the external id under which a student's account is kept.

        Each place has its own: one name at two places does not tell that it is one student.
        """
        return "student:" + self.digest(f"{source_id}\n{account_id}")

    def both_forms(self, ids: Iterable[str]) -> frozenset[str]:
        """Return these external ids together with the form they have for students."""
        plain = frozenset(ids)
        return plain | {self.student_id(one) for one in plain}


def is_student(record: Record) -> bool:
    """Whether its author is known to be a student."""
    return record.author is not None and record.author.role is Role.STUDENT


def minimised(record: Record, privacy: Privacy, *, source_id: int) -> Record:
    """Return what may be kept of a student's record: that it was, where and when."""
    assert record.author is not None
    own_id = record.author.external_id
    pseudonym = privacy.pseudonym(source_id, own_id)
    audience = record.audience
    if audience == Audience(AudienceKind.PERSON, own_id):
        audience = Audience(AudienceKind.PERSON, pseudonym)
    return replace(
        record,
        external_id=privacy.student_id(record.external_id),
        url=None,
        title="",
        html="",
        author=Account(external_id=pseudonym, role=Role.STUDENT),
        audience=audience,
        tags=(),
        enclosures=(),
        in_reply_to=_kept_target(record.in_reply_to, privacy),
        location="",
        digest="",
    )


def _kept_target(target: str | None, privacy: Privacy) -> str | None:
    """Return what is kept of what a student answers: an address holds words of its title."""
    if target is None or "://" in target:
        return None
    return privacy.student_id(target)
