"""Allowances as people read them: what they get, what was set, what the clock did."""

from collections.abc import Sequence
from datetime import date, datetime

from budget.allowances.named import EVERY, Whose
from budget.allowances.paying import PaidNow
from budget.allowances.seen import Listed, Mine, Next, OfOne
from budget.allowances.setting import Set, Stopped
from budget.money import show
from budget.transfers.plans import start
from handlers.slack.views.pieces import Reader, Reply, bold, example, last_day, quantity, said
from handlers.slack.wire.safe import escape
from store.allowances import Allowance

MOST_ENDS = 6
COUNTED = {"week": "week", "month": "month", "quarter": "quarter"}


def mine(seen: Mine, reader: Reader) -> Reply:
    """`/tokens allowance`."""
    first = ["You have no allowance: nothing comes by itself."] if seen.next is None else own(seen.next, reader)
    ends = [f"*What ends of your balance*: {ending(seen.ending, reader)}."] if seen.ending else []
    others = ["*Allowances*", *(listed(one, reader) for one in seen.listed)] if seen.listed else []
    if seen.hidden:
        others.append(f"And {seen.hidden:,} more: {example('allowance @person')} shows one.")
    return said([*first, *ends, *others])


def own(upcoming: Next, reader: Reader) -> list[str]:
    """What one gets next, and what of it stays."""
    reason = {"person": "", "team": f" as one of {escape(upcoming.whose.name)}", "everyone": " as everybody does"}
    every, pool = EVERY[upcoming.period.kind], escape(upcoming.pool)
    now = upcoming.at <= reader.now
    when = "within moments" if now else f"next on {day(upcoming.period.first)}"
    why = reason[upcoming.whose.scope]
    sentences = [
        f"You get {bold(upcoming.amount_micros, reader.face)} {every} from {pool}{why}, {when}.",
        keeps(upcoming.amount_micros, upcoming.keeps_micros, until_words(upcoming, reader), reader),
    ]
    if upcoming.left_out:
        sentences.append(f"For the present period {pool} had too little, so you were left out; the admins know of it.")
    return sentences


def until_words(upcoming: Next, reader: Reader) -> str:
    """Until when what rolls over can be used."""
    if upcoming.keeps_until_at is None:
        return "for good"
    return f"until the end of {last_day(upcoming.keeps_until_at, reader)}"


def keeps(amount_micros: int, keeps_micros: int, until: str, reader: Reader) -> str:
    """What of an amount outlives its period."""
    if keeps_micros == 0:
        return "What is left of it when the period ends is not kept."
    if keeps_micros == amount_micros:
        return f"What is left of it when the period ends stays yours {until}."
    return f"Of what is left when the period ends, up to {show(keeps_micros, reader.face)} stays yours {until}."


def ending(ends: Sequence[tuple[datetime, int]], reader: Reader) -> str:
    """`$12.00 (12M tokens) on 30 November 2026, …`"""
    parts = [f"{show(micros, reader.face)} after {last_day(until, reader)}" for until, micros in ends[:MOST_ENDS]]
    if len(ends) > MOST_ENDS:
        parts.append(f"{show(sum(micros for _, micros in ends[MOST_ENDS:]), reader.face)} later")
    return ", ".join(parts)


def comes_next(one: Listed, reader: Reader) -> str:
    """`next on …`; a period that has begun is being paid."""
    if one.next_first is None:
        return "runs out with this period"
    is_due = one.next_first.first <= reader.now.astimezone(reader.office).date()
    return "paid within moments" if is_due else f"next on {day(one.next_first.first)}"


def listed(one: Listed, reader: Reader) -> str:
    """`• *Everybody* · $20.00 (20M tokens) a month · from the company pool · half … · next on 1 December 2026`"""
    found = one.allowance
    parts = [
        f"*{escape(start(whose_words(one.whose)))}*",
        f"{show(found.amount_micros, reader.face)} {EVERY[found.period]}",
        f"from {escape(one.pool)}",
        rolls(found, reader),
        comes_next(one, reader),
    ]
    return f"• {' · '.join(parts)}"


def rolls(one: Allowance, reader: Reader) -> str:
    """What rolls over, in a few words."""
    return rolls_words(one.amount_micros, one.rollover_micros, one.rollover_periods, one.period, reader)


def rolls_words(amount: int, most: int, periods: int | None, kind: str, reader: Reader) -> str:
    """`up to $10.00 (10M tokens) rolls over for 2 more months`"""
    if most == 0:
        return "nothing rolls over"
    what = "all that is left" if most == amount else f"up to {show(most, reader.face)}"
    how_long = "for good" if periods is None else f"for {quantity(periods, f'more {COUNTED[kind]}')}"
    return f"{what} rolls over {how_long}"


