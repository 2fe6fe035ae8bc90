"""The policy in plain words: a sentence for each rule, money first. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from budget.money import Face, show
from budget.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy's words rest on beside it: the face value of a token, and what the settings say.

    `starter_micros`: the starter grant; `agree_micros`: questions that may cost more are asked for once more.
    """

    face: Face
    starter_micros: int
    agree_micros: int

    def money(self, micros: int) -> str:
        """`$4.12 (4.12M tokens)`"""
        return show(micros, self.face)


Say = Callable[[Policy, Terms], str]


@dataclass(frozen=True, slots=True)
class Said:
    """A rule as a sentence; `changed`: it is not what holds where nothing is set."""

    sentence: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Rules that belong together."""

    heading: str
    rules: Sequence[Said]


def starter(policy: Policy, terms: Terms) -> int:
    """The starter grant."""
    return terms.starter_micros if policy.starter.grant is None else policy.starter.grant


def _starter(policy: Policy, terms: Terms) -> str:
    amount = starter(policy, terms)
    if amount == 0:
        return "Nobody gets anything just for coming."
    return f"Whoever comes for the first time gets {terms.money(amount)} from the company pool."


def _send(policy: Policy, terms: Terms) -> str:
    if policy.send.who == "nobody":
        return "Nobody sends of their own to others."
    to = "anybody" if policy.send.who == "anyone" else "people of their teams"
    most = terms.money(policy.send.most_a_month)
    return f"Everybody may send of their own to {to}, {most} in a calendar month at most."


def _approver(policy: Policy, _: Terms) -> str:
    if policy.requests.approver == "admins":
        return "Who asks for more asks the admins. Nobody decides on their own request."
    return (
        "Who asks for more asks their manager, and who is above when that one is away or out of funds. "
        "Nobody decides on their own request."
    )


def _small(policy: Policy, terms: Terms) -> str:
    small, a_month = policy.requests.small, policy.requests.small_a_month
    if small == 0:
        return "Every request is decided by somebody, however small."
    return (
        f"A request of {terms.money(small)} at most is granted at once, up to {terms.money(a_month)} "
        "for each person in a calendar month; more than that is decided by somebody."
    )


def _lapse(policy: Policy, _: Terms) -> str:
    lapse, remind = policy.requests.lapse_days, policy.requests.remind_days
    reminded = f", and is reminded of {days(remind)} before" if remind else ""
    return f"A request that nobody decides lapses after {days(lapse)}{reminded}."


def _confirm(policy: Policy, terms: Terms) -> str:
    above = policy.moves.confirm_above
    which = f"of more than {terms.money(above)}" if above else "of any amount"
    return f"Before a grant or move {which}, both sides are shown as they are and as they would be, to agree to."


def _undo(policy: Policy, _: Terms) -> str:
    if policy.moves.undo_hours == 0:
        return "What was granted or moved stays so: nobody takes it back."
    return (
        f"Who made a grant or move can take it back for {count(policy.moves.undo_hours, 'hour')}, as far as it is "
        "unspent."
    )


def _least(policy: Policy, terms: Terms) -> str:
    if policy.ask.least == 0:
        return "A question is let through as long as there is enough for it."
    return f"A question is let through while whoever pays has {terms.money(policy.ask.least)} at least."


def _most(policy: Policy, terms: Terms) -> str:
    agree = f"One that may cost more than {terms.money(terms.agree_micros)} is put to the asker first, with its price."
    if policy.ask.most == 0:
        return f"A question may cost what there is to pay for it. {agree}"
    more = f" {agree}" if terms.agree_micros < policy.ask.most else ""
    return f"No question may cost more than {terms.money(policy.ask.most)}.{more}"


def _fallback(policy: Policy, _: Terms) -> str:
    return {
        "always": "When somebody's own is used up, their team's pool pays by itself, where the team has opened it.",
        "ask": "When somebody's own is used up, their team's pool pays after a click, where the team has opened it.",
        "never": "Team pools never pay for questions, whatever a team has set.",
    }[policy.pools.fallback]


def _models(policy: Policy, _: Terms) -> str:
    names = policy.models.allowed
    return f"Everybody may use {listed(names)}." if names else "Everybody may use all models there are."


def _teams(policy: Policy, _: Terms) -> str:
    if not policy.models.teams:
        return "No team has models of its own."
    each = (f"{team} may use {listed(names) if names else 'all models'}" for team, names in in_order(policy))
    return f"Instead of that, {'; '.join(each)}."


def _leaving(policy: Policy, _: Terms) -> str:
    if policy.leaving.vested == "keep" and policy.leaving.grace_days:
        return (
            f"Who leaves keeps what they have for {days(policy.leaving.grace_days)}; then it goes back. "
            "What has not vested is forfeited."
        )
    return "Who leaves gives back what they have. What has not vested is forfeited."


def _guests(policy: Policy, _: Terms) -> str:
    if policy.guests.allowed:
        return "Guests and people of other organisations take part like everybody."
    return "Guests and people of other organisations take part when an admin lets each of them in."


def _missed(policy: Policy, _: Terms) -> str:
    what = "paid late" if policy.allowances.missed == "pay" else "left out"
    return f"Allowances for periods that passed while nothing was running are {what}."


def _order(policy: Policy, _: Terms) -> str:
    first = {
        "joined": "who joined first is paid first",
        "name": "people are paid in the order of their names",
        "poorest": "who has least is paid first",
    }[policy.allowances.order]
    return f"Where a pool is too small for an allowance of all, {first}."


def _floor(policy: Policy, _: Terms) -> str:
    return f"Figures of fewer than {policy.privacy.floor} active people are never shown."


SAYS: tuple[tuple[str, tuple[Say, ...]], ...] = (
    ("Money", (_starter, _send, _confirm, _undo)),
    ("Asking for more", (_approver, _small, _lapse)),
    ("Questions and models", (_least, _most, _fallback, _models, _teams)),
    ("Allowances", (_missed, _order)),
    ("People", (_leaving, _guests, _floor)),
)


def sections(policy: Policy, terms: Terms) -> tuple[Section, ...]:
    """The whole policy, money first."""
    usual = Policy()

    def said(say: Say) -> Said:
        sentence = say(policy, terms)
        return Said(sentence, sentence != say(usual, terms))

    return tuple(Section(heading, tuple(map(said, says))) for heading, says in SAYS)


def in_order(policy: Policy) -> list[tuple[str, tuple[str, ...]]]:
    """The teams with models of their own, by name."""
    return sorted(policy.models.teams.items(), key=lambda each: each[0].casefold())


def listed(names: Sequence[str]) -> str:
    """`mini`, `mini and big`, `mini, big and huge`; none: all models."""
    if not names:
        return "all models"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def days(number: int) -> str:
    """`1 day`, `7 days`"""
    return count(number, "day")


def count(number: int, noun: str) -> str:
    """`1 hour`, `24 hours`, `5 active people`"""
    plural = f"{noun.removesuffix('person')}people" if noun.endswith("person") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
