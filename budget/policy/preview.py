"""What a change of the policy will do, for how many people: counted from the books before it is applied."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from budget.offer.allowed import allowed
from budget.offer.models import Models
from budget.policy.differences import Change
from budget.policy.policy import Policy
from budget.policy.words import Terms, count, starter
from store import reach
from store.database import Connection

LAST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Effect:
    """A setting that changes, and what follows from it, as sentences."""

    change: Change
    follows: Sequence[str]

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return " ".join([self.change.sentence, *self.follows])


@dataclass(frozen=True, slots=True)
class Two:
    """Both policies, and where to count. `month_at`: when the calendar month began, in the workspace's zone."""

    conn: Connection
    workspace_id: str
    old: Policy
    new: Policy
    terms: Terms
    models: Models
    at: datetime
    month_at: datetime

    @property
    def since(self) -> datetime:
        """What counts as lately."""
        return self.at - LAST


def effects(two: Two, changes: Sequence[Change]) -> list[Effect]:
    """What each change does. What is said of models stands with the first change of models."""
    found, of_models = [], _models(two)
    for change in changes:
        if change.key.startswith("models."):
            found.append(Effect(change, of_models))
            of_models = []
        else:
            found.append(Effect(change, COUNTS[change.key](two)))
    return found


def _starter(two: Two) -> list[str]:
    got, without = reach.starters(two.conn, two.workspace_id)
    kept = f"{people(got)} got the one of before and {'keeps' if got == 1 else 'keep'} it."
    if starter(two.new, two.terms) == 0:
        return ["Newcomers get nothing.", kept] if got else ["Newcomers get nothing."]
    others = f"{people(without)} who had none {gets(without)} it with their next command or question."
    return ["It counts for newcomers.", *([kept] if got else []), *([others] if without else [])]


def gets(number: int) -> str:
    """`gets`, `get`"""
    return "gets" if number == 1 else "get"


def people(number: int) -> str:
    """`nobody`, `1 person`, `12 people`"""
    return count(number, "person") if number else "nobody"


def has(number: int) -> str:
    """`has`, `have`"""
    return "have" if number > 1 else "has"


