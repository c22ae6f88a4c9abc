"""Row 22: what a blog shows to some only ends up in public feeds and pages.

Seen at Ghost, wordpress-activitypub, password-protected and others. A canary
stands in the private posts; it must be nowhere in the hub, and each post is counted as hidden.
"""

import json
from typing import Any

import pytest

from connector.store.database import Store
from tests.feeds.feed_reading import rss
from tests.hostile.hub import HostileHub, hostile_hub
from tests.loopback import Reply, Seen
from tests.web.making import TOKEN, come_in, make_app

CANARY = "kakariki-nest-4711"
FORM = (
    '&lt;form action="https://x.example/wp-login.php?action=postpass" '
    'class="post-password-form"&gt;&lt;input name="post_password" type="password"&gt;&lt;/form&gt;'
)
OPEN = "<guid>1</guid><title>Open day</title><description>Everybody is welcome.</description>"
WORDPRESS = "<generator>https://wordpress.org/?v=6.1.9</generator>"
PROTECTED = {
    "the form instead of the text": f"<title>{CANARY}</title><description>{FORM}</description>",
    "the note instead of the excerpt": (
        f"<title>{CANARY}</title>"
        "<description>There is no excerpt because this is a protected post.</description>"
    ),
    "its title alone says so": (
        f"<title>Protected: {CANARY}</title><description>{CANARY}</description>"
    ),
    "private by its title": f"<title>Private: {CANARY}</title><description>x</description>",
}


def _assert_nowhere(hub: HostileHub) -> None:
    assert CANARY not in repr(hub.kept())
    assert hub.engine.found(CANARY.replace("-", " "), hub.engine.facilitator()) == []
    client = make_app(hub.store, now=hub.engine.clock).test_client()
    for signed_in in (False, True):
        if signed_in:
            come_in(client, TOKEN)
        for path in ("/c/kauri/", "/c/kauri/places"):
            assert CANARY not in client.get(path).text


@pytest.mark.parametrize("case", PROTECTED)
def test_a_protected_post_in_a_feed_is_counted_and_kept_nowhere(store: Store, case: str) -> None:
    with hostile_hub(store) as hub:
        body = rss(OPEN, f"<guid>2</guid>{PROTECTED[case]}", head=WORDPRESS).encode()
        hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body))
        hub.add(hub.url("/feed"), whole_history=False)
        assert hub.run().counts == {"new": 1, "hidden": 1}
        assert hub.titles() == ["Open day"]
        _assert_nowhere(hub)


def test_only_wordpress_writes_protected_before_a_title(sqlite_store: Store) -> None:
    with hostile_hub(sqlite_store) as hub:
        item = "<guid>1</guid><title>Protected: our kiwi</title><description>Safe.</description>"
        hub.server.on("/feed", Reply(200, {"Content-Type": "text/xml"}, rss(item).encode()))
        hub.add(hub.url("/feed"))
        hub.run()
        assert hub.titles() == ["Protected: our kiwi"]


def _post(number: int, title: str, **said: Any) -> dict[str, Any]:
    return {
        "id": number,
        "status": "publish",
        "date_gmt": f"2026-02-0{number}T09:00:00",
        "modified_gmt": f"2026-02-0{number}T09:00:00",
        "link": f"https://x.example/{number}",
        "title": {"rendered": title},
        "content": {"rendered": title, "protected": False},
    } | said


def _api(posts: list[dict[str, Any]]):
    def answer(seen: Seen) -> Reply:
        last = "offset=" in seen.path and "offset=0" not in seen.path
        found = [] if last or "page=2" in seen.path else posts
        headers = {"Content-Type": "application/json", "X-WP-Total": str(len(found))}
        return Reply(200, headers, json.dumps(found).encode())

    return answer


@pytest.mark.parametrize(
    "said",
    [
        {"content": {"rendered": "", "protected": True}},
        {"status": "private"},
        {"status": "draft"},
        {"status": "future"},
        {"status": "pending"},
        {"status": "something-a-plugin-made-up"},
    ],
    ids=lambda said: str(said.get("status", "protected")),
)
def test_a_post_that_an_api_shows_and_calls_private_is_kept_nowhere(
    sqlite_store: Store, said: dict[str, Any]
) -> None:
    with hostile_hub(sqlite_store) as hub:
        posts = [_post(1, "Open day"), _post(2, CANARY, **said)]
        hub.server.on("/wp-json/wp/v2/posts", _api(posts))
        hub.server.on("/wp-json/", Reply(200, {}, b'{"name": "Kura"}'))
        hub.server.on("/", Reply(200, {"Content-Type": "text/html"}, b"<html><title>Kura"))
        hub.add(hub.url("/"), flavour="wordpress", comments=False)
        report = hub.run()
        assert (report.state, report.counts) == ("done", {"new": 1, "hidden": 1})
        assert hub.titles() == ["Open day"]
        _assert_nowhere(hub)


def test_a_post_that_becomes_private_leaves_the_hub(sqlite_store: Store) -> None:
    with hostile_hub(sqlite_store) as hub:
        public = f"<guid>2</guid><title>{CANARY}</title><description>{CANARY}</description>"
        hidden = f"<guid>2</guid><title>Protected</title><description>{FORM}</description>"
        for item in (public, hidden):
            body = rss(OPEN, item).encode()
            hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body))
            hub.add(hub.url("/feed"))
            hub.run()
            hub.wait_until_due()
        assert hub.titles() == ["Open day"]
        assert hub.engine.found("kakariki", hub.engine.facilitator()) == []
