"""A stand-in mail server and a page that shows what it took; it passes nothing on.

It speaks as much SMTP (RFC 5321) as a sender without encryption needs, on loopback only.
"""

import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, cast

_LOOPBACK = "127.0.0.1"
_LONGEST_LINE = 2_000
_MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that was taken."""

    to: str
    mail: EmailMessage


@dataclass
class Mailbox:
    """What was taken, oldest first."""

    letters: list[Letter] = field(default_factory=list)

    def page(self) -> str:
        """Return the letters as a page, the newest first."""
        shown = "".join(_shown(one) for one in reversed(self.letters))
        told = f"{len(self.letters)} letters" if self.letters else "No letter yet"
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Stand-in mailbox</title>'
            f"<h1>Stand-in mailbox</h1><p>{told}. Nothing here leaves this machine.</p>{shown}"
        )


def _shown(letter: Letter) -> str:
    body = letter.mail.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    files = "".join(
        f"<li>{escape(str(part.get_filename()))}" for part in letter.mail.iter_attachments()
    )
    subject = escape(str(letter.mail["Subject"]))
    return (
        f"<hr><h2>{subject}</h2><p>To {escape(letter.to)}<pre>{escape(text)}</pre><ul>{files}</ul>"
    )


class _Conversation(socketserver.StreamRequestHandler):
    """One sender."""

    def handle(self) -> None:
        """Answer until the sender hangs up, however it does that."""
        with suppress(ConnectionError):
            self._converse()

    def _converse(self) -> None:
        self._say("220 stand-in")
        answers: dict[str, Callable[[str], None]] = {
            "EHLO": lambda _: self._say("250-stand-in\r\n250 8BITMIME"),
            "HELO": lambda _: self._say("250 stand-in"),
            "MAIL": lambda _: self._say("250 go on"),
            "RCPT": self._recipient,
            "DATA": lambda _: self._data(),
            "RSET": lambda _: self._say("250 forgotten"),
            "NOOP": lambda _: self._say("250 yes"),
        }
        self._to = ""
        while line := self.rfile.readline(_LONGEST_LINE).decode("ascii", "replace").strip():
            verb = line[:4].upper()
            if verb == "QUIT":
                self._say("221 goodbye")
                return
            answer = answers.get(verb)
            if answer is None:
                self._say("500 not known here")
            else:
                answer(line)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _recipient(self, line: str) -> None:
        self._to = line.partition("<")[2].partition(">")[0]
        self._say("250 go on")

    def _data(self) -> None:
        self._say("354 until a dot alone")
        lines = []
        for _ in range(_MOST_LINES):
            line = self.rfile.readline(_LONGEST_LINE)
            if line == b"":
                return  # whoever hangs up before the end has sent no letter (RFC 5321, 4.1.1.4)
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), policy=default)
        cast(_Server, self.server).box.letters.append(Letter(self._to, mail))
        self._say("250 taken")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    box: Mailbox


class _Reader(BaseHTTPRequestHandler):
    """Whoever looks."""

    def do_GET(self) -> None:
        """Show the letters."""
        body = cast(_Page, self.server).box.page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Page(ThreadingHTTPServer):
    daemon_threads = True
    box: Mailbox


class MailboxServer:
    """The stand-in while the context lasts: ``address`` takes letters, ``page`` shows them."""

    def __init__(self) -> None:
        self.box = Mailbox()

    def __enter__(self) -> Self:
        """Return when both listen."""
        self._smtp, self._http = (
            _Server((_LOOPBACK, 0), _Conversation),
            _Page((_LOOPBACK, 0), _Reader),
        )
        self._smtp.box = self._http.box = self.box
        self._threads = [
            threading.Thread(target=one.serve_forever, name="mailbox", daemon=True)
            for one in (self._smtp, self._http)
        ]
        for thread in self._threads:
            thread.start()
        self.address = f"smtp://{_LOOPBACK}:{self._smtp.server_address[1]}"
        self.page = f"http://{_LOOPBACK}:{self._http.server_address[1]}/"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Return when nothing listens."""
        for one in (self._smtp, self._http):
            one.shutdown()
            one.server_close()
        for thread in self._threads:
            thread.join()
