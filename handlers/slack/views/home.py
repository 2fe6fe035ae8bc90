"""The Home tab: what someone has, what their last questions cost, the pools they look after, the commands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from budget.balance import Overview, Seen
from budget.home import CompanySeen, Home, TeamSeen
from budget.money import show
from budget.org.rights import Role
from budget.outcome import No
from budget.requests.seen import Waiting
from handlers.slack.views import requests
from handlers.slack.views.balance import lasting, own_sentences
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.history import asked
from handlers.slack.views.pieces import (
    DIVIDER,
    Block,
    Reader,
    bold,
    context,
    fields,
    header,
    last_day,
    lines,
    section,
    when,
)
from handlers.slack.wire.safe import escape
from store.homes import Member

AS_OF = "home_as_of"  # changes with each look
MOST_ENDS, MOST_LOANS = 3, 5
MOST_BLOCKS = 100  # https://docs.slack.dev/reference/views/home-tab-views
PROMPTS_TITLE = "Ask anything; the answer comes with its cost"
PROMPTS = (
    {"title": "Undo my last commit", "message": "How do I undo the last commit but keep my changes?"},
    {"title": "Explain a regular expression", "message": r"Explain this regular expression: ^\d{4}-\d{2}-\d{2}$"},
    {"title": "Say it kindly", "message": "How do I say in one friendly sentence that a deploy is late?"},
    {"title": "Plan a test", "message": "What should I test in a function that parses amounts of money?"},
)  # Slack shows four at most


def home(seen: Home, reader: Reader, texts: str) -> dict[str, Any]:
    """The whole view. `texts`: what becomes of the words of questions and answers, as a sentence."""
    own = seen.overview
    blocks = [
        header("Your tokens"),
        *lines([*state(own), *own_sentences(own, reader)]),
        *split(seen, reader),
        *lines([*coming(seen, reader), *lent(seen, reader), *waiting(seen, reader)]),
        *(may(own) if own.person.left_at is None else [buttons([button("Give back", "form_return")])]),
        DIVIDER,
        *questions(own, reader),
        *decisions(seen.to_decide, reader),
        *(block for team in seen.teams for block in team_blocks(team, reader)),
        *(company(seen.company, reader) if seen.company else []),
        DIVIDER,
        context(f"`/tokens help` lists all commands. {escape(texts)}"),
        {
            **context(f"As of {when(reader.now, reader)} ({escape(reader.zone.key)}). It follows what changes."),
            "block_id": AS_OF,
        },
    ]
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}


def state(seen: Overview) -> list[str]:
    """What stands in the way of asking, if anything does."""
    if seen.person.frozen_at is None:
        return []
    why = f": {escape(seen.person.frozen_reason)}" if seen.person.frozen_reason else ""
    return [f"*Your account is frozen*{why}. What you have stays yours; an admin can unfreeze it."]


def split(seen: Home, reader: Reader) -> list[Block]:
    """The balance split, while there is something to split."""
    balance, ending = seen.overview.wallet.balance, seen.overview.ending
    parts = [("Available", balance.available_micros)]
    parts += [("Held for answers under way", balance.held_micros)] if balance.held_micros else []
    parts += [(f"Ends after {last_day(until_at, reader)}", micros) for until_at, micros in ending[:MOST_ENDS]]
    later = sum(micros for _, micros in ending[MOST_ENDS:])
    parts += [("Ends later", later)] if later else []
    if len(parts) == 1:
        return []
    return [fields([f"*{name}*\n{amount(micros, reader)}" for name, micros in parts])]


def coming(seen: Home, reader: Reader) -> list[str]:
    """What comes by itself: the next allowance, the next part of a package."""
    found = []
    if seen.next is not None:
        day = first_day(seen.next.at, reader)
        found.append(f"*Next allowance:* {show(seen.next.amount_micros, reader.face)} on {day}.")
    for package in seen.packages:
        if package.next_on is not None and package.next_micros is not None:
            day = f"{package.next_on.day} {package.next_on:%B %Y}"
            found.append(f"*Your package:* {show(package.next_micros, reader.face)} more vests on {day}.")
    return found


def first_day(at: datetime, reader: Reader) -> str:
    """`1 December 2026`, in the workspace's zone, where days begin."""
    day = at.astimezone(reader.office)
    return f"{day.day} {day:%B %Y}"


def lent(seen: Home, reader: Reader) -> list[str]:
    """What is borrowed and lent, and until when."""
    return [
        f"*{verb}* {show(each.loan.out_micros, reader.face)} {side} {escape(each.other)}, due after "
        f"{last_day(each.loan.due_at, reader)}."
        for verb, side, loans in (("Borrowed:", "from", seen.loans.borrowed), ("Lent:", "to", seen.loans.lent))
        for each in loans[:MOST_LOANS]
    ]


