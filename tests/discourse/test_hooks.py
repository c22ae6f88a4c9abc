"""Webhooks: a genuine call asks for a run, and nothing else does anything at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.discourse.adapter import ADAPTER
from sample_cluster.discourse.hooks import signed_call
from sync_jobs.hooks import HookEar
from tests.discourse.board_hub import NAME, expected
from tests.web.making import make_app

SECRET = "TOKEN"


@pytest.fixture
def hub(hub):
    """A hub whose place is due in an hour, with a way to be called."""
    hub.cycle()
    secrets = {"api_key": SECRET, "webhook_secret": SECRET}
    ear = HookEar(replace(hub.jobs(), resolve=lambda values: {**values, **secrets}))
    app = make_app(hub.store, now=lambda: hub.board.now)
    app.extensions["clusterhub"] = replace(app.extensions["clusterhub"], hear_hook=ear.hear)
    hub.client = app.test_client()
    hub.due = hub.source().due
    assert hub.due > hub.board.now + timedelta(minutes=20)
    return hub


def call_of(hub, secret=SECRET, subject=7):
    return signed_call(
        base=hub.board.base,
        kind="post",
        event="post_created",
        subject=subject,
        number=42,
        secret=secret,
    )


def sent(hub, call, path=f"/hooks/kauri/{NAME}"):
    return hub.client.post(path, data=call.body, headers=dict(call.headers)).status_code


def test_genuine_call_asks_for_a_run(hub):
    asked = len(hub.small.service.asked)
    assert sent(hub, call_of(hub)) == 204
    assert hub.source().due <= hub.board.now
    assert len(hub.small.service.asked) == asked, "a call is answered without asking the board"


@pytest.mark.parametrize("secret", ["another", ""])
def test_forged_call_does_nothing(hub, secret):
    assert sent(hub, call_of(hub, secret)) == 404
    assert hub.source().due == hub.due


def test_call_whose_body_was_changed_does_nothing(hub):
    genuine, other = call_of(hub), call_of(hub, subject=8)
    assert sent(hub, type(genuine)(genuine.headers, other.body)) == 404
    assert hub.source().due == hub.due


def test_call_without_a_signature_does_nothing(hub):
    assert hub.client.post(f"/hooks/kauri/{NAME}", data=b"{}").status_code == 404
    assert hub.source().due == hub.due


@pytest.mark.parametrize("path", ["/hooks/kauri/nowhere", f"/hooks/other/{NAME}"])
def test_call_to_another_place_does_nothing(hub, path):
    assert sent(hub, call_of(hub), path) == 404


def test_replayed_call_asks_for_no_second_run_within_a_minute(hub):
    call = call_of(hub)
    assert sent(hub, call) == 204
    hub.run()
    due = hub.source().due
    hub.board.tick(seconds=-50)
    assert sent(hub, call) == 204
    assert hub.source().due == due


def test_replayed_call_changes_nothing_that_is_held(hub):
    before, call = hub.held(), call_of(hub)
    for _ in range(3):
        assert sent(hub, call) == 204
        hub.cycle()
    assert hub.held() == before == expected(hub.small)


def test_lost_call_costs_time_and_nothing_else(hub):
    hub.small.reply(hub.small.first, "<p>Nobody called</p>")
    hub.board.now = hub.source().due
    hub.cycle()
    assert hub.held() == expected(hub.small)


def test_place_that_asked_for_rest_is_not_disturbed(hub):
    hub.small.service.limits.storm = ["json"] * 5
    hub.run()
    due = hub.source().due
    assert sent(hub, call_of(hub)) == 204
    assert hub.source().due == due


def test_call_is_not_taken_by_get(hub):
    assert hub.client.get(f"/hooks/kauri/{NAME}").status_code == 405


def test_verification_is_on_the_raw_body():
    call = signed_call(base="", kind="topic", event="x", subject=1, number=1, secret=SECRET)
    assert ADAPTER.verify_hook(call.headers, call.body, SECRET)
    assert not ADAPTER.verify_hook(call.headers, call.body + b" ", SECRET)
    assert not ADAPTER.verify_hook({}, call.body, SECRET)
    assert not ADAPTER.verify_hook(call.headers, call.body, "")
    lower = {name.lower(): value for name, value in call.headers.items()}
    assert ADAPTER.verify_hook(lower, call.body, SECRET)
    odd = {"X-Discourse-Event-Signature": "sha256=\xe9"}
    assert not ADAPTER.verify_hook(odd, call.body, SECRET)
