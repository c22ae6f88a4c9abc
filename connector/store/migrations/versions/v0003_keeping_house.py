"""What a hub remembers of its own keeping: its files beside the database, its last backup.

This file is frozen: later changes are later revisions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns to the one row of ``instance``."""
    op.add_column(
        "instance", sa.Column("files_made", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("instance", sa.Column("backed_up", sa.BigInteger(), nullable=True))
