"""The chat services that may be posted to: written out, with what was read of each plugin.

In here are those that take a message with one POST to a host that the URL or the plugin names,
and whose URL was checked for parameters that lead elsewhere: several plugins read a template
from any file or address. Others (Matrix: log-in, join, post) are not, until that is read too.
Read in Apprise 2.2.0.
"""

from dataclasses import dataclass, field

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
"""Without encryption only a server on this machine is posted to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One plugin of Apprise."""

    title: str
    module: str
    """Below ``apprise.plugins``."""
    plugin: str
    schemes: frozenset[str]
    """Of its encrypted URLs."""
    local: frozenset[str] = frozenset()
    """Of the same without encryption."""
    parameters: frozenset[str] = field(default=frozenset())
    """What may stand behind the question mark; everything else is refused."""
    native: bool = False
    """Whether it knows the address that the service itself gives out."""
    modes: frozenset[str] = frozenset()
    """Those that are taken: they post with one request, to the host in the URL; empty: all."""
    formatted: bool = False
    """Whether it makes its own markup out of HTML, links and all; else it gets plain text."""
    names_room: bool = False
    """Whether the URL names a room of the many that its secret opens: that name is shown."""
    refusal: tuple[str, object] | None = None
    """What stands in an answer that is well by its status and refuses the message."""


SERVICES = (
    Service(
        title="Mattermost",
        module="mattermost",
        plugin="NotifyMattermost",
        schemes=frozenset({"mmosts"}),
        local=frozenset({"mmost"}),
        parameters=frozenset({"to", "channel"}),
        modes=frozenset({"webhook"}),
        names_room=True,
    ),
    Service(
        title="Rocket.Chat",
        module="rocketchat",
        plugin="NotifyRocketChat",
        schemes=frozenset({"rockets"}),
        local=frozenset({"rocket"}),
        parameters=frozenset({"to"}),
        modes=frozenset({"webhook"}),
        formatted=True,
        names_room=True,
        refusal=("success", False),
    ),
    Service(
        title="Slack",
        module="slack",
        plugin="NotifySlack",
        schemes=frozenset({"slack"}),
        native=True,
        modes=frozenset({"hook"}),
        formatted=True,
        names_room=True,
    ),
    Service(
        title="Discord",
        module="discord",
        plugin="NotifyDiscord",
        schemes=frozenset({"discord"}),
        parameters=frozenset({"thread"}),
        native=True,
    ),
    Service(
        title="Microsoft Teams (Workflows)",
        module="workflows",
        plugin="NotifyWorkflows",
        schemes=frozenset({"workflow", "workflows"}),
        parameters=frozenset({"api-version", "sp", "sv", "sig", "pa", "ver", "route"}),
        native=True,
        formatted=True,
    ),
    Service(
        title="Google Chat",
        module="google_chat",
        plugin="NotifyGoogleChat",
        schemes=frozenset({"gchat"}),
        parameters=frozenset({"key", "token", "thread", "threadkey"}),
        native=True,
        formatted=True,
    ),
    Service(
        title="Zulip",
        module="zulip",
        plugin="NotifyZulip",
        schemes=frozenset({"zulip"}),
        parameters=frozenset({"to"}),
        names_room=True,
        refusal=("result", "error"),
    ),
    Service(
        title="Nextcloud Talk",
        module="nextcloudtalk",
        plugin="NotifyNextcloudTalk",
        schemes=frozenset({"nctalks"}),
        local=frozenset({"nctalk"}),
        parameters=frozenset({"secret", "url_prefix"}),
    ),
    Service(
        title="Synology Chat",
        module="synology",
        plugin="NotifySynology",
        schemes=frozenset({"synologys"}),
        local=frozenset({"synology"}),
        parameters=frozenset({"token"}),
        refusal=("success", False),
    ),
    Service(
        title="ntfy",
        module="ntfy",
        plugin="NotifyNtfy",
        schemes=frozenset({"ntfys"}),
        local=frozenset({"ntfy"}),
        parameters=frozenset({"auth", "token"}),
        modes=frozenset({"private"}),
    ),
)
LOCAL_SCHEMES = frozenset().union(*(one.local for one in SERVICES))
SCHEMES = LOCAL_SCHEMES.union(*(one.schemes for one in SERVICES))
