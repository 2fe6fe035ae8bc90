"""What is set for a channel: its team, the model that answers there, what the model is told, follow-ups in threads.

A channel without a row has nothing set; the first setting makes the row.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, select, update
from sqlalchemy.sql.elements import ColumnElement

from store.rows import insert_missing
from store.tables import channel, workspace


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """`model` None: each asker's own; `instructions` None: nothing beyond the company's."""

    workspace_id: str
    channel_id: str
    team_id: str | None = None
    account_id: str | None = None
    model: str | None = None
    instructions: str | None = None
    follow_threads: bool = False


COLUMNS = (
    channel.c.team_id, channel.c.account_id, channel.c.model, channel.c.instructions, channel.c.follow_threads,
)  # fmt: skip


def get(conn: Connection, workspace_id: str, channel_id: str, *, lock: bool = False) -> ChannelSettings:
    """What is set for a channel, for direct messages as well; `lock`: it stays so until the transaction ends."""
    query = select(*COLUMNS).where(_is(workspace_id, channel_id))
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return ChannelSettings(workspace_id, channel_id, *(row or ()))


def set_model(conn: Connection, workspace_id: str, channel_id: str, model: str | None) -> None:
    """The model that answers in a channel; None: each asker's own."""
    _set(conn, workspace_id, channel_id, model=model)


def set_instructions(conn: Connection, workspace_id: str, channel_id: str, instructions: str | None) -> None:
    """What the model is told in a channel, after the company's."""
    _set(conn, workspace_id, channel_id, instructions=instructions)


def set_follow_threads(conn: Connection, workspace_id: str, channel_id: str, on: bool) -> None:
    """Whether replies in threads are answered without a mention."""
    _set(conn, workspace_id, channel_id, follow_threads=on)


def company_instructions(conn: Connection, workspace_id: str, *, lock: bool = False) -> str | None:
    """What the model is told everywhere; `lock`: it stays so until the transaction ends."""
    query = select(workspace.c.instructions).where(workspace.c.id == workspace_id)
    found: str | None = conn.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    return found


def set_company_instructions(conn: Connection, workspace_id: str, instructions: str | None) -> None:
    """What the model is told everywhere."""
    conn.execute(update(workspace).where(workspace.c.id == workspace_id).values(instructions=instructions))


def ensure(conn: Connection, workspace_id: str, channel_id: str) -> None:
    """A row, so that it can be locked and set."""
    key = {"workspace_id": workspace_id, "channel_id": channel_id}
    insert_missing(conn, channel, {**key, "follow_threads": False})


def _set(conn: Connection, workspace_id: str, channel_id: str, **values: str | bool | None) -> None:
    ensure(conn, workspace_id, channel_id)
    conn.execute(update(channel).where(_is(workspace_id, channel_id)).values(values))


def _is(workspace_id: str, channel_id: str) -> ColumnElement[bool]:
    return and_(channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id)
