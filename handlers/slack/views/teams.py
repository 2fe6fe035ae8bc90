"""Teams: the list, one of them, and what was changed."""

from collections.abc import Sequence

from budget.money import show
from budget.org.teams import Changed
from budget.org.teams_seen import Listed, Listing, TeamSeen
from budget.typed import (
    AddMembers,
    BindChannel,
    CreateTeam,
    NestTeam,
    RemoveMembers,
    SetManager,
    SetPool,
    SetTeamCost,
)
from handlers.slack.views.balance import pool_words
from handlers.slack.views.pieces import Reader, Reply, bold, example, quantity, said
from handlers.slack.wire.safe import escape
from store.people import Person

MOST_LISTED = 50


def listing(seen: Listing, reader: Reader) -> Reply:
    """`/tokens team`."""
    if not seen.teams and seen.all:
        return said([f"There are no teams yet. {example('team create platform')} makes the first one."])
    if not seen.teams:
        return said(["You are in no team yet; an admin can add you to one."])
    listed = [line(team, reader) for team in seen.teams[:MOST_LISTED]]
    hidden = len(seen.teams) - len(listed)
    more = [f"And {quantity(hidden, 'more team')}: `/tokens team NAME` shows one."] if hidden else []
    return said(["*All teams*" if seen.all else "*Your teams*", *listed, *more])


def line(listed: Listed, reader: Reader) -> str:
    """`• *Platform* · $40.00 (40M tokens) in its pool · 5 people · you manage it`"""
    pool = f"{show(listed.balance.available_micros, reader.face)} in its pool"
    yours = {"manager": ["you manage it"], "member": ["you are in it"], None: []}[listed.role]
    return f"• {' · '.join([f'*{escape(listed.team.name)}*', pool, quantity(listed.people, 'person'), *yours])}"


def team(seen: TeamSeen, reader: Reader) -> Reply:
    """`/tokens team NAME`."""
    sentences = [f"*{escape(seen.team.name)}* has {bold(seen.balance.available_micros, reader.face)} in its pool."]
    if seen.balance.held_micros:
        sentences.append(f"Another {show(seen.balance.held_micros, reader.face)} is held for answers under way.")
    sentences.append(pool_words(seen.team.pool_for_members))
    sentences += [*people_words(seen.members), *around_words(seen)]
    if seen.channel_id:
        sentences.append(f"Its channel is <#{seen.channel_id}>.")
    return said(sentences)


def people_words(members: Sequence[tuple[Person, str]]) -> list[str]:
    """Who manages it, and who else is in it."""
    managers = [person for person, role in members if role == "manager"]
    others = [person for person, role in members if role != "manager"]
    managed = f"Managed by {names(managers)}." if managers else "Nobody manages it yet."
    return [managed, f"Members: {names(others)}."] if others else [managed]


def around_words(seen: TeamSeen) -> list[str]:
    """What it is below, what is below it, where its spending is booked."""
    above = [f"It is below *{escape(seen.above.name)}*, whose managers look after it too."] if seen.above else []
    shown = [f"*{escape(each.name)}*" for each in seen.below[:MOST_LISTED]]
    hidden = len(seen.below) - len(shown)
    shown += [quantity(hidden, "more team")] if hidden else []
    below = [f"Below it: {joined(shown)}."] if shown else []
    source = f", from *{escape(seen.code_from)}*" if seen.code_from else ""
    return [*above, *below, *([f"Cost centre: {escape(seen.code)}{source}."] if seen.code else [])]


def joined(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`"""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def names(people: Sequence[Person]) -> str:
    """`Ada Lovelace, Grace Hopper and 3 people more`"""
    shown = [escape(person.name) for person in people[:MOST_LISTED]]
    if len(people) > MOST_LISTED:
        shown.append(f"{quantity(len(people) - MOST_LISTED, 'person')} more")
    return joined(shown)


def changed(done: Changed) -> Reply:
    """What was changed, and what was so before."""
    team_name = f"*{escape(done.team.name)}*"
    typed = f'"{done.team.name}"' if " " in done.team.name else done.team.name
    new = [person for person in done.people if person not in done.same]
    match done.change:
        case CreateTeam():
            add, fill = example(f"team add {typed} @person"), example(f"grant {typed} $20")
            return said(
                [f"There is a team {team_name} now, with an empty pool.", f"{add} adds people, {fill} fills it."]
            )
        case AddMembers():
            return said(pairs(new, f"now in {team_name}", done.same, f"in {team_name} before"))
        case RemoveMembers():
            stays = ["What they have in their own wallets stays theirs."] if new else []
            return said([*pairs(new, f"no longer in {team_name}", done.same, f"not in {team_name} before"), *stays])
        case SetManager():
            return said(pairs(new, f"now a manager of {team_name}", done.same, f"a manager of {team_name} before"))
        case BindChannel(channel=channel):
            decide = "Its managers decide which model answers there, and whether replies in threads are followed."
            return said([f"<#{escape(channel.id)}> is the channel of {team_name} from now on.", decide])
        case SetPool(on=on):
            return said([f"The pool of {team_name} is {'on' if on else 'off'}. {pool_words(on)}"])
        case NestTeam():
            return said(nested_words(team_name, done))
        case SetTeamCost(code=code):
            return said(cost_words(team_name, code, done))


def nested_words(team_name: str, done: Changed) -> list[str]:
    """What the team is below now."""
    if done.nothing:
        where = f"below *{escape(done.above.name)}*" if done.above else "below no team"
        return [f"{team_name} is {where} already; nothing was changed."]
    if done.above is None:
        return [f"{team_name} is below no team any more: its own managers and admins look after it."]
    above = f"*{escape(done.above.name)}*"
    return [f"{team_name} is below {above} now: the managers of {above} look after it too."]


def cost_words(team_name: str, code: str | None, done: Changed) -> list[str]:
    """From when which cost centre counts."""
    what = f"cost centre {escape(code)}" if code else "no cost centre of its own"
    if done.nothing:
        return [f"{team_name} had {what} before; nothing was changed."]
    reach = "It counts for its people, and for teams below it, that have none of their own."
    follows = "The one of the team above counts, if there is any."
    since = f"from {done.from_on.day} {done.from_on:%B %Y} on" if done.from_on else "from now on"
    return [f"{team_name} has {what} {since}. {reach if code else follows}", "Days before that stay as they were."]


def pairs(new: Sequence[Person], now: str, same: Sequence[Person], before: str) -> list[str]:
    """`Ada is now in …`, `Grace was in … before`."""
    sentences = [f"{names(new)} {'is' if len(new) == 1 else 'are'} {now}."] if new else []
    if same:
        sentences.append(f"{names(same)} {'was' if len(same) == 1 else 'were'} {before}; nothing changed there.")
    return sentences
