"""The ledger: accounts, holds, transfers, lots."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from store.tables.base import (
    ACCOUNT_KINDS,
    BY_HAND,
    DUE_ACCOUNT,
    HOLD_STATES,
    LIVE_HOLD,
    TRANSFER_KINDS,
    Utc,
    metadata,
    one_of,
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
    Index("ix_transfer_actor", "actor_id", "created_at", sqlite_where=text(BY_HAND), postgresql_where=text(BY_HAND)),
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
