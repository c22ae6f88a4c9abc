"""Tries what a board can do for us, and says it in sentences."""

from collections.abc import Callable, Iterator

from adapters.discourse.board import Board
from adapters.discourse.client import DiscourseClient
from adapters.discourse.cycle import ask_window
from adapters.discourse.settings import DiscourseSettings
from adapters.discourse.sign_ups import SignUps
from connector.errors import SourceError
from connector.model import AudienceKind, CheckLine, CheckReport

_WITHOUT_KEY = (
    "No key is set, so only what everybody may read is read. Private categories, their members "
    "and edits that only members see are missing: ask an administrator of the board to make an "
    "API key for a user who may read them (Admin, API), and save it as api_key."
)


def check_board(
    client: DiscourseClient, board: Board, sign_ups: SignUps, settings: DiscourseSettings
) -> CheckReport:
    """Ask for each part once."""
    try:
        board.ask(())
    except SourceError as error:
        return CheckReport((CheckLine("address", False, str(error)),))
    lines = [
        CheckLine("address", True, f"Discourse: {board.title or client.base}."),
        _key(settings),
        _tried("posts", lambda: _posts(client)),
        CheckLine("categories", True, _categories(board)),
        *_groups(board),
        _tried("workshops", lambda: _workshops(sign_ups)),
        _webhook(settings),
    ]
    return CheckReport(tuple(lines))


def _tried(ability: str, attempt: Callable[[], str]) -> CheckLine:
    try:
        return CheckLine(ability, True, attempt())
    except SourceError as error:
        return CheckLine(ability, False, str(error))


def _key(settings: DiscourseSettings) -> CheckLine:
    if not settings.has_key:
        return CheckLine("key", True, _WITHOUT_KEY)
    whose = f"as {settings.api_username}" if settings.api_key else "as the user who approved it"
    return CheckLine("key", True, f"The board takes the key; the hub reads {whose}.")


def _posts(client: DiscourseClient) -> str:
    window = ask_window(client, None)
    if not window.posts:
        return "The list of posts can be read; its newest are not for the hub, or there are none."
    return f"The list of posts can be read; the newest has the number {window.posts[0].id}."


def _categories(board: Board) -> str:
    private = [one for one in board.categories.values() if one.is_restricted]
    count = len(board.categories)
    return f"The hub sees {count} categories, {len(private)} of them private."


def _groups(board: Board) -> Iterator[CheckLine]:
    unknown = [
        category.name
        for category in board.categories.values()
        if board.audience(category.id).kind is AudienceKind.FACILITATORS
    ]
    if unknown:
        yield CheckLine(
            "groups",
            False,
            f"The board does not say who may read {', '.join(unknown)}, so facilitators alone see "
            "it here. Ask an administrator of the board for a key of a user who may.",
        )
    for number in board.group_ids():
        yield _tried_group(board, number)


def _tried_group(board: Board, number: int) -> CheckLine:
    name = board.names.get(number, str(number))
    try:
        count = len(board.members(number))
    except SourceError as error:
        return CheckLine(f"group {name}", False, str(error))
    if count:
        return CheckLine(f"group {name}", True, f"The board names its {count} members.")
    return CheckLine(
        f"group {name}",
        False,
        "The board shows the hub no member of this group, so facilitators alone see what is for "
        "it. Ask an administrator of the board to let the hub's user see who is in it.",
    )


def _workshops(sign_ups: SignUps) -> str:
    if sign_ups.stream() is None:
        return "The board has no events; workshops are read from it once it does."
    return "The board's events and who comes to them can be read."


def _webhook(settings: DiscourseSettings) -> CheckLine:
    if settings.webhook_secret is None:
        sentence = "No webhook is set: what is new is seen when the place is next read."
        return CheckLine("webhook", True, sentence)
    return CheckLine("webhook", True, "Calls with the webhook's secret ask for a reading.")