def waiting(seen: Home, reader: Reader) -> list[str]:
    """One's own requests that nobody has decided on."""
    return [
        f"*Asked for:* {show(each.amount_micros, reader.face)}; it waits for "
        f"{escape(' or '.join(each.asked) or 'an admin')}."
        for each in seen.mine
    ]


def decisions(waiting: Sequence[Waiting], reader: Reader) -> list[Block]:
    """What others ask for, with the buttons of the card."""
    if not waiting:
        return []
    blocks = [DIVIDER, section("*Waiting for your decision*")]
    for each in waiting:
        reason = f", for {escape(each.reason)}" if each.reason else ""
        blocks.append(section(f"*{escape(each.name)}* asks for {bold(each.amount_micros, reader.face)}{reason}."))
        blocks.append(requests.decisions(each.id, each.amount_micros))
    return blocks


def amount(micros: int, reader: Reader) -> str:
    """Two short lines: money, then tokens."""
    return show(micros, reader.face).replace(" (", "\n").removesuffix(")")


def may(own: Overview) -> list[Block]:
    """What one may open here, and which model answers."""
    answers = context(f"*{escape(own.model.name)}* answers you. `/tokens models` shows the others.")
    return [*actions(own.role), answers]


def actions(role: Role) -> list[Block]:
    """What somebody may do here, as buttons that open forms. Whether they may is looked up again there."""
    own = [
        button("Ask for more", "form_request", style="primary"),
        button("Send", "form_send"),
        button("Lend", "form_lend"),
        button("Give back", "form_return"),
    ]
    managing = [
        button("Grant", "form_grant"), button("Move", "form_move"), button("New project", "form_project")
    ]  # fmt: skip
    deciding = [button("Set an allowance", "form_allowance"), button("Change the policy", "form_policy")]
    rows = {Role.MEMBER: [own], Role.MANAGER: [own, managing], Role.ADMIN: [own, managing + deciding]}
    return [buttons(row) for row in rows[role]]


def questions(seen: Overview, reader: Reader) -> list[Block]:
    """What the last questions cost."""
    if not seen.asks:
        return [section("*Your last questions*\nNone yet: mention me in a channel, or write to me under Messages.")]
    return lines(["*Your last questions*", *(asked(ask, reader) for ask in seen.asks)])


def team_blocks(team: TeamSeen, reader: Reader) -> list[Block]:
    """A team that one manages: its pool, then its people by name; what they have is for whoever grants to see."""
    more = team.people - len(team.members) - 1
    others = [f"… and {more:,} more"] if more > 0 else []
    people = [member(each, reader) for each in team.members]
    return [
        DIVIDER,
        *lines([f"*The team you manage:* {pool(team.pool, reader)}", *people, *others]),
    ]


def member(seen: Member, reader: Reader) -> str:
    """`• Ada Lovelace · $4.12 (4.12M tokens)`"""
    state = " · frozen" if seen.is_frozen else ""
    role = " · manager" if seen.role == "manager" else ""
    return f"• {escape(seen.name)}{role} · {show(seen.available_micros, reader.face)}{state}"


def pool(seen: Seen, reader: Reader) -> str:
    """`*Platform* · $40.00 (40M tokens) available · …`"""
    name = f"*{escape(seen.place.team.name)}* · " if seen.place.team else ""
    return name + parts_of(seen, reader)


def parts_of(seen: Seen, reader: Reader) -> str:
    """`$40.00 (40M tokens) available · …`"""
    parts = [f"{show(seen.balance.available_micros, reader.face)} available"]
    if seen.balance.held_micros:
        parts.append(f"{show(seen.balance.held_micros, reader.face)} held")
    if seen.lasts and seen.lasts.day_micros:
        parts += lasting(seen, reader)
    return " · ".join(parts)


def company(seen: CompanySeen, reader: Reader) -> list[Block]:
    """The company's pool, and where the rest is, for those who look after it. Sums alone: nobody is named."""
    nouns = {"person": ("wallet", "wallets"), "team": ("team pool", "team pools"), "project": ("project", "projects")}
    totals = [
        f"• {total.accounts:,} {nouns[kind][total.accounts != 1]}: {show(total.available_micros, reader.face)}"
        for kind, total in sorted(seen.totals.items())
    ]
    return [DIVIDER, *lines([f"*The company pool:* {parts_of(seen.pool, reader)}", *totals])]


def turned_away(no: No) -> dict[str, Any]:
    """The Home tab of someone who can have no tokens here."""
    return {"type": "home", "blocks": [section(escape(no.sentence))]}
