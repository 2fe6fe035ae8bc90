"""What was done and said: the audit, versions of the policy, messages to be sent."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from store.tables.base import WAITING, Utc, metadata, one_of

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("actor_id", String(130), nullable=True),
    Column("origin", String(32), nullable=False),  # slack:command, slack:home, cli, clock, …
    Column("action", String(64), nullable=False),
    Column("target", Text, nullable=False),
    Column("old", Text, nullable=True),
    Column("new", Text, nullable=True),
    Index(None, "workspace_id", "at"),
    Index(None, "target", "at"),
)

# Every policy that was ever set; the last one stands in `workspace.policy` as well.
policy_version = Table(
    "policy_version",
    metadata,
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("number", Integer, nullable=False),  # from 1 on
    Column("toml", Text, nullable=False),
    Column("actor_id", String(130), nullable=True),
    Column("origin", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    PrimaryKeyConstraint("workspace_id", "number"),
)

# Direct messages to be sent, written with the change that they tell of. A row that was sent can be revised: then the
# message is updated.
outbox = Table(
    "outbox",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("slack_id", String(64), nullable=False),  # to whom
    Column("kind", String(32), nullable=False),  # which view is made of the payload
    Column("payload", Text, nullable=False),  # JSON
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", Utc, nullable=False),  # not before; pushed on by whoever takes it up
    Column("channel_id", String(64), nullable=True),  # where it was sent
    Column("message_ts", String(32), nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc, nullable=True),
    CheckConstraint(one_of("state", ("waiting", "sent", "failed")), name="state"),
    Index("ix_outbox_waiting", "next_at", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
)
