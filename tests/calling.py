"""What tests of the model client share: a model at easy prices, a call, a call that fails."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from budget.llm import End, Llm, LlmError, Message, Text
from budget.offer.model import Model, Timeouts
from budget.offer.pricing import Price, Rate
from sandbox.model.standin import ModelStandin

SECRET_QUESTION = "How do I poach an egg?"
PRICE = Price("own", Rate(Decimal(1)), Rate(Decimal(4)), Rate(Decimal(1)), Rate(Decimal(1)))


def model_of(provider: ModelStandin, **changes: Any) -> Model:
    model = Model(
        name="standin", api_name="standin-1", provider=None, base_url=provider.base_url, secret=provider.key,
        price=PRICE, context_tokens=8_000, max_output_tokens=1_000, timeouts=Timeouts(2, 5, 5, 10),
    )  # fmt: skip
    return replace(model, **changes)


async def ask(llm: Llm, model: Model, cap_tokens: int = 300) -> tuple[str, End]:
    """The whole text, and the end."""
    text, end = "", None
    async with aclosing(llm.stream(model, [Message("user", SECRET_QUESTION)], cap_tokens)) as events:
        async for event in events:
            assert end is None, "nothing comes after the end"
            if isinstance(event, Text):
                text += event.text
            else:
                end = event
    assert end is not None
    return text, end


async def fault(llm: Llm, model: Model) -> LlmError:
    with pytest.raises(LlmError) as caught:
        await ask(llm, model)
    assert SECRET_QUESTION not in repr(caught.value) + str(caught.value)
    shown = caught.value.__context__ if not caught.value.__suppress_context__ else None
    assert shown is None, "the SDK's error quotes what was sent, so it must not be printed along"
    return caught.value


async def until(holds: Any, within_s: float = 3) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.01)
