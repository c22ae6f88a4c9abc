"""Chat services go out through the guard alone, and no part of a room's URL gets out at all."""

import base64
import logging
import socket
import traceback
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from types import ModuleType

import pytest
import requests
from pydantic import ValidationError

from adapters.chat import way_out
from adapters.chat.services import SERVICES
from adapters.chat.settings import ChatSettings
from connector.announce.plan import shown
from connector.contract import Planner
from connector.errors import (
    AuthError,
    ConfigError,
    PermanentError,
    SourceError,
    TemporaryError,
    UnknownOutcome,
)
from connector.model import Message
from tests.announce.chat_rooms import EXAMPLES, LONG, Example, room
from tests.contract.fake_session import Answer, FakeSession
from tests.guarded import network

MESSAGE = Message(
    title="Maths <evening> & co",
    html='<p>Nau mai, <em>haere mai</em>: <a href="https://kauri.example/a_b">the page</a></p>',
    text="Nau mai, *haere mai*: the page (https://kauri.example/a_b)",
)
PUBLIC = "93.184.216.34"
each_service = pytest.mark.parametrize("example", EXAMPLES.values(), ids=list(EXAMPLES))


def test_every_service_has_an_example() -> None:
    assert {one.title for one in SERVICES} == set(EXAMPLES)
    assert {name for name, one in EXAMPLES.items() if room(one.url)._room.title == name} == set(
        EXAMPLES
    )


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Where anything tried to connect to; no connection comes about, and no name is resolved."""
    tried: list[object] = []

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    real = socket.getaddrinfo

    def numeric(host: str, *more: object, **named: object) -> object:
        ip_address(host)  # a name would be resolved past the guard
        return real(host, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    monkeypatch.setattr(socket, "getaddrinfo", numeric)
    return tried


# --- the guard ------------------------------------------------------------------------------


@each_service
def test_what_is_asked_is_the_vetted_address_and_nothing_else(
    example: Example, connected: list[object]
) -> None:
    net = network({example.host: [PUBLIC]}, allow=())
    with pytest.raises(TemporaryError):
        room(example.url, net.session()).send(MESSAGE, "hub-1")
    assert connected == [(PUBLIC, example.port)]


@each_service
@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.8", "::1", "fd00::1"])
def test_a_name_that_leads_inside_is_refused(
    example: Example, address: str, connected: list[object]
) -> None:
    net = network({example.host: [PUBLIC, address]}, allow=())
    with pytest.raises(PermanentError, match="not a public address"):
        room(example.url, net.session()).send(MESSAGE, "hub-1")
    assert connected == []


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "2130706433", "localhost"])
@pytest.mark.parametrize(
    "url", ["mmosts://{}/abcdefgh", "synologys://{}/abcdefgh", "ntfys://{}/ab"]
)
def test_a_host_that_is_inside_is_refused(url: str, host: str, connected: list[object]) -> None:
    net = network({"localhost": ["127.0.0.1"]}, allow=())
    with pytest.raises((PermanentError, ConfigError)):
        room(url.format(host), net.session()).send(MESSAGE, "hub-1")
    assert connected == []


def test_a_machine_s_own_metadata_is_refused_where_private_ranges_are_open(
    connected: list[object],
) -> None:
    net = network(allow=(ip_network("169.254.0.0/16"),))
    with pytest.raises(PermanentError):
        room("mmosts://169.254.169.254/abcdefgh", net.session()).send(MESSAGE, "hub-1")
    assert connected == []


@each_service
def test_previews_and_plans_ask_nobody(example: Example, connected: list[object]) -> None:
    opened = room(example.url, network({}, allow=()).session())
    assert isinstance(opened, Planner)
    assert len(opened.plan(opened.preview(MESSAGE), "hub-1")) == 1
    assert connected == []


@each_service
def test_a_plugin_has_no_way_out_of_its_own(example: Example, connected: list[object]) -> None:
    """Whatever it does with its ``requests``, outside of a sending it is refused."""
    plugin = room(example.url)._room._made()
    assert plugin.notify(title="Test", body="Test") is False
    assert connected == []


def test_a_module_that_reaches_the_network_otherwise_is_refused() -> None:
    for told in ({"socket": socket}, {"post": requests.post}, {"http": requests.Session}):
        module = ModuleType("plugin")
        vars(module).update(told)
        with pytest.raises(ConfigError, match="tested with"):
            way_out.shut(module)


def test_a_second_request_of_one_message_does_not_leave() -> None:
    session = FakeSession(lambda request: Answer(b"ok"))
    way = way_out.Sent(session)
    asked = requests.Request("POST", "https://chat.kauri.example/", data="a").prepare()
    way.take(asked)
    with pytest.raises(way_out.Refused):
        way.take(asked)
    assert len(session.seen) == 1


def test_nothing_is_sent_in_the_open() -> None:
    session = FakeSession(lambda request: Answer(b"ok"))
    way = way_out.Sent(session)
    with pytest.raises(way_out.Refused):
        way.take(requests.Request("POST", "http://chat.kauri.example/", data="a").prepare())
    assert isinstance(way.error, PermanentError)
    assert session.seen == []


# --- what may be configured -----------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:18080/x",
        "syslog://",
        "file:///etc/passwd",
        "matrixs://user:pass@chat.kauri.example/#room",
        "mmost://chat.kauri.example/abcdefgh",
        "http://hooks.slack.com/services/T1/A1/x",
        "nonsense",
    ],
)
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatSettings.model_validate({"address": "https://room.kauri.example/", "url": url})
    assert "abcdefgh" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "workflows://prod.logic.example/3e9a77c1/sig1234?template=/etc/passwd",
        "workflows://prod.logic.example/3e9a77c1/sig1234?template=http://169.254.169.254/",
        "discord://4174216298/token1234?template=http://127.0.0.1/",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/passwd",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23one/%23two",
        "slack://xoxb-1234-1234-abcdefabcdef/#general",
        "mmosts://chat.kauri.example/abcdefgh?to=one,two",
        "mmosts://chat.kauri.example/abcdefgh?mode=bot&to=%2Bone",
        "mmosts://chat.kauri.example/abcdefgh?verify=no",
        "rockets://user:pass@chat.kauri.example/#room",
        "synologys://nas.kauri.example/abcdefgh?+Host=inside.example",
        "synologys://nas.kauri.example/abcdefgh?file_url=http://127.0.0.1/",
        "ntfys://push.kauri.example/topic?attach=http://127.0.0.1/",
        "ntfys://push.kauri.example/one/two",
        "ntfys://kauri-staff",
        "ntfys://push.kauri.example/abcdefgh?mode=cloud",
        "ntfys://push.kauri.example/abcdefgh?mode=private",
        "zulip://hub@kauri.zulipchat.com/short/notices",
        "https://chat.kauri.example/hooks/abcdefgh",
    ],
)
def test_what_leads_elsewhere_or_to_several_rooms_is_refused(
    url: str, connected: list[object]
) -> None:
    with pytest.raises(ConfigError) as caught:
        room(url)
    secret = {"abcdefgh", "sig1234", "token1234", "TIiajkdnlazkcOXrIdevi7FQ"}
    told = "".join(traceback.format_exception(caught.value))
    assert [one for one in secret if one in told] == []
    assert connected == []


def test_without_the_extra_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "apprise.plugins.mattermost", None)
    with pytest.raises(ConfigError, match=r"pip install 'clusterhub\[chat\]'"):
        room(EXAMPLES["Mattermost"].url)


# --- secrets --------------------------------------------------------------------------------


def forms(secret: str) -> list[str]:
    users = ("hub", "hub-bot@kauri.zulipchat.com")
    return [secret, *(base64.b64encode(f"{one}:{secret}".encode()).decode() for one in users)]


@each_service
def test_no_part_of_the_url_is_in_plan_error_log_or_output(
    example: Example,
    connected: list[object],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for answered in (
        lambda request: Answer(b"ok", 200),
        lambda request: Answer(b"<html>no", 401),
        lambda request: Answer(b"<html>no", 404),
        lambda request: Answer(b"<html>no", 500),
        lambda request: Answer(b"ok", 204),
    ):
        opened = room(example.url, FakeSession(answered))
        assert isinstance(opened, Planner)
        told += [shown(one) for one in opened.plan(opened.preview(MESSAGE), "hub-1")]
        told += [repr(opened), repr(opened._settings), repr(opened._room)]
        try:
            told.append(repr(opened.send(MESSAGE, "hub-1")))
        except SourceError as error:
            told += [*traceback.format_exception(error), repr(error), str(error.url)]
    real = network({example.host: [PUBLIC]}, allow=())
    with pytest.raises(TemporaryError) as caught:
        room(example.url, real.session()).send(MESSAGE, "hub-1")
    told += [*traceback.format_exception(caught.value), str(caught.value.url)]
    said = "\n".join([*told, caplog.text, *capfd.readouterr()])
    assert "Nau mai" in said
    assert [one for secret in example.secrets for one in forms(secret) if one in said] == []


@each_service
def test_the_secret_is_in_what_is_sent(example: Example) -> None:
    """Otherwise the test above could not fail."""
    session = FakeSession(lambda request: Answer(b"ok"))
    room(example.url, session).send(MESSAGE, "hub-1")
    (seen,) = session.seen
    sent = f"{seen.url} {dict(seen.headers)} {seen.body!r}"
    assert all(any(one in sent for one in forms(secret)) for secret in example.secrets[-1:])
    assert "haere mai" in sent.replace("+", " ")


NAMED = {
    "Mattermost": f"mmosts://chat.kauri.example/{LONG}?channel=",
    "Rocket.Chat": f"rockets://hook4711abc/{LONG}@rocket.kauri.example?to=%23",
    "Slack": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    "Zulip": f"zulip://hub@kauri.zulipchat.com/{LONG}/",
}


@pytest.mark.parametrize("name", NAMED)
def test_another_channel_is_another_plan(name: str) -> None:
    first, other = (room(NAMED[name] + one) for one in ("notices", "parents-of-the-middle-school"))
    assert first.plan(MESSAGE, "hub-1") != other.plan(MESSAGE, "hub-1")
    told = "".join(shown(one) for one in other.plan(MESSAGE, "hub-1"))
    assert "parents-of-the-middle-school" in told
    assert LONG not in told
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in told


# --- what an answer means -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("Synology Chat", b'{"error": {"code": 404, "errors": "invalid token"}, "success": false}'),
        ("Rocket.Chat", b'{"success": false, "error": "invalid-channel"}'),
        ("Zulip", b'{"result": "error", "msg": "Stream does not exist"}'),
    ],
)
def test_a_refusal_with_a_good_status_is_a_refusal(name: str, refusal: bytes) -> None:
    with pytest.raises(PermanentError, match="refused"):
        room(EXAMPLES[name].url, FakeSession(lambda request: Answer(refusal))).send(MESSAGE, "h-1")
    for good in (b'{"success": true}', b'{"result": "success", "msg": ""}', b"[]", b""):
        session = FakeSession(lambda request, good=good: Answer(good))
        room(EXAMPLES[name].url, session).send(MESSAGE, "h-1")


@each_service
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (302, PermanentError),
        (400, PermanentError),
        (401, AuthError),
        (403, AuthError),
        (404, PermanentError),
        (429, TemporaryError),
        (500, TemporaryError),
        (502, UnknownOutcome),
        (503, TemporaryError),
    ],
)
def test_an_answer_is_what_the_status_says(
    example: Example, status: int, expected: type[SourceError]
) -> None:
    session = FakeSession(lambda request: Answer(b"", status))
    with pytest.raises(SourceError) as caught:
        room(example.url, session).send(MESSAGE, "hub-1")
    assert type(caught.value) is expected
    assert len(session.seen) == 1


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - {"Synology Chat"}))
def test_a_success_that_apprise_does_not_know_is_open(name: str) -> None:
    """Synology's plugin takes any; all others name the statuses that they know."""
    opened = room(EXAMPLES[name].url, FakeSession(lambda request: Answer(b"", 206)))
    with pytest.raises(UnknownOutcome, match="otherwise"):
        opened.send(MESSAGE, "hub-1")


@each_service
def test_a_good_answer_is_a_receipt(example: Example) -> None:
    session = FakeSession(lambda request: Answer(b"ok"))
    receipt = room(example.url, session).send(MESSAGE, "hub-1")
    assert (receipt.external_id, receipt.url) == ("chat:hub-1", "https://room.kauri.example/")


def test_a_plugin_that_falls_over_after_sending_leaves_it_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = FakeSession(lambda request: Answer(b"ok"))
    opened = room(EXAMPLES["Mattermost"].url, session)
    real = opened._room.tell

    def falls(message: Message, way: way_out.Way) -> bool:
        real(message, way)
        raise ZeroDivisionError

    monkeypatch.setattr(opened._room, "tell", falls)
    with pytest.raises(UnknownOutcome):
        opened.send(MESSAGE, "hub-1")
