"""What is asked before a large change of money, and what can be taken back: with buttons."""

from budget.money import exact_dollars, short_count, show
from budget.transfers.confirming import Doubt, Side
from budget.transfers.deeds import Deed, Deeds
from budget.transfers.plans import start
from budget.transfers.undoing import Undone
from handlers.slack.views.forms import button, buttons
from handlers.slack.views.money import place_name, until, why
from handlers.slack.views.pieces import Block, Reader, Reply, last_day, moved_amount, said, section, when
from handlers.slack.wire.safe import escape
from store.moving import Holder

AGREE, DOLLARS, LEAVE, UNDO = "move_agree", "move_dollars", "move_leave", "move_undo"
VERBS = {"grant": "grant", "move": "move", "fund": "put in", "send": "send", "lend": "lend"}


def asked(doubt: Doubt, reader: Reader) -> Reply:
    """Before and after, and the question."""
    return said(sentences(doubt, reader), [buttons(answers(doubt, reader))])


def sentences(doubt: Doubt, reader: Reader) -> list[str]:
    """What would be done, and what it would change; only what the reader may see."""
    amount, target = moved_amount(doubt.amount_micros, reader.face), place_name(doubt.target.place)
    origin = f" from {place_name(doubt.source.place)}" if doubt.source else " of new budget"
    lent = f" until the end of {doubt.due_on.day} {doubt.due_on:%B %Y}" if doubt.due_on else ""
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


def deeds(found: Deeds, reader: Reader) -> Reply:
    """What can be taken back, each with its button."""
    if not found.hours:
        return said(["What was moved cannot be taken back here: the company has decided so."])
    if not found.deeds:
        return said([f"There is nothing to take back: what you move can be for {found.hours} hours."])
    first = f"What you moved in the last {found.hours} hours can be taken back, as far as it is unspent:"
    listed = [deed_line(each, reader) for each in found.deeds]
    blocks = [section(first), *(with_button(line, each) for line, each in zip(listed, found.deeds, strict=True))]
    return Reply("\n".join([first, *listed]), blocks)


def deed_line(deed: Deed, reader: Reader) -> str:
    """`*$5.00 (5M tokens)* from the Platform pool to Ada, for lunch · 22 Nov, 14:05`"""
    made = deed.made
    origin = f" from {name_of(deed.source, deed)}" if deed.source else " of new budget"
    lent = ", lent" if deed.lent else ""
    amount, at = moved_amount(made.amount_micros, reader.face), when(made.created_at, reader)
    return f"{amount}{origin} to {name_of(deed.target, deed)}{lent}{why(deed.reason)} · {at}"


def name_of(end: Holder, deed: Deed) -> str:
    """How an end is spoken of to the one who moved it."""
    own = end.kind == "person" and end.owner_id == deed.made.actor_id
    return "you" if own else escape(end.spoken)


def with_button(line: str, deed: Deed) -> Block:
    """A line with its button; the action's id differs, as Slack wants it within a message."""
    taken = button("Take back", f"{UNDO}:{deed.made.id}", str(deed.made.id))
    return {**section(line), "accessory": taken}


def undone(found: Undone, reader: Reader) -> Reply:
    """What was taken back, how much could not be, and what is there now as far as the reader may see it."""
    made, deed = found.deed.made, found.deed
    back = f"to {name_of(deed.source, deed)}" if deed.source else "out of the books"
    amount = moved_amount(found.amount_micros, reader.face)
    told = [f"Taken back: {amount} from {name_of(deed.target, deed)}, {back}{why(deed.reason)}."]
    short = made.amount_micros - found.amount_micros
    if short:
        told.append(f"The other {exact_dollars(short)} could not be: spent, moved on, or held for an answer under way.")
    if found.until_at and found.amount_micros:
        told.append(
            f"What came back keeps its end: it can be used until the end of {last_day(found.until_at, reader)}."
        )
    ends = [(deed.source, found.source_micros), (deed.target, found.target_micros)]
    return said([*told, *(now_has(end, deed, micros, reader) for end, micros in ends if end and micros is not None)])


def now_has(end: Holder, deed: Deed, micros: int, reader: Reader) -> str:
    """What is there now."""
    name = name_of(end, deed)
    return f"{start(name)} now {'have' if name == 'you' else 'has'} {show(micros, reader.face)}."
