"""Markdown for those who read plain text: as a person would type it into a mail. Pure.

Marks of emphasis go, lists keep their bullets and numbers, and a link's address follows its words.
The tokens are those of markdown-it (https://markdown-it-py.readthedocs.io).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

_RULE = "-" * 20


def plain_of(tokens: Sequence[Token]) -> str:
    """Return the text of a parsed document; paragraphs are apart by an empty line."""
    page = _Page()
    for token in tokens:
        page.take(token)
    return "\n".join(page.lines).strip("\n")


@dataclass
class _List:
    """A list that is open."""

    number: int | None
    """Of its next item; None: it has bullets."""
    width: int = 2
    """Of the marker of its last item, so that what follows stands below the text."""


@dataclass
class _Page:
    """What is written so far, and where in the document it stands."""

    lines: list[str] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    """The innermost last."""
    quotes: int = 0
    marker: str = ""
    """Of the item that begins."""
    cells: list[str] | None = None
    """Of the table's row that is open."""
    apart: bool = False
    """Whether an empty line comes before what is next."""

    def take(self, token: Token) -> None:
        """Write down what a token says, or note what it opens or closes."""
        match token.type:
            case "inline" if self.cells is not None:
                self.cells.append(_inline(token.children or []))
            case "inline":
                self._write(_inline(token.children or []))
            case "fence" | "code_block":
                self.apart = self.apart or bool(self.lines)
                self._write(token.content.rstrip("\n"))
                self.apart = True
            case "hr":
                self._write(_RULE)
                self.apart = True
            case "paragraph_close":
                self.apart = not token.hidden
            case "heading_close" | "table_close":
                self.apart = True
            case "bullet_list_open":
                self.lists.append(_List(None))
            case "ordered_list_open":
                start = token.attrGet("start")
                self.lists.append(_List(1 if start is None else int(start)))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
                self.apart = self.apart or not self.lists
            case "list_item_open":
                self._begin_item()
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1
            case "tr_open":
                self.cells = []
            case "tr_close":
                row, self.cells = " | ".join(self.cells or []), None
                self._write(row)

    def _begin_item(self) -> None:
        this = self.lists[-1]
        self.marker = "- " if this.number is None else f"{this.number}. "
        this.width = len(self.marker)
        if this.number is not None:
            this.number += 1

    def _write(self, text: str) -> None:
        if self.apart and self.lines:
            self.lines.append("")
        self.apart = False
        quoted = "> " * self.quotes
        margin = quoted + " " * sum(one.width for one in self.lists)
        first = quoted + " " * sum(one.width for one in self.lists[:-1]) + self.marker
        for number, line in enumerate(text.split("\n")):
            begins = number == 0 and self.marker
            self.lines.append(f"{first if begins else margin}{line}".rstrip())
        self.marker = ""


def _inline(children: Sequence[Token]) -> str:
    told: list[str] = []
    links: list[tuple[int, str]] = []
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            told.append("\n")
        elif token.type == "link_open":
            links.append((len(told), str(token.attrGet("href") or "")))
        elif token.type == "link_close":
            begin, address = links.pop()
            told[begin:] = [_spelled("".join(told[begin:]), address)]
        elif token.type == "image":
            told.append(_spelled(token.content, str(token.attrGet("src") or "")))
        else:
            told.append(token.content)
    return "".join(told)


def _spelled(label: str, address: str) -> str:
    bare = address.removeprefix("mailto:")
    return bare if label in ("", address, bare) else f"{label} ({bare})"
