"""Who is asked to pay, in which order, and whether someone may ask at all. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from budget.policy.policy import Policy
from store.ledger.steps import Balance
from store.payers import PERSON, TEAM, Payer, Standing

Bar = Literal["left", "frozen", "guest"]


@dataclass(frozen=True, slots=True)
class Shortage:
    """A payer that could not hold what it takes, or has less than must be there before anything is asked."""

    payer: Payer
    balance: Balance


def barred(policy: Policy, standing: Standing, at: datetime) -> Bar | None:
    """Why someone may ask nothing: `left`, `frozen`, `guest`; None: they may."""
    if standing.until is not None and standing.until <= at:
        return "left"
    if standing.frozen:
        return "frozen"
    return "guest" if standing.is_guest and not policy.guests.allowed else None


def in_order(policy: Policy, standing: Standing, wanted_id: str | None) -> tuple[Payer, ...]:
    """The channel's project, the wallet, the pools of the asker's teams as far as the policy has them pay unasked.

    A pool that the asker has chosen by a click pays first, while the policy and its team still let it. Who has left
    spends what is theirs, and nothing of the company's.
    """
    if standing.until is not None:
        return tuple(payer for payer in standing.payers if payer.kind == PERSON)
    always = policy.pools.fallback == "always"
    usual = tuple(payer for payer in standing.payers if always or payer.kind != TEAM)
    wanted = tuple(payer for payer in by_click(policy, standing) if payer.account_id == wanted_id)
    return wanted + tuple(payer for payer in usual if payer not in wanted)


def by_click(policy: Policy, standing: Standing) -> tuple[Payer, ...]:
    """The pools that the asker may choose to pay."""
    pools = tuple(payer for payer in standing.payers if payer.kind == TEAM)
    return () if policy.pools.fallback == "never" or standing.until is not None else pools


def poor(payers: Sequence[Payer], standing: Standing, least_micros: int) -> list[Shortage]:
    """Those that have less than must be there. What running asks hold is there: it may come back."""
    have = [Shortage(payer, standing.balances[payer.account_id]) for payer in payers]
    return [each for each in have if each.balance.posted_micros < least_micros]
