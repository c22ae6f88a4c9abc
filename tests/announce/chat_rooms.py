"""One room of each chat service, with invented secrets, and what its plugin asks."""

from dataclasses import dataclass

from adapters.chat.adapter import ADAPTER, ChatRoom
from adapters.chat.settings import ChatSettings
from connector.http import Session
from tests.guarded import NOON


@dataclass(frozen=True)
class Example:
    """A room."""

    url: str
    host: str
    secrets: tuple[str, ...]
    port: int = 443


LONG = "Zx8Qw3Er7Ty1Ui5Op9As2Df6Gh4Jk0Lq"
EXAMPLES = {
    "Mattermost": Example(f"mmosts://chat.kauri.example/{LONG}", "chat.kauri.example", (LONG,)),
    "Rocket.Chat": Example(
        f"rockets://hook4711abc/{LONG}@rocket.kauri.example:8443",
        "rocket.kauri.example",
        ("hook4711abc", LONG),
        8443,
    ),
    "Slack": Example(
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "hooks.slack.com",
        ("T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ"),
    ),
    "Discord": Example(
        f"https://discord.com/api/webhooks/4174216298/{LONG}", "discord.com", ("4174216298", LONG)
    ),
    "Microsoft Teams (Workflows)": Example(
        "https://prod-08.logic.example:443/workflows/3e9a77c1/triggers/manual/paths/invoke"
        f"?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={LONG}",
        "prod-08.logic.example",
        ("3e9a77c1", LONG),
    ),
    "Google Chat": Example(
        f"https://chat.googleapis.com/v1/spaces/AAAAfg12/messages?key=keyA9k2&token={LONG}",
        "chat.googleapis.com",
        ("AAAAfg12", "keyA9k2", LONG),
    ),
    "Zulip": Example(
        f"zulip://hub@kauri.zulipchat.com/{LONG}/notices", "kauri.zulipchat.com", (LONG,)
    ),
    "Nextcloud Talk": Example(
        "nctalks://hub:pukeko77word@cloud.kauri.example/r00mt0ken",
        "cloud.kauri.example",
        ("pukeko77word", "r00mt0ken"),
    ),
    "Synology Chat": Example(f"synologys://nas.kauri.example/{LONG}", "nas.kauri.example", (LONG,)),
    "ntfy": Example(
        "ntfys://hub:pukeko77word@push.kauri.example/kauri-staff-9f3",
        "push.kauri.example",
        ("pukeko77word", "kauri-staff-9f3"),
    ),
}


def room(url: str, session: Session | None = None) -> ChatRoom:
    settings = ChatSettings.model_validate({"address": "https://room.kauri.example/", "url": url})
    made = ADAPTER.open_destination(settings, session, NOON)  # type: ignore[arg-type]
    assert isinstance(made, ChatRoom)
    return made
