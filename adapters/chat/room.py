"""One room, made from its URL by a plugin of Apprise."""

import importlib
import json
import logging
import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import unquote

import requests

from adapters.chat import way_out
from adapters.chat.services import SERVICES, Service
from connector.errors import ConfigError
from connector.model import Limits, Message

_MISSING = (
    "Posting to chat rooms needs Apprise: install Cluster Hub with its extra chat "
    "(pip install 'clusterhub[chat]')."
)
_UNREADABLE = (
    "The chat room's url is none that can be posted to. Compare it with the examples in the page "
    "on destinations, and save it in .env again."
)
_SEVERAL = (
    "The chat room's url names several rooms, or a parameter that is not taken. Write a "
    "destination for each room, and only the parameters that the page on destinations names."
)
_TRIED = Message(title="Test", html="<p>Test</p>", text="Test")
_LONGEST_TITLE = 200
_AROUND_TITLE = 10
"""Signs that a service puts around a title that stands in the text."""
_PLAIN = {"include_footer": False, "include_timestamp": False, "include_image": False}
_PARAMETERS = ("qsd+", "qsd-", "qsd:")


class Room:
    """Where one URL leads. Raises ConfigError for one that is not taken."""

    def __init__(self, url: str) -> None:
        self._url = url.strip()
        self._service, self._plugin, self._arguments = _found(self._url)
        mode = getattr(self._made(), "mode", None)
        if self._service.modes and mode not in self._service.modes:
            raise ConfigError(_UNREADABLE)
        asked = self.recorded(_TRIED)
        if len(asked) != 1:
            raise ConfigError(_SEVERAL if asked else _UNREADABLE)
        self.host = way_out.host_of(asked[0].url or "")
        """Scheme and host of what is asked."""

    def __repr__(self) -> str:
        return f"<Room of {self._service.title}>"

    @property
    def title(self) -> str:
        """What the service is called."""
        return self._service.title

    @property
    def secrets(self) -> frozenset[str]:
        """The parts of the URL, without the name of a room; each may open the room."""
        parts = re.split(r"[/:@?&=+#]+", self._url.partition("://")[2])
        named = self._arguments.get("targets") if self._service.names_room else ()
        return frozenset(filter(None, [*parts, *map(unquote, parts)])) - frozenset(named or ())

    def refuses(self, body: bytes) -> bool:
        """Whether an answer that is well by its status says that the message was not taken."""
        if self._service.refusal is None:
            return False
        name, value = self._service.refusal
        try:
            told = json.loads(body)
        except ValueError:
            return False
        return isinstance(told, dict) and name in told and told[name] == value

    def limits(self, title: str) -> Limits:
        """Return what the room shows of a message with this title."""
        most = self._plugin.title_maxlen or _LONGEST_TITLE
        taken = min(len(title), most) + _AROUND_TITLE
        return Limits(most_title=most, most_text=self._plugin.body_maxlen - taken)

    def recorded(self, message: Message) -> Sequence[requests.PreparedRequest]:
        """Return what the plugin would ask for a message; asks nobody."""
        way = way_out.Recorded()
        self.tell(message, way)
        return way.requests

    def tell(self, message: Message, way: way_out.Way) -> bool:
        """Let the plugin post a message that way; return what it says of it.

        Whatever else the plugin raises is passed on; the way knows what has left.
        """
        # A plugin that was used waits some seconds before it asks again: each is used once.
        plugin, title = self._made(), message.title
        if self._service.formatted and not self._plugin.title_maxlen:
            title = escape(title, quote=False)  # it becomes a part of the HTML
        with way_out.opened(way):
            return bool(
                plugin.notify(
                    title=title,
                    body=message.html if self._service.formatted else message.text,
                    body_format="html" if self._service.formatted else "text",
                )
            )

    def _made(self) -> Any:
        from apprise import AppriseAsset
        from apprise.exception import AppriseException

        asset = AppriseAsset(
            app_id="Cluster Hub",
            app_desc="Cluster Hub",
            app_url="",
            image_url_mask=None,
            image_url_logo=None,
            image_path_mask=None,
        )
        try:
            return self._plugin(asset=asset, **(self._arguments | _PLAIN))
        except (AppriseException, TypeError):
            raise ConfigError(_UNREADABLE) from None  # its words hold the secret


def _found(url: str) -> tuple[Service, Any, dict[str, Any]]:
    """Return service, plugin and what the plugin is made from. Raises ConfigError."""
    scheme = url.partition("://")[0].lower()
    for service in SERVICES:
        is_native = scheme == "https" and service.native
        if not is_native and scheme not in service.schemes | service.local:
            continue
        plugin = _plugin(service)
        arguments = plugin.parse_native_url(url) if is_native else plugin.parse_url(url)
        if arguments:
            _refuse_parameters(service, arguments)
            return service, plugin, arguments
    raise ConfigError(_UNREADABLE)


def _refuse_parameters(service: Service, arguments: dict[str, Any]) -> None:
    """Refuse what was not read: some lead to other files and addresses."""
    is_more = any(arguments.get(name) for name in _PARAMETERS)
    if is_more or not set(arguments["qsd"]) <= service.parameters:
        raise ConfigError(_SEVERAL)


def _plugin(service: Service) -> Any:
    """Return the plugin's class, without its network. Raises ConfigError."""
    try:
        module = importlib.import_module(f"apprise.plugins.{service.module}")
    except ImportError:
        raise ConfigError(_MISSING) from None
    # It writes URLs with their secrets, and whole messages.
    logging.getLogger("apprise").disabled = True
    way_out.shut(module)
    return getattr(module, service.plugin)
