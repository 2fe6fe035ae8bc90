"""A question that was not let through, with what can be done about it in one click. For the asker alone."""

from collections.abc import Sequence
from decimal import ROUND_CEILING
from typing import Any

from budget.asking.admission import OF_MONEY, Refusal
from budget.house import House
from budget.money import dollars, short_count, show
from budget.offer.model import Model, Models
from budget.offer.naming import nearest_model
from handlers.slack.views import answers, refusals
from handlers.slack.views.models import cut
from handlers.slack.views.pieces import Block, Reader, Reply, lines
from handlers.slack.wire.safe import escape

AGREE, LEAVE = "costly_agree", "costly_leave"  # action ids; the buttons carry the ask's id, and never an amount
POOL = "ask_pool_"  # and a number: a team's pool is to pay
REQUEST = "form_request"  # opens the form that asks for more
WITH = "ask_with_"  # and a number, since action ids differ within a message: ask with another model
BUTTON_CHARS = 75  # docs.slack.dev/reference/block-kit/block-elements/button-element
MOST_NAMED, MOST_OFFERED = 20, 5


def refusal(house: House, refused: Refusal, ask_id: str, reader: Reader) -> Reply:
    """Which limit it was, and the ways on."""
    match refused.limit:
        case "costly":
            return costly(house, refused, ask_id)
        case "too dear":
            return too_dear(house, refused, ask_id)
        case "no model":
            return no_model(offered(house, refused), refused.model, ask_id)
        case "not allowed":
            return not_allowed(refused, ask_id)
        case _:
            ways = [*instead(offered(house, refused), refused, ask_id), *others_pay(refused, ask_id)]
            ways.append(button(answers.RETRY, "Ask again", ask_id))
            return reply([*refusals.sentences(refused, reader), *more_room(refused, ways)], ways)


def offered(house: House, refused: Refusal) -> Models:
    """The models that the asker may use."""
    return refused.offered or house.models


def costly(house: House, refused: Refusal, ask_id: str) -> Reply:
    """What it may cost at most, and why; nothing is held before somebody has agreed."""
    most, name = show(refused.needed_micros, house.face, up=True), escape(refused.model)
    length = f"{short_count(refused.input_tokens)} tokens in, and an answer of up to {refused.cap_tokens:,} tokens out"
    sentences = [
        f"This question may cost as much as *{most}* on *{name}*.",
        f"Why: with its thread and files it can be {length}. You pay what it takes in the end, mostly less.",
        f"Above {dollars(house.rules.confirm_above_micros)} I ask first. Nothing was asked yet; you were not charged.",
    ]
    ways = [button(AGREE, f"Ask for up to {at_most(refused.needed_micros)}", ask_id, style="primary")]
    if refused.cheaper:
        ways.append(with_model(0, refused.cheaper.name, f" for up to {at_most(refused.cheaper.micros)}", ask_id))
    return reply(sentences, [*ways, button(LEAVE, "Leave it", ask_id)])


def too_dear(house: House, refused: Refusal, ask_id: str) -> Reply:
    """What a question may cost at most, and a shorter answer that does not cost more, or another model's."""
    most, name = dollars(refused.most_micros), escape(refused.model)
    what = "This one" if refused.shorter_micros else "Even the shortest answer to this one"
    needed = show(refused.needed_micros, house.face, up=True)
    sentences = [
        f"By the company's policy a question may cost *{most}* at most.",
        f"{what} may cost as much as *{needed}* on *{name}*. Nothing was asked; you were not charged.",
        f"An answer of up to {refused.cap_tokens:,} tokens would fit."
        if refused.shorter_micros
        else "What goes to the model is the question with its thread and files: a smaller one may fit.",
    ]
    ways = []
    if refused.shorter_micros:
        text = f"Ask for a shorter answer, up to {at_most(refused.shorter_micros)}"
        ways.append(button(AGREE, text, ask_id, style="primary"))
    if refused.cheaper:
        ways.append(with_model(0, refused.cheaper.name, f" for up to {at_most(refused.cheaper.micros)}", ask_id))
    return reply(sentences, [*ways, button(LEAVE, "Leave it", ask_id)])


def no_model(models: Models, typed: str, ask_id: str) -> Reply:
    """A name that is not on offer: those that are, with their prices, the nearest first."""
    near = nearest_model(models, typed)
    sentences = [
        f"There is no model called *{escape(typed[:100])}*, so nothing was asked and you were not charged."
        + (f" Did you mean *{escape(near)}*?" if near else ""),
        f"What a typical question costs: {prices(models)}.",
    ]
    return reply(sentences, [*with_each(models, near, ask_id), button(LEAVE, "Leave it", ask_id)])


