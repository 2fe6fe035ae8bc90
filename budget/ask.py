"""One ask, top to bottom: choose model and payer, bound the cost, hold, dispatch, stream, settle, result.

Two short transactions stand around the model call (hold, settle) and a third, the dispatch, right before it; none is
open while the model talks. Whoever opens an ask closes it, even when cancelled: leaving the block settles.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from budget.asking.admission import Admitted, Refusal, Shortage, admit
from budget.asking.charge import Call, charge
from budget.asking.planning import Plan, Question, make_plan
from budget.asking.settle import patiently, settle, to_the_end
from budget.asking.ways import with_ways
from budget.files.attachments import Unread
from budget.house import House
from budget.llm import End, LlmError, Text
from budget.offer.pricing import Usage
from budget.traces import Fact, calling
from store import asks, payers
from store.database import Unavailable
from store.ledger.steps import Balance, Dispatch, HoldState, Overtaken, Release
from store.payers import Payer, Standing

__all__ = ["Answer", "Question", "Result", "TakenOver", "ask"]


class TakenOver(Exception):
    """Another worker ended or dispatched this ask meanwhile: leave it alone."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an ask ended. `balance` is the payer's, right after; `passed`: who comes before the payer, with too little.

    `within_micros`: the cap is so low because the policy lets no question cost more.
    """

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
    unread: tuple[Unread, ...] = ()
    passed: tuple[Shortage, ...] = ()
    within_micros: int | None = None


@dataclass(slots=True)
class Answer:
    """What an ask gives: a refusal, or pieces of text and then, after the block, a result."""

    refusal: Refusal | None = None
    result: Result | None = None
    end: End | None = None
    fault: LlmError | None = None
    first_s: float | None = None  # when the first words came, on `time.monotonic`
    _stream: AsyncGenerator[Text | End, None] | None = None
    _text: list[str] = field(default_factory=list)

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
                    self.end = event
                else:
                    self.first_s = self.first_s or time.monotonic()
                    self._text.append(event.text)
                    yield event.text
        except LlmError as fault:
            self.fault = fault


@asynccontextmanager
async def ask(house: House, question: Question) -> AsyncIterator[Answer]:
    """Let a recorded question be answered and paid for, exactly once.

    Raises TakenOver when another worker has the ask, store.database.Unavailable when the database is away.
    """
    standing = await house.database.look_up(
        lambda conn: payers.standing(conn, question.workspace_id, question.channel_id, question.person_id)
    )
    let = await _let_through(house, question, standing)
    if isinstance(let, Refusal):
        yield Answer(refusal=await _refuse(house, question, let, standing))
        return
    plan, admitted = let
    await _dispatch(house, question, admitted)
    stream = house.llm.stream(plan.model, plan.context.messages, admitted.cap_tokens)
    answer = Answer(_stream=stream)
    try:
        with calling(house.traces, plan.model, admitted.cap_tokens, answer):
            try:
                yield answer
            finally:
                await stream.aclose()
    finally:  # whatever happens to the connection, the hold is closed
        answer.result = await to_the_end(_settle(house, question, plan, admitted, answer))


async def _let_through(house: House, question: Question, standing: Standing) -> tuple[Plan, Admitted] | Refusal:
    plan = make_plan(house, question, standing)
    if isinstance(plan, Refusal):
        return plan
    try:
        with house.traces.span("hold", {}) as span:
            admitted = await admit(
                house, ask_id=question.ask_id, attempt=question.attempt, person_id=question.person_id,
                model=plan.model, limits=plan.limits, payers=plan.payers, poor=plan.poor,
            )  # fmt: skip
            span.note(_held(admitted))
    except Overtaken:
        raise TakenOver(question.ask_id) from None
    return replace(admitted, offered=plan.offered) if isinstance(admitted, Refusal) else (plan, admitted)


def _held(admitted: Admitted | Refusal) -> dict[str, Fact]:
    if isinstance(admitted, Refusal):
        return {"stipend.refused": admitted.limit}
    return {"stipend.hold.micros": admitted.hold.amount_micros, "stipend.payer": admitted.payer.kind}


async def _refuse(house: House, question: Question, refused: Refusal, standing: Standing) -> Refusal:
    """End the ask without a call. What it may cost is noted where the asker can agree to it, else what it needed."""
    to_agree = {"costly": refused.needed_micros, "too dear": refused.shorter_micros or None}
    needed = to_agree.get(refused.limit, refused.needed_micros or None)
    mine = await house.database.write(
        lambda conn: asks.end_early(
            conn, question.ask_id, question.attempt, state="refused", outcome=refused.limit,
            person_id=question.person_id, model=None if refused.limit == "no model" else refused.model or None,
            at=house.now(), bound_micros=needed,
        )
    )  # fmt: skip
    if not mine:
        raise TakenOver(question.ask_id)
    house.meters.ended(f"refused_{refused.limit}".replace(" ", "_"), 0)
    return await with_ways(house, question, refused, standing)


async def _dispatch(house: House, question: Question, admitted: Admitted) -> None:
    """Commit that the provider is about to be called. From here on a crash is charged."""
    note = asks.mark_streaming(
        question.ask_id, question.attempt, bound_micros=admitted.hold.amount_micros, cap_tokens=admitted.cap_tokens
    )
    try:
        with house.traces.span("dispatch", {}):
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


async def _settle(house: House, question: Question, plan: Plan, admitted: Admitted, answer: Answer) -> Result:
    """What the call cost, and how it ended, once that is in the books."""
    context = plan.context
    call = Call(
        context.input_tokens, context.likely_tokens, admitted.cap_tokens, answer.text, answer.end, answer.fault
    )  # fmt: skip
    decided = charge(call, plan.model.price)
    with house.traces.span("settle", {"stipend.outcome": decided.outcome}) as span:
        hold = await settle(house, question.ask_id, admitted.hold.key, decided)
        span.note({"stipend.cost.micros": hold.actual_micros or 0, "stipend.estimated": hold.estimated})
    if answer.fault:
        house.meters.model_fault(decided.outcome)
    return Result(
        state=decided.state, outcome=decided.outcome, model=plan.model.name, payer=admitted.payer,
        cost_micros=hold.actual_micros or 0, estimated=hold.estimated, usage=decided.usage, balance=hold.balance,
        overrun_micros=hold.overrun_micros, left_out=context.left_out + question.skipped,
        cap_tokens=admitted.cap_tokens, shrunk=admitted.shrunk,
        retry_after_s=answer.fault.retry_after_s if answer.fault else None, unread=context.unread,
        passed=admitted.passed, within_micros=plan.limits.within_micros,
    )  # fmt: skip
