"""Who can pay for an ask, in the order in which they are tried."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, bindparam, literal, null, select, text, union_all

from store.database import Connection
from store.tables import account, channel, membership, person, team, workspace

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Payer:
    """An account that may pay: a channel's project, the asker's wallet, or a team's pool."""

    account_id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an ask needs to know of its asker and place.

    The model the person chose and the one set for the channel; what the model is told by the company and then by the
    channel; who pays.
    """

    model: str | None
    payers: tuple[Payer, ...]
    channel_model: str | None = None
    instructions: tuple[str, ...] = ()


def _statement() -> CompoundSelect[Any]:
    """One round trip for all of it: workspace, channel, person, then the payers, each with its place in the order."""
    workspace_id: BindParameter[str] = bindparam("workspace_id")
    channel_id: BindParameter[str] = bindparam("channel_id")
    person_id: BindParameter[str] = bindparam("person_id")
    company = select(literal(-2).label("place"), null().label("account_id"), null(), workspace.c.instructions, null())
    here = select(literal(-1), null(), channel.c.model, channel.c.instructions, null()).where(
        channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id
    )
    chosen = select(literal(0), null(), person.c.model, null(), null()).where(person.c.id == person_id)
    project = (
        select(literal(1), account.c.id, account.c.kind, account.c.owner_id, literal(""))
        .join(channel, channel.c.account_id == account.c.id)
        .where(channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id)
    )
    wallet = select(literal(2), account.c.id, account.c.kind, account.c.owner_id, literal("")).where(
        account.c.id == literal(f"{PERSON}:").concat(person_id)
    )
    pools = (
        select(literal(3), account.c.id, account.c.kind, team.c.name, team.c.name_key)
        .join(team, account.c.owner_id == team.c.id)
        .join(membership, membership.c.team_id == team.c.id)
        .where(account.c.kind == "team", membership.c.person_id == person_id, team.c.pool_for_members)
    )
    about = (company.where(workspace.c.id == workspace_id), here, chosen)
    return union_all(*about, project, wallet, pools).order_by(text("1, 5"))


_STANDING = _statement()


def standing(conn: Connection, workspace_id: str, channel_id: str, person_id: str) -> Standing:
    """The project of the channel, else the wallet, else the pools of the person's teams that allow it, by name."""
    asked = {"workspace_id": workspace_id, "channel_id": channel_id, "person_id": person_id}
    rows = conn.execute(_STANDING, asked).all()
    return Standing(
        model=next((row[2] for row in rows if row[0] == 0), None),
        payers=tuple(Payer(row[1], row[2], row[3]) for row in rows if row[0] > 0),
        channel_model=next((row[2] for row in rows if row[0] == -1), None),
        instructions=tuple(row[3] for row in rows if row[0] < 0 and row[3]),
    )
