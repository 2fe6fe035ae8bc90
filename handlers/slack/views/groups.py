"""Teams that follow user groups: who joined and who left, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from budget.org.groups import Bound, Synced
from handlers.slack.views.pieces import Reply, example, quantity, said
from handlers.slack.wire.safe import escape
from store.people import Person
from store.teams import Team

MOST_NAMED = 10
BOUND_OTHERWISE = "bound otherwise"
FAILED = {
    "no_such_subteam": "Slack knows no such user group any more; bind another one, or `none`.",
    "missing_scope": "I may not read user groups: the app has to be installed anew, with the scope `usergroups:read`.",
    BOUND_OTHERWISE: "it was bound to another group meanwhile, so nothing was changed.",
}
OTHERWISE = "Slack did not say who is in its user group; try `/tokens team sync` again in a minute."
FOLLOWS = "From now on whoever joins the group in Slack joins the team, and who leaves it leaves the team."


@dataclass(frozen=True, slots=True)
class Failed:
    """Slack did not say who is in a team's group, so the team stays as it is. `error`: Slack's word, or ours."""

    team: Team
    error: str


def unbound(done: Bound) -> Reply:
    """`team group NAME none`."""
    name = escape(done.team.name)
    if done.before is None:
        return said([f"{name} follows no user group; nothing was changed."])
    return said([f"{name} follows no user group any more. Everybody in it stays, as if you had added them by hand."])


def synced(found: Sequence[Synced | Failed], *, bound: bool = False) -> Reply:
    """`team sync`, and right after a team was bound."""
    sentences = [sentence for each in found for sentence in of_team(each)]
    return said([*sentences, FOLLOWS] if bound else sentences)


def of_team(found: Synced | Failed) -> list[str]:
    """One team's lines."""
    name = f"*{escape(found.team.name)}*"
    if isinstance(found, Failed):
        return [f"{name}: {FAILED.get(found.error, OTHERWISE)}"]
    if found.empty:
        return [f"{name}: Slack names nobody in its user group, as of a group that is disabled. Nobody was taken out."]
    words = [f"{names(people)} {verb}" for verb, people in (("joined", found.joined), ("left", found.left)) if people]
    return [f"{name}: {'; '.join(words) or 'nothing to change'}.", *others(found)]


def others(found: Synced) -> list[str]:
    """Those of the group for whom nothing was done, and why."""
    inside, away, unknown = len(found.otherwise), len(found.turned_away) + found.nobody, len(found.unknown)
    lines = []
    if inside:
        lines.append(
            f"• {quantity(inside, 'person')} of the group {were(inside)} in the team already, by hand or by HR."
        )
    if away:
        kinds = f"an app, a guest without an admin's word ({example('guest allow @person')}), or somebody who has left"
        lines.append(f"• {quantity(away, 'account')} of the group {were(away)} not taken in: {kinds}.")
    if unknown:
        lines.append(f"• {quantity(unknown, 'person')} of the group I have not met, and Slack did not say who that is: "
                     "they join the team when they first appear here.")  # fmt: skip
    return lines


def were(count: int) -> str:
    """`1 person was`, `2 people were`"""
    return "was" if count == 1 else "were"


def names(people: Sequence[Person]) -> str:
    """`Ada Lovelace and Alan Turing`, `Ada Lovelace, … and 12 people more`"""
    named = [escape(person.name) for person in people[:MOST_NAMED]]
    more = len(people) - len(named)
    last = f"{quantity(more, 'person')} more" if more else named.pop()
    return f"{', '.join(named)} and {last}" if named else last
