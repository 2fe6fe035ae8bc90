"""One ask, top to bottom: choose model and payer, bound the cost, hold, dispatch, stream, settle, result.

Two short transactions stand around the model call (hold, settle) and a third, the dispatch, right before it; none is
open while the model talks. Whoever opens an ask closes it, even when cancelled: leaving the block settles.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from budget.admission import Admitted, Bound, Refusal, admit, bound, cheaper
from budget.charge import Call, charge
from budget.context import Context, Said, compose
from budget.house import House
from budget.llm import End, LlmError, Text
from budget.models import Model
from budget.pricing import Usage
from budget.settle import patiently, settle, to_the_end
from store import asks, payers
from store.database import Unavailable
from store.ledger.steps import Balance, Dispatch, HoldState, Overtaken, Release
from store.payers import Payer


class TakenOver(Exception):
    """Another worker ended or dispatched this ask meanwhile: leave it alone."""


@dataclass(frozen=True, slots=True)
class Question:
    """A recorded ask with what its edge knows. `attempt` counts how often it was taken up before.

    `skipped`: how many older messages of the thread are not even in `thread`.
    """

    ask_id: str
    attempt: int
    workspace_id: str
    person_id: str
    channel_id: str
    text: str
    thread: Sequence[Said] = ()
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """How an ask ended. `balance` is the payer's, right after."""

    state: str
    outcome: str
    model: str
    payer: Payer
    cost_micros: int
    estimated: bool
    usage: Usage | None
    balance: Balance | None
    overrun_micros: int
    left_out: int
    cap_tokens: int
    shrunk: bool
    retry_after_s: float | None = None


@dataclass(slots=True)
class Answer:
    """What an ask gives: a refusal, or pieces of text and then, after the block, a result."""

    refusal: Refusal | None = None
    result: Result | None = None
    _stream: AsyncGenerator[Text | End, None] | None = None
    _text: list[str] = field(default_factory=list)
    _end: End | None = None
    _fault: LlmError | None = None

    @property
    def text(self) -> str:
        """What the model has said so far."""
        return "".join(self._text)

    async def pieces(self) -> AsyncIterator[str]:
        """The model's text as it comes. A fault of the model ends it; the result tells which."""
        if self._stream is None:
            return
        try:
            async for event in self._stream:
                if isinstance(event, End):
                    self._end = event
                else:
                    self._text.append(event.text)
                    yield event.text
        except LlmError as fault:
            self._fault = fault


@asynccontextmanager
async def ask(house: House, question: Question) -> AsyncIterator[Answer]:
    """Let a recorded question be answered and paid for, exactly once.

    Raises TakenOver when another worker has the ask, store.database.Unavailable when the database is away.
    """
    standing = await house.database.look_up(
        lambda conn: payers.standing(conn, question.workspace_id, question.channel_id, question.person_id)
    )
    model = choose_model(house, standing.model)
    context = fit(house, question, model)
    limits = limit(house, model, context)
    admitted = (
        await _admit(house, question, model, limits, standing.payers)
        if limits
        else Refusal("too long", model.name, input_tokens=context.input_tokens, context_tokens=model.context_tokens)
    )
    if isinstance(admitted, Refusal):
        yield Answer(refusal=await _refuse(house, question, model, admitted))
        return
    await _dispatch(house, question, admitted)
    stream = house.llm.stream(model, context.messages, admitted.cap_tokens)
    answer = Answer(_stream=stream)
    try:
        yield answer
    finally:
        try:
            await stream.aclose()
        finally:  # whatever happens to the connection, the hold is closed
            answer.result = await to_the_end(_settle(house, question, model, context, admitted, answer))


def choose_model(house: House, chosen: str | None) -> Model:
    """The model the person chose, or the company's default; its unit prices are those of this moment, frozen."""
    model = house.models.get(chosen or "") or house.models.default_model()
    return replace(model, price=model.price_at(house.now()), book=None)


