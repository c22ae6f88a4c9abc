"""Words of a place that a database cannot keep do not stop its reading."""

import pytest

from connector.model import (
    PUBLIC,
    STREAM,
    Account,
    Audience,
    AudienceChange,
    AudienceKind,
    Count,
    Kind,
    Membership,
    Problem,
    ProblemKind,
    Stream,
)
from tests.engine import Engine
from tests.fake_place import record

ODD = ["x\x00y", "\ud800half", "".join(map(str, range(3_000)))]


@pytest.mark.parametrize("odd", ODD, ids=["nul", "half a character", "long"])
def test_odd_words_anywhere_in_a_page_are_taken(engine: Engine, odd: str) -> None:
    service = engine.add()
    service.streams = [Stream(key="posts", title=odd)]
    page = {
        "accounts": (Account(odd, odd, f"http://blog.example/{odd}", school=odd),),
        "memberships": (
            Membership(STREAM, (odd,)),
            Membership(Audience(AudienceKind.GROUP, odd), (odd,)),
        ),
        "audience_changes": (AudienceChange(odd, Audience(AudienceKind.SCHOOL, odd)),),
        "counts": (Count("views", 3, "2026-03-01", odd),),
        "problems": (Problem(ProblemKind.FAILED, f"Odd: {odd}", odd, odd),),
        "gone": (odd,),
        "listed": (odd,),
        "streams": (Stream(key="late", title=odd, url=odd),),
    }
    odd_record = record(
        1,
        external_id=odd,
        title=odd,
        html=odd,
        url=f"http://blog.example/{odd}",
        author=Account(odd, odd),
        tags=(odd,),
        location=odd,
        object=odd,
        audience=Audience(AudienceKind.GROUP, odd),
    )
    service.publish(odd_record, record(2, audience=PUBLIC), **page)
    service.publish(odd_record, record(3, kind=Kind.COMMENT, in_reply_to=odd), **page)
    assert engine.run().state == "done"
    assert engine.titles() == ["Week 2"]
    service.publish(odd_record)
    engine.run()  # its audience is looked at again, since the place spoke of it
    service.publish(odd_record)
    assert engine.run().counts == {"unchanged": 1}
