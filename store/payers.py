"""What decides about an ask, in one look: who may pay and in which order, what is set here, who the asker is to us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)

from store.database import Connection
from store.ledger.steps import Balance
from store.tables import Utc, account, channel, membership, person, project, team, workspace

PERSON, PROJECT, TEAM = "person", "project", "team"


@dataclass(frozen=True, slots=True)
class Payer:
    """An account that may pay: a channel's project, the asker's wallet, or a team's pool."""

    account_id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """Since when an asker's questions are refused, and why, as far as that was said."""

    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What an ask needs to know of its asker and place.

    The model the person chose and the one set for the channel; what the model is told by the company and then by the
    channel; who may pay, and what was on those accounts a moment ago (advice: the hold decides). `teams`: the names of
    all the asker's teams. `policy`: the company's, as TOML. `is_guest`: one whom no admin has let in. `until`: they
    have left, and may spend what is theirs until then; None: they are here.
    """

    model: str | None
    payers: tuple[Payer, ...]
    channel_model: str | None = None
    instructions: tuple[str, ...] = ()
    balances: Mapping[str, Balance] = field(default_factory=dict)
    teams: tuple[str, ...] = ()
    policy: str | None = None
    frozen: Frozen | None = None
    until: datetime | None = None
    is_guest: bool = False


COMPANY, HERE, ASKER, FROM_PROJECT, FROM_WALLET, FROM_POOL = range(-2, 4)  # the places of the rows, in their order
NO_TEXT, NO_COUNT, NO_TIME = cast(null(), Text), cast(null(), BigInteger), cast(null(), Utc)
NO_FLAG: ColumnElement[bool] = cast(null(), Boolean)


def _row(place: int, first: Any, second: Any, *, flag: Any = NO_FLAG, **more: Any) -> Select[Any]:
    """One kind of row: `flag` is whether a pool pays for members, or whether the asker is a guest nobody let in."""
    return select(
        literal(place).label("place"), more.get("account_id", NO_TEXT), first, second, more.get("sort", NO_TEXT),
        more.get("posted", NO_COUNT), more.get("held", NO_COUNT), flag, more.get("since", NO_TIME),
        more.get("until", NO_TIME),
    )  # fmt: skip


def _account(place: int, name: Any, sort: Any, flag: Any = NO_FLAG) -> Select[Any]:
    on_it = {"posted": account.c.posted_micros, "held": account.c.held_micros}
    return _row(place, account.c.kind, name, flag=flag, account_id=account.c.id, sort=sort, **on_it)


def _statement() -> CompoundSelect[Any]:
    """One round trip for all of it: workspace, channel, person, then the payers, each with its place in the order."""
    workspace_id: BindParameter[str] = bindparam("workspace_id")
    channel_id: BindParameter[str] = bindparam("channel_id")
    person_id: BindParameter[str] = bindparam("person_id")
    is_here = and_(channel.c.workspace_id == workspace_id, channel.c.channel_id == channel_id)
    company = _row(COMPANY, workspace.c.policy, workspace.c.instructions).where(workspace.c.id == workspace_id)
    here = _row(HERE, channel.c.model, channel.c.instructions).where(is_here)
    is_guest = and_(person.c.is_guest, person.c.allowed_at.is_(None))
    until = func.coalesce(person.c.closes_at, person.c.left_at)
    asker = _row(
        ASKER, person.c.model, person.c.frozen_reason, flag=is_guest, since=person.c.frozen_at, until=until
    ).where(person.c.id == person_id)
    of_project = (
        _account(FROM_PROJECT, project.c.name, literal(""))
        .join(channel, channel.c.account_id == account.c.id)
        .join(project, project.c.id == account.c.owner_id)
        .where(is_here, account.c.kind == PROJECT, project.c.closed_at.is_(None))
    )
    of_asker = _account(FROM_WALLET, account.c.owner_id, literal("")).where(
        account.c.id == literal(f"{PERSON}:").concat(person_id)
    )
    of_teams = (
        _account(FROM_POOL, team.c.name, team.c.name_key, team.c.pool_for_members)
        .join(team, account.c.owner_id == team.c.id)
        .join(membership, membership.c.team_id == team.c.id)
        .where(account.c.kind == TEAM, membership.c.person_id == person_id)
    )
    return union_all(company, here, asker, of_project, of_asker, of_teams).order_by(text("1, 5"))


_STANDING = _statement()


def standing(conn: Connection, workspace_id: str, channel_id: str, person_id: str) -> Standing:
    """The open project of the channel, the wallet, then the pools that pay for the person as a member, by name."""
    asked = {"workspace_id": workspace_id, "channel_id": channel_id, "person_id": person_id}
    rows = conn.execute(_STANDING, asked).all()
    company, here, asker = (next((row for row in rows if row[0] == which), None) for which in (COMPANY, HERE, ASKER))
    accounts = [row for row in rows if row[0] >= FROM_PROJECT]
    return Standing(
        model=asker[2] if asker else None,
        payers=tuple(Payer(row[1], row[2], row[3]) for row in accounts if row[0] != FROM_POOL or row[7]),
        channel_model=here[2] if here else None,
        instructions=tuple(row[3] for row in (company, here) if row and row[3]),
        balances={row[1]: Balance(row[1], row[5], row[6]) for row in accounts},
        teams=tuple(row[3] for row in accounts if row[0] == FROM_POOL),
        policy=company[2] if company else None,
        frozen=_frozen(asker),
        until=asker[9] if asker else None,
        is_guest=bool(asker and asker[7]),
    )


def _frozen(asker: Any) -> Frozen | None:
    return Frozen(asker[8], asker[3]) if asker and asker[8] else None
