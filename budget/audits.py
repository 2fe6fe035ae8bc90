"""Looks at what is another person's: written down, so that they can see who looked, when and at what."""

from datetime import datetime, timedelta

from budget.org.rights import Standing
from store import audit, people
from store.database import Connection

LOOK = "look"  # the action; `new` says at what: balance, history, statement, package, audit
AT_COMMAND_LINE = "os:"  # of an actor who is known to the operating system alone
ONCE_IN = timedelta(hours=1)  # whoever looks again at the same thing within it makes no further row


def looked(conn: Connection, actor: Standing, target_account_id: str, what: str, at: datetime, origin: str) -> None:
    """Write a look at somebody's wallet down, in the transaction that looks; `what` is one word, such as "balance".

    Pools are the company's and one's own wallet is one's own: looks at those are not kept.
    """
    person = actor.person
    if not target_account_id.startswith("person:") or target_account_id == people.wallet_id(person.id):
        return
    if audit.has(conn, target_account_id, LOOK, actor_id=person.id, new=what, since=at - ONCE_IN):
        return
    audit.record(
        conn, workspace_id=person.workspace_id, at=at, actor_id=person.id, origin=origin, action=LOOK,
        target=target_account_id, old=None, new=what,
    )  # fmt: skip


def actor_name(conn: Connection, actor_id: str | None) -> str:
    """Who did something: a person's name, whoever worked at the command line, or the system."""
    if actor_id is None:
        return "the system"
    if actor_id.startswith(AT_COMMAND_LINE):
        return f"{actor_id.removeprefix(AT_COMMAND_LINE)} at the command line"
    found = people.person(conn, actor_id)
    return found.name if found else "somebody"
