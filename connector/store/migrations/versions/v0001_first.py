"""The first schema.

Times are microseconds since 1970 UTC; see ``connector/store/tables.py`` for what each
column means. This file is frozen: later changes are later revisions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table and the full-text index."""
    _cluster()
    _instance()
    _audience()
    _item()
    _school()
    _person()
    _source()
    _identity()
    _outcome()
    _run()
    _run_day()
    _stream()
    _tombstone()
    _membership()
    _origin()
    _tally()
    _merge()
    _origin_text()
    _revision()
    _search_entry()
    if op.get_bind().dialect.name == "sqlite":
        _search_index_sqlite()
    else:
        _search_index_postgres()


def _cluster() -> None:
    op.create_table(
        "cluster",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cluster"),
        sa.UniqueConstraint("slug", name="uq_cluster_slug"),
    )


def _instance() -> None:
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=32), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )


def _audience() -> None:
    op.create_table(
        "audience",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_audience_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audience"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_audience_cluster_id_id"),
        sa.UniqueConstraint("cluster_id", "kind", "key", name="uq_audience_cluster_id_kind_key"),
    )


def _item() -> None:
    op.create_table(
        "item",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id", "parent_id"],
            ["item.cluster_id", "item.id"],
            name="fk_item_cluster_id_parent_id_item",
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name="fk_item_cluster_id_cluster"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_item_cluster_id_id"),
    )
    op.create_index(
        "ix_item_parent_id",
        "item",
        ["parent_id"],
        unique=False,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )


def _school() -> None:
    op.create_table(
        "school",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), server_default="member", nullable=False),
        sa.Column("joined", sa.BigInteger(), nullable=True),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_school_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_school"),
        sa.UniqueConstraint("cluster_id", "folded", name="uq_school_cluster_id_folded"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_school_cluster_id_id"),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id", "school_id"],
            ["school.cluster_id", "school.id"],
            name="fk_person_cluster_id_school_id_school",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_person_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_person_cluster_id_id"),
    )


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("successor_of", sa.String(length=100), nullable=True),
        sa.Column("in_file", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("paused_by_file", sa.Boolean(), nullable=False),
        sa.Column("fastest_seconds", sa.Integer(), nullable=True),
        sa.Column("audience_kind", sa.String(length=20), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("sweep_due", sa.BigInteger(), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_start", sa.BigInteger(), nullable=True),
        sa.Column("lease_end", sa.BigInteger(), nullable=True),
        sa.Column("last_read", sa.BigInteger(), nullable=True),
        sa.Column("last_good", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=20), nullable=True),
        sa.Column("trouble_sentence", sa.Text(), nullable=True),
        sa.Column("trouble_since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id", "school_id"],
            ["school.cluster_id", "school.id"],
            name="fk_source_cluster_id_school_id_school",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_source_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_source_cluster_id_id"),
        sa.UniqueConstraint("cluster_id", "key", name="uq_source_cluster_id_key"),
    )
    op.create_index("ix_source_due", "source", ["due"], unique=False)


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id", "person_id"],
            ["person.cluster_id", "person.id"],
            name="fk_identity_cluster_id_person_id_person",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "school_id"],
            ["school.cluster_id", "school.id"],
            name="fk_identity_cluster_id_school_id_school",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_identity_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_identity_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_identity_cluster_id_id"),
        sa.UniqueConstraint("source_id", "external_id", name="uq_identity_source_id_external_id"),
    )


def _outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("link_key", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_outcome_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_outcome_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("source_id", "external_id", name="pk_outcome"),
    )
    op.create_index("ix_outcome_link_key", "outcome", ["cluster_id", "link_key"], unique=False)


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_run_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name="fk_run_cluster_id_cluster"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_source_id", "run", ["source_id", "id"], unique=False)


def _run_day() -> None:
    op.create_table(
        "run_day",
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_run_day_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_run_day_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("source_id", "day", name="pk_run_day"),
    )


