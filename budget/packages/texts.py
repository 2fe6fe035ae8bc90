"""The words of packages, statements and offers: plain text, the same in messages and on paper.

Who shows them in a chat escapes them; names and reasons in them are as people wrote them.
"""

from datetime import date

from budget.money import Face, exact_dollars, show
from budget.packages import terms
from budget.packages.terms import MONTHS_OF_A_YEAR, Terms
from budget.policy.policy import Policy

PROMISE = (
    "What has not vested is a promise: it is not on a balance yet, and no money is set aside for it. It is paid out of "
    "the company pool, a part each month."
)
YOURS = (
    "It is on your own balance, for any question you like. It has no end date: what you do not use rolls over from "
    "month to month."
)
NOT_YET = "It is a promise: it comes out of the company's pool month by month, and is not on your balance before."
WAITING = "due, waits for the company pool"


def money(micros: int, face: Face) -> str:
    """`$1,200.00 (1.2B tokens)`: to the last digit."""
    return f"{exact_dollars(micros)} {show(micros, face).partition(' ')[2]}"


def tokens(micros: int, face: Face) -> str:
    """`4.12M tokens`"""
    return show(micros, face).partition(" (")[2].removesuffix(")")


def day(on: date) -> str:
    """`31 January 2027`"""
    return f"{on.day} {on:%B %Y}"


def months(count: int) -> str:
    """`1 month`, `48 months`"""
    return f"{count} {'month' if count == 1 else 'months'}"


def number(count: int, noun: str) -> str:
    """`1 question`, `1,200 questions`"""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def ordinal(count: int) -> str:
    """`1st`, `22nd`, `13th`"""
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def monthly(agreed: Terms) -> str:
    """`$100.00`, or `about $83.33` where months differ by a fraction."""
    each, rest = divmod(agreed.annual_micros, MONTHS_OF_A_YEAR)
    if rest == 0 and each % 10_000 == 0:
        return exact_dollars(each)
    cents = (each + 5_000) // 10_000 * 10_000
    return f"about {exact_dollars(cents or each)}"


def how_much(agreed: Terms, face: Face) -> str:
    """`$1,200.00 (1.2B tokens) a year from 1 December 2026 for 48 months: $4,800.00 (4.8B tokens) in all`"""
    first = f"{money(agreed.annual_micros, face)} a year from {day(agreed.starts_on)}"
    promised = terms.total(agreed)
    if promised is None:
        return f"{first} until it is ended"
    length = terms.last_month(agreed) or 0
    return f"{first} for {months(length)}: {money(promised, face)} in all"


def which_day(agreed: Terms) -> str:
    """On which day of a month parts vest."""
    number = agreed.starts_on.day
    shorter = ", or the last day of a shorter month" if number > 28 else ""
    return f"on the {ordinal(number)}{shorter}"


def schedule(agreed: Terms, face: Face) -> list[str]:
    """When what vests, in sentences."""
    first = terms.next_month(agreed, 0)
    if first is None:
        return ["Nothing of it vests: it ends before the first part."]
    on, amount = day(terms.month_day(agreed.starts_on, first)), money(terms.part(agreed, first), face)
    every = f"{monthly(agreed)} vests every month, {which_day(agreed)}"
    last = terms.last_month(agreed)
    if agreed.cliff_months > 1:
        before = f"Nothing vests before {on} (the cliff, {months(agreed.cliff_months)} after the start)"
        after = "" if last == first else f"; after that {every}"
        told = [f"{before}; on that day {amount} does at once{after}."]
    else:
        told = [f"{every[:1].upper()}{every[1:]}, the first time on {on}."]
    return [*told, *([f"The last part vests on {day(terms.month_day(agreed.starts_on, last))}."] if last else [])]


MOVEMENTS = {
    "fund": "New budget",
    "grant": "Grants",
    "allowance": "Allowance",
    "vest": "Package, vested",
    "move": "Moved",
    "send": "Sent by or to people",
    "return": "Given back",
    "expire": "Expired unused",
    "consume": "Questions",
    "overrun": "Questions above what was set aside",
    "correct": "Corrections",
}