def not_allowed(refused: Refusal, ask_id: str) -> Reply:
    """A model that is for others: those that are for the asker."""
    models, helpers = refused.offered, refused.ways.helpers
    who = " or ".join(map(escape, helpers)) or "An admin"
    if models is None:
        none = "The company's policy names no model that is on offer, so nothing can be asked. You were not charged."
        return reply([none, f"{who} can put that right."], [button(answers.RETRY, "Ask again", ask_id)])
    sentences = [
        f"The company's policy does not let you use *{escape(refused.model)}*, so nothing was asked.",
        f"You can use, with what a typical question costs: {prices(models)}. {who} can change that.",
    ]
    return reply(sentences, [*with_each(models, None, ask_id), button(LEAVE, "Leave it", ask_id)])


def prices(models: Models) -> str:
    """`*small* $0.0004, *big* $0.01`, the cheapest first."""
    by_cost = sorted(models.all, key=lambda model: model.price.typical_micros())
    listed = [f"*{escape(model.name)}* {a_question(model)}" for model in by_cost[:MOST_NAMED]]
    more = f" and {len(by_cost) - MOST_NAMED} more (`/tokens models`)" if len(by_cost) > MOST_NAMED else ""
    return f"{', '.join(listed)}{more}"


def with_each(models: Models, near: str | None, ask_id: str) -> list[Block]:
    """A button for each of a few models: the one that was meant, the default, the cheapest."""
    by_cost = sorted(models.all, key=lambda model: model.price.typical_micros())
    first = [model for model in by_cost if model.name in (near, models.default)]
    first.sort(key=lambda model: model.name != near)
    chosen = [*first, *(model for model in by_cost if model not in first)][:MOST_OFFERED]
    return [with_model(at, each.name, f", {a_question(each)}", ask_id) for at, each in enumerate(chosen)]


def others_pay(refused: Refusal, ask_id: str) -> list[Block]:
    """Somebody else's tokens: a team's pool by this click, or whoever grants more."""
    least = f", from {at_most(refused.needed_micros)}"
    pools = [
        button(f"{POOL}{at}", f"Let {cut(pool.name, BUTTON_CHARS - len('Let  pay') - len(least))} pay{least}",
               f"{ask_id} {pool.account_id}")
        for at, pool in enumerate(refused.ways.pools[:MOST_OFFERED])
    ]  # fmt: skip
    can_ask = refused.limit in OF_MONEY and refused.ways.helpers
    return [*pools, *([button(REQUEST, "Ask for more", f"ask {ask_id}")] if can_ask else [])]


def more_room(refused: Refusal, ways: Sequence[Block]) -> list[str]:
    """What the first button is for; nothing when no model on offer reads more."""
    return ["Or ask the model below, which reads more."] if refused.limit == "too long" and len(ways) > 1 else []


def instead(models: Models, refused: Refusal, ask_id: str) -> list[Block]:
    """The cheaper model that what is left would do for; or one that reads more than this one did."""
    if refused.cheaper:
        least = dollars(refused.cheaper.micros, ROUND_CEILING)
        return [with_model(0, refused.cheaper.name, f" instead, from {least}", ask_id)]
    if refused.limit != "too long":
        return []
    roomy = [model for model in models.all if model.context_tokens > max(refused.input_tokens, refused.context_tokens)]
    roomy.sort(key=lambda model: model.price.typical_micros())
    return [with_model(0, each.name, f", {a_question(each)}", ask_id) for each in roomy[:1]]


def a_question(model: Model) -> str:
    """`$0.0014 a typical question`, in few words."""
    return dollars(model.price.typical_micros())


def at_most(micros: int) -> str:
    """`$3.10`: never less than what it says, and with the digits that `show` has, so that one amount reads the same."""
    return dollars(micros, ROUND_CEILING, digits=3)


def with_model(place: int, name: str, price: str, ask_id: str) -> Block:
    """`Ask small for up to $0.12`"""
    text = f"Ask {cut(name, BUTTON_CHARS - len('Ask ') - len(price))}{price}"
    return button(f"{WITH}{place}", text, f"{ask_id} {name}")


def button(action_id: str, text: str, value: str, **more: str) -> Block:
    """A button."""
    plain: dict[str, Any] = {"type": "plain_text", "text": text}
    return {"type": "button", "action_id": action_id, "value": value, "text": plain, **more}


def reply(sentences: Sequence[str], ways: Sequence[Block]) -> Reply:
    """Sentences with buttons under them."""
    return Reply(" ".join(sentences), [*lines(sentences), {"type": "actions", "elements": list(ways)}])


def agreed(model: str, bound_micros: int) -> str:
    """What stands in the buttons' place."""
    return f"Agreed: up to {at_most(bound_micros)} on *{escape(model)}*. The answer comes in the thread."


def with_other(model: str) -> str:
    """The same, of another model."""
    return f"Asked *{escape(model)}*: the answer comes in the thread."


def with_pool() -> str:
    """The same, where a team's pool is to pay."""
    return "Asked, and your team's pool is to pay: the answer comes in the thread."


LEFT = "Left: nothing was asked, and you were not charged."
ASKED_ALREADY = "This has been asked already: the answer comes below your question."
NOTHING_TO_AGREE = "There is nothing to agree to here any more. Please ask again."
