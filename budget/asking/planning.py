"""What a question becomes before any money moves: the model, what it is sent, what that may cost, who may pay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from budget.asking.admission import Bound, Cheaper, Refusal, Shortage, bound, cheaper, refusal
from budget.asking.context import Context, Said, compose
from budget.files.attachments import Attachment, Image, Unread
from budget.house import House
from budget.offer.models import Model
from store import accounts
from store.payers import Payer, Standing


@dataclass(frozen=True, slots=True)
class Question:
    """A recorded ask with what its edge knows. `attempt` counts how often it was taken up before.

    `skipped`: how many older messages of the thread are not even in `thread`. `wanted_model`: named for this question
    alone. `confirmed_micros`: the asker has agreed to a bound this high.
    """

    ask_id: str
    attempt: int
    workspace_id: str
    person_id: str
    channel_id: str
    text: str
    thread: Sequence[Said] = ()
    skipped: int = 0
    attachments: Sequence[Attachment] = ()
    wanted_model: str | None = None
    confirmed_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked of which model, what that may cost, and who may pay."""

    model: Model
    context: Context
    limits: Bound
    payers: Sequence[Payer]


async def make_plan(house: House, question: Question, standing: Standing) -> Plan | Refusal:
    """Model, context and bound; or why there is nothing to pay for, or not before the asker agrees."""
    model = choose_model(house, question.wanted_model, standing)
    if model is None:
        return Refusal("no model", question.wanted_model or "")
    context = fit(house, question, model, standing.instructions)
    limits = limit(house, model, context)
    if limits is None:
        read = tuple(each.name for each in question.attachments if not isinstance(each, Unread))
        return Refusal(
            "too long", model.name, input_tokens=context.input_tokens, context_tokens=model.context_tokens, files=read
        )
    plan = Plan(model, context, limits, standing.payers)
    if limits.most_micros <= max(house.rules.confirm_above_micros, question.confirmed_micros or 0):
        return plan
    return await _too_costly(house, plan)


async def _too_costly(house: House, plan: Plan) -> Refusal:
    """Nobody is asked to agree to what they cannot pay: then they are told that instead."""
    name, limits = plan.model.name, plan.limits
    balances = await house.database.look_up(
        lambda conn: [accounts.balance(conn, each.account_id) for each in plan.payers]
    )
    shortages = [Shortage(payer, found) for payer, found in zip(plan.payers, balances, strict=True) if found]
    if all(each.balance.available_micros < limits.least_micros for each in shortages):
        return refusal(name, limits, shortages)
    return Refusal("costly", name, limits.most_micros, input_tokens=limits.input_tokens, cap_tokens=limits.cap_tokens)


def choose_model(house: House, wanted: str | None, standing: Standing) -> Model | None:
    """The model that was named; else the channel's, the person's own or the company's. None: there is none so named.

    Its unit prices are those of this moment, frozen.
    """
    offered = house.models
    named = offered.get(wanted) if wanted else None
    if wanted and named is None:
        return None
    chosen = named or offered.get(standing.channel_model or "") or offered.get(standing.model or "")
    model = chosen or offered.default_model()
    return replace(model, price=model.price_at(house.now()), book=None)


def fit(house: House, question: Question, model: Model, instructions: Sequence[str]) -> Context:
    """What is sent to a model: the question, and as much of the thread as policy and the model's window allow."""
    window = model.context_tokens - min(house.rules.min_output_tokens, model.max_output_tokens)
    return compose(
        question.text, question.thread, thread_tokens=house.rules.context_tokens, total_tokens=window,
        attachments=question.attachments, instructions=instructions, image_tokens=model.image_tokens,
    )  # fmt: skip


def limit(house: House, model: Model, context: Context) -> Bound | None:
    """The bound of the cost, by the house's rules."""
    rules = house.rules
    return bound(model, context, min_output_tokens=rules.min_output_tokens, output_tokens=rules.default_output_tokens)


def offer(house: House, question: Question, refused: Refusal, instructions: Sequence[str]) -> Cheaper | None:
    """A cheaper model that could answer this: with what is available, or without having to ask."""
    asked = house.models.get(refused.model)
    if asked is None or refused.limit == "too long":
        return None
    is_costly = refused.limit == "costly"
    available = max((shortage.balance.available_micros for shortage in refused.shortages), default=0)

    def price(other: Model) -> int | None:
        limits = limit(house, other, fit(house, question, other, instructions))
        sees = other.image_tokens is not None or not any(isinstance(each, Image) for each in question.attachments)
        return None if limits is None or not sees else limits.most_micros if is_costly else limits.least_micros

    return cheaper(
        house.models.cheaper_than(asked), price, house.rules.confirm_above_micros if is_costly else available
    )
