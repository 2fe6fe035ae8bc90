"""Who and where: the workspace, its people, teams and channels."""

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
    UniqueConstraint,
    text,
)

from store.tables.base import CLOSED, ENDING, LEAVING, LEAVING_BY, Utc, metadata, one_of

workspace = Table(
    "workspace",
    metadata,
    Column("id", String(64), primary_key=True),  # Slack's team id
    Column("name", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("policy", Text, nullable=True),  # TOML, as last set; null: what the settings and defaults say
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
    Column("manager_id", String(130), nullable=True),  # who decides on their requests before their team's managers do
    Column("starts_on", String(10), nullable=True),  # ISO days of employment, where they are known
    Column("ends_on", String(10), nullable=True),
    Column("is_guest", Boolean, nullable=False, server_default=text("false")),  # or of another organisation
    Column("allowed_at", Utc, nullable=True),  # when an admin let a guest in
    Column("home_at", Utc, nullable=True),  # when they looked at their Home tab last, to within some minutes
    Column("frozen_at", Utc, nullable=True),  # their asks are refused since then
    Column("frozen_reason", Text, nullable=True),
    Column("left_at", Utc, nullable=True),  # when they left; coming back makes it null
    Column("closes_at", Utc, nullable=True),  # when what they have left goes back
    Column("closed_at", Utc, nullable=True),  # when it went back, and the closing statement was made
    Column("gone_at", Utc, nullable=True),  # since when Slack calls the account deactivated
    Column("heard_ts", String(32), nullable=True),  # Slack's time of the last change of theirs that it told of
    UniqueConstraint("workspace_id", "slack_id"),
    Index(None, "workspace_id", "email"),
    Index("ix_person_leaving", "closes_at", sqlite_where=text(LEAVING), postgresql_where=text(LEAVING)),
    Index("ix_person_ending", "ends_on", sqlite_where=text(ENDING), postgresql_where=text(ENDING)),
    Index("ix_person_closed", "closed_at", sqlite_where=text(CLOSED), postgresql_where=text(CLOSED)),
    Index("ix_person_admin", "workspace_id", sqlite_where=text("is_admin = 1"), postgresql_where=text("is_admin")),
)

# What somebody had when they left, and what became of it: the closing statement. Coming back leaves it as it is.
departure = Table(
    "departure",
    metadata,
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("left_at", Utc, nullable=False),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("why", String(16), nullable=False),
    Column("actor_id", String(130), nullable=True),  # who let them go; null: Slack, or a date that HR gave
    Column("closes_at", Utc, nullable=False),
    Column("had_micros", BigInteger, nullable=False),  # on the wallet at that moment, what was held included
    Column("held_micros", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),  # of the transfers up to then
    Column("ended", Text, nullable=False),  # as JSON: teams, allowances, packages, requests, loans
    Column("returns", Integer, nullable=False),  # how many times something went back to the company
    Column("closed_at", Utc, nullable=True),
    PrimaryKeyConstraint("person_id", "left_at"),
    CheckConstraint(one_of("why", LEAVING_BY), name="why"),
    Index(None, "workspace_id"),
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
    Column("usergroup_id", String(64), nullable=True),  # the Slack user group whose people are its members
    UniqueConstraint("workspace_id", "name_key"),
)

# People of a team's user group whom we have not met: they are in the team as soon as they appear.
expected = Table(
    "expected",
    metadata,
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("slack_id", String(64), nullable=False),
    PrimaryKeyConstraint("team_id", "slack_id"),
    Index(None, "slack_id"),
)

membership = Table(
    "membership",
    metadata,
    Column("team_id", ForeignKey("team.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Utc, nullable=False),
    # Who put them there: an admin's hand, a Slack user group, or the roster. Each takes out only whom it put in.
    Column("source", String(16), nullable=False, server_default=text("'hand'")),
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

project = Table(
    "project",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),  # casefolded, unique
    Column("owner_id", ForeignKey("person.id"), nullable=False),  # who looks after its pool
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc, nullable=True),
    UniqueConstraint("workspace_id", "name_key"),
)

# Which cost centre something belongs to from a day on. Rows are added, and never changed for days gone by.
cost_centre = Table(
    "cost_centre",
    metadata,
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    # The account's id ("person:…", "team:…", "project:…"), or "roster:<workspace>:<e-mail>" of someone not known yet.
    Column("owner_id", String(340), nullable=False),
    Column("from_on", String(10), nullable=False),  # an ISO day in the workspace's zone
    Column("code", Text, nullable=True),  # null: that of the team above; empty: none at all
    Column("created_at", Utc, nullable=False),
    PrimaryKeyConstraint("owner_id", "from_on"),
    Index(None, "workspace_id"),
)

# What HR says of people, by e-mail, known to us or not yet. It counts from the moment that they are.
roster = Table(
    "roster",
    metadata,
    Column("workspace_id", ForeignKey("workspace.id"), nullable=False),
    Column("email", Text, nullable=False),  # in lower case
    Column("team_id", ForeignKey("team.id"), nullable=True),
    Column("manager_email", Text, nullable=True),
    Column("starts_on", String(10), nullable=True),
    Column("ends_on", String(10), nullable=True),
    Column("person_id", ForeignKey("person.id"), nullable=True),  # null: nobody has appeared with that e-mail
    Column("updated_at", Utc, nullable=False),
    PrimaryKeyConstraint("workspace_id", "email"),
    Index(None, "person_id"),
    Index(None, "team_id"),
    Index(None, "workspace_id", "manager_email"),
)
