"""What is asked before a large change of money, and what can be taken back: with buttons."""

from budget.money import exact_dollars, short_count, show
from budget.transfers.confirming import Doubt, Side
from budget.transfers.plans import start
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.money import place_name, until, why
from handlers.slack.views.pieces import Block, Reader, Reply, moved_amount, said

AGREE, DOLLARS, LEAVE = "move_agree", "move_dollars", "move_leave"
VERBS = {"grant": "grant", "move": "move", "fund": "put in", "send": "send", "lend": "lend"}


def asked(doubt: Doubt, reader: Reader) -> Reply:
    """Before and after, and the question."""
    return said(sentences(doubt, reader), [buttons(answers(doubt, reader))])


def sentences(doubt: Doubt, reader: Reader) -> list[str]:
    """What would be done, and what it would change; only what the reader may see."""
    amount, target = moved_amount(doubt.amount_micros, reader.face), place_name(doubt.target.place)
    origin = f" from {place_name(doubt.source.place)}" if doubt.source else " of new budget"
    lent = f" until the end of {doubt.until}" if doubt.until else ""
    verb = VERBS[doubt.kind].capitalize()
    first = f"{verb} {amount}{origin} to {target}{lent}{why(doubt.reason)}?"
    if doubt.dollars_micros is not None:
        tokens = reader.face.tokens(doubt.amount_micros)
        noun = "token is" if tokens == 1 else "tokens are"
        first = (
            f"{short_count(tokens)} {noun} {exact_dollars(doubt.amount_micros)}: did you mean "
            f"{exact_dollars(doubt.dollars_micros)}? Nothing was moved yet."
        )
    sides = [doubt.source] if doubt.source else []
    return [
        first,
        *until(doubt.until_at, reader),
        *(line for each in (*sides, doubt.target) for line in figures(each, reader)),
    ]


def figures(side: Side, reader: Reader) -> list[str]:
    """`• The Platform pool: $100.00 → *$40.00 (40M tokens)*`"""
    if side.before_micros is None or side.after_micros is None:
        return []
    before, after = exact_dollars(side.before_micros), moved_amount(side.after_micros, reader.face)
    return [f"• {start(place_name(side.place))}: {before} → {after}"]


def answers(doubt: Doubt, reader: Reader) -> list[Block]:
    """Which of them is meant the buttons say; what is done, our own books."""
    if doubt.dollars_micros is None:
        return [
            button(
                f"{VERBS[doubt.kind].capitalize()} {exact_dollars(doubt.amount_micros)}",
                AGREE,
                doubt.id,
                style="primary",
            ),
            button("Leave it", LEAVE, doubt.id),
        ]
    tokens = show(doubt.amount_micros, reader.face).partition("(")[2].rstrip(")")
    return [
        button(f"Yes, {exact_dollars(doubt.dollars_micros)}", DOLLARS, doubt.id, style="primary"),
        button(f"No, {tokens}", AGREE, doubt.id),
        button("Leave it", LEAVE, doubt.id),
    ]
