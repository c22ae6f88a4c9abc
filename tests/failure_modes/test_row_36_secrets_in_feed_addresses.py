"""Row 36: secrets in a feed's address end up in logs and exports.

Seen at Discourse, whose ``feed_fetcher.rb`` moves them into headers. Here an address with a
name and a password is refused, and a query, where a key may stand, is shown to nobody.
"""

import logging

import pytest

from adapters.blogs.settings import BlogSettings
from connector.store.database import Store
from tests.feeds.feed_reading import rss
from tests.hostile.answers import ANSWERS
from tests.hostile.hub import HostileHub, hostile_hub
from tests.loopback import Reply
from tests.web.making import TOKEN, come_in, make_app

SECRET = "s3cr3t-4711"
FAULTS = [
    Reply(401),
    Reply(404),
    Reply(429, {"Retry-After": "10"}),
    Reply(500),
    Reply(302, {"Location": f"http://10.0.0.1/?key={SECRET}"}),
    Reply(302, {"Location": f"/elsewhere?key={SECRET}"}),
    ANSWERS["an HTML page"].script,
    ANSWERS["half of what it promised"].script,
    ANSWERS["a redirect to itself"].script,
    ANSWERS["50 MB announced"].script,
]


def _said(hub: HostileHub) -> str:
    """Return what the hub says of the place: its state, its runs and its pages."""
    client = make_app(hub.store, now=hub.engine.clock).test_client()
    pages = [client.get("/c/kauri/places").text, client.get("/c/kauri/").text]
    come_in(client, TOKEN)
    pages += [client.get("/c/kauri/places").text, client.get("/c/kauri/").text]
    return "\n".join([*pages, str(hub.source.trouble_sentence), hub.source.title])


@pytest.mark.parametrize("title", ["<title>Kura</title>", ""], ids=["with a title", "without"])
def test_a_key_in_an_address_is_in_no_log_sentence_or_page(
    sqlite_store: Store, title: str, caplog: pytest.LogCaptureFixture
) -> None:
    with hostile_hub(sqlite_store) as hub, caplog.at_level(logging.DEBUG):
        item = "<guid>1</guid><title>Week 1</title><description>x</description>"
        body = rss(item).replace("<title>Kura</title>", title, 1).encode()
        good = Reply(200, {"Content-Type": "application/rss+xml"}, body)
        hub.server.on("/feed", good)
        hub.add(hub.url(f"/feed?key={SECRET}"))
        said = [repr(hub.run()), _said(hub)]
        assert hub.titles() == ["Week 1"]
        assert f"/feed?key={SECRET}" in hub.server.paths()
        for fault in FAULTS:
            hub.server.on("/feed", fault)
            hub.wait_until_due()
            report = hub.run()
            assert report.state == "failed"
            said += [repr(report), _said(hub)]
        assert [text for text in [*said, caplog.text] if SECRET in text] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_nor_where_the_place_has_never_been_read(
    sqlite_store: Store, fault: object, caplog: pytest.LogCaptureFixture
) -> None:
    with hostile_hub(sqlite_store) as hub, caplog.at_level(logging.DEBUG):
        hub.server.on("/feed", fault)
        hub.add(hub.url(f"/feed?key={SECRET}"))
        report = hub.run()
        assert report.state == "failed"
        assert SECRET not in f"{report!r} {_said(hub)} {caplog.text}"


@pytest.mark.parametrize(
    "address",
    [f"https://me:{SECRET}@kea.example/feed", f"https://{SECRET}@kea.example/feed"],
)
def test_a_name_or_password_in_an_address_is_refused_without_repeating_it(
    sqlite_store: Store, address: str
) -> None:
    with pytest.raises(ValueError, match="without a user name or password"):
        BlogSettings(address=address)
    with hostile_hub(sqlite_store) as hub:
        hub.add(address)
        report = hub.run()
        assert report.state == "failed"
        assert SECRET not in f"{report!r} {hub.source.trouble_sentence}"


def test_a_link_with_a_name_and_password_is_kept_of_no_post(sqlite_store: Store) -> None:
    with hostile_hub(sqlite_store) as hub:
        link = f"https://me:{SECRET}@kea.example/1"
        item = f"<guid>1</guid><link>{link}</link><title>Week 1</title>"
        body = rss(item).encode()
        hub.server.on("/feed", Reply(200, {"Content-Type": "application/rss+xml"}, body))
        hub.add(hub.url("/feed"))
        hub.run()
        assert hub.titles() == ["Week 1"]
        assert SECRET not in _said(hub)
