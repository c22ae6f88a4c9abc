"""Indexes for readers who see little, kinds that are rare, and what waits for a yes.

This file is frozen: later changes are later revisions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    _partial(
        "ix_origin_seen_source_id",
        ["source_id", "audience_id", "sort_key"],
        sqlite="on_front = 1",
        postgresql="on_front",
    )
    _partial(
        "ix_origin_seen_school_id",
        ["school_id", "audience_id", "sort_key"],
        sqlite="on_front = 1 AND school_id IS NOT NULL",
        postgresql="on_front AND school_id IS NOT NULL",
    )
    _partial(
        "ix_origin_front_kind",
        ["cluster_id", "kind", "sort_key", "audience_id", "school_id", "source_id"],
        sqlite="on_front = 1 AND kind <> 'post'",
        postgresql="on_front AND kind <> 'post'",
    )
    _partial(
        "ix_origin_held",
        ["cluster_id", "source_id"],
        sqlite="held IS NOT NULL",
        postgresql="held IS NOT NULL",
    )


def _partial(name: str, columns: list[str], *, sqlite: str, postgresql: str) -> None:
    op.create_index(
        name,
        "origin",
        columns,
        unique=False,
        sqlite_where=sa.text(sqlite),
        postgresql_where=sa.text(postgresql),
    )
