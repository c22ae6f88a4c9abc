"""The tables of announcements: what is said, where it goes, and what became of it.

Rows leave the store as model values; what a state means and which may follow it is said in
``connector.announce.moves``.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from connector.store.columns import Id, UtcTime
from connector.store.schema import metadata, of_cluster, own_id, owned, within

destination = Table(
    "destination",
    metadata,
    own_id(),
    of_cluster(),
    Column("key", String(100), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("title", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("audience_kind", String(20), nullable=False),
    Column("account", Text, nullable=False),
    Column("source_key", String(100)),
    Column("paused", Boolean, nullable=False),
    # Who sends for the account: judged on the first row of each account.
    Column("fence", BigInteger, nullable=False),
    Column("lease_start", UtcTime),
    Column("lease_end", UtcTime),
    # How it is
    Column("not_before", UtcTime),
    Column("probed", UtcTime),
    Column("trouble_sentence", Text),
    Column("trouble_since", UtcTime),
    owned(),
    UniqueConstraint("cluster_id", "key"),
    Index("ix_destination_account", "account"),
)

announcement = Table(
    "announcement",
    metadata,
    own_id(),
    of_cluster(),
    Column("uid", String(36), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("picture", Text),
    Column("audience_kind", String(20), nullable=False),
    Column("made_public", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("item_id", Id),
    Column("created", UtcTime, nullable=False),
    Column("approved", UtcTime),
    within("item", "item_id"),
    owned(),
    Index("ix_announcement_item_id", "item_id"),
)

announcement_event = Table(
    "announcement_event",
    metadata,
    of_cluster(),
    Column("announcement_id", Id, primary_key=True),
    Column("start", UtcTime, nullable=False),
    Column("end", UtcTime),
    Column("place", Text, nullable=False),
    Column("sign_up", Text),
    within("announcement", "announcement_id"),
)

wording = Table(
    "wording",
    metadata,
    of_cluster(),
    Column("announcement_id", Id, primary_key=True),
    Column("destination_id", Id, primary_key=True),
    Column("title", Text),
    Column("body", Text),
    within("announcement", "announcement_id"),
    within("destination", "destination_id"),
)

delivery = Table(
    "delivery",
    metadata,
    own_id(),
    of_cluster(),
    Column("announcement_id", Id, nullable=False),
    Column("destination_id", Id, nullable=False),
    Column("marker", String(40), nullable=False, unique=True),
    Column("state", String(20), nullable=False),
    Column("task", String(10), nullable=False),
    Column("message", JSON, nullable=False),
    Column("plan", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    # When
    Column("planned", UtcTime, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("changed", UtcTime, nullable=False),
    # How it went
    Column("doubt", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("cause", String(20)),
    Column("sentence", Text),
    within("announcement", "announcement_id"),
    within("destination", "destination_id"),
    owned(),
    UniqueConstraint("announcement_id", "destination_id"),
    Index("ix_delivery_due", "state", "due"),
    Index("ix_delivery_destination_id", "destination_id"),
)

receipt = Table(
    "receipt",
    metadata,
    own_id(),
    of_cluster(),
    Column("delivery_id", Id, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("url", Text),
    Column("link_key", BigInteger),
    Column("version", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    within("delivery", "delivery_id"),
    UniqueConstraint("delivery_id", "external_id"),
    Index("ix_receipt_link_key", "cluster_id", "link_key"),
    Index("ix_receipt_external_id", "cluster_id", "external_id"),
)

mailing = Table(
    "mailing",
    metadata,
    own_id(),
    of_cluster(),
    Column("announcement_id", Id, nullable=False),
    Column("delivery_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("address", String(320), nullable=False),
    Column("state", String(10), nullable=False),
    Column("sentence", Text),
    Column("at", UtcTime, nullable=False),
    within("announcement", "announcement_id"),
    within("delivery", "delivery_id"),
    UniqueConstraint("announcement_id", "version", "address"),
    Index("ix_mailing_delivery_id", "delivery_id", "state"),
    Index("ix_mailing_address", "address", "at"),
)

mail_stop = Table(
    "mail_stop",
    metadata,
    Column("cluster_id", Id, ForeignKey("cluster.id"), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
