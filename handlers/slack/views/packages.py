"""Packages: what somebody has, what would be set or ended, and the letters that tell of it."""

import json
from datetime import date

from budget.packages import letters as kinds
from budget.packages import terms, texts
from budget.packages.letters import terms_in
from budget.packages.parting import Choice
from budget.packages.parting import Done as Parted
from budget.packages.parting import Shown as EndShown
from budget.packages.seen import Packages, Seen
from budget.packages.setting import Done, Draft, Shown
from budget.packages.terms import Terms
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.package_letters import end_figures
from handlers.slack.views.pieces import Reader, Reply, context, example, moved_amount, quantity, said
from handlers.slack.wire.safe import escape

SET, DROP, END = "package_set", "package_drop", "package_end"  # action ids
MOST_CHOICES = 5
DROPPED = "Nothing was changed."
NONE_OF_YOURS = "You have no package: nobody has promised you tokens as part of your pay."


# What somebody has


def packages(found: Packages, reader: Reader) -> Reply:
    """`/tokens package [@person]`."""
    name = escape(found.person.name)
    if not found.seen:
        how = f" {example('package @person $1200 a year')} makes one." if found.may_set else ""
        return said([NONE_OF_YOURS if found.own else f"{name} has no package.{how}"])
    whose = "Your package" if found.own else f"The package of {name}"
    title = f"*{whose if len(found.seen) == 1 else f'{whose}s'}*"
    return said([title, *(line for seen in found.seen for line in package(seen, reader))], [context(texts.PROMISE)])


def package(seen: Seen, reader: Reader) -> list[str]:
    """One package: its terms, then what has vested, what has not, what comes next."""
    why = f", for {escape(seen.package.reason)}" if seen.package.reason else ""
    lines = [f"{texts.how_much(seen.agreed, reader.face)}{why}."]
    lines.append(f"• Vested: {moved_amount(seen.vested_micros, reader.face)}")
    if seen.due_micros:
        lines.append(f"• Vested as well: {moved_amount(seen.due_micros, reader.face)}, {texts.WAITING}")
    if seen.is_over:
        return [*lines, f"• Over since {texts.day(over_on(seen, reader))}: nothing more of it comes."]
    unvested = "whatever comes until it is ended"
    if seen.unvested_micros is not None:
        unvested = moved_amount(seen.unvested_micros, reader.face)
    lines.append(f"• Not vested yet: {unvested}")
    return [*lines, *coming(seen, reader)]


def over_on(seen: Seen, reader: Reader) -> date:
    """The day on which it was over."""
    assert seen.package.ended_at is not None, "it is over"
    return seen.package.ended_at.astimezone(reader.office).date()


def coming(seen: Seen, reader: Reader) -> list[str]:
    """The next part, and the last."""
    lines = []
    if seen.next_on and seen.next_micros:
        amount = moved_amount(seen.next_micros, reader.face)
        cliff = " (the cliff)" if next_is_cliff(seen) else ""
        lines.append(f"• Next: {amount} on {texts.day(seen.next_on)}{cliff}")
    if seen.package.ends_on is not None:
        return [*lines, f"• It ends: {texts.day(seen.package.ends_on)} is the last day that counts."]
    return [*lines, *([f"• The last part: {texts.day(seen.last_on)}"] if seen.last_on else [])]


def next_is_cliff(seen: Seen) -> bool:
    """Whether what comes next is what the cliff has kept back."""
    agreed = seen.agreed
    return agreed.cliff_months > 1 and seen.next_on == terms.month_day(agreed.starts_on, agreed.cliff_months)


# What would be set or ended


def draft(shown: Shown, reader: Reader) -> Reply:
    """A package before it counts, with buttons."""
    face, agreed = reader.face, shown.draft.agreed
    whose = "you" if shown.own else escape(shown.person.name)
    why = f", for {escape(shown.draft.reason)}" if shown.draft.reason else ""
    sentences = [
        f"*A package for {whose}*{why}",
        f"{texts.how_much(agreed, face)}.",
        *texts.schedule(agreed, face),
        *at_once(shown, reader),
        "It does not count yet: set it, or leave it.",
    ]
    chosen = [button("Set it", SET, packed(shown.draft), style="primary"), button("Leave it", DROP)]
    return said(sentences, [buttons(chosen), context(texts.PROMISE)])


def at_once(shown: Shown, reader: Reader) -> list[str]:
    """What a start in the past means, and whether the pool has it."""
    if not shown.now_micros:
        return []
    amount, pool = texts.money(shown.now_micros, reader.face), texts.money(shown.pool_micros, reader.face)
    of = f"{quantity(shown.now_months, 'part')} of it"
    if shown.now_micros <= shown.pool_micros:
        return [
            f"{of} {is_are(shown.now_months)} due already: {amount} is paid at once, of {pool} in the company pool."
        ]
    waits = f"The company pool has {pool}, so what does not fit waits until it has more."
    return [f"{of} {is_are(shown.now_months)} due already: {amount}. {waits}"]


