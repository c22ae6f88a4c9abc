"""A real mail server on loopback, with faults on demand."""

import asyncio
import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "hub", "invented"


@dataclass
class Mailbox:
    """What the server took, and what it does."""

    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    """Addresses that it takes no letter for yet."""
    busy: set[str] = field(default_factory=set)
    """Addresses at which the server itself wants a pause."""
    asked: list[str] = field(default_factory=list)
    """Every address it was asked about, in order."""
    hang_up_before: set[str] = field(default_factory=set)
    hang_up_after: set[str] = field(default_factory=set)
    """Addresses whose letter it stores and never answers about."""
    seen: Callable[[str], None] = lambda address: None

    def addresses(self) -> list[str]:
        return [address for address, _ in self.letters]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        self.asked.append(address)
        if address in self.busy:
            return "421 too busy"
        if address in self.later:
            return "451 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (address,) = envelope.rcpt_tos
        content = envelope.content
        assert isinstance(content, bytes)
        self.seen(address)
        if address in self.hang_up_before:
            server.transport.close()
            return "250 nobody hears this"
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.letters.append((address, mail))
        if address in self.hang_up_after:
            server.transport.close()
        return "250 taken"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        told = base64.b64decode(args[1]).decode()
        good = told == f"user={USER}\x01auth=Bearer TOKEN\x01\x01"
        return AuthResult(success=good)


def _signs_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=good, handled=False)


class MailServer(Controller):
    """The server; use it as a context manager."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, needs_user: bool = False):
        self.box = Mailbox()
        self._conversations: list[SMTP] = []
        super().__init__(
            self.box,
            hostname="127.0.0.1",
            port=0,
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=_signs_in,
            auth_required=needs_user,
            auth_require_tls=False,
        )

    def _trigger_server(self) -> None:
        """Know the port that the system chose, before the first knock."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def __enter__(self) -> "MailServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on everybody before the loop ends, so that no connection outlives it."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(5)
        self.stop()

    def factory(self) -> SMTP:
        conversation = super().factory()
        self._conversations.append(conversation)
        return conversation

    async def _hang_up(self) -> None:
        for one in self._conversations:
            if one.transport is not None:
                one.transport.abort()
        await asyncio.sleep(0.02)

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"
