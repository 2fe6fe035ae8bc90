"""Who can pay for an ask, in the order in which they are tried."""

from dataclasses import dataclass

from sqlalchemy import select

from store.database import Connection
from store.tables import account, channel, membership, person, team


@dataclass(frozen=True, slots=True)
class Payer:
    """An account that may pay: a channel's project, the asker's wallet, or a team's pool."""

    account_id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an ask needs to know of its asker: the model they chose, and who pays."""

    model: str | None
    payers: tuple[Payer, ...]


def standing(conn: Connection, workspace_id: str, channel_id: str, person_id: str) -> Standing:
    """The project of the channel, else the wallet, else the pools of the person's teams that allow it, by name."""
    chosen = conn.execute(select(person.c.model).where(person.c.id == person_id)).scalar_one_or_none()
    project = (
        select(account.c.id, account.c.kind, account.c.owner_id)
        .join(channel, channel.c.account_id == account.c.id)
        .where(channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id)
    )
    wallet = select(account.c.id, account.c.kind, account.c.owner_id).where(
        account.c.kind == "person", account.c.owner_id == person_id
    )
    pools = (
        select(account.c.id, account.c.kind, team.c.name)
        .join(team, account.c.owner_id == team.c.id)
        .join(membership, membership.c.team_id == team.c.id)
        .where(account.c.kind == "team", membership.c.person_id == person_id, team.c.pool_for_members)
        .order_by(team.c.name_key)
    )
    rows = [row for query in (project, wallet, pools) for row in conn.execute(query)]
    return Standing(chosen, tuple(Payer(*row) for row in rows))
