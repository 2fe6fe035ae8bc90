"""Leaving, as whoever lets somebody go reads it: what will happen, and what did."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from budget.money import show
from budget.org.coming_back import Kept
from budget.org.leaving import Left, Planned
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.pieces import Reader, Reply, bold, example, last_day, moved_amount, quantity, said, when
from handlers.slack.wire.safe import escape
from store.leaving import Departure

AGREE, LEAVE = "offboard_agree", "offboard_leave"
NOTHING_DONE = "Nothing was changed."


def day_of(day: date) -> str:
    """`31 December 2026`"""
    return f"{day.day} {day:%B %Y}"


def shown(left: Left, last_on: date | None, reader: Reader) -> Reply:
    """What would happen, with a button that does it. A second click changes nothing."""
    name = escape(left.person.name)
    if left.departure is None:
        return said([left_before(left, reader)])
    first = f"*{name} leaves now?*" if last_on is None else f"*{name} leaves when {day_of(last_on)} is over?*"
    facts = [f"• {each}" for each in would(left.departure, reader)]
    as_of = [] if last_on is None else ["These are today's figures; what counts is what they have then."]
    value = f"{left.person.slack_id} {last_on.isoformat() if last_on else ''}".strip()
    do = button(f"Let {left.person.name} leave"[:75], AGREE, value, style="danger")
    return said([first, *facts, *as_of], [buttons([do, button("Leave it", LEAVE)], "offboarding")])


def left_before(left: Left, reader: Reader) -> str:
    """Nothing more to do."""
    since = f" on {when(left.person.left_at, reader)}" if left.person.left_at else ""
    name = escape(left.person.name)
    if left.person.closed_at is not None:
        return f"{name} has left already{since}, and what they had has gone back."
    return f"{name} has left already{since}; what they have goes back {closing_words(left.person.closes_at, reader)}."


def closing_words(closes_at: datetime | None, reader: Reader) -> str:
    """`at once`, `after 22 December 2026`"""
    if closes_at is None or closes_at <= reader.now:
        return "as soon as their answers under way are done"
    return f"after {last_day(closes_at, reader)}"


def would(found: Departure, reader: Reader) -> list[str]:
    """What leaving means for somebody, a sentence each."""
    at_once = found.closes_at <= found.left_at
    held = f", {show(found.held_micros, reader.face)} of it held for answers under way, which finish first"
    until = "at once" if at_once else f"after {last_day(found.closes_at, reader)}; until then it stays theirs"
    has = f"They have {bold(found.had_micros, reader.face)}{held if found.held_micros else ''}."
    back = [f"What is left of it goes back to the company pool {until}."] if found.had_micros else []
    return [has, *back, *ends(found.ended, reader)]


def ends(ended: Mapping[str, Any], reader: Reader) -> list[str]:
    """What ends beside the wallet. Also for the statement: of what has happened."""
    found = [package_words(each, reader) for each in ended["packages"]]
    for micros, period in ended["allowances"]:
        found.append(f"An allowance of {show(micros, reader.face)} a {period} ends.")
    if ended["requests"]:
        total = show(sum(ended["requests"]), reader.face)
        found.append(f"{quantity(len(ended['requests']), 'request')} waiting for an answer, over {total}, withdrawn.")
    if ended["borrowed_micros"]:
        found.append(f"{show(ended['borrowed_micros'], reader.face)} that they borrowed goes back first, as far as it "
                     "reaches.")  # fmt: skip
    if ended["lent_micros"]:
        found.append(f"{show(ended['lent_micros'], reader.face)} that they lent goes to the company pool when it comes "
                     "back.")  # fmt: skip
    if ended["projects"]:
        names = ", ".join(map(escape, ended["projects"]))
        found.append(f"Left without an owner: {names}. {example('project owner NAME @person')} names another.")
    return [*found, *([f"No longer in {team_words(ended['teams'])}."] if ended["teams"] else [])]


def package_words(each: Mapping[str, Any], reader: Reader) -> str:
    """One package."""
    vested = f"A package ends: {show(each['vested_micros'], reader.face)} of it has vested"
    paid = f", {show(each['paid_micros'], reader.face)} of that just now" if each["paid_micros"] else ""
    unpaid = f", {show(each['unpaid_micros'], reader.face)} of that unpaid, since its pool is short"
    rest = each["forfeited_micros"]
    lost = "; it had no end, and nothing more vests" if rest is None else f"; {show(rest, reader.face)} is forfeited"
    return f"{vested}{paid}{unpaid if each['unpaid_micros'] else ''}{lost if rest is None or rest else ''}."


def team_words(teams: Sequence[Sequence[str]]) -> str:
    """`Data, Platform (manager)`"""
    return ", ".join(f"{escape(name)}{' (manager)' if role == 'manager' else ''}" for name, role in teams)


def left(done: Left, reader: Reader) -> Reply:
    """It was agreed to, and done."""
    name, found = escape(done.person.name), done.departure
    if found is None:
        return said([left_before(done, reader)])
    mistake = f"Should that be a mistake: {example('offboard @person cancel')}; what ended has to be set anew."
    return said([f"*{name} has left.*", *moved(done, found, reader), mistake])


def moved(done: Left, found: Departure, reader: Reader) -> list[str]:
    """What went where."""
    closing = done.closing
    if closing is None:
        day = last_day(found.closes_at, reader)
        stays = f"What they have stays theirs, and goes back to the company pool after {day}."
        return [stays, "You get the closing statement then, and so do they."]
    lines = []
    if closing.given_back_micros:
        lines.append(f"{moved_amount(closing.given_back_micros, reader.face)} that they had borrowed went back.")
    if closing.returned_micros:
        lines.append(f"{moved_amount(closing.returned_micros, reader.face)} went back to the company pool.")
    if closing.waits_micros:
        lines.append(f"{show(closing.waits_micros, reader.face)} is held for answers under way; what is left of it "
                     "goes back when they are done.")  # fmt: skip
    return [*lines, "You get the closing statement as a message, and so do they."]


def planned(done: Planned, reader: Reader) -> Reply:  # noqa: ARG001  # one shape for all
    """A last day was set."""
    before = f" (before: {day_of(date.fromisoformat(done.before))})" if done.before else ""
    name = escape(done.person.name)
    return said([f"{name} leaves when {day_of(done.last_on)} is over{before}. You get the closing statement then.",
                 f"{example('offboard @person cancel')} takes that back."])  # fmt: skip


def kept(done: Kept) -> Reply:
    """`offboard @person cancel`."""
    name = escape(done.person.name)
    if done.came_back:
        nothing = "No team, package or allowance came back with them; what went back to the company pool stays there"
        return said([f"{name} is here again. {nothing}: give them what they need anew."])
    day = f" {day_of(date.fromisoformat(done.last_on))}" if done.last_on else ""
    return said([f"{name} stays: the last day{day} is taken back."])