def _stream() -> None:
    op.create_table(
        "stream",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("sloppy_ids", sa.Boolean(), nullable=False),
        sa.Column("can_sweep", sa.Boolean(), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("parser", sa.Integer(), nullable=True),
        sa.Column("shape", sa.String(length=60), nullable=True),
        sa.Column("baseline_done", sa.Boolean(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("swept", sa.BigInteger(), nullable=True),
        sa.Column("trouble_sentence", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_stream_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_stream_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stream"),
        sa.UniqueConstraint("cluster_id", "id", name="uq_stream_cluster_id_id"),
        sa.UniqueConstraint("source_id", "key", name="uq_stream_source_id_key"),
    )


def _tombstone() -> None:
    op.create_table(
        "tombstone",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("id_digest", sa.String(length=32), nullable=False),
        sa.Column("link_digest", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_tombstone_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_tombstone_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
        sa.UniqueConstraint("source_id", "id_digest", name="uq_tombstone_source_id_id_digest"),
    )
    op.create_index(
        "ix_tombstone_link_digest", "tombstone", ["cluster_id", "link_digest"], unique=False
    )


def _membership() -> None:
    op.create_table(
        "membership",
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("audience_id", ID, nullable=False),
        sa.Column("identity_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id", "audience_id"],
            ["audience.cluster_id", "audience.id"],
            name="fk_membership_cluster_id_audience_id_audience",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "identity_id"],
            ["identity.cluster_id", "identity.id"],
            name="fk_membership_cluster_id_identity_id_identity",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_membership_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("audience_id", "identity_id", name="pk_membership"),
    )
    op.create_index("ix_membership_identity_id", "membership", ["identity_id"], unique=False)


def _origin() -> None:
    op.create_table(
        "origin",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("stream_id", ID, nullable=False),
        sa.Column("audience_id", ID, nullable=False),
        sa.Column("platform_audience_id", ID, nullable=False),
        sa.Column("opened_audience_id", ID, nullable=True),
        sa.Column("identity_id", ID, nullable=True),
        sa.Column("school_id", ID, nullable=True),
        sa.Column("sort_key", sa.BigInteger(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("on_front", sa.Boolean(), nullable=False),
        sa.Column("owns_link", sa.Boolean(), nullable=False),
        sa.Column("is_news", sa.Boolean(), nullable=False),
        sa.Column("held", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("link_key", sa.BigInteger(), nullable=True),
        sa.Column("reply_key", sa.BigInteger(), nullable=True),
        sa.Column("text_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("meta_hash", sa.LargeBinary(length=8), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=True),
        sa.Column("updated", sa.BigInteger(), nullable=True),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("retired", sa.BigInteger(), nullable=True),
        sa.Column("retired_reason", sa.Text(), nullable=True),
        sa.Column("checked", sa.BigInteger(), nullable=True),
        sa.Column("absences", sa.Integer(), nullable=False),
        sa.Column("suspect", sa.Boolean(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("enclosures", sa.JSON(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=True),
        sa.Column("start", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cluster_id", "audience_id"],
            ["audience.cluster_id", "audience.id"],
            name="fk_origin_cluster_id_audience_id_audience",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "identity_id"],
            ["identity.cluster_id", "identity.id"],
            name="fk_origin_cluster_id_identity_id_identity",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "item_id"],
            ["item.cluster_id", "item.id"],
            name="fk_origin_cluster_id_item_id_item",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "school_id"],
            ["school.cluster_id", "school.id"],
            name="fk_origin_cluster_id_school_id_school",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "source_id"],
            ["source.cluster_id", "source.id"],
            name="fk_origin_cluster_id_source_id_source",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id", "stream_id"],
            ["stream.cluster_id", "stream.id"],
            name="fk_origin_cluster_id_stream_id_stream",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name="fk_origin_cluster_id_cluster"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_origin"),
        sa.UniqueConstraint("sort_key", "cluster_id", name="uq_origin_sort_key_cluster_id"),
        sa.UniqueConstraint(
            "source_id",
            "external_id",
            "generation",
            name="uq_origin_source_id_external_id_generation",
        ),
    )
    op.create_index("ix_origin_check", "origin", ["stream_id", "is_live", "checked"], unique=False)
    op.create_index(
        "ix_origin_front_audience_id",
        "origin",
        ["cluster_id", "audience_id", "sort_key"],
        unique=False,
        sqlite_where=sa.text("on_front = 1"),
        postgresql_where=sa.text("on_front"),
    )
    op.create_index(
        "ix_origin_front_cluster_id",
        "origin",
        ["cluster_id", "sort_key"],
        unique=False,
        sqlite_where=sa.text("on_front = 1"),
        postgresql_where=sa.text("on_front"),
    )
    op.create_index(
        "ix_origin_front_school_id",
        "origin",
        ["school_id", "sort_key"],
        unique=False,
        sqlite_where=sa.text("on_front = 1"),
        postgresql_where=sa.text("on_front"),
    )
    op.create_index(
        "ix_origin_front_source_id",
        "origin",
        ["source_id", "sort_key"],
        unique=False,
        sqlite_where=sa.text("on_front = 1"),
        postgresql_where=sa.text("on_front"),
    )
    op.create_index("ix_origin_item_id", "origin", ["item_id"], unique=False)
    op.create_index("ix_origin_link_key", "origin", ["cluster_id", "link_key"], unique=False)
    op.create_index("ix_origin_near", "origin", ["source_id", "published"], unique=False)
    op.create_index(
        "ix_origin_orphan",
        "origin",
        ["source_id", "reply_key"],
        unique=False,
        sqlite_where=sa.text("reply_key IS NOT NULL"),
        postgresql_where=sa.text("reply_key IS NOT NULL"),
    )


def _tally() -> None:
    op.create_table(
        "tally",
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("stream_id", ID, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id", "stream_id"],
            ["stream.cluster_id", "stream.id"],
            name="fk_tally_cluster_id_stream_id_stream",
        ),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name="fk_tally_cluster_id_cluster"),
        sa.PrimaryKeyConstraint("stream_id", "subject", "name", "day", name="pk_tally"),
    )


def _merge() -> None:
    op.create_table(
        "merge",
        sa.Column("id", ID, nullable=False),
        sa.Column("cluster_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("origin_id", ID, nullable=False),
        sa.Column("with_origin_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name="fk_merge_cluster_id_cluster"),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["origin.id"], name="fk_merge_origin_id_origin", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_merge"),
    )
    op.create_index("ix_merge_item_id", "merge", ["item_id"], unique=False)
    op.create_index("ix_merge_origin_id", "merge", ["origin_id"], unique=False)


def _origin_text() -> None:
    op.create_table(
        "origin_text",
        sa.Column("origin_id", ID, nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["origin.id"], name="fk_origin_text_origin_id_origin", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("origin_id", name="pk_origin_text"),
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", ID, nullable=False),
        sa.Column("origin_id", ID, nullable=False),
        sa.Column("replaced", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["origin.id"], name="fk_revision_origin_id_origin", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
    )
    op.create_index("ix_revision_origin_id", "revision", ["origin_id", "id"], unique=False)
    op.create_index("ix_revision_replaced", "revision", ["replaced"], unique=False)


def _search_entry() -> None:
    op.create_table(
        "search_entry",
        sa.Column("sort_key", ID, autoincrement=False, nullable=False),
        sa.Column("origin_id", ID, nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin_id"],
            ["origin.id"],
            name="fk_search_entry_origin_id_origin",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sort_key", name="pk_search_entry"),
        sa.UniqueConstraint("origin_id", name="uq_search_entry_origin_id"),
    )


def _search_index_sqlite() -> None:
    # The index holds no text of its own; the triggers keep it equal to search_entry.
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5(tokens, folded, content='search_entry', "
        "content_rowid='sort_key', tokenize='unicode61')"
    )
    add = "INSERT INTO search_index(rowid, tokens, folded) VALUES (new.sort_key, new.tokens, new.folded);"
    drop = (
        "INSERT INTO search_index(search_index, rowid, tokens, folded) "
        "VALUES ('delete', old.sort_key, old.tokens, old.folded);"
    )
    op.execute(f"CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN {add} END")
    op.execute(f"CREATE TRIGGER search_entry_left AFTER DELETE ON search_entry BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry BEGIN {drop} {add} END"
    )


def _search_index_postgres() -> None:
    # Weight A marks the audience tokens, so that no word of a text can pass for one.
    op.execute(
        "ALTER TABLE search_entry ADD COLUMN words tsvector GENERATED ALWAYS AS "
        "(setweight(to_tsvector('simple', tokens), 'A') || to_tsvector('simple', folded)) STORED"
    )
    op.execute("CREATE INDEX ix_search_entry_words ON search_entry USING gin (words)")
