"""Grows an invented cluster in a real store, for the tests of the pages and their pictures."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connector.announce.moves import State
from connector.changes import HELD_FLOOD, Change, Moment, NewsBrake, decide
from connector.fetched import fetch
from connector.identity import Context, match
from connector.model import (
    CLUSTER,
    PUBLIC,
    STREAM,
    Account,
    Audience,
    Enclosure,
    Kind,
    Record,
    Role,
    Stream,
)
from connector.privacy import Privacy
from connector.store import page_facts, records
from connector.store.candidates import KeptTexts, load_kept
from connector.store.clusters import ensure_cluster, ensure_school
from connector.store.database import Store
from connector.store.outcomes import RunRef
from connector.store.sources import (
    SourceSpec,
    Verdict,
    all_sources,
    put_source,
    record_verdict,
    set_paused,
)
from connector.store.streams import put_streams
from tests.announced import put_announcement

NOW = datetime(2026, 5, 14, 2, 30, tzinfo=UTC)
PRIVACY = Privacy(b"k" * 32)


@dataclass(frozen=True, slots=True)
class Bed:
    """A place that was added to the store."""

    source_id: int
    stream_id: int
    school_id: int | None
    host: str


@dataclass
class Garden:
    """One cluster in a store, with short ways to add to it."""

    store: Store
    slug: str = "tarapunga"
    name: str = "Tarāpunga Cluster"
    cluster_id: int = field(init=False)

    def __post_init__(self) -> None:
        with self.store.write() as conn:
            self.cluster_id = ensure_cluster(conn, self.slug, self.name)

    def place(
        self,
        key: str,
        title: str,
        *,
        host: str = "",
        school: str | None = None,
        kind: str = "blogs",
        in_file: bool = False,
    ) -> Bed:
        """Add a place with one stream."""
        host = host or f"{key}.example.school.nz"
        with self.store.write(self.cluster_id) as conn:
            school_id = ensure_school(conn, self.cluster_id, school) if school else None
            spec = SourceSpec(
                key=key,
                kind=kind,
                title=title,
                address=f"https://{host}/",
                settings={},
                rules={},
                school_id=school_id,
                in_file=in_file,
            )
            source_id = put_source(conn, self.cluster_id, spec, NOW, privacy=PRIVACY)
            found = [Stream(key="posts", title="Posts", url=f"https://{host}/feed")]
            rows = put_streams(conn, self.cluster_id, source_id, found)
        return Bed(source_id, rows[0].id, school_id, host)

    def keep(self, bed: Bed, *found: Record, held: str | None = None) -> list[int]:
        """Keep records as a run of this place would; return the ids of their items."""
        fetched = [
            fetch(one, source_id=bed.source_id, own_hosts={bed.host}, privacy=PRIVACY)
            for one in found
        ]
        ref = page_facts.PageRef(
            run=RunRef(self.cluster_id, bed.source_id, NOW),
            stream_id=bed.stream_id,
            school_id=bed.school_id,
        )
        context = Context(source_id=bed.source_id, stream_id=bed.stream_id)
        moment = Moment(now=NOW, is_silent=True)
        with self.store.write(self.cluster_id) as conn:
            incoming = [one.incoming for one in fetched]
            kept = load_kept(conn, self.cluster_id, bed.source_id, incoming, predecessor_id=None)
            texts = KeptTexts(conn)
            decided = []
            for one in fetched:
                found_match = match(one.incoming, kept, context, texts)
                change = decide(one, found_match, moment, NewsBrake())
                if held:
                    change = Change(match=found_match, outcome=change.outcome, held=held)
                decided.append(page_facts.Decided(one, change))
            records.write(conn, ref, decided)
            kept = load_kept(conn, self.cluster_id, bed.source_id, incoming, predecessor_id=None)
        return [kept.by_id[one.external_id][0].item_id for one in incoming]

    def verdict(self, bed: Bed, trouble: str | None = None, sentence: str | None = None) -> None:
        """Say how the last run of a place went."""
        with self.store.write(self.cluster_id) as conn:
            outcome = Verdict(
                due=NOW + timedelta(hours=1),
                interval=timedelta(hours=1),
                failures=int(trouble is not None),
                trouble=trouble,
                sentence=sentence,
            )
            (row,) = (one for one in all_sources(conn) if one.id == bed.source_id)
            record_verdict(conn, row, outcome, NOW)

    def pause(self, bed: Bed) -> None:
        """Pause a place."""
        with self.store.write(self.cluster_id) as conn:
            set_paused(conn, bed.source_id, True, NOW)


def record(
    number: int,
    title: str = "A post",
    text: str = "<p>Some words.</p>",
    *,
    bed: Bed | None = None,
    author: str = "Hinemoa Paretai",
    role: Role = Role.TEACHER,
    audience: Audience = PUBLIC,
    kind: Kind = Kind.POST,
    days_ago: float = 1,
    answers: int | None = None,
    tags: tuple[str, ...] = (),
    enclosures: tuple[Enclosure, ...] = (),
    url: str | None = None,
) -> Record:
    """Return an invented record; its id is its number."""
    if url is None and bed is not None:
        url = f"https://{bed.host}/{number}"
    return Record(
        kind=kind,
        external_id=f"post:{number}",
        url=url,
        title=title,
        html=text,
        published=NOW - timedelta(days=days_ago),
        author=Account(f"name:{author}", author, role=role) if author else None,
        audience=audience,
        tags=tags,
        enclosures=enclosures,
        in_reply_to=None if answers is None else f"post:{answers}",
    )


LONG = (
    "<p>In week three we walked to the stream below the school and counted what lives under the "
    "stones. The children drew every creature they found, gave it a name of their own, and only "
    "then looked it up. I had planned one lesson and it became four.</p><h1>What I would do "
    "again</h1><p>Let them argue about <a href='https://rimuwai.example.school.nz/koura'>the "
    "kōura</a> before telling them anything.</p><blockquote><p>It is not a bug, it has a "
    "<em>face</em>.</p></blockquote><ul><li>Buckets with lids</li><li>One magnifier for two "
    "children</li><li>A towel for every pair of hands</li></ul><p>Next term Lake Tūī School "
    "joins us, and we will compare the two streams. If your class is near water, write to me: "
    "whānau are welcome to walk with us.</p>"
)


def _announcements(garden: Garden) -> None:
    """Keep announcements in states that look different."""
    told = {
        State.SENT: None,
        State.UNKNOWN: "The mail server mail.example.school.nz got a letter and did not say "
        "whether it took it.",
        State.HELD: "More than 20 copies went there within a day. Say yes to this one.",
        State.SCHEDULED: None,
        State.NEEDS_ATTENTION: "The hub cannot write there. Copy the text, post it there, then "
        "say that you have: on the page of announcements, or with 'clusterhub settle 5 --there'.",
    }
    for number, (state, sentence) in enumerate(told.items()):
        put_announcement(
            garden,
            NOW - timedelta(hours=number),
            title=f"Maths evening for whānau of all schools, number {number}",
            body="Nau mai, haere mai. Bring a friend and something to eat.",
            state=state,
            people=number,
            sentence=sentence,
            cause="by_hand" if state is State.NEEDS_ATTENTION else None,
        )


def plant(garden: Garden) -> dict[str, int]:
    """Grow a cluster with something of everything; return the ids of a few items by name."""
    rimuwai = garden.place("rimuwai", "Room 5 at Rimuwai", school="Rimuwai School", in_file=True)
    tui = garden.place("lake-tui", "Lake Tūī stories", school="Lake Tūī School")
    course = garden.place("vln-inquiry", "Inquiry together", kind="moodle", host="vln.example.nz")
    board = garden.place("board", "Teachers' board", kind="boards")
    young = garden.place("young-writers", "Young writers", school="Pukeratā Intermediate")
    asleep = garden.place("old-interact", "Old Interact community")
    garden.place("northmarsh", "Northmarsh science blog", school="Northmarsh College")
    ids = _posts(garden, rimuwai, tui, course, young)
    _announcements(garden)
    for bed in (rimuwai, tui, young):
        garden.verdict(bed)
    garden.verdict(
        course,
        "attention",
        "Moodle refused the token (403). Create a new one and save it for this place.",
    )
    garden.verdict(
        board, "waiting", "The server did not answer within 20 seconds. The hub tries again."
    )
    garden.verdict(asleep)
    garden.pause(asleep)
    return ids


def _posts(garden: Garden, rimuwai: Bed, tui: Bed, course: Bed, young: Bed) -> dict[str, int]:
    stream, edited = garden.keep(
        rimuwai,
        record(
            1,
            "What lives under the stones",
            LONG,
            bed=rimuwai,
            tags=("science", "awa"),
            enclosures=(
                Enclosure(
                    "https://rimuwai.example.school.nz/f/stream-survey.pdf",
                    "application/pdf",
                    482_113,
                ),
            ),
        ),
        record(
            2,
            "Our reading corner",
            "<p>Cushions, a lamp and two rules.</p>",
            bed=rimuwai,
            days_ago=9,
            author="Alison Garrick",
        ),
    )
    garden.keep(
        rimuwai,
        record(
            2,
            "Our reading corner, a month later",
            "<p>Cushions, a lamp and one rule: whisper. The other rule nobody needed.</p>",
            bed=rimuwai,
            days_ago=9,
            author="Alison Garrick",
        ),
    )
    garden.keep(
        rimuwai,
        record(
            3,
            "",
            "<p>We did the same at our creek. The kōura won every argument.</p>",
            kind=Kind.COMMENT,
            author="Tiaki Horomona-Lee",
            answers=1,
            days_ago=0.6,
        ),
        record(
            4,
            "",
            "<p>May we borrow the magnifiers?</p>",
            kind=Kind.COMMENT,
            author="Priya Raghunath",
            answers=1,
            days_ago=0.2,
        ),
        record(
            5,
            "",
            "<p>It was the best day.</p>",
            kind=Kind.COMMENT,
            role=Role.STUDENT,
            author="Kauri",
            answers=1,
            days_ago=0.1,
        ),
    )
    garden.keep(
        tui,
        record(
            1,
            "Whānau hui: what we heard",
            "<p>Forty-one people came, and the soup ran out "
            "before the questions did. Parents asked for shorter notices and longer stories."
            "</p>",
            bed=tui,
            author="Hannah Brackenbury",
            days_ago=3,
        ),
        record(
            2,
            "Matariki planning day",
            "<p>Bring one idea and one dish.</p>",
            bed=tui,
            kind=Kind.WORKSHOP,
            author="Ruth Cattermoul",
            days_ago=-20,
        ),
    )
    closed, announced = garden.keep(
        course,
        record(
            1,
            "Where my inquiry got stuck",
            "<p>I asked a question that I already knew the "
            "answer to. The class noticed before I did.</p>",
            bed=course,
            audience=STREAM,
            kind=Kind.REFLECTION,
            author="Wiremu Tahuparae",
            days_ago=0.4,
        ),
        record(
            2,
            "Release day on Friday",
            "<p>Halvorsen Road hosts us from nine o'clock.</p>",
            bed=course,
            audience=CLUSTER,
            kind=Kind.ANNOUNCEMENT,
            author="Ngāhuia Kererū-Hall",
            days_ago=0.05,
        ),
    )
    [waiting] = garden.keep(
        tui,
        record(
            9,
            "Photos of sports day",
            "<p>Eighty pictures.</p>",
            bed=tui,
            author="Joon-ho Paek",
            days_ago=2,
        ),
        held=HELD_FLOOD,
    )
    garden.keep(
        young,
        record(
            7,
            "A secret title",
            "<p>A secret text.</p>",
            bed=young,
            role=Role.STUDENT,
            author="Isla R",
            days_ago=1.5,
        ),
    )
    garden.keep(
        course,
        record(
            50,
            "What lives under the stones",
            LONG,
            audience=CLUSTER,
            url="https://rimuwai.example.school.nz/1",
            author="Hinemoa Paretai",
        ),
    )
    return {
        "stream": stream,
        "edited": edited,
        "closed": closed,
        "announced": announced,
        "waiting": waiting,
    }
