"""A question that was not let through, with what can be done about it in one click. For the asker alone."""

from collections.abc import Sequence
from decimal import ROUND_CEILING
from typing import Any

from budget.asking.admission import Refusal
from budget.house import House
from budget.money import dollars, short_count, show
from budget.offer.model import Model, Models
from budget.org.people import nearest_model
from handlers.slack.views import answers
from handlers.slack.views.models import cut
from handlers.slack.views.pieces import Block, Reply, lines
from handlers.slack.wire.safe import escape

AGREE, LEAVE = "costly_agree", "costly_leave"  # action ids; the buttons carry the ask's id, and never an amount
WITH = "ask_with_"  # and a number, since action ids differ within a message: ask with another model
BUTTON_CHARS = 75  # docs.slack.dev/reference/block-kit/block-elements/button-element
MOST_NAMED, MOST_OFFERED = 20, 5


def refusal(house: House, refused: Refusal, ask_id: str) -> Reply:
    """Which limit it was, and the ways on."""
    match refused.limit:
        case "costly":
            return costly(house, refused, ask_id)
        case "no model":
            return no_model(house.models, refused.model, ask_id)
        case _:
            ways = [button(answers.RETRY, "Ask again", ask_id), *instead(house.models, refused, ask_id)]
            return reply([answers.refusal(refused, house.face), *more_room(refused, ways)], ways)


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


def no_model(models: Models, typed: str, ask_id: str) -> Reply:
    """A name that is not on offer: those that are, with their prices, the nearest first."""
    near = nearest_model(models, typed)
    by_cost = sorted(models.all, key=lambda model: model.price.typical_micros())
    listed = [f"*{escape(model.name)}* {a_question(model)}" for model in by_cost[:MOST_NAMED]]
    more = f" and {len(by_cost) - MOST_NAMED} more (`/tokens models`)" if len(by_cost) > MOST_NAMED else ""
    sentences = [
        f"There is no model called *{escape(typed[:100])}*, so nothing was asked and you were not charged."
        + (f" Did you mean *{escape(near)}*?" if near else ""),
        f"What a typical question costs: {', '.join(listed)}{more}.",
    ]
    first = [model for model in by_cost if model.name in (near, models.default)]
    first.sort(key=lambda model: model.name != near)
    offered = [*first, *(model for model in by_cost if model not in first)][:MOST_OFFERED]
    ways = [with_model(at, each.name, f", {a_question(each)}", ask_id) for at, each in enumerate(offered)]
    return reply(sentences, [*ways, button(LEAVE, "Leave it", ask_id)])


def more_room(refused: Refusal, ways: Sequence[Block]) -> list[str]:
    """What the second button is for; nothing when no model on offer reads more."""
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


LEFT = "Left: nothing was asked, and you were not charged."
ASKED_ALREADY = "This has been asked already: the answer comes below your question."
NOTHING_TO_AGREE = "There is nothing to agree to here any more. Please ask again."
