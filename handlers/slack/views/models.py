"""The models on offer, the one that answers someone, and a menu to choose another."""

from typing import Any

from budget.money import dollars
from budget.offer.allowed import Typical
from budget.offer.mine import Mine
from budget.offer.model import Model
from budget.org.channels import ChannelModel
from budget.org.people import Chosen
from handlers.slack.views.pieces import Block, Reply, context, lines, said
from handlers.slack.wire.safe import escape

CHOOSE = "model_choose"  # action id of the menu
DEFAULT = "="  # the menu's value for the company's choice; no model is called so
MOST_OPTIONS = 100  # docs.slack.dev/reference/block-kit/block-elements/select-menu-element
OPTION_CHARS = 75  # docs.slack.dev/reference/block-kit/composition-objects/option-object
HOW = "`/tokens model NAME` chooses as well; for one question alone, begin or end it with `--model NAME`."


def models(seen: Mine, default: str) -> Reply:
    """`/tokens models`, the cheapest first, at what a question costs; `default`: the company's."""
    by_cost = sorted(seen.offered.all, key=seen.typical.micros)
    listed = [line(model, seen, default) for model in by_cost]
    if seen.here:
        listed.append(f"In this channel *{escape(seen.here.name)}* answers everybody.")
    how = f" {HOW}" if len(by_cost) > 1 else ""
    return Reply(
        "\n".join(listed), [*lines(listed), *menu(by_cost, seen, default), context(measure(seen.typical) + how)]
    )


def measure(typical: Typical) -> str:
    """What is meant by a typical question."""
    usage = f"{typical.usage.input_tokens:,} in, {typical.usage.output_tokens:,} out"
    if not typical.of_asks:
        return f"A typical question: {usage}."
    asks = f"the last {typical.of_asks}" if typical.of_asks > 1 else "the only one so far"
    return f"A typical question of yours: {usage}, the median of {asks}."


def line(model: Model, seen: Mine, default: str) -> str:
    """`• *gpt-5-mini* · $0.0014 for a typical question · answers you`"""
    whose = " of yours" if seen.typical.of_asks else ""
    parts = [f"*{escape(model.name)}*", f"{dollars(seen.typical.micros(model))} for a typical question{whose}"]
    if model.name == default:
        parts.append("the company's default")
    elif model.name == seen.offered.default:
        parts.append("your default, by the company's policy")
    if model.name == seen.answers.name:
        parts.append("answers you")
    return f"• {' · '.join(parts)}"


def typical(model: Model) -> str:
    """`$0.0014 for a typical question`"""
    return f"{dollars(model.price.typical_micros())} for a typical question"


def menu(by_cost: list[Model], seen: Mine, default: str) -> list[Block]:
    """A menu to choose from, with what a typical question costs; where there is nothing to choose, none."""
    if len(by_cost) < 2:
        return []
    first = seen.offered.default_model()
    whose = "Company's default" if first.name == default else "Your default"
    options = [option(DEFAULT, f"{whose}: {first.name}", first, seen.typical)]
    options += [option(model.name, model.name, model, seen.typical) for model in by_cost[: MOST_OPTIONS - 1]]
    chosen = seen.answers.name if seen.own else DEFAULT
    now = next((each for each in options if each["value"] == chosen), options[0])
    select = {
        "type": "static_select",
        "action_id": CHOOSE,
        "placeholder": {"type": "plain_text", "text": "Choose a model"},
        "options": options,
        "initial_option": now,
    }
    return [{"type": "actions", "elements": [select]}]


def option(value: str, name: str, model: Model, typical: Typical) -> dict[str, Any]:
    """`gpt-5-mini · $0.0014 a typical question`"""
    price = f" · {dollars(typical.micros(model))} a typical question"
    return {"text": {"type": "plain_text", "text": cut(name, OPTION_CHARS - len(price)) + price}, "value": value}


def cut(text: str, chars: int) -> str:
    """At most so many characters."""
    return text if len(text) <= chars else f"{text[: chars - 1]}…"


def chosen(choice: Chosen) -> Reply:
    """`/tokens model NAME`."""
    name, cost = f"*{escape(choice.model.name)}*", typical(choice.model)
    how = f"{name} answers you from now on" if choice.own else f"You are back to the company's default, {name}"
    sentences = [f"{how}: {cost}{instead(choice.before)}."]
    if choice.here and choice.here != choice.model:
        sentences.append(f"In this channel *{escape(choice.here.name)}* answers everybody, whatever they choose.")
    return said(sentences)


def instead(before: Model | None) -> str:
    """` instead of $0.010 with *gpt-5*`; empty where nothing answered before, or the same."""
    if before is None:
        return ""
    return f" instead of {dollars(before.price.typical_micros())} with *{escape(before.name)}*"


def chosen_here(choice: ChannelModel) -> Reply:
    """`/tokens model NAME in channel`."""
    where = f"<#{choice.channel_id}>"
    before = None if choice.before == choice.now else choice.before
    if choice.now is None and before is None:
        return said([f"In {where} everybody's own choice of model answers, as before."])
    if choice.now is None:
        return said([f"In {where} everybody's own choice of model answers again{ended(before)}."])
    since = "" if before else " instead of their own choice" if choice.before is None else ", as before"
    cost = f"{typical(choice.now)}{instead(before)}"
    return said([f"In {where} *{escape(choice.now.name)}* answers everybody from now on{since}: {cost}."])


def ended(before: Model | None) -> str:
    """`, instead of *gpt-5* at $0.010 for a typical question`"""
    return f", instead of *{escape(before.name)}* at {typical(before)}" if before else ""
