"""Tries what posting on a board needs, and says it in sentences; changes nothing there."""

from urllib.parse import quote

from adapters.discourse.client import DiscourseClient
from adapters.discourse.json_values import number_at, text_at
from adapters.discourse.parse import EVERYONE, read_permissions
from adapters.discourse.settings import DiscoursePostingSettings
from connector.errors import AuthError
from connector.html import plain_line
from connector.model import CheckLine, CheckReport

_NOBODYS_MARKER = "hub-" + "0" * 32
_GONE = (404, 410)
_MAY_OPEN = 1


def check_posting(client: DiscourseClient, settings: DiscoursePostingSettings) -> CheckReport:
    """Ask for each part once; raises SourceError where nobody answers."""
    try:
        client.ask(f"/t/external_id/{_NOBODYS_MARKER}.json", answers=_GONE)
        client.ask("/latest.json", {"order": "created", "per_page": 1})
    except AuthError:
        return CheckReport((CheckLine("key", False, _without_key(settings)),))
    good = CheckLine("key", True, f"The board takes the key; the hub writes as {_user(settings)}.")
    return CheckReport((good, *_category(client, settings), _queue(client, settings)))


def _user(settings: DiscoursePostingSettings) -> str:
    return plain_line(settings.api_username)


def _without_key(settings: DiscoursePostingSettings) -> str:
    return (
        f"The board refused the key for {_user(settings)}. Ask an administrator of the board for "
        "a new one for this user alone (Admin, API), with the scopes of the howto, and save it as "
        "api_key."
    )


def _category(client: DiscourseClient, settings: DiscoursePostingSettings) -> list[CheckLine]:
    number = settings.category
    try:
        answer = client.ask(f"/c/{number}/show.json", answers=_GONE)
    except AuthError:
        answer = None
    if answer is None or answer.status in _GONE:
        told = (
            f"The board shows {_user(settings)} no category {number}. Correct the number, let "
            "the user into its group, or give the key the scope for showing categories."
        )
        return [CheckLine("category", False, told)]
    name = plain_line(text_at(answer.value, "category", "name")) or f"category {number}"
    may = number_at(answer.value, "category", "permission") == _MAY_OPEN
    told = (
        f"{_user(settings)} may open topics in {name}."
        if may
        else f"{_user(settings)} may not open topics in {name}: ask an administrator of the "
        "board to let one of the user's groups create topics there."
    )
    return [CheckLine("post", may, told), _readers(name, answer.value)]


def _readers(name: str, value: object) -> CheckLine:
    """Tell who reads it; whether that is the audience in the configuration, a person compares."""
    groups = read_permissions(value)
    if groups is None:
        told = f"The board does not say who may read {name}: see that audience is right."
    elif any(one.id == EVERYONE for one in groups):
        told = f"Everybody whom the board lets in may read {name}: see that audience is right."
    else:
        names = ", ".join(plain_line(one.name) for one in groups)
        told = f"Only these groups may read {name}: {names}. See that audience is right."
    return CheckLine("readers", True, told)


def _queue(client: DiscourseClient, settings: DiscoursePostingSettings) -> CheckLine:
    user = quote(settings.api_username, safe="")
    try:
        is_shown = client.ask(f"/posts/{user}/pending.json", answers=_GONE).status not in _GONE
    except AuthError:
        is_shown = False
    told = (
        "What waits for a moderator is found again."
        if is_shown
        else "The key does not show what waits for a moderator. Where this user's topics have to "
        "be let through, give the user a key without scopes: otherwise one may wait there twice "
        "after a lost answer."
    )
    return CheckLine("queue", True, told)
