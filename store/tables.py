"""The tables. SQLAlchemy Core, so that one declaration serves SQLite, PostgreSQL and the migrations.

Rules that hold for every table: amounts are whole micro-dollars in 64 bits (`_micros`), times are aware UTC (`_at`),
every CHECK has a name (Alembic drops unnamed ones in batch mode), ids are text made by the caller.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

FAR = datetime(9999, 1, 1, tzinfo=UTC)  # "never", as a finite date: psycopg cannot read PostgreSQL's infinity


class Utc(TypeDecorator[datetime]):
    """Aware UTC times: timestamptz on PostgreSQL, sortable ISO text on SQLite. Naive times are refused."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else String(32)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.isoformat(timespec="microseconds")

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ACCOUNT_KINDS = ("company", "team", "project", "person", "issued", "consumed", "expired")
SYSTEM_KINDS = ("issued", "consumed", "expired")
TRANSFER_KINDS = (
    "fund", "grant", "allowance", "vest", "move", "send", "return", "expire", "consume", "overrun", "correct",
)  # fmt: skip
HOLD_STATES = ("open", "dispatched", "settled", "released", "expired", "rejected")
ASK_STATES = ("received", "held", "streaming", "settled", "refused", "failed", "cancelled")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL for `column IN (values)`; the values are our own constants."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


# Conditions of partial indexes. A query must say them in these very words, never by parameters, to be given the index.
LIVE_HOLD = "state IN ('open', 'dispatched')"
LIVE_ASK = "state IN ('received', 'held', 'streaming')"
OPEN_ASK = f"{LIVE_ASK} OR told_at IS NULL"
DUE_ACCOUNT = "next_event_at < '9999-01-01 00:00:00+00'"  # earlier than FAR, as a time and as SQLite's text

workspace = Table(
    "workspace",
    metadata,
    Column("id", String(64), primary_key=True),  # Slack's team id
    Column("name", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("instructions", Text, nullable=True),  # told to the model with every question, for all to see
)

person = Table(
    "person",
    metadata,
    Column("id", String(130), primary_key=True),  # "<workspace>:<slack id>", so that first contact is idempotent
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("slack_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=True),
    Column("timezone", Text, nullable=True),
    Column("is_admin", Boolean, nullable=False),
    Column("model", Text, nullable=True),  # the person's own choice; null: the company's default
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "slack_id"),
)

team = Table(
    "team",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("name", Text, nullable=False),  # as typed first
    Column("name_key", Text, nullable=False),  # casefolded, unique
    Column("parent_id", ForeignKey("team.id"), nullable=True),
    Column("pool_for_members", Boolean, nullable=False),  # does it pay when a member's wallet is empty
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "name_key"),
)

membership = Table(
    "membership",
    metadata,
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    PrimaryKeyConstraint("team_id", "person_id"),
    CheckConstraint(one_of("role", ("member", "manager")), name="role"),
    Index(None, "person_id"),
)

