"""Speaks SMTP over guarded connections, and says honestly what became of a letter.

Until the last line of a letter is sent it was surely not taken; from then on until the answer
nobody knows (https://www.rfc-editor.org/rfc/rfc5321#section-4.2.5).
"""

import base64
import shlex
import smtplib
import socket
import subprocess
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as LINES
from typing import NoReturn

from adapters.mail.settings import MailSettings
from connector.errors import (
    AuthError,
    PermanentError,
    RecipientBusyError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.http import Dialing

_TOKEN_SECONDS = 30


class _GuardedSmtp(smtplib.SMTP):
    """smtplib's conversation on a connection that was vetted."""

    def __init__(self, sock: socket.socket, host: str, seconds: float):
        self._given = sock
        super().__init__(timeout=seconds)
        self._host = host
        self.connect(host, 25)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._given


class MailClient:
    """One conversation with a mail server, begun when it is needed."""

    def __init__(self, settings: MailSettings, session: Dialing):
        self._settings = settings
        self._session = session
        self._smtp: _GuardedSmtp | None = None

    def close(self) -> None:
        """Hang up."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp = None

    def greet(self) -> None:
        """Connect and sign in; raises SourceError."""
        self.close()
        settings = self._settings
        sock = self._session.dial(settings.host, settings.port)
        try:
            if settings.security == "tls":
                sock = self._session.tls().wrap_socket(sock, server_hostname=settings.host)
            sock.settimeout(self._session.read_seconds)
            smtp = _GuardedSmtp(sock, settings.host, self._session.read_seconds)
            if settings.security == "starttls":
                smtp.starttls(context=self._session.tls())
            smtp.ehlo()
            self._smtp = smtp
            self._sign_in(smtp)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._hang_up()
            sock.close()
            raise _not_greeted(settings, error) from error

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        settings = self._settings
        if settings.token_command is not None:
            told = f"user={settings.user}\x01auth=Bearer {_token(settings.token_command)}\x01\x01"
            code, _ = smtp.docmd("AUTH", f"XOAUTH2 {base64.b64encode(told.encode()).decode()}")
            if code == 334:
                code, _ = smtp.docmd("")
            if code != 235:
                raise smtplib.SMTPAuthenticationError(code, "")
        elif settings.password is not None:
            smtp.login(settings.user or "", settings.password.get_secret_value())

    def send(self, address: str, mail: EmailMessage) -> None:
        """Send one letter to one address; see ``PerPerson.send_to`` for what is raised."""
        if self._smtp is None:
            self.greet()
        assert self._smtp is not None
        smtp, host = self._smtp, self._settings.host
        try:
            smtp.rset()
            _expect(host, *smtp.mail(self._settings.sender), sender=True)
            _expect_recipient(host, *smtp.rcpt(address))
            _expect(host, *smtp.docmd("DATA"), wanted=354)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise TemporaryError(
                f"The mail server {host} hung up before the letter was sent. It is tried again."
            ) from error
        self._send_body(smtp, mail)

    def _send_body(self, smtp: smtplib.SMTP, mail: EmailMessage) -> None:
        host = self._settings.host
        body = mail.as_bytes(policy=LINES)
        lines = body.replace(b"\r\n.", b"\r\n..")
        lines = b"." + lines if lines.startswith(b".") else lines
        try:
            smtp.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise UnknownOutcome(
                f"The mail server {host} got a letter and did not say whether it took it."
            ) from error
        _expect(host, *answer)

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def _expect(host: str, code: int, _told: bytes, *, wanted: int = 250, sender: bool = False) -> None:
    """Raise what a refusal means; the server's own words may repeat what was sent to it."""
    if code in (wanted, 251):
        return
    if code == 421 or 400 <= code < 500:
        raise TemporaryError(
            f"The mail server {host} does not take a letter now ({code}). It is tried again."
        )
    if sender or code in (530, 535, 538):
        _refuse(host, code)
    raise PermanentError(f"The mail server {host} refused a letter to this address ({code}).")


def _expect_recipient(host: str, code: int, told: bytes) -> None:
    """Raise what a refusal of an address means; 421 is about the server, whoever it names."""
    if 400 <= code < 500 and code != 421:
        raise RecipientBusyError(
            f"The mail server {host} does not take a letter to this address now ({code}). It is "
            "tried again."
        )
    _expect(host, code, told)


def _refuse(host: str, code: int) -> NoReturn:
    raise AuthError(
        f"The mail server {host} takes no letters from this sender ({code}). Check sender, user "
        "and password, or ask whoever runs it."
    )


def _not_greeted(settings: MailSettings, error: Exception) -> SourceError:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return AuthError(
            f"The mail server {settings.host} refused the sign-in ({error.smtp_code}). Renew the "
            "password or the token of this destination."
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return PermanentError(
            f"The mail server {settings.host} does not offer what is configured: check security, "
            "and whether it wants a user."
        )
    return TemporaryError(
        f"No conversation with the mail server {settings.host} came about. It is tried again."
    )


def _token(command: str) -> str:
    """Return what the program prints. Raises AuthError without a word of its output."""
    try:
        done = subprocess.run(
            shlex.split(command), capture_output=True, timeout=_TOKEN_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise AuthError(
            "token_command gave no access token: run it by hand and mend what it says."
        ) from error
    return done.stdout.decode("utf-8", "replace").strip()
