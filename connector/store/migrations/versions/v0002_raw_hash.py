"""Remember what each record was like as its place gave it, to skip it when it comes again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the digest; None means that the record is looked at once more.

    What a feed skips is looked for by when posts stand, not by when they were looked up.
    """
    op.add_column("origin", sa.Column("raw_hash", sa.BigInteger(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_index("ix_origin_check", "origin")
    op.create_index("ix_origin_window", "origin", ["stream_id", "is_live", "sort_key"])
    op.drop_index("ix_origin_front_school_id", "origin")
    op.create_index(
        "ix_origin_front_school_id",
        "origin",
        ["school_id", "sort_key"],
        sqlite_where=sa.text("on_front = 1 AND school_id IS NOT NULL"),
        postgresql_where=sa.text("on_front AND school_id IS NOT NULL"),
    )
    if is_sqlite:
        # Twice as much may lie apart before a page's transaction has to merge it.
        op.execute("INSERT INTO search_index(search_index, rank) VALUES ('automerge', 8)")
