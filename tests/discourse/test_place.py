"""What a board can do for us, with a key and without one."""

import json

import pytest
from pydantic import ValidationError

from adapters.discourse.adapter import ADAPTER
from adapters.discourse.client import base_of
from adapters.discourse.settings import DiscourseSettings
from connector.errors import AuthError, PermanentError
from connector.model import AudienceKind, Kind, StreamFailed
from tests.contract.fake_session import FakeSession
from tests.contract.kit import NOW
from tests.contract.kits.discourse import ADDRESS, SECRET_KEY, BoardKit, StrangerKit


def opened(kit, **settings):
    session = FakeSession(kit.answer)
    given = DiscourseSettings(**{**dict(kit.settings), **settings})
    return ADAPTER.open(given, session, NOW), session


def lines(place):
    return {line.ability: line for line in place.check().lines}


def test_without_a_key_check_says_what_is_missing_for_the_rest():
    found = lines(opened(StrangerKit())[0])
    assert "Private categories" in found["key"].sentence
    assert "api_key" in found["key"].sentence


def test_stranger_at_a_closed_board_is_told_to_ask_for_a_key():
    kit = StrangerKit()
    kit.small.board.login_required = True
    place, _ = opened(kit)
    report = place.check()
    assert not report.ok
    assert any("api_key" in line.sentence for line in report.lines)
    with pytest.raises(AuthError, match="signed in"):
        list(place.read({kit.main: None}))


def test_group_that_hides_its_members_is_told():
    kit = BoardKit()
    kit.small.leaders.shows_members = False
    line = lines(opened(kit)[0])["group lead-teachers"]
    assert not line.ok
    assert "who is in it" in line.sentence


def test_user_key_is_sent_in_its_own_headers():
    kit = BoardKit()
    place, session = opened(kit, api_key=None, user_api_key=SECRET_KEY, user_api_client_id="hub-1")
    assert list(place.streams())
    sent = session.seen[0].headers
    assert (sent["User-Api-Key"], sent["User-Api-Client-Id"]) == (SECRET_KEY, "hub-1")
    assert "Api-Key" not in sent


def titles(place):
    return {stream.title for stream in place.streams()}


def test_private_category_names_its_groups():
    assert {
        "Staffroom",
        "Lead teachers (only lead-teachers)",
        "Kāhui ako (only lead-teachers and assessment)",
        "Workshops: who is coming",
    } <= titles(opened(BoardKit())[0])


def test_chosen_categories_and_groups_are_the_only_ones_offered():
    assert titles(opened(BoardKit(), categories=("ideas",))[0]) == {
        "Ideas",
        "Workshops: who is coming",
    }
    assert "Assessment (only assessment)" not in titles(
        opened(BoardKit(), groups=("lead-teachers",))[0]
    )


def read(kit, **settings):
    place, _ = opened(kit, **settings)
    found = {}
    for page in place.read({stream.key: None for stream in place.streams()}):
        assert not isinstance(page, StreamFailed)
        for record in page.records:
            found[record.external_id] = (page.stream, record)
    return found


def test_chosen_tag_is_a_part_of_its_own():
    kit = BoardKit()
    stream, record = read(kit, tags=("Robotics",))[f"post:{kit.small.tagged.id}"]
    assert stream == "tag:robotics"
    assert record.tags == ("robotics",)


def test_board_without_events_offers_no_sign_ups():
    kit = BoardKit()
    kit.small.board.has_events = False
    assert "Workshops: who is coming" not in titles(opened(kit)[0])
    assert list(opened(kit)[0].read({"sign-ups": None}))[-1].complete


def test_event_is_a_workshop_with_its_time_and_place():
    kit = BoardKit()
    event = kit.small.event
    _, record = read(kit)[f"post:{kit.small.workshop.id}"]
    assert record.kind is Kind.WORKSHOP
    assert (record.start, record.end) == (
        event.start.replace(second=0),
        event.end.replace(second=0),
    )
    assert record.location == "Hall"


def test_school_comes_from_a_group_or_a_profile_where_configured():
    kit = BoardKit()
    found = read(kit, school_groups={"rimuwai": "Rimuwai School"})
    _, record = found[f"post:{kit.small.first.id}"]
    assert record.author.school == "Rimuwai School"
    assert {r.author.school for _, r in read(BoardKit()).values()} == {None}


