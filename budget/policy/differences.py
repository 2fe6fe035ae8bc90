"""What differs between two policies: each setting in a few words, before and after. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from budget.policy.policy import Policy
from budget.policy.words import Say, Terms, count, days, in_order, listed, starter


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the policy: what it is called, and its value in a few words."""

    key: str
    title: str
    value: Say


@dataclass(frozen=True, slots=True)
class Change:
    """A setting before and after, in a few words each."""

    key: str
    title: str
    old: str
    new: str

    @property
    def sentence(self) -> str:
        """`Sending: from anyone to nobody.`"""
        return f"{self.title}: from {self.old} to {self.new}."


def amount_or(micros: int, terms: Terms, none: str) -> str:
    """An amount, or what 0 means."""
    return terms.money(micros) if micros else none


SETTINGS: tuple[Setting, ...] = (
    Setting("starter.grant", "Starter grant", lambda p, t: amount_or(starter(p, t), t, "nothing")),
    Setting("send.who", "Sending", lambda p, _: {"team": "people of one's teams"}.get(p.send.who, p.send.who)),
    Setting(
        "send.most_a_month", "Sending in a month, at most", lambda p, t: amount_or(p.send.most_a_month, t, "nothing")
    ),
    Setting(
        "requests.approver",
        "Who decides on requests",
        lambda p, _: "the admins" if p.requests.approver == "admins" else "managers",
    ),
    Setting("requests.small", "Granted at once", lambda p, t: amount_or(p.requests.small, t, "nothing")),
    Setting(
        "requests.small_a_month",
        "Granted at once in a month",
        lambda p, t: amount_or(p.requests.small_a_month, t, "nothing"),
    ),
    Setting("requests.lapse_days", "Requests lapse", lambda p, _: f"after {days(p.requests.lapse_days)}"),
    Setting("requests.remind_days", "Reminder of a request", lambda p, _: _before(p.requests.remind_days)),
    Setting(
        "moves.confirm_above", "Asked once more above", lambda p, t: amount_or(p.moves.confirm_above, t, "nothing")
    ),
    Setting("moves.undo_hours", "Taking back a grant or move", lambda p, _: _for(p.moves.undo_hours)),
    Setting("ask.least", "Needed for a question", lambda p, t: amount_or(p.ask.least, t, "anything")),
    Setting("ask.most", "Cost of a question, at most", lambda p, t: amount_or(p.ask.most, t, "no bound")),
    Setting("pools.fallback", "Team pools for members' questions", lambda p, _: _pools(p.pools.fallback)),
    Setting("models.allowed", "Models for everybody", lambda p, _: listed(p.models.allowed)),
    Setting("leaving.vested", "What who leaves has", lambda p, _: _left(p.leaving.vested)),
    Setting("leaving.grace_days", "Days that it is kept", lambda p, _: days(p.leaving.grace_days)),
    Setting("guests.allowed", "Guests", lambda p, _: "like everybody" if p.guests.allowed else "by an admin's word"),
    Setting("allowances.missed", "Missed periods of allowances", lambda p, _: _late(p.allowances.missed)),
    Setting("allowances.order", "Order of allowances", lambda p, _: _first(p.allowances.order)),
    Setting("privacy.floor", "Smallest group that is shown", lambda p, _: count(p.privacy.floor, "active person")),
)


def _before(number: int) -> str:
    return f"{days(number)} before" if number else "none"


def _for(hours: int) -> str:
    return f"for {count(hours, 'hour')}" if hours else "never"


def _pools(fallback: str) -> str:
    return {"always": "by themselves", "ask": "after a click", "never": "never"}[fallback]


def _left(vested: str) -> str:
    return {"return": "goes back", "keep": "is kept for a while"}[vested]


def _late(missed: str) -> str:
    return {"pay": "paid late", "skip": "left out"}[missed]


def _first(order: str) -> str:
    return {"joined": "who joined first", "name": "by name", "poorest": "who has least"}[order]


def changes(old: Policy, new: Policy, terms: Terms) -> tuple[Change, ...]:
    """Every setting that is another, in the order of the policy's words; each team's models by themselves."""
    found = [
        Change(each.key, each.title, before, after)
        for each in SETTINGS
        if (before := each.value(old, terms)) != (after := each.value(new, terms))
    ]
    return (*found, *_team_changes(old, new))


def _team_changes(old: Policy, new: Policy) -> Iterable[Change]:
    before, after = dict(in_order(old)), dict(in_order(new))
    for team in sorted(before.keys() | after.keys(), key=str.casefold):
        was, is_now = (listed(names[team]) if team in names else "everybody's" for names in (before, after))
        if was != is_now:
            yield Change(f"models.teams.{team}", f"Models for {team}", was, is_now)