def of_one(seen: OfOne, reader: Reader) -> Reply:
    """`/tokens allowance @person|TEAM|everyone`."""
    name = escape(start(seen.name))
    sentences = [listed(one, reader) for one in seen.listed]
    if seen.next is not None and not seen.listed:
        upcoming = seen.next
        source = (
            "everybody's allowance" if upcoming.whose.scope == "everyone" else f"that of {escape(upcoming.whose.name)}"
        )
        sentences.append(
            f"{name} has no allowance of their own, and gets {source}: {bold(upcoming.amount_micros, reader.face)} "
            f"{EVERY[upcoming.period.kind]}, next on {day(upcoming.period.first)}."
        )
    return said(sentences or [f"There is no allowance for {escape(seen.name)}."])


def was_set(done: Set, reader: Reader) -> Reply:
    """To the admin who set it: in words, for how many, what it costs, what the pool has."""
    one, amount = done.allowance, bold(done.allowance.amount_micros, reader.face)
    subject = escape(start(whose_words(done.whose)))
    already = "already " if done.same else ""
    pays = f"{subject} {already}gets {amount} {EVERY[one.period]} from {escape(done.pool)}; {rolls(one, reader)}."
    sentences = [pays, *begins(done, reader), cost(done, reader)]
    return said([*sentences, *covers(done), *passed_over(done)])


def begins(done: Set, reader: Reader) -> list[str]:
    """When it is paid for the first time, and what goes on until then."""
    if done.same:
        return []
    first, today = done.first, reader.now.astimezone(reader.office).date()
    if first.first <= today:
        following = day(first.end)
        if done.people and done.had >= done.people:
            return [f"It is paid for the first time on {following}."]
        return [f"It begins with {first.words}, which is paid within moments; then again on {following}."]
    before = done.before
    goes_on = (
        f"; until then {show(before.amount_micros, reader.face)} {EVERY[before.period]} as before" if before else ""
    )
    return [f"It begins on {day(first.first)}{goes_on}."]


def cost(done: Set, reader: Reader) -> str:
    """How many it is for, what they come to, and how long the pool lasts for that."""
    total, has = done.people * done.allowance.amount_micros, done.pool_balance.available_micros
    people, every = quantity(done.people, "person"), EVERY[done.allowance.period]
    if not done.people:
        return "At present that is for nobody."
    pool = f"{start(escape(done.pool))} has {show(has, reader.face)}"
    if has < total:
        missing = show(total - has, reader.face, up=True)
        return (
            f"At present that is {people}: {show(total, reader.face, up=True)} {every}. {pool}, {missing} too little."
        )
    times = quantity(has // total, done.allowance.period)
    return f"At present that is {people}: {show(total, reader.face, up=True)} {every}. {pool}, enough for {times}."


def covers(done: Set) -> list[str]:
    """Whom it reaches, where that is not plain."""
    if done.same or done.whose.scope == "person":
        return []
    inside = "The teams below it are meant as well, unless they have their own. " if done.whose.scope == "team" else ""
    return [f"{inside}Who comes in the middle of a period gets it from the next one on."]


def passed_over(done: Set) -> list[str]:
    """Who had that time paid already."""
    if not done.had:
        return []
    people = f"{quantity(done.had, 'person')} of them {'has' if done.had == 1 else 'have'}"
    get = "gets" if done.had == 1 else "get"
    return [f"{people} had an allowance for {done.first.words} already, and {get} this one from the next period on."]


def stopped(done: Stopped) -> Reply:
    """To the admin who stopped it."""
    return said([f"The allowance of {escape(whose_words(done.whose))} is stopped. What was paid stays theirs."])


def paid_now(done: PaidNow, reader: Reader) -> Reply:
    """`/tokens allowance pay`."""
    if not done.paid and not done.left_out:
        return said(["Nobody was left out of an allowance: there is nothing to pay."])
    sentences = [f"{quantity(done.paid, 'person')} {'was' if done.paid == 1 else 'were'} paid now."]
    if done.left_out:
        missing = show(done.left_out_micros, reader.face, up=True)
        sentences.append(
            f"{quantity(done.left_out, 'person')} {'is' if done.left_out == 1 else 'are'} still left out, as the pools "
            f"have too little: they would get {missing}. {example('fund AMOUNT')} fills the company pool."
        )
    return said(sentences)


def whose_words(whose: Whose) -> str:
    """`everybody`, `everybody in Platform`, `Ada`"""
    if whose.scope == "everyone":
        return "everybody"
    return f"everybody in {whose.name}" if whose.scope == "team" else whose.name


def day(on: date) -> str:
    """`Tuesday, 1 December 2026`"""
    return f"{on:%A}, {on.day} {on:%B %Y}"