def test_school_of_a_group_reaches_its_members_who_never_wrote():
    kit = BoardKit()
    kit.small.rimuwai.members.append(kit.small.lena.id)
    settings = {"school_groups": {"rimuwai": "Rimuwai School"}}
    cursors = {stream.key: None for stream in opened(kit, **settings)[0].streams()}
    schools = {}
    for _ in range(5):
        for page in opened(kit, **settings)[0].read(cursors):
            schools |= {a.external_id: a.school for a in page.accounts if a.school}
            cursors[page.stream] = page.cursor or cursors[page.stream]
    assert schools == {f"user:{u.id}": "Rimuwai School" for u in (kit.small.mere, kit.small.lena)}


def test_school_of_a_profile_field_is_learned_author_by_author():
    kit = BoardKit()
    place, _ = opened(kit, school_field="1")
    cursors = {stream.key: None for stream in place.streams()}
    schools = {}
    for _ in range(4):
        for page in opened(kit, school_field="1")[0].read(cursors):
            schools |= {a.external_id: a.school for a in page.accounts if a.school}
            cursors[page.stream] = page.cursor or cursors[page.stream]
    mere, sam = kit.small.mere, kit.small.sam
    assert schools == {f"user:{mere.id}": "Rimuwai School", f"user:{sam.id}": "Lake Tūī School"}


def test_category_that_is_gone_is_told_as_such():
    kit = BoardKit()
    place, _ = opened(kit)
    (failure,) = [f for f in place.read({"category:99": None}) if isinstance(f, StreamFailed)]
    assert isinstance(failure.error, PermanentError)
    assert "no longer shows" in str(failure.error)


def test_whispers_and_lines_of_the_board_are_no_posts():
    kit = BoardKit()
    for number, kind in ((20, 3), (21, 4)):
        kit.small.board.posts[kit.small.board.post_ids[number]].kind = kind
    found = read(kit)
    ids = kit.small.board.post_ids
    assert {f"post:{ids[20]}", f"post:{ids[21]}"}.isdisjoint(found)


def test_newest_fifty_that_nobody_may_see_hide_nothing():
    """Their numbers are counted, so the first answer is empty."""
    kit = StrangerKit()
    for number in range(60):
        kit.small.reply(kit.small.secret, f"<p>{number}</p>")
    expected = {f"post:{number}" for number in kit.small.board.expected(None)}
    found = {i for i in read(kit) if i.startswith("post:")}
    assert found == expected


def test_board_that_is_proposed_shows_its_newest_topics():
    proposal = ADAPTER.propose(f"{ADDRESS}/latest", FakeSession(StrangerKit().answer))
    assert (proposal.title, proposal.address) == ("Tarāpunga board", ADDRESS)
    assert proposal.offers[0].newest


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("board.example", "https://board.example"),
        ("https://board.example/t/welcome/7/3", "https://board.example"),
        ("https://board.example/c/staffroom/4.rss", "https://board.example"),
        ("https://school.example/forum/latest", "https://school.example/forum"),
        ("https://school.example/forum/", "https://school.example/forum"),
    ],
)
def test_any_page_leads_to_its_board(address, base):
    assert base_of(address) == base


@pytest.mark.parametrize(
    "settings",
    [
        {"address": "gopher://x"},
        {"address": ADDRESS, "api_key": "a", "user_api_key": "b"},
        {"address": ADDRESS, "api_key": " "},
        {"address": ADDRESS, "school_field": "name"},
        {"address": ADDRESS, "requests_per_minute": 0},
        {"address": "https://me:pw@board.example"},
    ],
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        DiscourseSettings(**settings)


def test_cursors_hold_no_word_of_a_post():
    kit = BoardKit()
    place, _ = opened(kit)
    cursors = [page.cursor for page in place.read({kit.main: None}) if page.cursor]
    assert cursors
    words = {"Welcome", "Nau", "Kia", "Mere", "Sam"}
    assert [word for word in words for cursor in cursors if word in json.dumps(cursor)] == []


def test_audience_of_two_groups_is_one_group_of_both():
    kit = BoardKit()
    place, _ = opened(kit)
    pages = list(place.read({f"category:{kit.small.both}": None}))
    (whom,) = {record.audience for page in pages for record in page.records}
    assert whom.kind is AudienceKind.GROUP
    (listed,) = [m for page in pages for m in page.memberships if m.audience == whom]
    small = kit.small
    assert set(listed.members) == {f"user:{u.id}" for u in (small.hub, small.mere, small.sam)}
