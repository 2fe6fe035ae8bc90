"""What is right by itself in a policy, and cannot be meant together, or names what is not there. Pure."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from budget.policy.policy import Policy

LONGEST_SHOWN = 40

Place = tuple[str, ...]  # a section, a key and what is below it


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a policy may mention."""

    models: Sequence[str]
    teams: Sequence[str]


def doubts(policy: Policy, known: Known) -> Iterator[tuple[Place, str]]:
    """What cannot be meant, though each part of it could be."""
    requests, ask = policy.requests, policy.ask
    if policy.send.who != "nobody" and policy.send.most_a_month == 0:
        yield ("send", "most_a_month"), 'with 0 nobody could send anything: write an amount, or who = "nobody"'
    if requests.remind_days >= requests.lapse_days:
        yield (
            ("requests", "remind_days"),
            f"a request lapses after {requests.lapse_days} days: it is reminded of less than that before, or never (0)",
        )
    if requests.small_a_month < requests.small:
        yield ("requests", "small_a_month"), "this must be at least as much as small, or nothing is granted at once"
    if ask.most and ask.most < ask.least:
        yield ("ask", "most"), "this must be at least as much as least, or no question is let through"
    yield from _names(policy, known)


def _names(policy: Policy, known: Known) -> Iterator[tuple[Place, str]]:
    seen: set[str] = set()
    for name in policy.models.allowed:
        yield from _model(name, ("models", "allowed"), known)
    for team, names in policy.models.teams.items():
        place = ("models", "teams", team)
        key = _key(team)
        if key in seen:
            yield place, "this team stands there twice"
        elif key not in map(_key, known.teams):
            yield place, f"there is no team called “{team[:LONGEST_SHOWN]}”{_nearest(team, known.teams)}"
        seen.add(key)
        for name in names:
            yield from _model(name, place, known)


def _model(name: str, place: Place, known: Known) -> Iterator[tuple[Place, str]]:
    if _key(name) not in map(_key, known.models):
        yield place, f"there is no model called “{name[:LONGEST_SHOWN]}”{_nearest(name, known.models)}"


def _nearest(name: str, names: Sequence[str]) -> str:
    """`; the nearest is “mini”`, or all there are where none is near and they are few."""
    by_key = {_key(each): each for each in names}
    near = difflib.get_close_matches(_key(name), list(by_key), n=1, cutoff=0.4)
    if near:
        return f"; the nearest is “{by_key[near[0]]}”"
    return f"; there are {', '.join(names)}" if 0 < len(names) <= 8 else ""


def _key(name: str) -> str:
    """As names are compared: case and runs of spaces do not count."""
    return " ".join(name.split()).casefold()
