"""What a question becomes before any money moves: the model, what it is sent, what that may cost, who may pay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from budget.asking.admission import Bound, Cheaper, Refusal, bound, cheaper, refusal, shortened
from budget.asking.context import Context, Said, compose
from budget.asking.paying import Shortage, barred, in_order, poor
from budget.files.attachments import Attachment, Image, Unread
from budget.house import House
from budget.offer.allowed import allowed
from budget.offer.models import Model, Models
from budget.policy.current import of_text
from budget.policy.policy import Policy
from store.payers import Payer, Standing


@dataclass(frozen=True, slots=True)
class Question:
    """A recorded ask with what its edge knows. `attempt` counts how often it was taken up before.

    `channel_id`: whose model, instructions and project count; of a private ask, the channel that it was asked in.
    `skipped`: how many older messages of the thread are not even in `thread`. `wanted_model`: named for this question
    alone. `confirmed_micros`: the asker has agreed to a bound this high. `wanted_payer`: the account of a team's pool
    that the asker has chosen to pay.
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
    wanted_payer: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked of which model, what that may cost, and who may pay; `poor`: who of them has too little to.

    `offered`: the models that the asker may use.
    """

    model: Model
    context: Context
    limits: Bound
    payers: Sequence[Payer]
    offered: Models
    poor: Sequence[Shortage] = ()


def make_plan(house: House, question: Question, standing: Standing) -> Plan | Refusal:
    """Model, context, bound and payers; or why nothing is asked, or not before the asker agrees."""
    policy = of_text(house, standing.policy)
    bar = barred(policy, standing, house.now())
    if bar:
        return Refusal(bar, "", frozen=standing.frozen)
    offered = allowed(house.models, policy.models, standing.teams)
    model = choose_model(house, offered, question.wanted_model, standing)
    if isinstance(model, Refusal):
        return model
    context = fit(house, question, model, standing.instructions)
    limits = limit(house, model, context)
    if limits is None:
        read = tuple(each.name for each in question.attachments if not isinstance(each, Unread))
        return Refusal(
            "too long", model.name, input_tokens=context.input_tokens, context_tokens=model.context_tokens, files=read,
            offered=offered,
        )  # fmt: skip
    limits = replace(limits, floor_micros=policy.ask.least)
    payers = in_order(policy, standing, question.wanted_payer)
    lacking = poor(payers, standing, policy.ask.least)
    plan = Plan(model, context, limits, payers, offered or house.models, lacking)
    return _within(house, question, plan, policy, standing)


def _within(house: House, question: Question, plan: Plan, policy: Policy, standing: Standing) -> Plan | Refusal:
    """The plan, as far as it may cost what it may; a shorter answer where the asker has agreed to one."""
    confirmed, most = question.confirmed_micros or 0, policy.ask.most or plan.limits.most_micros
    shorter = plan.limits
    if plan.limits.most_micros > most:
        found = shortened(plan.model, plan.limits, most)
        if found is None or not confirmed:
            return _unless_short(plan, standing, _too_dear(plan, most, found))
        shorter = found
    if shorter.most_micros <= max(house.rules.confirm_above_micros, confirmed):
        return replace(plan, limits=shorter)
    costly = Refusal(
        "costly", plan.model.name, shorter.most_micros, input_tokens=shorter.input_tokens,
        cap_tokens=shorter.cap_tokens, offered=plan.offered,
    )  # fmt: skip
    return _unless_short(plan, standing, costly)


def _too_dear(plan: Plan, most_micros: int, shorter: Bound | None) -> Refusal:
    needed = plan.limits.most_micros if shorter else plan.limits.least_micros
    return Refusal(
        "too dear", plan.model.name, needed, input_tokens=plan.limits.input_tokens, most_micros=most_micros,
        cap_tokens=shorter.cap_tokens if shorter else 0, shorter_micros=shorter.most_micros if shorter else 0,
        offered=plan.offered,
    )  # fmt: skip


def _unless_short(plan: Plan, standing: Standing, refused: Refusal) -> Refusal:
    """Nobody is asked to agree to what they cannot pay: then they are told that instead."""
    lacking, least = {each.payer: each for each in plan.poor}, plan.limits.least_micros
    have = {payer: Shortage(payer, standing.balances[payer.account_id]) for payer in plan.payers}
    if any(each.balance.available_micros >= least for payer, each in have.items() if payer not in lacking):
        return refused
    return replace(refusal(plan.model.name, plan.limits, list(have.values())), offered=plan.offered)


def choose_model(house: House, offered: Models | None, wanted: str | None, standing: Standing) -> Model | Refusal:
    """The model that was named; else the channel's, the person's own or the company's, as far as they may use it.

    Its unit prices are those of this moment, frozen.
    """
    named = house.models.get(wanted) if wanted else None
    if wanted and named is None:
        return Refusal("no model", wanted, offered=offered)
    if offered is None or (named and offered.get(named.name) is None):
        return Refusal("not allowed", named.name if named else "", offered=offered)
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
    offered = refused.offered or house.models
    asked = offered.get(refused.model)
    if asked is None or refused.limit in ("too long", "least", "not allowed"):
        return None
    by_most, ceiling = _ceiling(house, refused)

    def price(other: Model) -> int | None:
        limits = limit(house, other, fit(house, question, other, instructions))
        sees = other.image_tokens is not None or not any(isinstance(each, Image) for each in question.attachments)
        return None if limits is None or not sees else limits.most_micros if by_most else limits.least_micros

    return cheaper(offered.cheaper_than(asked), price, ceiling)


def _ceiling(house: House, refused: Refusal) -> tuple[bool, int]:
    """What another model may cost: at most so much (True), or at least, so that what is available will do."""
    unasked = house.rules.confirm_above_micros
    if refused.limit == "costly":
        return True, unasked
    if refused.limit == "too dear":
        return True, min(unasked, refused.most_micros)
    return False, max((shortage.balance.available_micros for shortage in refused.shortages), default=0)
