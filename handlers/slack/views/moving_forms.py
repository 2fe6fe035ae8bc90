"""The forms that move tokens: send, give back, lend, grant, move."""

from collections.abc import Mapping
from typing import Any

from budget.money import exact_dollars, show
from budget.org.places import Place
from budget.transfers.choices import Choices, Pool
from budget.transfers.plans import start
from budget.typed import Company, Party, PersonRef, TeamRef
from handlers.slack.views.forms import View, choice, day_input, field, form, person_input, text_input, value_of
from handlers.slack.views.pieces import Block, Reader, context, last_day, lines
from handlers.slack.wire.safe import escape
from store.loans import Named

TITLES = {
    "send": "Send tokens", "return": "Give tokens back", "lend": "Lend tokens", "grant": "Grant tokens",
    "move": "Move tokens",
}  # fmt: skip
SUBMIT = {"send": "Send", "return": "Give back", "lend": "Lend", "grant": "Grant", "move": "Move"}
FORM = "moving_form"
AMOUNT, CHECK, REASON, UNTIL = "moving_amount", "moving_check", "moving_reason", "moving_until"
TO, TO_POOL, SOURCE, SOURCE_POOL = "moving_to", "moving_to_pool", "moving_from", "moving_from_pool"
ACCEPTED = "Like $20, or 250k or 1.5M (tokens)."
OWN, COMES_FROM, LONGEST = "own", "default", 200


def moving_form(found: Choices, reader: Reader, to: str | None = None) -> View:
    """A form; `to`: the platform's id of somebody who is chosen already."""
    blocks = [*lines(about(found, reader)), *fields(found, to)]
    return form(TITLES[found.form], FORM, blocks, submit=SUBMIT[found.form], about=found.form)


def fields(found: Choices, to: str | None) -> list[Block]:
    """What there is to fill in."""
    match found.form:
        case "send":
            return [person(TO, "To whom", to), amount(), reason()]
        case "return":
            return [amount(), to_whom(found), reason()]
        case "lend":
            return [person(TO, "To whom", to), amount(), day("Until the end of"), *lender(found), reason()]
        case "grant":
            return [*grantee(found, to), amount(), reason(), day("To be used until", optional=True)]
        case _:
            return [*ends(found), amount(), reason()]


def about(found: Choices, reader: Reader) -> list[str]:
    """What there is, and what is owed."""
    if found.form in ("grant", "move"):
        there = found.payers if found.form == "grant" else found.pools
        return [pool_line(each, reader) for each in there[:10] if each.available_micros is not None]
    have = f"You have *{show(found.available_micros, reader.face)}* available."
    return [have, *(owed(each, reader) for each in found.borrowed[:5])]


def owed(each: Named, reader: Reader) -> str:
    """`Of it $3.00 is borrowed from Ada, until the end of 1 December 2026.`"""
    return (
        f"Of it {exact_dollars(each.loan.out_micros)} is borrowed from {escape(each.other)}, due at the end of "
        f"{last_day(each.loan.due_at, reader)}."
    )


def pool_line(pool: Pool, reader: Reader) -> str:
    """What a pool has."""
    return f"• {start(escape(pool.place.name))}: {show(pool.available_micros or 0, reader.face)}"


def person(name: str, label: str, chosen: str | None = None, *, optional: bool = False) -> Block:
    """Somebody of the workspace."""
    return field(name, label, person_input(chosen), optional=optional)


def amount() -> Block:
    """How much, with a look at what it leaves while it is typed."""
    element = text_input(most=40, placeholder="$5")
    typed = {**element, "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    return field(AMOUNT, "How much", typed, hint=ACCEPTED, live=True)


def reason() -> Block:
    """What for: the other side reads it."""
    return field(REASON, "What for", text_input(most=LONGEST), optional=True, hint="The other side reads it.")


def day(label: str, *, optional: bool = False) -> Block:
    """A day."""
    return field(UNTIL, label, day_input(), optional=optional)


def pools(found: Choices, *before: tuple[str, str]) -> Block:
    """A menu of pools; `before`: what stands above them."""
    options = [(value_of_place(each.place), start(each.place.name)) for each in found.pools]
    return choice([*before, *options], before[0][0] if before else None)


def to_whom(found: Choices) -> Block:
    """Where what is given back goes."""
    return field(TO_POOL, "To", pools(found, (COMES_FROM, "Who lent it, then the pool it comes from")))


def lender(found: Choices) -> list[Block]:
    """Of one's own or from a pool, where there is one."""
    return [field(SOURCE_POOL, "From", pools(found, (OWN, "Your own tokens")))] if found.pools else []


def grantee(found: Choices, to: str | None) -> list[Block]:
    """A person, or a team where one may grant to one."""
    if not found.pools:
        return [person(TO, "To whom", to)]
    return [
        person(TO, "To whom", to, optional=True),
        field(TO_POOL, "or to a pool", pools(found), optional=True, hint="A person or a pool, not both."),
    ]


def ends(found: Choices) -> list[Block]:
    """Both ends of a move."""
    return [
        field(SOURCE_POOL, "From a pool", pools(found), optional=True),
        person(SOURCE, "or from somebody", optional=True),
        field(TO_POOL, "To a pool", pools(found), optional=True),
        person(TO, "or to somebody", optional=True),
    ]


def value_of_place(place: Place) -> str:
    """How a pool stands in a menu."""
    return "company" if place.team is None else f"team {place.team.name}"


def party_of(view: Mapping[str, Any], person_field: str, pool_field: str) -> Party | None:
    """Who or what was chosen; None: nobody, or both."""
    chosen, pool = value_of(view, person_field), value_of(view, pool_field)
    if bool(chosen) == bool(pool):
        return None
    return PersonRef(chosen) if chosen else pool_of(pool)


def pool_of(value: str) -> TeamRef | Company | None:
    """The pool that was chosen in a menu, if one was."""
    if value == "company":
        return Company()
    return TeamRef(value.removeprefix("team ")) if value.startswith("team ") else None


def checked(view: Mapping[str, Any], words: str) -> View:
    """The form as it is shown, with a line below the amount."""
    blocks = [block for block in view["blocks"] if block.get("block_id") != CHECK]
    at = next((place for place, block in enumerate(blocks) if block.get("block_id") == AMOUNT), len(blocks))
    blocks.insert(at + 1, {**context(words), "block_id": CHECK})
    kept = ("title", "submit", "close", "callback_id", "private_metadata")
    return {"type": "modal", **{name: view[name] for name in kept if view.get(name)}, "blocks": blocks}
