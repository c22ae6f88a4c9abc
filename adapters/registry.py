"""The kinds of places there are: one row for each adapter, written out.

A new adapter adds its row here; what else it brings (captures, a test kit, a docs page, a
changelog line) is in ``docs/howto/write-an-adapter.md``.
"""

from adapters.blogs.adapter import ADAPTER as BLOGS
from adapters.blogs.wordpress_destination import ADAPTER as WORDPRESS
from adapters.boards.adapter import ADAPTER as BOARDS
from adapters.by_hand.adapter import ADAPTER as BY_HAND
from adapters.chat.adapter import ADAPTER as CHAT
from adapters.discourse.adapter import ADAPTER as DISCOURSE
from adapters.discourse.destination import DESTINATION as DISCOURSE_POSTING
from adapters.interact.adapter import ADAPTER as INTERACT
from adapters.interact.news_form import ADAPTER as INTERACT_NEWS
from adapters.mail.adapter import ADAPTER as MAIL
from adapters.moodle.adapter import ADAPTER as MOODLE
from adapters.moodle.calendar_destination import ADAPTER as MOODLE_CALENDAR
from adapters.moodle.forum_destination import ADAPTER as MOODLE_FORUM
from connector.contract import Adapter, DestinationAdapter

ADAPTERS: dict[str, Adapter] = {
    "blogs": BLOGS,
    "moodle": MOODLE,
    "interact": INTERACT,
    "boards": BOARDS,
    "discourse": DISCOURSE,
}

DESTINATIONS: dict[str, DestinationAdapter] = {
    "by_hand": BY_HAND,
    "chat": CHAT,
    "discourse": DISCOURSE_POSTING,
    "interact": INTERACT_NEWS,
    "mail": MAIL,
    "moodle": MOODLE_FORUM,
    "moodle_calendar": MOODLE_CALENDAR,
    "wordpress": WORDPRESS,
}
"""The kinds of places that announcements go to."""
