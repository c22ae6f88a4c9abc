"""A stand-in for a chat server: it takes what a webhook posts, and shows the room.

It speaks as much of Mattermost's incoming webhooks as a sender needs: ``POST /hooks/TOKEN`` with
a text. A wrong token is answered 400, as Mattermost 9 does.
"""

import json
from html import escape

from sample_cluster.answers import Answer, Request, html_answer, json_answer
from sample_cluster.loopback import StandInServer

TOKEN = "w8jzq4n1sample0room7kq"  # noqa: S105  # opens nothing but the stand-in


class ChatRoomServer(StandInServer):
    """One room."""

    def __init__(self, port: int | None = None) -> None:
        super().__init__("sample-chat", self._asked, port)
        self.messages: list[str] = []
        """What was posted, oldest first."""

    @property
    def webhook(self) -> str:
        """The room's Apprise URL."""
        return f"mmost://{self.address.removeprefix('http://')}/{TOKEN}"

    def _asked(self, request: Request) -> Answer:
        if request.method == "GET":
            return html_answer("<hr>".join(f"<p>{escape(one)}</p>" for one in self.messages))
        try:
            text = json.loads(request.body)["text"]
        except (ValueError, KeyError, TypeError):
            text = None
        if request.path != f"/hooks/{TOKEN}" or not isinstance(text, str) or not text:
            return json_answer({"id": "web.incoming_webhook.invalid.app_error"}, 400)
        self.messages.append(text)
        return Answer(200, "ok", (("Content-Type", "text/plain"),))
