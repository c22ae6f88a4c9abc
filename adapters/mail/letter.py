"""A message as a letter: headers, text, HTML, and a calendar entry where there is an event. Pure."""

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from adapters.mail.settings import MailSettings
from connector.model import Message, Recipient

MARKER_HEADER = "X-Cluster-Hub"
_CALENDAR_LINE_BYTES = 75
_WHY = "You get this because you belong to the cluster."
_STOP = "To get no more of these: "


def letter(
    settings: MailSettings, to: Recipient, message: Message, marker: str, now: datetime
) -> EmailMessage:
    """Return the letter to one person; only its Date differs from one minute to the next."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _named(settings.sender, settings.sender_name)
    mail["To"] = _named(to.address, to.name)
    if settings.reply_to:
        mail["Reply-To"] = _named(settings.reply_to, "")
    mail["Subject"] = message.title
    mail["Date"] = now
    mail["Message-ID"] = f"<{message_id(to.address, marker)}@{_domain(settings.sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail[MARKER_HEADER] = marker
    _say_how_to_stop(mail, settings, to)
    mail.set_content(f"{message.text}\n\n-- \n{_end(settings, to)}\n")
    mail.add_alternative(f"{message.html}<hr><p>{_end_html(settings, to)}</p>", subtype="html")
    if message.start is not None:
        method = "CANCEL" if message.cancelled else "PUBLISH"
        entry = calendar_entry(message, organizer=settings.sender, now=now)
        mail.add_attachment(
            entry.encode(),
            maintype="text",
            subtype="calendar",
            params={"charset": "utf-8", "method": method},
            filename="event.ics",
        )
    return mail


def message_id(address: str, marker: str) -> str:
    """Return what tells a letter from all others; the same letter always gives the same."""
    return f"{marker}.{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def _named(address: str, name: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _say_how_to_stop(mail: EmailMessage, settings: MailSettings, to: Recipient) -> None:
    """RFC 2369 and RFC 8058: mail programs show a button, and press it by POST."""
    answer = f"<mailto:{settings.reply_to or settings.sender}?subject=unsubscribe>"
    if to.stop_url is None:
        mail["List-Unsubscribe"] = answer
        return
    mail["List-Unsubscribe"] = f"<{to.stop_url}>, {answer}"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _end(settings: MailSettings, to: Recipient) -> str:
    return f"{_WHY}\n{_STOP}{_way_to_stop(settings, to)}"


def _end_html(settings: MailSettings, to: Recipient) -> str:
    if to.stop_url is None:
        return f"{_WHY} {_STOP}{_way_to_stop(settings, to)}"
    return f'{_WHY} {_STOP}<a href="{to.stop_url}">stop these letters</a>.'


def _way_to_stop(settings: MailSettings, to: Recipient) -> str:
    return to.stop_url or f"answer to {settings.reply_to or settings.sender} with 'unsubscribe'."


# --- the calendar entry: https://www.rfc-editor.org/rfc/rfc5545 -------------------------------


def calendar_entry(message: Message, *, organizer: str, now: datetime) -> str:
    """Return an iCalendar of one event.

    Its UID stays the same through corrections, and its SEQUENCE grows: calendars replace the
    entry instead of adding a second one.
    """
    assert message.start is not None
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Cluster Hub//Announcements//EN",
        f"METHOD:{'CANCEL' if message.cancelled else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{message.uid}@{_domain(organizer)}",
        f"SEQUENCE:{message.version}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(message.start)}",
        *([f"DTEND:{_utc(message.end)}"] if message.end else []),
        f"ORGANIZER:mailto:{organizer}",
        f"SUMMARY:{_text(message.title)}",
        *([f"LOCATION:{_text(message.location)}"] if message.location else []),
        f"DESCRIPTION:{_text(message.text)}",
        *([f"URL:{message.url}"] if message.url else []),
        f"STATUS:{'CANCELLED' if message.cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(sign, written)
    return value.replace("\r", "")


def _folded(line: str) -> str:
    """Break a line after at most 75 bytes, never within a letter."""
    parts, size = [""], 0
    for letter_ in line:
        width = len(letter_.encode())
        if size + width > _CALENDAR_LINE_BYTES:
            parts.append(" ")
            size = 1
        parts[-1] += letter_
        size += width
    return "\r\n".join(parts)
