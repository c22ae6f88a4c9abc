"""What a place can show of a message, and how a message is cut to it. Pure.

A destination names its limits; the preview shows what they leave, and what is too short for
a place is told before anybody agrees to it.
"""

import re
from dataclasses import replace
from html import escape

from connector.html import excerpt
from connector.model import Limits, Message

_TAG = re.compile(r"<[^>]*>|<(?=[A-Za-z0-9/!?])")


def fitted(message: Message, limits: Limits) -> Message:
    """Return the message as a place with these limits shows it."""
    title = message.title
    if limits.plain_title:
        title = " ".join(_TAG.sub(" ", title).replace("<", " ").split())
    if limits.most_title is not None and len(title) > limits.most_title:
        title = excerpt(title, limits.most_title)
    text, html = message.text, message.html
    if limits.most_text is not None and len(text) > limits.most_text:
        text = _cut(text, limits.most_text)
        html = "".join(
            f"<p>{escape(part, quote=False).replace(chr(10), '<br>')}</p>"
            for part in text.split("\n\n")
        )
    if limits.line_bytes is not None:
        text = "\n".join(_folded(line, limits.line_bytes) for line in text.split("\n"))
    return replace(message, title=title, text=text, html=html)


def too_small(message: Message, limits: Limits) -> list[str]:
    """Return what a place would refuse, one sentence for each."""
    said = []
    if len(message.title) < limits.least_title:
        said.append(f"Its title needs at least {limits.least_title} characters there.")
    if len(message.text) < limits.least_text:
        said.append(f"Its text needs at least {limits.least_text} characters there.")
    return said


def _cut(text: str, most: int) -> str:
    """Return the text cut at a blank, its lines kept, with an ellipsis."""
    start = text[: most - 1]
    if start[-1:].strip() and not text[most - 1].isspace():
        start = start[: -len(start.split()[-1])] or start
    return start.rstrip(" \n,;:.-–") + "…"


def _folded(line: str, most: int) -> str:
    """Break a line at blanks so that no part has more bytes; one word may still be longer."""
    parts: list[str] = []
    for word in line.split(" "):
        longer = f"{parts[-1]} {word}" if parts else word
        if parts and len(longer.encode()) <= most:
            parts[-1] = longer
        else:
            parts.append(word)
    return "\n".join(parts)
