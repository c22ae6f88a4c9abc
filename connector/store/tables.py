"""Every table but those of announcements (``outbox_tables``).

Rows leave the store as model values; nothing outside imports this module.

Every row belongs to a cluster, and composite foreign keys carry that: a post of one cluster
cannot hang on a source of another. Times are aware UTC, kept as microseconds since 1970,
so that both databases sort, compare and index them alike.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from connector.store import outbox_tables as outbox_tables
from connector.store.columns import Id, UtcTime
from connector.store.schema import metadata, of_cluster, own_id, owned, within

instance = Table(
    "instance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", String(36), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("key_fingerprint", String(32), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("files_made", Boolean, nullable=False, server_default=false()),
    Column("backed_up", UtcTime),
    Column("sent", BigInteger, nullable=False, server_default="0"),
)

cluster = Table(
    "cluster",
    metadata,
    own_id(),
    Column("slug", String(60), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
)

school = Table(
    "school",
    metadata,
    own_id(),
    of_cluster(),
    Column("name", String(200), nullable=False),
    Column("folded", String(200), nullable=False),
    Column("role", String(20), nullable=False, server_default="member"),
    Column("joined", UtcTime),
    Column("left", UtcTime),
    owned(),
    UniqueConstraint("cluster_id", "folded"),
)

person = Table(
    "person",
    metadata,
    own_id(),
    of_cluster(),
    Column("name", String(200), nullable=False),
    Column("school_id", Id),
    within("school", "school_id"),
    owned(),
)

source = Table(
    "source",
    metadata,
    own_id(),
    of_cluster(),
    Column("key", String(100), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("title", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("school_id", Id),
    Column("successor_of", String(100)),
    Column("in_file", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("paused_by_file", Boolean, nullable=False),
    Column("fastest_seconds", Integer),
    Column("audience_kind", String(20)),
    Column("created", UtcTime, nullable=False),
    # When it runs
    Column("due", UtcTime, nullable=False),
    Column("sweep_due", UtcTime, nullable=False),
    Column("interval_seconds", Integer, nullable=False),
    Column("cycle", UtcTime),
    Column("fence", BigInteger, nullable=False),
    Column("lease_start", UtcTime),
    Column("lease_end", UtcTime),
    # How it is
    Column("last_read", UtcTime),
    Column("last_good", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("trouble", String(20)),
    Column("trouble_sentence", Text),
    Column("trouble_since", UtcTime),
    within("school", "school_id"),
    owned(),
    UniqueConstraint("cluster_id", "key"),
    Index("ix_source_due", "due"),
)

stream = Table(
    "stream",
    metadata,
    own_id(),
    of_cluster(),
    Column("source_id", Id, nullable=False),
    Column("key", Text, nullable=False),
    Column("title", String(300), nullable=False),
    Column("url", Text),
    Column("sloppy_ids", Boolean, nullable=False),
    Column("can_sweep", Boolean, nullable=False),
    Column("selected", Boolean, nullable=False),
    Column("cursor", Text),
    Column("parser", Integer),
    Column("shape", String(60)),
    Column("baseline_done", Boolean, nullable=False),
    Column("finished", UtcTime),
    Column("swept", UtcTime),
    Column("trouble_sentence", Text),
    Column("note", Text),
    within("source", "source_id"),
    owned(),
    UniqueConstraint("source_id", "key"),
)

run = Table(
    "run",
    metadata,
    own_id(),
    of_cluster(),
    Column("source_id", Id, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("state", String(10), nullable=False),
    Column("counts", JSON, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sentence", Text),
    within("source", "source_id"),
    Index("ix_run_source_id", "source_id", "id"),
)

run_day = Table(
    "run_day",
    metadata,
    of_cluster(),
    Column("source_id", Id, primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("counts", JSON, nullable=False),
    within("source", "source_id"),
)

audience = Table(
    "audience",
    metadata,
    own_id(),
    of_cluster(),
    Column("kind", String(20), nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("cluster_id", "kind", "key"),
    owned(),
)

identity = Table(
    "identity",
    metadata,
    own_id(),
    of_cluster(),
    Column("source_id", Id, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("name", String(300), nullable=False),
    Column("url", Text),
    Column("role", String(20), nullable=False),
    Column("school_id", Id),
    Column("person_id", Id),
    Column("suspended", Boolean, nullable=False),
    within("source", "source_id"),
    within("school", "school_id"),
    within("person", "person_id"),
    owned(),
    UniqueConstraint("source_id", "external_id"),
)

membership = Table(
    "membership",
    metadata,
    of_cluster(),
    Column("audience_id", Id, primary_key=True),
    Column("identity_id", Id, primary_key=True),
    within("audience", "audience_id"),
    within("identity", "identity_id"),
    Index("ix_membership_identity_id", "identity_id"),
)

item = Table(
    "item",
    metadata,
    own_id(),
    of_cluster(),
    Column("first_seen", UtcTime, nullable=False),
    Column("parent_id", Id),
    owned(),
    within("item", "parent_id"),
    Index(
        "ix_item_parent_id",
        "parent_id",
        sqlite_where=Column("parent_id").is_not(None),
        postgresql_where=Column("parent_id").is_not(None),
    ),
)

# Columns that lists read come first, long ones last: SQLite reads a row from its start.
origin = Table(
    "origin",
    metadata,
    own_id(),
    of_cluster(),
    Column("item_id", Id, nullable=False),
    Column("source_id", Id, nullable=False),
    Column("stream_id", Id, nullable=False),
    Column("audience_id", Id, nullable=False),
    Column("platform_audience_id", Id, nullable=False),
    Column("opened_audience_id", Id),
    Column("identity_id", Id),
    Column("school_id", Id),
    Column("sort_key", BigInteger, nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("is_listed", Boolean, nullable=False),
    Column("on_front", Boolean, nullable=False),
    Column("owns_link", Boolean, nullable=False),
    Column("is_news", Boolean, nullable=False),
    Column("held", String(20)),
    Column("kind", String(20), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("link_key", BigInteger),
    Column("reply_key", BigInteger),
    Column("text_hash", LargeBinary(16), nullable=False),
    Column("meta_hash", LargeBinary(8), nullable=False),
    Column("published", UtcTime),
    Column("updated", UtcTime),
    Column("first_seen", UtcTime, nullable=False),
    Column("retired", UtcTime),
    Column("retired_reason", Text),
    Column("checked", UtcTime),
    Column("absences", Integer, nullable=False),
    Column("suspect", Boolean, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("enclosures", JSON, nullable=False),
    Column("in_reply_to", Text),
    Column("start", UtcTime),
    Column("end", UtcTime),
    Column("location", Text, nullable=False),
    Column("object", Text),
    Column("raw_hash", BigInteger),
    within("item", "item_id"),
    within("source", "source_id"),
    within("stream", "stream_id"),
    within("audience", "audience_id"),
    within("identity", "identity_id"),
    within("school", "school_id"),
    UniqueConstraint("source_id", "external_id", "generation"),
    UniqueConstraint("sort_key", "cluster_id"),
    Index("ix_origin_item_id", "item_id"),
    Index("ix_origin_link_key", "cluster_id", "link_key"),
    Index("ix_origin_near", "source_id", "published"),
    Index("ix_origin_window", "stream_id", "is_live", "sort_key"),
)

# In the very words of the queries: SQLite uses a partial index only where it finds its
# condition in the statement as it is written.
_front_sqlite, _front_postgresql = text("on_front = 1"), text("on_front")
for _columns in (("cluster_id",), ("cluster_id", "audience_id"), ("source_id",)):
    Index(
        "ix_origin_front_" + _columns[-1],
        *(origin.c[name] for name in _columns),
        origin.c.sort_key,
        sqlite_where=_front_sqlite,
        postgresql_where=_front_postgresql,
    )

# Most places have no school of their own.
Index(
    "ix_origin_front_school_id",
    origin.c.school_id,
    origin.c.sort_key,
    sqlite_where=text("on_front = 1 AND school_id IS NOT NULL"),
    postgresql_where=text("on_front AND school_id IS NOT NULL"),
)

# Whoever sees little of a place or school is not to walk past what others see of it.
Index(
    "ix_origin_seen_source_id",
    origin.c.source_id,
    origin.c.audience_id,
    origin.c.sort_key,
    sqlite_where=_front_sqlite,
    postgresql_where=_front_postgresql,
)
Index(
    "ix_origin_seen_school_id",
    origin.c.school_id,
    origin.c.audience_id,
    origin.c.sort_key,
    sqlite_where=text("on_front = 1 AND school_id IS NOT NULL"),
    postgresql_where=text("on_front AND school_id IS NOT NULL"),
)

USUAL_KIND = "post"
NOT_USUAL = f"origin.kind <> '{USUAL_KIND}'"
"""In queries for kinds that are few; what comes after the time is filtered in the index."""
Index(
    "ix_origin_front_kind",
    *(
        origin.c[name]
        for name in "cluster_id kind sort_key audience_id school_id source_id".split()
    ),
    sqlite_where=text("on_front = 1 AND kind <> 'post'"),
    postgresql_where=text("on_front AND kind <> 'post'"),
)
Index(
    "ix_origin_held",
    origin.c.cluster_id,
    origin.c.source_id,
    sqlite_where=origin.c.held.is_not(None),
    postgresql_where=origin.c.held.is_not(None),
)

Index(
    "ix_origin_orphan",
    origin.c.source_id,
    origin.c.reply_key,
    sqlite_where=origin.c.reply_key.is_not(None),
    postgresql_where=origin.c.reply_key.is_not(None),
)

other_origin = origin.alias("other_origin")
"""Another origin in one statement. Made once: to describe so many columns to an alias takes most
of a millisecond."""

origin_text = Table(
    "origin_text",
    metadata,
    Column("origin_id", Id, ForeignKey("origin.id", ondelete="CASCADE"), primary_key=True),
    Column("html", Text, nullable=False),
)

# One row per origin that may be found. Its key is the origin's sort key: the full-text index
# then gives newest first by itself, without a sort.
search_entry = Table(
    "search_entry",
    metadata,
    Column(
        "sort_key",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column(
        "origin_id", Id, ForeignKey("origin.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    Column("tokens", Text, nullable=False),
    Column("folded", Text, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    own_id(),
    Column("origin_id", Id, ForeignKey("origin.id", ondelete="CASCADE"), nullable=False),
    Column("replaced", UtcTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("html", Text, nullable=False),
    Index("ix_revision_origin_id", "origin_id", "id"),
    Index("ix_revision_replaced", "replaced"),
)

outcome = Table(
    "outcome",
    metadata,
    of_cluster(),
    Column("source_id", Id, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("link_key", BigInteger),
    Column("what", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    within("source", "source_id"),
    Index("ix_outcome_link_key", "cluster_id", "link_key"),
)

merge = Table(
    "merge",
    metadata,
    own_id(),
    of_cluster(),
    Column("item_id", Id, nullable=False),
    Column("origin_id", Id, ForeignKey("origin.id", ondelete="CASCADE"), nullable=False),
    Column("with_origin_id", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("undone", UtcTime),
    Index("ix_merge_item_id", "item_id"),
    Index("ix_merge_origin_id", "origin_id"),
)

tombstone = Table(
    "tombstone",
    metadata,
    own_id(),
    of_cluster(),
    Column("source_id", Id, nullable=False),
    Column("id_digest", String(32), nullable=False),
    Column("link_digest", String(32)),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    within("source", "source_id"),
    UniqueConstraint("source_id", "id_digest"),
    Index("ix_tombstone_link_digest", "cluster_id", "link_digest"),
)

tally = Table(
    "tally",
    metadata,
    of_cluster(),
    Column("stream_id", Id, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("value", BigInteger, nullable=False),
    within("stream", "stream_id"),
)
