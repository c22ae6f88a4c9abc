"""Row 35: for any address the hub says why it is here, or why not."""

import pytest

from connector.errors import AuthError
from connector.model import Problem, ProblemKind
from connector.rules import Rules
from connector.store.why import Answer, why
from tests.engine import PRIVACY, Engine
from tests.fake_place import NOON, FakeService, record, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asked(engine: Engine, address: str) -> Answer:
    with engine.store.read() as conn:
        return why(conn, engine.cluster_id, address, PRIVACY)


def told(engine: Engine, number: int) -> list[tuple[str, str]]:
    """Return what became of a post: (what, reason)."""
    found = asked(engine, f"http://blog.example/{number}")
    return [(one.what, one.reason) for one in found.outcomes]


@pytest.fixture
def service(engine: Engine) -> FakeService:
    return engine.add(rules=Rules(only_title_words=("week",)))


def test_a_kept_post_says_where_it_came_from(engine: Engine, service: FakeService) -> None:
    service.publish(record(1))
    engine.run()
    (origin,) = asked(engine, "http://blog.example/1").origins
    assert (origin.place, origin.stream, origin.is_live) == ("Place room5", "Blog", True)
    assert [what for what, _ in told(engine, 1)] == ["new"]


def test_its_id_is_as_good_as_its_address(engine: Engine, service: FakeService) -> None:
    service.publish(record(1))
    engine.run()
    by_address = asked(engine, "https://blog.example/1?utm_source=mail")
    assert asked(engine, "post:1").origins == by_address.origins != ()


def test_what_a_rule_left_out_says_which(engine: Engine, service: FakeService) -> None:
    service.publish(record(1, title="Sports day"), record(2))
    engine.run()
    ((what, reason),) = told(engine, 1)
    assert what == "skipped"
    assert "week" in reason


@pytest.mark.parametrize(
    ("kind", "what"), [(ProblemKind.HIDDEN, "hidden"), (ProblemKind.FAILED, "failed")]
)
def test_what_could_not_be_read_says_so(
    engine: Engine, service: FakeService, kind: ProblemKind, what: str
) -> None:
    problem = Problem(kind, "It asks for a password.", "post:1", "http://blog.example/1")
    service.publish(record(2), problems=(problem,))
    engine.run()
    assert told(engine, 1) == [(what, "It asks for a password.")]
    assert asked(engine, "http://blog.example/1").origins == ()


def test_what_waits_says_for_what(engine: Engine, service: FakeService) -> None:
    service.publish(record(1))
    engine.run()
    engine.brake = 0
    service.publish(record(2, published=NOON))
    engine.run()
    (origin,) = asked(engine, "http://blog.example/2").origins
    assert origin.held == "flood"
    ((what, reason),) = told(engine, 2)
    assert (what, "more than 0 new posts" in reason) == ("held", True)


def test_what_left_says_when_and_why(engine: Engine, service: FakeService) -> None:
    service.publish(record(1))
    engine.run()
    service.publish(gone=("post:1",))
    engine.run()
    (origin,) = asked(engine, "http://blog.example/1").origins
    assert (origin.is_live, origin.retired) == (False, NOON)
    assert origin.retired_reason
    assert [what for what, _ in told(engine, 1)] == ["retired"]


def test_two_that_were_joined_say_why_and_how_to_undo_it(engine: Engine) -> None:
    body = f"<p>{' '.join(words(1))}</p>"
    for key in ("one", "two"):
        service = engine.add(key, host=f"http://{key}.example/")
        service.publish(record(1, external_id=f"{key}:1", html=body))
        engine.run(key)
    found = asked(engine, "http://blog.example/1")
    assert [one.place for one in found.origins] == ["Place one", "Place two"]
    ((_, reason, undone),) = found.origins[1].merges
    assert (reason, undone) == ("the same address in another place", False)


def test_an_address_nobody_showed_names_the_place_that_would(
    engine: Engine, service: FakeService
) -> None:
    service.publish(record(1))
    engine.run()
    service.fail["place"] = AuthError("The token was refused.")
    engine.run()
    found = asked(engine, "http://blog.example/77")
    assert (found.origins, found.outcomes) == ((), ())
    assert [(one.key, one.trouble_sentence) for one in found.places] == [
        ("room5", "The token was refused.")
    ]
    assert asked(engine, "https://nowhere.example/1").places == ()
