"""A credential stands in the settings and in the question, and nowhere else."""

import logging

from tests.contract.kit import Hub, Kit, only_with_secrets, opened

pytestmark = only_with_secrets


def asked(kit: Kit) -> list[tuple[str, str]]:
    """Return the address and the rest of every question of a first reading."""
    place, session = opened(kit)
    list(place.read({kit.main: None}))
    return [(each.url, f"{dict(each.headers)} {each.body!r}") for each in session.seen]


def test_secret_is_used(kit):
    """Otherwise the other tests could not fail."""
    questions = [url + rest for url, rest in asked(kit)]
    for secret in kit.secrets:
        assert [each for each in questions if secret in each]


def test_secret_is_in_an_address_only_where_the_service_wants_it_there(kit):
    in_address = [url for url, _ in asked(kit) for secret in kit.secrets if secret in url]
    assert bool(in_address) == kit.secret_in_url


def test_secret_is_in_no_page_cursor_error_or_sentence(kit):
    hub = Hub(kit)
    hub.cycle()
    for fault in ("401", "404", "500", "garbage", "timeout"):
        hub.cycle(fault=fault)
    place, _session = opened(kit)
    said = [repr(hub.pages), repr(hub.failures), repr(hub.cursors), repr(place.check())]
    said += [f"{failure.error} {failure.error.url}" for failure in hub.failures]
    assert hub.failures
    assert [text for text in said for secret in kit.secrets if secret in text] == []


def test_secret_is_in_no_repr(kit):
    place, _ = opened(kit)
    held = getattr(place, "__dict__", {})
    said = f"{kit.settings!r} {kit.settings} {place!r} {held!r}"
    assert [secret for secret in kit.secrets if secret in said] == []


def test_secret_is_in_no_log(kit, caplog):
    with caplog.at_level(logging.DEBUG):
        hub = Hub(kit)
        hub.cycle()
        hub.cycle(fault="500")
    assert [secret for secret in kit.secrets if secret in caplog.text] == []
