"""Questions, and what is kept of them."""

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
    UniqueConstraint,
    text,
)

from store.tables.base import ASK_STATES, OPEN_ASK, Utc, metadata, one_of

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
    Column("wanted_payer", String(160), nullable=True),  # the account that the asker has chosen to pay
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
