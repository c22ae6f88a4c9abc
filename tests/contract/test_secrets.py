"""A credential stands in the settings and in the question, and nowhere else."""

import logging

import pytest

from tests.contract.kit import Hub, Kit, kits, opened

WITH_SECRETS = [name for name, make in kits().items() if make().secrets]

pytestmark = pytest.mark.parametrize("name", WITH_SECRETS)


@pytest.fixture
def secret_kit(name: str) -> Kit:
    return kits()[name]()


def test_secret_is_used(name, secret_kit):
    """Otherwise the other tests could not fail."""
    place, session = opened(secret_kit)
    list(place.read({secret_kit.main: None}))
    assert all(any(secret in url for url in session.asked) for secret in secret_kit.secrets)


def test_secret_is_in_no_page_cursor_error_or_sentence(name, secret_kit):
    hub = Hub(secret_kit)
    hub.cycle()
    for fault in ("401", "404", "500", "garbage", "timeout"):
        hub.cycle(fault=fault)
    place, _session = opened(secret_kit)
    said = [repr(hub.pages), repr(hub.failures), repr(hub.cursors), repr(place.check())]
    said += [f"{failure.error} {failure.error.url}" for failure in hub.failures]
    assert hub.failures
    assert [text for text in said for secret in secret_kit.secrets if secret in text] == []


def test_secret_is_in_no_repr(name, secret_kit):
    place, _ = opened(secret_kit)
    said = f"{secret_kit.settings!r} {secret_kit.settings} {place!r} {vars(place)!r}"
    assert [secret for secret in secret_kit.secrets if secret in said] == []


def test_secret_is_in_no_log(name, secret_kit, caplog):
    with caplog.at_level(logging.DEBUG):
        hub = Hub(secret_kit)
        hub.cycle()
        hub.cycle(fault="500")
    assert [secret for secret in secret_kit.secrets if secret in caplog.text] == []
