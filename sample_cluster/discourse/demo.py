"""The board of the sample cluster: who is on it, its three private groups, and what they say.

All of it is invented. ``at_work`` is what happens there between two looks at it.
"""

import json
from datetime import date, timedelta

from sample_cluster.archive import beginning
from sample_cluster.discourse.answering import Service
from sample_cluster.discourse.world import Board, Group, User
from sample_cluster.people import SCHOOLS, TEACHERS, school_named

KEY = "TOKEN"
KEY_VARIABLE = "SAMPLE_BOARD_KEY"
READER = "hub-reader"
TITLE = "Tarāpunga board"

_OPEN = ("Staffroom", "Teaching ideas", "Workshops")
_PRIVATE = {
    "lead-teachers": "Lead teachers",
    "assessment-group": "Assessment group",
    "new-teachers": "New teachers",
}
_TALK: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Staffroom",
        "Nau mai, haere mai to our board",
        ("welcome",),
        ("Kia ora koutou. Say who you are and where you teach.", "Kia ora from the valley."),
    ),
    (
        "Staffroom",
        "Sharing a bus to the museum",
        ("trips",),
        (
            "We have 22 seats left on Thursday.",
            "Two classes of ours would come.",
            "Booked, thank you.",
        ),
    ),
    (
        "Teaching ideas",
        "Robots in Room 5",
        ("robotics", "maths"),
        (
            "They draw polygons with them.",
            "Ours fell off the table.",
            "Start with squares on the mat.",
        ),
    ),
    (
        "Teaching ideas",
        "Reading buddies across schools",
        ("reading",),
        ("Our year 6 read to your year 2 on screen.", "Tuesdays after morning tea would suit us."),
    ),
    (
        "Teaching ideas",
        "Garden journals all year round",
        ("science",),
        ("One page a week, with a drawing.", "We weigh the harvest and graph it."),
    ),
    (
        "Lead teachers",
        "Release days next term",
        (),
        ("Please send me your dates by Friday.", "Weeks 3 and 7 for us."),
    ),
    (
        "Assessment group",
        "Moderating the writing samples",
        (),
        ("The samples are in the shared folder.", "Sample 4 divides us: let us talk."),
    ),
    (
        "New teachers",
        "Questions you would not ask in the staffroom",
        (),
        ("How do you mark 30 books a night?", "You do not. Choose five."),
    ),
)


def demo_board(today: date) -> Service:
    """Return the board as it was on the afternoon before this day."""
    board = Board(TITLE)
    board.now = beginning(today) - timedelta(days=12)
    people = _people(board)
    groups = _groups(board, people)
    parts = {name: board.add_category(name, _slug(name)) for name in _OPEN}
    for key, name in _PRIVATE.items():
        parts[name] = board.add_category(name, _slug(name), groups[key])
    for number, (part, title, tags, texts) in enumerate(_TALK):
        members = board.categories[parts[part]].groups
        writers = [u for u in people[1:] if not members or u.id in groups_of(board, members)]
        _talk(board, parts[part], title, tags, texts, writers[number % 3 :])
    _workshop(board, parts["Workshops"], people)
    board.now = beginning(today)
    return Service(board, keys={KEY: people[0].id})


def groups_of(board: Board, groups: tuple[int, ...]) -> set[int]:
    """Return who is in one of these groups."""
    return {member for group in groups for member in board.groups[group].members}


def _people(board: Board) -> list[User]:
    reader = board.add_user("Hub", READER)
    schools = {one.slug: board.add_group(f"school-{one.slug}", []) for one in SCHOOLS}
    people = [reader]
    for teacher in TEACHERS:
        user = board.add_user(teacher.name, f"{_slug(teacher.name)}")
        user.primary_group = schools[teacher.school].id
        user.field = school_named(teacher.school).name
        schools[teacher.school].members.append(user.id)
        people.append(user)
    return people


def _groups(board: Board, people: list[User]) -> dict[str, Group]:
    """Make the private groups: each fifth teacher, the two after, and the next two."""
    chosen = {
        "lead-teachers": people[1::5],
        "assessment-group": people[2::5],
        "new-teachers": people[4::10],
    }
    return {name: board.add_group(name, [people[0], *chosen[name]]) for name in _PRIVATE}


def _talk(
    board: Board,
    category: int,
    title: str,
    tags: tuple[str, ...],
    texts: tuple[str, ...],
    writers: list[User],
) -> None:
    board.tick(hours=19)
    first = board.write(category, title, f"<p>{texts[0]}</p>", user=writers[0].id, tags=tags)
    for text, writer in zip(texts[1:], writers[1:], strict=False):
        board.tick(hours=3)
        board.reply(first.topic, f"<p>{text}</p>", user=writer.id)


def _workshop(board: Board, category: int, people: list[User]) -> None:
    board.tick(hours=5)
    text = "<p>Bring a laptop and something that moves.</p>"
    post = board.write(category, "Robotics for beginners", text, user=people[6].id)
    board.announce(
        post.id, starts_in=timedelta(days=20), location="Rimuwai School hall", capacity=24
    )
    for number, user in enumerate(people[2:18]):
        board.answer(post.id, user.id, "interested" if number % 4 == 3 else "going")


def at_work(service: Service) -> None:
    """Let a day's talk happen: an answer, an edit, a removal, a sign-up."""
    board = service.board
    topics = {topic.title: topic for topic in board.topics.values()}
    bus, robots = topics["Sharing a bus to the museum"], topics["Robots in Room 5"]
    board.reply(bus.id, "<p>Is there room for a wheelchair?</p>", user=bus.user)
    board.edit(robots.posts[0], "<p>They draw polygons with them, and now whole letters.</p>")
    board.delete(topics["Nau mai, haere mai to our board"].posts[1])
    event = next(iter(board.events))
    board.answer(event, board.events[event].invitees[0].user, "not_going")


def board_source(address: str) -> str:
    """Return the part of a ``config.toml`` that reads the board."""
    schools = {f"school-{one.slug}": one.name for one in SCHOOLS}
    lines = [
        "[[sources]]",
        'id = "board"',
        'kind = "discourse"',
        f"title = {_quoted(TITLE)}",
        f"address = {_quoted(address)}",
        "[sources.settings]",
        f'api_key = "env:{KEY_VARIABLE}"',
        f"api_username = {_quoted(READER)}",
        "[sources.settings.school_groups]",
        *(f"{_quoted(group)} = {_quoted(school)}" for group, school in schools.items()),
    ]
    return "\n".join([*lines, ""])


def board_destination(service: Service) -> str:
    """Return the part of a ``config.toml`` that announces on the board, to its lead teachers."""
    board = service.board
    number = next(one.id for one in board.categories.values() if one.name == "Lead teachers")
    service.desk.least_title = 5  # titles in te reo are short
    lines = [
        "[[destinations]]",
        'id = "board-leads"',
        'kind = "discourse"',
        f"title = {_quoted(f'{TITLE}, lead teachers')}",
        f"address = {_quoted(board.base)}",
        'audience = "members"',
        'source = "board"',
        "[destinations.settings]",
        f'api_key = "env:{KEY_VARIABLE}"',
        f"api_username = {_quoted(READER)}",
        f"category = {number}",
        "events = true",
        "least_title = 5",
    ]
    return "\n".join([*lines, ""])


def _slug(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower())
    return "-".join(filter(None, kept.split("-"))) or "user"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