def _start(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _senders(two: Two) -> list[str]:
    number = reach.senders(two.conn, two.workspace_id, two.since)
    return [_start(f"{people(number)} {has(number)} sent in the last 30 days.")]


def _sent_this_month(two: Two) -> list[str]:
    most, before = two.new.send.most_a_month, two.old.send.most_a_month
    if before < most:
        return _senders(two)
    above = reach.senders(two.conn, two.workspace_id, two.month_at, most)
    again = ", and can send again in the next" if above else ""
    return [_start(f"{people(above)} {has(above)} sent more than that this month{again}.")]


def _waiting(two: Two) -> list[str]:
    number = reach.waiting_requests(two.conn, two.workspace_id)
    if number == 0:
        return ["No request is waiting."]
    stays = "stays as it is" if number == 1 else "stay as they are"
    return [f"It counts for new requests; {count(number, 'request')} waiting now {stays}."]


def _small(two: Two) -> list[str]:
    made, small = reach.requests(two.conn, two.workspace_id, two.since, two.new.requests.small)
    if made == 0:
        return ["Nobody has asked for more in the last 30 days."]
    return [f"Of {count(made, 'request')} in the last 30 days, {small:,} would have been small enough."]


def _confirmed(two: Two) -> list[str]:
    number = reach.moved(two.conn, two.workspace_id, two.since, two.new.moves.confirm_above)
    return [f"In the last 30 days, {grants(number)} took more than that."]


def grants(number: int) -> str:
    """`1 grant or move`, `3 grants and moves`"""
    return "1 grant or move" if number == 1 else f"{number or 'no'} grants and moves"


def _undone(two: Two) -> list[str]:
    hours = two.new.moves.undo_hours
    if hours == 0:
        return ["What was granted or moved already stays as well."]
    recent = reach.moved(two.conn, two.workspace_id, two.at - timedelta(hours=hours))
    return [f"It counts for what was done before, too: {grants(recent)} can be taken back now."]


def _least(two: Two) -> list[str]:
    number = reach.poor(two.conn, two.workspace_id, two.new.ask.least)
    return [_start(f"{people(number)} {has(number)} less than that now.")]


def _most(two: Two) -> list[str]:
    if two.new.ask.most == 0:
        return ["What somebody has still bounds it."]
    asks, askers = reach.dear_asks(two.conn, two.workspace_id, two.since, two.new.ask.most)
    if asks == 0:
        return ["No question in the last 30 days cost more than that."]
    return [f"In the last 30 days, {count(asks, 'question')} of {people(askers)} cost more than that."]


def _pools(two: Two) -> list[str]:
    teams, inside = reach.open_pools(two.conn, two.workspace_id)
    if teams == 0:
        return ["No team has its pool open to members."]
    return [f"{count(teams, 'team')} {has(teams)} the pool open to members, {people(inside)} in all."]


def _left(two: Two) -> list[str]:
    number = reach.leaving(two.conn, two.workspace_id)
    return (
        [f"{_start(people(number))} who left before {'keeps' if number < 2 else 'keep'} their date."] if number else []
    )


def _guests(two: Two) -> list[str]:
    let_in, others = reach.guests(two.conn, two.workspace_id)
    if two.new.guests.allowed:
        return [_start(f"{people(others)} known as a guest and not let in so far {gets(others)} in.")]
    stay = f"{count(let_in, 'guest')} whom an admin let in {'stays' if let_in == 1 else 'stay'} in." if let_in else ""
    out = f"{count(others, 'other guest')} {'is' if others == 1 else 'are'} turned away from now on." if others else ""
    return [each for each in (stay, out) if each] or ["No guest is known."]


def _allowances(two: Two) -> list[str]:
    number = reach.allowances(two.conn, two.workspace_id)
    return [f"{count(number, 'allowance')} {'is' if number == 1 else 'are'} running." if number else "None is running."]


def _floor(two: Two) -> list[str]:
    number = reach.small_teams(two.conn, two.workspace_id, two.new.privacy.floor)
    return [f"{count(number, 'team')} {has(number)} fewer people than that." if number else "No team is that small."]


COUNTS: Mapping[str, Callable[[Two], list[str]]] = {
    "starter.grant": _starter,
    "send.who": _senders,
    "send.most_a_month": _sent_this_month,
    "requests.approver": _waiting,
    "requests.small": _small,
    "requests.small_a_month": _small,
    "requests.lapse_days": _waiting,
    "requests.remind_days": _waiting,
    "moves.confirm_above": _confirmed,
    "moves.undo_hours": _undone,
    "ask.least": _least,
    "ask.most": _most,
    "pools.fallback": _pools,
    "leaving.vested": _left,
    "leaving.grace_days": _left,
    "guests.allowed": _guests,
    "allowances.missed": _allowances,
    "allowances.order": _allowances,
    "privacy.floor": _floor,
}


def _models(two: Two) -> list[str]:
    """Whose choice is no longer theirs, by model and team; and channels whose model is not everybody's any more."""
    if two.old.models == two.new.models:
        return []
    lost: Counter[tuple[str, str, str]] = Counter()
    for model, teams in reach.choices(two.conn, two.workspace_id):
        was, now = (allowed(two.models, policy.models, teams) for policy in (two.old, two.new))
        if was and was.get(model) and not (now and now.get(model)):
            lost[model, _whose(two.new, teams), now.default if now else ""] += 1
    said = [
        f"Model {model} is no longer allowed for {whose}: {people(number)} {has(number)} chosen it"
        + (f"; {instead} answers from now on." if instead else ".")
        for (model, whose, instead), number in sorted(lost.items())
    ]
    return [*said, *_channels(two)] or ["Nobody has chosen a model that is no longer theirs."]


def _whose(policy: Policy, teams: Sequence[str]) -> str:
    """The person's team that has models of its own, or everybody."""
    names = {name.casefold() for name in policy.models.teams}
    return next((team for team in sorted(teams) if team.casefold() in names), "everybody")


def _channels(two: Two) -> list[str]:
    now = allowed(two.models, two.new.models, ())
    closed = Counter(name for name in reach.channel_models(two.conn, two.workspace_id) if not (now and now.get(name)))
    return [
        f"{count(number, 'channel')} {has(number)} {model} for everybody, and not everybody may use it."
        for model, number in sorted(closed.items())
    ]