def is_are(count: int) -> str:
    """Of so many."""
    return "is" if count == 1 else "are"


def packed(draft: Draft) -> str:
    """A draft as the value of a button."""
    agreed = draft.agreed
    return json.dumps(
        [draft.id, draft.slack_id, agreed.annual_micros, agreed.starts_on.isoformat(), agreed.months,
         agreed.cliff_months, draft.reason], separators=(",", ":"),
    )  # fmt: skip


def unpacked(value: str) -> Draft:
    """The reverse. Raises ValueError for what is no draft."""
    made = json.loads(value)
    if not isinstance(made, list) or len(made) != 7:
        raise ValueError("not a draft")
    name, slack_id, annual, starts_on, months, cliff, reason = made
    agreed = Terms(int(annual), date.fromisoformat(starts_on), None if months is None else int(months), int(cliff))
    return Draft(str(name), str(slack_id), agreed, None if reason is None else str(reason))


def done(made: Done, reader: Reader) -> Reply:
    """A package that counts now."""
    name = "You have" if made.own else f"{escape(made.person.name)} has"
    agreed = terms_in(kinds.plain(made.paid.package))
    if made.again:
        return said([f"{name} that package already; nothing was set twice."])
    told = [] if made.own else ["I have told them, with the schedule."]
    return said([f"{name} a package now: {texts.how_much(agreed, reader.face)}.", *paid(made, reader), *told])


def paid(made: Done, reader: Reader) -> list[str]:
    """What was paid at once, and what waits."""
    said_ = []
    if made.paid.paid_micros:
        said_.append(f"{moved_amount(made.paid.paid_micros, reader.face)} of it was due and is paid.")
    if made.paid.unpaid_micros:
        said_.append(f"{moved_amount(made.paid.unpaid_micros, reader.face)} of it is {texts.WAITING}.")
    return said_


def ending(shown: EndShown, reader: Reader) -> Reply:
    """What would be ended, with a button for each package."""
    whose = "your" if shown.own else f"{escape(shown.person.name)}'s"
    listed = shown.choices[:MOST_CHOICES]
    when = "now" if shown.last_on is None else f"with {texts.day(shown.last_on)} as the last day that counts"
    sentences = [f"*To end {whose} package {when}*", *(line for each in listed for line in choice(each, reader))]
    made = [
        button("End it" if len(listed) == 1 else f"End number {number}", END, end_value(shown, each), style="danger")
        for number, each in enumerate(listed, 1)
    ]
    return said([*sentences, "What has been paid stays paid."], [buttons([*made, button("Leave it", DROP)])])


def choice(each: Choice, reader: Reader) -> list[str]:
    """What ending it takes and leaves."""
    face = reader.face
    forfeited = "and nothing more of it comes"
    if each.forfeited_micros is not None:
        forfeited = f"and {moved_amount(each.forfeited_micros, face)} is forfeited"
    paid = f"{texts.money(each.seen.vested_micros, face)} is paid"
    vests = f"   {moved_amount(each.vested_micros, face)} vests in all ({paid}), {forfeited}."
    return [f"• {texts.how_much(each.seen.agreed, face)}.", vests]


def end_value(shown: EndShown, each: Choice) -> str:
    """Which package, whose, until when: what a click says again."""
    last_on = shown.last_on.isoformat() if shown.last_on else ""
    return json.dumps([shown.person.slack_id, each.seen.package.id, last_on])


def end_of(value: str) -> tuple[str, str, date | None]:
    """The reverse. Raises ValueError for what is no such value."""
    made = json.loads(value)
    if not isinstance(made, list) or len(made) != 3:
        raise ValueError("not an end")
    return str(made[0]), str(made[1]), date.fromisoformat(made[2]) if made[2] else None


def ended(parted: Parted, reader: Reader) -> Reply:
    """A package that has an end."""
    one, face = parted.ended, reader.face
    whose = "Your package" if parted.own else f"The package of {escape(parted.person.name)}"
    last = one.package.ends_on or one.last_on
    over = one.package.ended_at is not None
    sentences = [f"{whose} {'has ended' if over else 'ends'}: {texts.day(last)} is the last day that counts."]
    sentences.append(f"{moved_amount(one.vested_micros, face)} of it vests in all.")
    sentences += end_figures(
        {"paid_micros": one.paid_micros, "unpaid_micros": one.unpaid_micros, "forfeited_micros": one.forfeited_micros},
        reader,
    )
    return said([*sentences, *([] if parted.own else ["I have told them."])])
