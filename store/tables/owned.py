"""What people own beside a balance: allowances, packages, loans, requests."""

from sqlalchemy import (
    BigInteger,
    Boolean,
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

from store.tables.base import (
    ACTIVE,
    LASTING,
    LINE_STATES,
    LIVE_PAYOUT,
    OPEN_LOAN,
    PAYOUT_STATES,
    PENDING_STATES,
    PERIODS,
    REQUEST_STATES,
    SCOPES,
    UNPAID,
    WAITING,
    Utc,
    metadata,
    one_of,
)

allowance = Table(
    "allowance",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("scope_id", String(130), nullable=False),  # of the person, the team, or the workspace
    Column("amount_micros", BigInteger, nullable=False),  # for each person and period
    Column("period", String(16), nullable=False),
    Column("rollover_micros", BigInteger, nullable=False),  # of each period's amount, so much at most outlives it …
    Column("rollover_periods", Integer, nullable=True),  # … by so many periods; null: for good
    Column("payer_id", ForeignKey("account.id"), nullable=False),
    Column("from_on", String(10), nullable=False),  # the first day of the first period that is paid
    Column("next_on", String(10), nullable=False),  # … of the first one that is not decided on yet
    Column("until_on", String(10), nullable=True),  # another takes its place that day: the last period ends by then
    Column("created_by", String(130), nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=True),
    CheckConstraint(one_of("scope", SCOPES), name="scope"),
    CheckConstraint(one_of("period", PERIODS), name="period"),
    CheckConstraint("amount_micros > 0", name="amount_positive"),
    CheckConstraint("rollover_micros >= 0 AND rollover_micros <= amount_micros", name="rollover_in_range"),
    Index(
        "ix_allowance_active",
        "workspace_id",
        "scope",
        "scope_id",
        unique=True,
        sqlite_where=text(LASTING),
        postgresql_where=text(LASTING),
    ),
    Index("ix_allowance_due", "next_on", sqlite_where=text(ACTIVE), postgresql_where=text(ACTIVE)),
    Index(None, "scope_id"),
)

# One period of an allowance. Who takes the row on first has decided who is paid, in which order.
payout = Table(
    "payout",
    metadata,
    Column("allowance_id", ForeignKey("allowance.id"), nullable=False),
    Column("period_on", String(10), nullable=False),  # the period's first day
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("state", String(16), nullable=False),  # short: some were left out, and are paid when the pool has enough
    Column("until_at", Utc, nullable=False),  # when what does not roll over ends …
    Column("later_until_at", Utc, nullable=True),  # … and when what does; null: never
    Column("missed", Boolean, nullable=False),  # decided on only after it was over
    Column("left_out_micros", BigInteger, nullable=False, server_default=text("0")),  # what those left out would get
    Column("began_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=True),
    PrimaryKeyConstraint("allowance_id", "period_on"),
    CheckConstraint(one_of("state", PAYOUT_STATES), name="state"),
    CheckConstraint("left_out_micros >= 0", name="left_out_not_negative"),
    Index(
        "ix_payout_live",
        "workspace_id",
        "period_on",
        sqlite_where=text(LIVE_PAYOUT),
        postgresql_where=text(LIVE_PAYOUT),
    ),
)

payout_line = Table(
    "payout_line",
    metadata,
    Column("allowance_id", String(64), nullable=False),
    Column("period_on", String(10), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("place", Integer, nullable=False),  # in the order of payment
    Column("amount_micros", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    PrimaryKeyConstraint("allowance_id", "period_on", "person_id"),
    CheckConstraint(one_of("state", LINE_STATES), name="state"),
    CheckConstraint("amount_micros > 0", name="amount_positive"),
    Index(
        "ix_payout_line_due",
        "allowance_id",
        "period_on",
        "place",
        sqlite_where=text(UNPAID),
        postgresql_where=text(UNPAID),
    ),
    Index(None, "person_id"),
)

# What somebody was promised, and how much of it was paid. What has not vested is no money: it is on no account.
package = Table(
    "package",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("annual_micros", BigInteger, nullable=False),
    Column("months", Integer, nullable=True),  # how many it vests over; null: until it is ended
    Column("cliff_months", Integer, nullable=False),
    Column("starts_on", String(10), nullable=False),
    Column("ends_on", String(10), nullable=True),  # the last day that counts, where somebody has ended it
    Column("vested_months", Integer, nullable=False),  # how many were paid out
    Column("next_on", String(10), nullable=True),  # when the next part is due, or the end; null: no more
    Column("retry_at", Utc, nullable=True),  # the pool was too small: not tried again before
    Column("payer_id", ForeignKey("account.id"), nullable=False),
    Column("reason", Text, nullable=True),
    Column("created_by", String(130), nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("ended_at", Utc, nullable=True),  # vested in full, or ended before
    CheckConstraint("annual_micros > 0", name="annual_positive"),
    CheckConstraint(
        "cliff_months >= 0 AND (months IS NULL OR (months > 0 AND cliff_months <= months))", name="cliff_in_range"
    ),
    CheckConstraint("vested_months >= 0 AND (months IS NULL OR vested_months <= months)", name="vested_in_range"),
    Index("ix_package_due", "next_on", sqlite_where=text(ACTIVE), postgresql_where=text(ACTIVE)),
    Index(None, "person_id"),
)

loan = Table(
    "loan",
    metadata,
    Column("id", String(200), primary_key=True),  # the key of the transfer that lent it
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("lender_id", ForeignKey("account.id"), nullable=False),
    Column("borrower_id", ForeignKey("account.id"), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("returned_micros", BigInteger, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("next_at", Utc, nullable=False),  # when it is tried next to take back what is still out
    Column("reason", Text, nullable=True),
    Column("created_by", String(130), nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc, nullable=True),
    CheckConstraint("returned_micros >= 0 AND returned_micros <= amount_micros", name="returned_in_range"),
    CheckConstraint("lender_id <> borrower_id", name="two_accounts"),
    Index("ix_loan_due", "next_at", sqlite_where=text(OPEN_LOAN), postgresql_where=text(OPEN_LOAN)),
    Index(None, "borrower_id"),
    Index(None, "lender_id"),
)

# A change of money that its author was shown before and after, and is to agree to. Done or left once.
pending = Table(
    "pending",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("key", String(200), nullable=False, unique=True),  # under which it will be carried out
    Column("command", Text, nullable=False),  # as JSON
    Column("state", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("lapses_at", Utc, nullable=False),
    CheckConstraint(one_of("state", PENDING_STATES), name="state"),
    Index(None, "person_id", "lapses_at"),
)

token_request = Table(
    "token_request",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("key", String(200), nullable=False, unique=True),  # of what made it: a command, a form
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("amount_micros", BigInteger, nullable=False),
    Column("reason", Text, nullable=True),
    Column("project_id", ForeignKey("project.id"), nullable=True),
    Column("until_on", String(10), nullable=True),
    Column("ask_id", String(64), nullable=True),  # the refused ask that it comes from
    Column("state", String(16), nullable=False),
    Column("decided_by", String(130), nullable=True),  # null with a decision: the policy
    Column("decided_at", Utc, nullable=True),
    Column("granted_micros", BigInteger, nullable=True),
    Column("payer_id", String(160), nullable=True),  # the account that it came from
    Column("due_on", String(10), nullable=True),  # of what was lent
    Column("note", Text, nullable=True),  # the approver's words
    Column("created_at", Utc, nullable=False),
    Column("next_at", Utc, nullable=False),  # when to remind of it, and after that when it lapses
    Column("lapse_at", Utc, nullable=False),
    CheckConstraint(one_of("state", REQUEST_STATES), name="state"),
    CheckConstraint("amount_micros > 0", name="amount_positive"),
    CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_once"),
    Index("ix_token_request_waiting", "next_at", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    Index(None, "person_id", "created_at"),
)

# Who was asked to decide on a request: each has a card.
request_asked = Table(
    "request_asked",
    metadata,
    Column("request_id", ForeignKey("token_request.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("asked_at", Utc, nullable=False),
    PrimaryKeyConstraint("request_id", "person_id"),
)
