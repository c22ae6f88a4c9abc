"""Announcements: what is said, where it goes, what became of it, and how much was ever sent.

This file is frozen: later changes are later revisions.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add eight tables, and a counter to the one row of ``instance``."""
    op.add_column(
        "instance", sa.Column("sent", sa.BigInteger(), nullable=False, server_default="0")
    )
    _destination()
    _announcement()
    _announcement_event()
    _wording()
    _delivery()
    _receipt()
    _mailing()
    _mail_stop()


def _cluster() -> sa.Column[Any]:
    return sa.Column("cluster_id", _ID, nullable=False)


def _table(name: str, *parts: sa.Column[Any] | sa.Constraint, numbered: bool = True) -> None:
    """Make a table of a cluster; a numbered one may be pointed at."""
    start = (sa.Column("id", _ID, nullable=False),) if numbered else ()
    end = (sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),) if numbered else ()
    cluster = sa.ForeignKeyConstraint(
        ["cluster_id"], ["cluster.id"], name=f"fk_{name}_cluster_id_cluster"
    )
    op.create_table(name, *start, _cluster(), *parts, cluster, *end)


def _within(name: str, table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["cluster_id", column],
        [f"{table}.cluster_id", f"{table}.id"],
        name=f"fk_{name}_cluster_id_{column}_{table}",
    )


def _unique(name: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{name}_{'_'.join(columns)}")


def _time(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _destination() -> None:
    _table(
        "destination",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("audience_kind", sa.String(20), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("source_key", sa.String(100)),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        _time("lease_start"),
        _time("lease_end"),
        _time("not_before"),
        _time("probed"),
        sa.Column("trouble_sentence", sa.Text()),
        _time("trouble_since"),
        _unique("destination", "cluster_id", "id"),
        _unique("destination", "cluster_id", "key"),
    )
    op.create_index("ix_destination_account", "destination", ["account"])


def _announcement() -> None:
    _table(
        "announcement",
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text()),
        sa.Column("audience_kind", sa.String(20), nullable=False),
        sa.Column("made_public", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item_id", _ID),
        _time("created", nullable=False),
        _time("approved"),
        _within("announcement", "item", "item_id"),
        _unique("announcement", "cluster_id", "id"),
        _unique("announcement", "uid"),
    )
    op.create_index("ix_announcement_item_id", "announcement", ["item_id"])


def _announcement_event() -> None:
    name = "announcement_event"
    _table(
        name,
        sa.Column("announcement_id", _ID, nullable=False),
        _time("start", nullable=False),
        _time("end"),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sign_up", sa.Text()),
        _within(name, "announcement", "announcement_id"),
        sa.PrimaryKeyConstraint("announcement_id", name=f"pk_{name}"),
        numbered=False,
    )


def _wording() -> None:
    _table(
        "wording",
        sa.Column("announcement_id", _ID, nullable=False),
        sa.Column("destination_id", _ID, nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("body", sa.Text()),
        _within("wording", "announcement", "announcement_id"),
        _within("wording", "destination", "destination_id"),
        sa.PrimaryKeyConstraint("announcement_id", "destination_id", name="pk_wording"),
        numbered=False,
    )


def _delivery() -> None:
    _table(
        "delivery",
        sa.Column("announcement_id", _ID, nullable=False),
        sa.Column("destination_id", _ID, nullable=False),
        sa.Column("marker", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("task", sa.String(10), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("plan", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("planned", nullable=False),
        _time("due", nullable=False),
        _time("changed", nullable=False),
        sa.Column("doubt", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(20)),
        sa.Column("sentence", sa.Text()),
        _within("delivery", "announcement", "announcement_id"),
        _within("delivery", "destination", "destination_id"),
        _unique("delivery", "cluster_id", "id"),
        _unique("delivery", "marker"),
        _unique("delivery", "announcement_id", "destination_id"),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "due"])
    op.create_index("ix_delivery_destination_id", "delivery", ["destination_id"])


def _receipt() -> None:
    _table(
        "receipt",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("link_key", sa.BigInteger()),
        sa.Column("version", sa.Text(), nullable=False),
        _time("at", nullable=False),
        _within("receipt", "delivery", "delivery_id"),
        _unique("receipt", "delivery_id", "external_id"),
    )
    op.create_index("ix_receipt_link_key", "receipt", ["cluster_id", "link_key"])
    op.create_index("ix_receipt_external_id", "receipt", ["cluster_id", "external_id"])


def _mailing() -> None:
    _table(
        "mailing",
        sa.Column("announcement_id", _ID, nullable=False),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("sentence", sa.Text()),
        _time("at", nullable=False),
        _within("mailing", "announcement", "announcement_id"),
        _within("mailing", "delivery", "delivery_id"),
        _unique("mailing", "announcement_id", "version", "address"),
    )
    op.create_index("ix_mailing_delivery_id", "mailing", ["delivery_id", "state"])
    op.create_index("ix_mailing_address", "mailing", ["address", "at"])


def _mail_stop() -> None:
    _table(
        "mail_stop",
        sa.Column("address", sa.String(320), nullable=False),
        _time("at", nullable=False),
        sa.PrimaryKeyConstraint("cluster_id", "address", name="pk_mail_stop"),
        numbered=False,
    )