def rules(policy: Policy, face: Face, agreed: Terms) -> list[tuple[str, str]]:
    """What holds for it by the policy in force: headings, each with a sentence or two."""
    return [
        ("How it vests", in_general(agreed)),
        ("What has vested", YOURS),
        ("What has not", NOT_YET),
        ("If you leave", leaving(policy)),
        ("Giving it to others", sending(policy, face)),
    ]


def in_general(agreed: Terms) -> str:
    """When what vests, without days: an offer has no start yet."""
    each = monthly(agreed)
    length = f", over {months(agreed.months)}" if agreed.months else ", for as long as you are with us"
    if agreed.cliff_months <= 1:
        return f"{each[:1].upper()}{each[1:]} vests after each full month{length}."
    before = f"Nothing vests in the first {months(agreed.cliff_months)} (the cliff)."
    at_once = exact_dollars(terms.accrued(agreed, agreed.cliff_months))
    if agreed.months == agreed.cliff_months:
        return f"{before} Then all {at_once} does at once."
    return f"{before} Then {at_once} does at once, and after that {each} with each full month{length}."


def leaving(policy: Policy) -> str:
    """What becomes of it when somebody leaves."""
    forfeited = "What has not vested by your last day is forfeited."
    if policy.leaving.vested == "keep":
        days = number(policy.leaving.grace_days, "day")
        return f"{forfeited} What has vested stays yours to use for {days} more, and goes back to the company then."
    return f"{forfeited} What is left on your balance goes back to the company."


def sending(policy: Policy, face: Face) -> str:
    """Whether it can be given to others."""
    most = f", {money(policy.send.most_a_month, face)} a month at most"
    match policy.send.who if policy.send.most_a_month else "nobody":
        case "anyone":
            return f"You may send of it to anybody in the company{most}."
        case "team":
            return f"You may send of it to the people of your teams{most}."
        case "nobody":
            return "It is for you alone: it cannot be sent to others."


# Offers

OFFER_TITLE = "Tokens that come with the job"
OFFER_FOOT = (
    "These are the rules in force on the day of this letter. The letter sets nothing by itself: the package counts "
    "once an admin has set it, and its owner is told then."
)


def offer_opening(agreed: Terms, to: str | None, face: Face) -> str:
    """The answer in a sentence or two."""
    hello = f"{to}, with" if to else "With"
    promised = terms.total(agreed)
    first = f"{hello} this job come tokens worth {money(agreed.annual_micros, face)} a year"
    if promised is None:
        return f"{first}. They pay for what you ask AI models at work, at the models' list prices."
    whole = f"{first} for {months(agreed.months or 0)}, {money(promised, face)} in all"
    return f"{whole}. They pay for what you ask AI models at work, at the models' list prices."


def offer_figures(agreed: Terms, face: Face) -> list[tuple[str, str, str]]:
    """A month, a year, in all: a word, money, tokens each."""
    promised = terms.total(agreed)
    named = [("A month", agreed.annual_micros // MONTHS_OF_A_YEAR), ("A year", agreed.annual_micros)]
    shown = [(name, exact_dollars(micros), tokens(micros, face)) for name, micros in named]
    shown[0] = (shown[0][0], monthly(agreed), shown[0][2])
    if promised is None:
        return [*shown, ("In all", "no end", "for as long as you are with us")]
    return [*shown, ("In all", exact_dollars(promised), f"over {months(agreed.months or 0)}")]


def typical(more_models: int, input_tokens: int, output_tokens: int) -> str:
    """What a typical question is."""
    more = f" {number(more_models, 'more model')} can be asked as well." if more_models else ""
    return (
        f"A typical question: {input_tokens:,} tokens of question and context in, {output_tokens:,} tokens of answer "
        f"out, at today's list prices.{more}"
    )
