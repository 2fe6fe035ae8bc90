"""The demo's real model, for as long as one short answer takes."""

import os
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from budget.llm import BadSecret, ContextTooLong, End, Llm, Message, Text
from budget.offer.models import Models, load_models
from budget.offer.pricing import PriceBook
from sandbox.model import local
from sandbox.model.local import LocalModel, LocalModelError

DEMO = Path(local.__file__).with_name("demo.toml")


async def test_a_real_answer_is_counted_and_priced() -> None:
    sentence = local.missing()
    if sentence and os.environ.get("STIPEND_TEST_NO_SKIP") == "1":
        pytest.fail(sentence)
    if sentence:
        pytest.skip(sentence)
    llm = Llm(random=lambda: 0.0)
    async with LocalModel() as running:
        models = load_models(
            toml_path=DEMO, default_model=None, openai_api_key=running.secret, openai_base_url=running.base_url,
            environ={}, book=PriceBook(), at=datetime(2026, 11, 20, tzinfo=UTC),
        )  # fmt: skip
        assert isinstance(models, Models), models
        model = models.default_model()
        assert model.context_tokens == running.context_tokens
        question = [Message("user", "Say hello.")]
        async with aclosing(llm.stream(model, question, 8)) as events:
            seen = [event async for event in events]
        with pytest.raises(BadSecret):
            await anext(llm.stream(replace(model, secret="wrong"), question, 8))
        with pytest.raises(ContextTooLong):
            await anext(llm.stream(model, [Message("user", "long " * model.context_tokens)], 8))
        talking = llm.stream(model, [Message("user", "Count to a thousand.")], 500)
        await anext(talking)
        exit_code = await running.stop()
        await talking.aclose()
        await llm.close()
    assert exit_code == 0, "it ends by itself when asked to, even while it talks"
    *pieces, end = seen
    assert pieces
    assert all(isinstance(piece, Text) for piece in pieces)
    assert isinstance(end, End)
    assert end.usage is not None
    assert 0 < end.usage.output_tokens <= 8
    assert model.price.cost_micros(end.usage) > 0


async def test_without_it_a_sentence_names_the_two_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "WEIGHTS", ("no-such-package", "nothing"))
    with pytest.raises(LocalModelError, match=r"OPENAI_API_KEY .*OPENAI_BASE_URL"):
        await LocalModel().__aenter__()
    assert local.serve(port=1, context_tokens=512) == 1