def fit(house: House, question: Question, model: Model) -> Context:
    """What is sent to a model: the question, and as much of the thread as policy and the model's window allow."""
    window = model.context_tokens - min(house.rules.min_output_tokens, model.max_output_tokens)
    return compose(question.text, question.thread, thread_tokens=house.rules.context_tokens, total_tokens=window)


def limit(house: House, model: Model, context: Context) -> Bound | None:
    """The bound of the cost, by the house's rules."""
    rules = house.rules
    return bound(model, context, min_output_tokens=rules.min_output_tokens, output_tokens=rules.default_output_tokens)


async def _admit(
    house: House, question: Question, model: Model, limits: Bound, payers: Sequence[Payer]
) -> Admitted | Refusal:
    try:
        return await admit(
            house, ask_id=question.ask_id, attempt=question.attempt, person_id=question.person_id, model=model,
            limits=limits, payers=payers,
        )  # fmt: skip
    except Overtaken:
        raise TakenOver(question.ask_id) from None


async def _refuse(house: House, question: Question, model: Model, refusal: Refusal) -> Refusal:
    available = max((shortage.balance.available_micros for shortage in refusal.shortages), default=0)
    offer = cheaper(
        house.models.cheaper_than(model), lambda other: limit(house, other, fit(house, question, other)), available
    )
    mine = await house.database.write(
        lambda conn: asks.end_early(
            conn, question.ask_id, question.attempt, state="refused", outcome=refusal.limit,
            person_id=question.person_id, model=model.name, at=house.now(),
        )
    )  # fmt: skip
    if not mine:
        raise TakenOver(question.ask_id)
    house.meters.ended(f"refused_{refusal.limit}".replace(" ", "_"), 0)
    return Refusal(
        refusal.limit, refusal.model, refusal.needed_micros, refusal.missing_micros, refusal.shortages, offer,
        refusal.input_tokens, refusal.context_tokens,
    )  # fmt: skip


async def _dispatch(house: House, question: Question, admitted: Admitted) -> None:
    """Commit that the provider is about to be called. From here on a crash is charged."""
    note = asks.mark_streaming(
        question.ask_id, question.attempt, bound_micros=admitted.hold.amount_micros, cap_tokens=admitted.cap_tokens
    )
    try:
        answer = await house.database.post(Dispatch(admitted.hold.key, house.now(), then=(note,)))
    except Overtaken:
        raise TakenOver(question.ask_id) from None
    except (Unavailable, asyncio.CancelledError):
        # Not called, and not to be: whether or not the dispatch was written, the hold goes back, and the question
        # waits for whoever takes it up next.
        waiting = asks.mark_received(question.ask_id)
        await to_the_end(patiently(house, Release(admitted.hold.key, house.now(), then=(waiting,))))
        raise
    if not isinstance(answer, HoldState) or answer.replayed:
        raise TakenOver(question.ask_id)


async def _settle(
    house: House, question: Question, model: Model, context: Context, admitted: Admitted, answer: Answer
) -> Result:
    """What the call cost, and how it ended, once that is in the books."""
    call = Call(context.input_tokens, admitted.cap_tokens, answer.text, answer._end, answer._fault)
    decided = charge(call, model.price)
    hold = await settle(house, question.ask_id, admitted.hold.key, decided)
    if answer._fault:
        house.meters.model_fault(decided.outcome)
    return Result(
        state=decided.state, outcome=decided.outcome, model=model.name, payer=admitted.payer,
        cost_micros=hold.actual_micros or 0, estimated=hold.estimated, usage=decided.usage, balance=hold.balance,
        overrun_micros=hold.overrun_micros, left_out=context.left_out + question.skipped,
        cap_tokens=admitted.cap_tokens, shrunk=admitted.shrunk,
        retry_after_s=answer._fault.retry_after_s if answer._fault else None,
    )  # fmt: skip