channel = Table(
    "channel",
    metadata,
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("team_id", ForeignKey("team.id"), nullable=True),  # where the team's posts go
    Column("account_id", ForeignKey("account.id"), nullable=True),  # the project pool that pays for asks here
    Column("model", Text, nullable=True),  # what answers here unless a question names another; null: the asker's choice
    Column("instructions", Text, nullable=True),  # told to the model after the workspace's
    # Are replies in threads answered without a mention, where their author has asked before?
    Column("follow_threads", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("workspace_id", "channel_id"),
)

account = Table(
    "account",
    metadata,
    Column("id", String(160), primary_key=True),  # "<kind>:<owner>", so that opening one is idempotent
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("owner_id", String(130), nullable=False),
    # System accounts stay at zero here: their balance is the sum of their transfers (no hot row).
    Column("posted_micros", BigInteger, nullable=False, server_default=text("0")),
    Column("held_micros", BigInteger, nullable=False, server_default=text("0")),
    # Spent since lots were last folded: lots' remaining minus this is `posted_micros`.
    Column("unattributed_micros", BigInteger, nullable=False, server_default=text("0")),
    Column("next_event_at", Utc, nullable=False),  # the next expiry of a lot; FAR when there is none
    CheckConstraint(one_of("kind", ACCOUNT_KINDS), name="kind"),
    CheckConstraint("held_micros >= 0", name="held_not_negative"),
    CheckConstraint("posted_micros >= held_micros", name="available_not_negative"),
    CheckConstraint("unattributed_micros >= 0", name="unattributed_not_negative"),
    Index(None, "workspace_id", "kind"),
    Index("ix_account_due", "next_event_at", sqlite_where=text(DUE_ACCOUNT), postgresql_where=text(DUE_ACCOUNT)),
    postgresql_with={"fillfactor": "70"},
)

hold = Table(
    "hold",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),  # what is held; for a rejected one what was asked at least
    Column("state", String(16), nullable=False),
    Column("actual_micros", BigInteger, nullable=True),  # what the ask cost, once known
    Column("charged_micros", BigInteger, nullable=True),  # what the payer paid of it
    Column("overrun_micros", BigInteger, nullable=False, server_default=text("0")),  # what the company paid instead
    Column("estimated", Boolean, nullable=False, server_default=text("false")),
    Column("fingerprint", String(64), nullable=False),
    Column("rejection", String(16), nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("dispatched_at", Utc, nullable=True),
    Column("closed_at", Utc, nullable=True),
    CheckConstraint(one_of("state", HOLD_STATES), name="state"),
    CheckConstraint("amount_micros > 0", name="amount_positive"),
    CheckConstraint("actual_micros >= 0", name="actual_not_negative"),
    CheckConstraint("overrun_micros >= 0", name="overrun_not_negative"),
    CheckConstraint("(state IN ('open', 'dispatched')) = (closed_at IS NULL)", name="closed_once"),
    Index(
        "ix_hold_live",
        "expires_at",
        sqlite_where=text(LIVE_HOLD),
        postgresql_where=text(LIVE_HOLD),
    ),
    Index(None, "account_id"),
)

transfer = Table(
    "transfer",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("request_key", String(200), nullable=False, unique=True),
    Column("fingerprint", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("debit_account_id", ForeignKey("account.id"), nullable=False),  # gives
    Column("credit_account_id", ForeignKey("account.id"), nullable=False),  # gets
    Column("hold_key", String(200), nullable=True),
    Column("actor_id", String(130), nullable=True),  # the person who did it; null: the system
    Column("reason", Text, nullable=True),
    Column("until_at", Utc, nullable=True),  # a grant's expiry
    Column("created_at", Utc, nullable=False),
    CheckConstraint(one_of("kind", TRANSFER_KINDS), name="kind"),
    CheckConstraint("amount_micros > 0", name="amount_positive"),
    CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
    Index(None, "debit_account_id", "created_at"),
    Index(None, "credit_account_id", "created_at"),
)

lot = Table(
    "lot",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("request_key", String(200), nullable=False),  # of the transfer that brought it
    Column("granted_micros", BigInteger, nullable=False),
    Column("remaining_micros", BigInteger, nullable=False),
    Column("expires_at", Utc, nullable=False),  # FAR: never
    Column("created_at", Utc, nullable=False),
    CheckConstraint("granted_micros > 0", name="granted_positive"),
    CheckConstraint("remaining_micros >= 0 AND remaining_micros <= granted_micros", name="remaining_in_range"),
    Index(
        "ix_lot_live",
        "account_id",
        "expires_at",
        "id",
        sqlite_where=text("remaining_micros > 0"),
        postgresql_where=text("remaining_micros > 0"),
    ),
)

ask = Table(
    "ask",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("message_ts", String(32), nullable=False),
    Column("thread_ts", String(32), nullable=False),  # where the answer goes
    Column("client_msg_id", String(64), nullable=True),
    Column("place", String(16), nullable=False),  # channel | thread | dm
    Column("round", Integer, nullable=False, server_default=text("0")),  # 1 and up: asked again by a button
    Column("asker_id", String(64), nullable=False),  # the Slack id in the event; who that is comes later
    Column("person_id", ForeignKey("person.id"), nullable=True),
    Column("question", Text, nullable=True),  # cleared when the ask ends
    Column("files", Text, nullable=True),  # what was attached, as JSON; cleared with the question
    Column("wanted_model", Text, nullable=True),  # named in the question, or by a button
    Column("confirmed_micros", BigInteger, nullable=True),  # the asker has agreed to a bound this high
    Column("from_channel_id", String(64), nullable=True),  # a private ask: where it was asked, and may be shared
    Column("from_thread_ts", String(32), nullable=True),
    Column("stopped_by", Text, nullable=True),  # who wants it stopped, for whichever process works on it
    Column("edited_ts", String(32), nullable=True),  # the last edit of the message that is taken account of
    Column("state", String(16), nullable=False),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("account_id", ForeignKey("account.id"), nullable=True),  # who pays
    Column("hold_key", String(200), nullable=True),
    Column("model", Text, nullable=True),
    Column("price", Text, nullable=True),  # the frozen unit prices, as JSON
    Column("price_book", Text, nullable=True),  # the book's version
    Column("bound_micros", BigInteger, nullable=True),
    Column("cap_tokens", Integer, nullable=True),
    Column("input_tokens", BigInteger, nullable=True),  # what the provider counted, cached ones included
    Column("cache_read_tokens", BigInteger, nullable=True),
    Column("cache_write_tokens", BigInteger, nullable=True),
    Column("output_tokens", BigInteger, nullable=True),
    Column("cost_micros", BigInteger, nullable=True),
    Column("estimated", Boolean, nullable=False, server_default=text("false")),
    Column("outcome", String(32), nullable=True),  # why it was refused or failed
    Column("reply_ts", String(32), nullable=True),
    Column("told_at", Utc, nullable=True),  # when the asker was shown the end
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=True),
    CheckConstraint(one_of("state", ASK_STATES), name="state"),
    UniqueConstraint("workspace_id", "event_id"),
    UniqueConstraint("workspace_id", "channel_id", "message_ts", "round"),
    UniqueConstraint("workspace_id", "client_msg_id", "round"),
    Index(
        "ix_ask_live",
        "lease_until_at",
        sqlite_where=text(OPEN_ASK),
        postgresql_where=text(OPEN_ASK),
    ),
    Index(None, "person_id", "created_at"),
    Index(None, "channel_id", "thread_ts"),
)

# What was asked and answered, encrypted, where the company has chosen to keep it for some days.
kept_text = Table(
    "kept_text",
    metadata,
    Column("ask_id", ForeignKey("ask.id"), primary_key=True),
    Column("question", Text, nullable=False),  # ciphertext, as is the answer
    Column("answer", Text, nullable=False),
    Column("purge_at", Utc, nullable=False),
    Index(None, "purge_at"),
)

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
)
