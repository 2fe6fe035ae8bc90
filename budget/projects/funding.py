"""Putting tokens into a project's pool: from the company's by an admin, from their team's by a manager."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget.money import exact_dollars, show
from budget.org.places import Place, of_team, place
from budget.org.rights import Action, Role, Standing, to_project
from budget.outcome import No
from budget.projects.doing import Doing, managers, note, owner_of, tell, unknown
from budget.projects.typed import FundProject
from budget.transfers.plans import Plan
from budget.typed import Company, TeamRef
from store import projects, teams
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Balance, Conflict, Short, Transfer, Transferred
from store.people import Person
from store.projects import Project


@dataclass(frozen=True, slots=True)
class Funded:
    """What went into a project, from where; both balances right after. `replayed`: it was done before."""

    project: Project
    amount_micros: int
    source: Place
    source_balance: Balance
    balance: Balance
    reason: str | None
    replayed: bool


def fund(conn: Connection, doing: Doing, command: FundProject) -> Funded | No:
    """`project fund …`"""
    found = fundable(conn, doing.actor, command)
    if isinstance(found, No):
        return found
    return pay_in(conn, doing, found, command.amount_micros, command.source, command.reason)


def fundable(conn: Connection, actor: Standing, command: FundProject) -> Project | No:
    """The project that is meant, locked, if it takes tokens, and from the one who acts."""
    found = projects.by_name(conn, actor.person.workspace_id, command.project.name, lock=True)
    if found is None:
        return unknown(actor, command.project)
    if not actor.may(Action.FUND_PROJECT, to_project(actor, found.owner_id)):
        return No(_refusal(actor, found))
    if found.closed_at is not None:
        return No(f"{found.name} was closed, and takes nothing more.")
    return found


def plan_fund(conn: Connection, actor: Standing, command: FundProject) -> Plan | No:
    """What it would move, from where to where, to be shown before."""
    found = fundable(conn, actor, command)
    if isinstance(found, No):
        return found
    payer = payer_of(conn, actor, command.source, found, command.amount_micros)
    if isinstance(payer, No):
        return payer
    pool = Place(projects.pool_id(found.id), to_project(actor, found.owner_id), frozenset(), project=found.name)
    return Plan("move", payer, pool, command.amount_micros, command.reason)


def _refusal(actor: Standing, project: Project) -> str:
    if project.owner_id == actor.person.id:
        return "Tokens for a project come from a manager's team or an admin: ask one of them to fund it."
    if actor.role is Role.MANAGER:
        return "A manager funds the projects that they look after themselves; an admin can fund any."
    return "Only its owner, if they manage a team, and admins can fund a project."


def pay_in(
    conn: Connection, doing: Doing, project: Project, amount_micros: int, source: TeamRef | Company | None,
    reason: str | None, *, tells_owner: bool = True,
) -> Funded | No:  # fmt: skip
    """The transfer with its audit row and letters, once by the key. That it may be done was looked at before.

    `tells_owner`: False where the owner is told of it in another letter.
    """
    payer = payer_of(conn, doing.actor, source, project, amount_micros)
    if isinstance(payer, No):
        return payer
    step = Transfer(
        doing.key, "grant", payer.account_id, projects.pool_id(project.id), amount_micros, doing.house.now(),
        doing.actor.person.id, reason or f"the project {project.name}",
    )  # fmt: skip
    (answer,) = apply(conn, [step])
    if isinstance(answer, Short):
        return _short(doing, payer, answer)
    if isinstance(answer, Conflict):
        return No("That command was carried out before, otherwise; nothing more was done.")
    if not isinstance(answer, Transferred):
        raise AssertionError(f"the ledger answered a transfer with {answer!r}")
    funded = Funded(project, amount_micros, payer, answer.debit, answer.credit, reason, answer.replayed)
    if not answer.replayed:
        _write_down(conn, doing, funded, [owner_of(conn, funded.project)] if tells_owner else [])
    return funded


def _write_down(conn: Connection, doing: Doing, funded: Funded, owners: Sequence[Person]) -> None:
    now = funded.balance.posted_micros
    old, new = f"{now - funded.amount_micros} micros", f"{now} micros ({doing.key} from {funded.source.account_id})"
    note(conn, doing, "fund project", funded.project, old, new)
    told = {"event": "funded", "amount": funded.amount_micros, "source": funded.source.name, "reason": funded.reason}
    left = {"left": funded.balance.available_micros}
    tell(conn, doing, funded.project, owners, told | left)
    giving = [person for person in managers(conn, sorted(funded.source.teams)) if person.id != funded.project.owner_id]
    left = {"left": funded.source_balance.available_micros}
    tell(conn, doing, funded.project, giving, told | left | {"event": "took"})


def payer_of(
    conn: Connection, actor: Standing, source: TeamRef | Company | None, project: Project, amount_micros: int
) -> Place | No:
    """Where it comes from: the named place, else the company for an admin, else the one team that a manager manages."""
    if actor.role is Role.ADMIN:
        return place(conn, actor, source or Company())
    managed = [of_team(actor, team) for team, role in teams.memberships(conn, actor.person.id) if role == "manager"]
    if isinstance(source, Company):
        return No("The company pool is for admins to give from; you give from a team's pool that you manage.")
    if source is not None:
        named = place(conn, actor, source)
        if isinstance(named, No) or named.account_id in [each.account_id for each in managed]:
            return named
        return No(f"You give from the pools of teams that you manage, and {named.name} is not one of them.")
    if len(managed) == 1:
        return managed[0]
    names = " or ".join(each.name for each in managed)
    typed = f'"{project.name}"' if " " in project.name else project.name
    example = f"project fund {typed} {exact_dollars(amount_micros)} from {managed[0].typed}" if managed else ""
    return No(f"Say from which pool: {names}." if managed else "You manage no team that could pay for it.", example)


def _short(doing: Doing, payer: Place, answer: Short) -> No:
    face = doing.house.face
    missing = show(answer.needed_micros - answer.balance.available_micros, face, up=True)
    name = payer.name[:1].upper() + payer.name[1:]
    return No(
        f"{name} has {show(answer.balance.available_micros, face)} available: {missing} less than this takes. "
        "Nothing was moved."
    )
