"""What all tables are made with: names of constraints, and how a row belongs to its cluster."""

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, MetaData, UniqueConstraint

from connector.store.columns import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column[int]:
    """Return the number of a row."""
    return Column("id", Id, primary_key=True)


def of_cluster() -> Column[int]:
    """Return the cluster that a row belongs to."""
    return Column("cluster_id", Id, ForeignKey("cluster.id"), nullable=False)


def within(table: str, column: str) -> ForeignKeyConstraint:
    """Point at a row of the same cluster."""
    return ForeignKeyConstraint(["cluster_id", column], [f"{table}.cluster_id", f"{table}.id"])


def owned() -> UniqueConstraint:
    """Let other rows of the same cluster point here."""
    return UniqueConstraint("cluster_id", "id")
