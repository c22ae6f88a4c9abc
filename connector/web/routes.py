"""Every address of the hub: a written-out table, joined to the app in ``app``."""

from typing import Final

from connector.web import (
    announcements_page,
    delivery_page,
    door,
    front,
    hooks,
    item_page,
    news_page,
    places_page,
    stop_page,
)
from connector.web.gate import Guarded

ROUTES: Final[tuple[tuple[str, str, str, Guarded], ...]] = (
    ("/", "home", "GET", front.home),
    ("/healthz", "healthz", "GET", front.healthz),
    ("/static/<path:name>", "static", "GET", front.static),
    ("/enter/<token>", "show_door", "GET", door.show_door),
    ("/enter/<token>", "enter", "POST", door.enter),
    ("/leave", "leave", "POST", door.leave),
    ("/c/<slug>/", "news", "GET", news_page.news),
    ("/c/<slug>/search", "search", "GET", news_page.news),
    ("/c/<slug>/item/<int(max=9223372036854775807):item_id>", "item", "GET", item_page.item),
    (
        "/c/<slug>/item/<int(max=9223372036854775807):item_id>/former",
        "former_texts",
        "GET",
        item_page.former_texts,
    ),
    ("/c/<slug>/announcements", "announcements", "GET", announcements_page.announcements),
    (
        "/c/<slug>/deliveries/<int(max=9223372036854775807):number>",
        "delivery",
        "GET",
        delivery_page.delivery,
    ),
    (
        "/c/<slug>/deliveries/<int(max=9223372036854775807):number>",
        "settle",
        "POST",
        delivery_page.settle,
    ),
    (
        "/stop/<int(max=9223372036854775807):cluster_id>/<address>/<token>",
        "show_stop",
        "GET",
        stop_page.show_stop,
    ),
    (
        "/stop/<int(max=9223372036854775807):cluster_id>/<address>/<token>",
        "stop_letters",
        "POST",
        stop_page.stop_letters,
    ),
    ("/c/<slug>/places", "places", "GET", places_page.places),
    ("/c/<slug>/places/read", "read_now", "POST", places_page.read_now),
    ("/hooks/<slug>/<place>", "hook", "POST", hooks.hook),
)
"""Rule, endpoint, method and the guarded view; a form's address ends in what it does."""
