"""An invented Interact community: the rows of its tables, and what a hub should make of them.

Spaces, forums, journals, noticeboards, calendars and workshops of a cluster from 2004 to 2011,
with what real sites have: zero dates, keys that lead nowhere, hidden and deleted parts, drafts,
more sign-ups than places, text in the wrong character set. Pure; how rows become SQL is in
``interact_sql``. What is expected is written down while the rows are made, not worked out
from them afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sample_cluster.people import TEACHERS
from sample_cluster.phrases import OBSERVATIONS, OPENINGS, REFLECTIONS
from sample_cluster.writing import filled

ZONE = ZoneInfo("Pacific/Auckland")
FIRST_DAY = datetime.fromisoformat("2004-02-02 08:00:00")
ZERO_DATE = "0000-00-00 00:00:00"
CANARIES = {
    "password": "canary-password-hash",
    "space_code": "canary-space-code",
    "group_code": "canary-group-code",
    "address": "canary-198-51-100-7",
    "setting": "canary-server-setting",
    "session": "canary-session-id",
    "email": "canary-mailbox",
}
"""What stands in columns that nobody may read."""
DRAFT, HIDDEN, DELETED, RESTRICTED = (
    "canary-draft-entry",
    "canary-hidden-forum",
    "canary-deleted-forum",
    "canary-group-words",
)
MACRON_CUT = "Hui ā-tau mō ngā kaiako o te rohe, tēnā koutou i whakarongo mai nei ki ngā kōrer"
"""Its next letter was cut in two by a column that counts bytes."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One thing a hub should read, in the hub's words; times are aware UTC."""

    external_id: str
    kind: str
    title: str = ""
    words: str = ""
    """A phrase of its text."""
    author: str = ""
    published: datetime | None = None
    in_reply_to: str | None = None
    object: str | None = None
    space: int = 0
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything there is."""

    spaces: int = 8
    posts: int = 600
    groups: int = 12
    users: int = 40
    visits: int = 200


SMALL = Size()
LARGE = Size(spaces=40, posts=60_000, groups=300, users=2_000, visits=20_000)


@dataclass
class InteractSite:
    """Rows by table, in the order of the tables' columns in ``interact_sql``."""

    size: Size = SMALL
    seed: int = 7
    rows: dict[str, list[Row]] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)
    members: dict[int, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rng = Random(self.seed)
        self._keys = {"module": 0, "link": 0, "post": 0}
        self._audience: dict[int, str] = {}
        self._forums: list[tuple[int, int, str]] = []
        self._journals: list[tuple[int, int, str]] = []
        self._writers: dict[int, list[int]] = {}
        for name in (
            "version users spaces modules module_space_links space_user_links group_settings"
            " group_user_links journal_settings posts news notices calendar_events statistics"
            " server_settings sessions"
        ).split():
            self.rows[name] = []
        self._people()
        for space in range(1, self.size.spaces + 1):
            self._space(space)
        self._groups()
        self._shared_and_lost()
        self._posts()
        self._visits()

    # Who and where

    def _people(self) -> None:
        self.rows["version"].append((2, "2.4"))
        self.rows["server_settings"].append((CANARIES["setting"],))
        self.rows["sessions"].append((CANARIES["session"],))
        for key in range(1, self.size.users + 1):
            name = TEACHERS[key % len(TEACHERS)].name
            first, _, last = name.partition(" ")
            preferred = "Hēmi" if key == 5 else ""
            domain = f"school{key % 6}.example.school.nz"
            self.rows["users"].append(
                (
                    key,
                    f"user{key}",
                    CANARIES["password"],
                    first,
                    last,
                    preferred,
                    f"{CANARIES['email']}.{key}@{domain}",
                    1 if key == 1 else 3,
                    self._text(self._when(key)),
                )
            )

    def _space(self, key: int) -> None:
        access = 1 + key % 3
        audience = {1: "cluster", 2: "stream", 3: "public"}[access]
        self._audience[key] = audience
        name = f"Ako tahi {key}" if key % 2 else f"Learning together {key}"
        self.rows["spaces"].append((key, 0, f"s{key}", name, "", CANARIES["space_code"], access))
        some = self._rng.sample(range(1, self.size.users + 1), min(12, self.size.users))
        self._writers[key] = some
        for place, user in enumerate(some):
            level = 1 if place == 0 else 3 if place == 1 else 2
            self.rows["space_user_links"].append((key, user, level, ZERO_DATE))
        self.members[key] = {f"user:{user}" for user in some}
        forum = self._module("forum", key, "Kōrero")
        self._forums.append((forum, key, audience))
        journal = self._module("journal", key, "Our reflections")
        self.rows["journal_settings"].append((journal, 1 + 4 + 32))
        self._journals.append((journal, key, "cluster" if audience == "public" else audience))
        closed = self._module("journal", key, "Private thoughts")
        self.rows["journal_settings"].append((closed, 2))
        self._journals.append((closed, key, "facilitators"))
        self._around(key)
        self._shut(key)

    def _around(self, key: int) -> None:
        """News, a noticeboard, a calendar, a file and a link."""
        rng, audience = self._rng, self._audience[key]
        board, calendar = (
            self._module("noticeboard", key, "Pānui"),
            self._module("calendar", key, "Dates"),
        )
        for number in range(3):
            news_key = key * 10 + number
            user = rng.choice(self._writers[key])
            words, when = self._words(), self._when(number)
            heading = f"Bus to the museum {news_key}"
            self.rows["news"].append(
                (news_key, key, heading, f"<p>{words}</p>", self._text(when), ZERO_DATE, user)
            )
            self._expect(
                f"news:{news_key}", "announcement", heading, words, user, when, key, audience
            )
            heading = MACRON_CUT if number == 0 else f"Pānui mō te whānau {news_key}"
            self.rows["notices"].append(
                (news_key, board, heading, words, self._text(when), ZERO_DATE, user)
            )
            self._expect(
                f"notice:{news_key}", "announcement", heading, words, user, when, key, audience
            )
            self.rows["calendar_events"].append(
                (
                    news_key,
                    calendar,
                    user,
                    "Cluster hui",
                    words,
                    self._text(when + timedelta(days=20)),
                    ZERO_DATE,
                    self._text(when),
                    "",
                )
            )
            self._expect(
                f"event:{news_key}", "event", "Cluster hui", words, user, when, key, audience
            )
        for kind in ("file", "link"):
            user, when = self._writers[key][0], self._when(key)
            module = self._module(kind, key, f"Our {kind}", when=when, user=user)
            self._expect(
                f"resource:{module}", "resource", f"Our {kind}", "", user, when, key, audience
            )

    def _shut(self, key: int) -> None:
        """Parts that nobody may read: hidden, deleted, within a hidden folder; and a group's."""
        folder = self._module("folder", key, "Old things", status=5)
        below = self._keys["link"]
        for status, parent, words in ((2, 0, HIDDEN), (4, 0, DELETED), (1, below, HIDDEN)):
            module = self._module("forum", key, words, status=status, parent=parent)
            self._post(module, key, None, words, "post")
        del folder
        group = self._module("group", key, "Lead teachers")
        self.rows["group_settings"].append((group, 1, 0, 0, ZERO_DATE, ZERO_DATE, ""))
        for user in self._writers[key][2:5]:
            self.rows["group_user_links"].append((group, user, 2, ZERO_DATE))
        forum = self._module("forum", key, "For lead teachers", group=group)
        self._post(forum, key, f"group:group:{group}", RESTRICTED, "post")

    def _groups(self) -> None:
        """Workshops: self-registration, places, and in each third more sign-ups than places."""
        rng = self._rng
        for number in range(self.size.groups):
            space = 1 + number % self.size.spaces
            user, when = self._writers[space][0], self._when(number)
            name = f"Workshop {number}: claymation"
            module = self._module("group", space, name, when=when, user=user)
            places = 4 if number % 3 == 0 else 0 if number % 3 == 1 else 20
            start = when + timedelta(days=30)
            self.rows["group_settings"].append(
                (
                    module,
                    2 + number % 2,
                    places,
                    0,
                    self._text(start),
                    self._text(start + timedelta(hours=3)),
                    CANARIES["group_code"],
                )
            )
            audience = self._audience[space]
            self._expect(f"workshop:{module}", "workshop", name, "", user, when, space, audience)
            self.rows["group_user_links"].append((module, user, 1, self._text(when)))
            others = [each for each in range(1, self.size.users + 1) if each != user]
            for place, joined in enumerate(sorted(rng.sample(others, 6))):
                joined_at = when + timedelta(hours=place)
                self.rows["group_user_links"].append((module, joined, 2, self._text(joined_at)))
                shown = "cluster" if audience == "public" else audience
                self._expect(
                    f"registration:{module}-{joined}",
                    "registration",
                    "",
                    "",
                    joined,
                    joined_at,
                    space,
                    shown,
                    object=f"workshop:{module}",
                )

    def _shared_and_lost(self) -> None:
        """A forum in two spaces, links to modules and spaces that are gone."""
        module, space, _ = self._forums[0]
        other = 2 if self.size.spaces > 1 else 1
        self._link(module, other)
        self._link(999_000, space)
        self._link(module, 999_000)
        self.rows["space_user_links"].append((999_000, 1, 2, ZERO_DATE))
        self.rows["news"].append((9_000_000, 999_000, "Lost", "Lost", ZERO_DATE, ZERO_DATE, 1))

    # What they wrote

    def _posts(self) -> None:
        rng = self._rng
        starts: dict[int, list[int]] = {}
        owner_of: dict[int, int] = {}
        self._daylight()
        while self._keys["post"] < self.size.posts:
            number = self._keys["post"]
            is_journal = number % 3 == 0
            module, space, audience = rng.choice(self._journals if is_journal else self._forums)
            begun = starts.setdefault(module, [])
            parent = rng.choice(begun) if begun and rng.random() < 0.6 else 0
            user = 999_001 if number % 97 == 0 else rng.choice(self._writers[space])
            is_draft = is_journal and not parent and number % 10 == 0
            key = self._write(
                module,
                space,
                None if is_draft else audience,
                user=user,
                parent=parent,
                owner=owner_of.get(parent, user) if is_journal else 0,
                words=DRAFT if is_draft else self._words(),
                is_journal=is_journal,
            )
            owner_of[key] = owner_of.get(parent, user)
            if not parent and not is_draft:
                begun.append(key)

    def _daylight(self) -> None:
        """Posts around both changes of the clocks in 2007: 18 March and 30 September."""
        module, space, audience = self._forums[0]
        for local in ("2007-03-18 01:30:00", "2007-03-18 03:30:00", "2007-09-30 01:30:00"):
            when = datetime.fromisoformat(local)
            self._write(module, space, audience, user=1, words=f"Clocks {local}", when=when)

    def _write(
        self,
        module: int,
        space: int,
        audience: str | None,
        *,
        user: int,
        words: str,
        parent: int = 0,
        owner: int = 0,
        is_journal: bool = False,
        when: datetime | None = None,
    ) -> int:
        """Add a post; an audience of None means that nobody may read it."""
        self._keys["post"] += 1
        key = self._keys["post"]
        subject = f"He pātai {key}" if key % 2 else f"A question {key}"
        is_lost = key % 83 == 0 and bool(parent)
        is_zero = key % 61 == 0
        at = when or FIRST_DAY + timedelta(
            minutes=key * 4_000_000 // max(self.size.posts, 1) % 4_000_000
        )
        shown = 888_000 if is_lost else parent
        stored = _as_mojibake(words) if key % 7 == 0 else words
        self.rows["posts"].append(
            (
                key,
                module,
                shown,
                888_000 if is_lost else parent or key,
                user,
                owner,
                subject,
                f"<p>{stored}</p>",
                None if key % 2 else "",
                ZERO_DATE if is_zero else self._text(at),
                ZERO_DATE,
                ZERO_DATE,
                2 if is_journal and audience is None else 1,
                "",
            )
        )
        if audience is not None:
            self._expect(
                f"post:{key}",
                "comment" if parent else "reflection" if is_journal else "post",
                subject,
                words,
                user,
                None if is_zero else at,
                space,
                audience,
                in_reply_to=None if is_lost or not parent else f"post:{parent}",
                object=f"user:{owner}" if owner else None,
            )
        return key

    def _post(self, module: int, space: int, audience: str | None, words: str, _kind: str) -> None:
        self._write(module, space, audience, user=self._writers[space][0], words=words)

    def _visits(self) -> None:
        rng = self._rng
        for number in range(self.size.visits):
            space = 1 + number % self.size.spaces
            user = rng.randint(1, self.size.users)
            when = FIRST_DAY + timedelta(days=number % 40)
            use = "post" if number % 5 == 0 else "read"
            row = (space, 0, user, self._text(when), use, CANARIES["address"])
            self.rows["statistics"].append(row)

    # Small things

    def _module(
        self,
        kind: str,
        space: int,
        name: str,
        *,
        status: int = 1,
        parent: int = 0,
        group: int = 0,
        when: datetime | None = None,
        user: int = 0,
    ) -> int:
        self._keys["module"] += 1
        key = self._keys["module"]
        added = self._text(when) if when else ZERO_DATE
        self.rows["modules"].append((key, kind, 1, name, "", user, user, added, user, ZERO_DATE))
        self._link(key, space, status=status, parent=parent, group=group)
        return key

    def _link(
        self, module: int, space: int, *, status: int = 1, parent: int = 0, group: int = 0
    ) -> None:
        self._keys["link"] += 1
        key = self._keys["link"]
        self.rows["module_space_links"].append((key, module, space, parent, group, status, 0))

    def _words(self) -> str:
        rng = self._rng
        line = rng.choice((*OPENINGS["teacher"], *OBSERVATIONS, *REFLECTIONS))
        return f"{filled(line, rng)} Ngā mihi."

    def _when(self, number: int) -> datetime:
        return FIRST_DAY + timedelta(days=(number * 37) % 2700, hours=number % 8)

    @staticmethod
    def _text(when: datetime) -> str:
        return when.strftime("%Y-%m-%d %H:%M:%S")

    def _expect(
        self,
        external_id: str,
        kind: str,
        title: str,
        words: str,
        user: int,
        when: datetime | None,
        space: int,
        audience: str,
        *,
        in_reply_to: str | None = None,
        object: str | None = None,
    ) -> None:
        self.expected.append(
            Expected(
                external_id=external_id,
                kind=kind,
                title=title,
                words=words,
                author=f"user:{user}",
                published=when.replace(tzinfo=ZONE).astimezone(UTC) if when else None,
                in_reply_to=in_reply_to,
                object=object,
                space=space,
                audience=audience,
            )
        )


def _as_mojibake(text: str) -> str:
    """Return the text as it looks when its UTF-8 bytes were taken for Windows-1252."""
    return "".join(
        bytes([one]).decode("cp1252") if one not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(one)
        for one in text.encode()
    )


def expected_ids(site: InteractSite) -> Iterator[str]:
    """Yield the external ids of all that a hub should read."""
    yield from (one.external_id for one in site.expected)
