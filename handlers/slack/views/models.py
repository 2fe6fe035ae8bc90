"""The models on offer, and the one that answers someone."""

from budget.model import Model, Models
from budget.money import dollars
from budget.people import Chosen
from budget.pricing import TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS
from handlers.slack.safe import escape
from handlers.slack.views.pieces import Reply, context, lines, said


def models(offered: Models, answers: Model) -> Reply:
    """`/tokens models`: the cheapest first."""
    by_cost = sorted(offered.all, key=lambda model: model.price.typical_micros())
    listed = [line(model, offered, answers) for model in by_cost]
    typical = (
        f"A typical question: {TYPICAL_INPUT_TOKENS:,} in, {TYPICAL_OUTPUT_TOKENS:,} out. "
        "`/tokens model NAME` chooses, `/tokens model default` goes back."
    )
    return Reply("\n".join(listed), [*lines(listed), context(typical)])


def line(model: Model, offered: Models, answers: Model) -> str:
    """`• *gpt-5-mini* · $0.0014 for a typical question · answers you`"""
    parts = [f"*{escape(model.name)}*", f"{dollars(model.price.typical_micros())} for a typical question"]
    if model.name == offered.default:
        parts.append("the company's default")
    if model.name == answers.name:
        parts.append("answers you")
    return f"• {' · '.join(parts)}"


def chosen(choice: Chosen) -> Reply:
    """`/tokens model NAME`."""
    name, cost = f"*{escape(choice.model)}*", dollars(choice.typical_micros)
    how = f"{name} answers you from now on" if choice.own else f"You are back to the company's default, {name}"
    return said([f"{how}: {cost} for a typical question."])
