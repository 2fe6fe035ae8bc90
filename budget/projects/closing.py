"""Closing a project: it pays for nothing more at once, and what is left goes back to those who gave it.

What answers under way hold is left to them; the clock gives back what they leave. Whoever gave last is given back
first, and nobody more than they gave: a small gift at the end must not win the whole pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from budget.house import House
from budget.org.rights import Action
from budget.outcome import No
from budget.projects.doing import Doing, allowed, managers, note, owner_of, tell
from budget.projects.typed import CloseProject
from budget.turns import Turns
from store import accounts, audit, people, projects
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Balance, Short, Transfer, Transferred
from store.projects import Giver, Project

REASON = "the project {name} was closed"


@dataclass(frozen=True, slots=True)
class Back:
    """What went back to one place; `name` as people know it."""

    account_id: str
    name: str
    amount_micros: int


@dataclass(frozen=True, slots=True)
class ClosedProject:
    """What went back to whom, the channels that it paid in, and what answers under way still hold."""

    project: Project
    back: tuple[Back, ...]
    channels: tuple[str, ...]
    held_micros: int


def close(conn: Connection, doing: Doing, command: CloseProject) -> ClosedProject | No:
    """`project close NAME`"""
    found = allowed(conn, doing, Action.SET_PROJECT, command.project)
    if isinstance(found, No):
        return found
    at = doing.house.now()
    projects.close(conn, found.id, at)
    channels = projects.unbind(conn, found.id)
    back = give_back(conn, doing.house, found, doing.key, doing.actor.person.id)
    held = _on(conn, found).held_micros
    gone = ", ".join(f"{each.amount_micros} micros to {each.account_id}" for each in back) or "nothing was left"
    note(conn, doing, "close project", found, f"open in {', '.join(channels) or 'no channel'}", f"closed; {gone}")
    given = [each.account_id.removeprefix("team:") for each in back if each.account_id.startswith("team:")]
    told = {"event": "closed", "held": held, "back": [[each.name, each.amount_micros] for each in back]}
    tell(conn, doing, found, [owner_of(conn, found), *managers(conn, given)], told)
    return ClosedProject(found, tuple(back), tuple(channels), held)


def give_back(conn: Connection, house: House, project: Project, key: str, actor_id: str | None) -> list[Back]:
    """Give back what is available. Its caller has locked the project; `key` is used for this once."""
    back: list[Back] = []
    for turn in range(2):  # what has expired meanwhile is burnt by the first, so that the second knows what is there
        shares = share(_on(conn, project).available_micros, projects.givers(conn, project.id))
        whole = [*shares, *_rest(conn, project, shares)]
        steps = [
            Transfer(
                f"{key}:{turn}:{at}", "return", projects.pool_id(project.id), each.account_id, each.amount_micros,
                house.now(), actor_id, REASON.format(name=project.name),
            )
            for at, each in enumerate(whole)
        ]  # fmt: skip
        answers = apply(conn, steps)
        back += [each for each, answer in zip(whole, answers, strict=True) if isinstance(answer, Transferred)]
        if not any(isinstance(answer, Short) for answer in answers):
            break
    return back


def share(left_micros: int, givers: Sequence[Giver]) -> list[Back]:
    """Who gets how much of what is left: the last giver first, each at most what they have not got back."""
    found: list[Back] = []
    for giver in givers:
        amount = min(left_micros, giver.given_micros - giver.returned_micros)
        if amount > 0:
            found.append(Back(giver.account_id, _name(giver), amount))
            left_micros -= amount
    return found


def _name(giver: Giver) -> str:
    return f"the {giver.name} pool" if giver.kind == "team" else "the company pool"


def _rest(conn: Connection, project: Project, shares: Sequence[Back]) -> list[Back]:
    """What nobody gave is the company's."""
    rest = _on(conn, project).available_micros - sum(each.amount_micros for each in shares)
    return [Back(people.company_id(project.workspace_id), "the company pool", rest)] if rest > 0 else []


def _on(conn: Connection, project: Project) -> Balance:
    found = accounts.balance(conn, projects.pool_id(project.id))
    assert found is not None, "a project has its pool"
    return found


async def return_due(house: House) -> int:
    """Give back what answers left that were under way when their project was closed; how many projects."""
    due = await house.database.look_up(projects.with_something_left)
    turns = Turns()
    await turns.each(due, lambda each: house.database.write(partial(_rest_of, house, each, house.new_id())))
    turns.end("closed projects with something left")
    return len(due)


def _rest_of(house: House, project: Project, new_id: str, conn: Connection) -> int:
    _return_rest(house, project, f"close:{project.id}:{new_id}", conn)
    return 1


def _return_rest(house: House, project: Project, key: str, conn: Connection) -> None:
    """Under the project's lock: a second replica finds nothing left."""
    locked = projects.by_id(conn, project.id, lock=True)
    assert locked is not None, "projects stay"
    for each in give_back(conn, house, locked, key, None):
        audit.record(
            conn, workspace_id=project.workspace_id, at=house.now(), actor_id=None, origin="clock",
            action="close project", target=projects.pool_id(project.id), old=None,
            new=f"{each.amount_micros} micros to {each.account_id}",
        )  # fmt: skip
