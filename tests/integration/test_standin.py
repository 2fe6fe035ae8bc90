"""The stand-in itself: what it offers beside the faults that the model client's tests go through."""

import asyncio
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.model.standin import ModelStandin, Script, refuses, says, usage


@pytest.fixture
async def standin() -> AsyncIterator[ModelStandin]:
    async with ModelStandin(models=("small", "large")) as model:
        yield model


@pytest.fixture
async def session(standin: ModelStandin) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {standin.key}"}) as client:
        yield client


BODY = {"model": "small", "messages": [{"role": "user", "content": "Hi there"}], "max_tokens": 9}


async def test_an_answer_without_a_stream(standin: ModelStandin, session: aiohttp.ClientSession) -> None:
    standin.script(says("Two words", usage=usage(7, 2)))
    async with session.post(f"{standin.base_url}/chat/completions", json=BODY) as answer:
        whole = await answer.json()
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "Two words"}
    assert whole["usage"] == {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    assert (standin.requests[0].cap_tokens, standin.requests[0].text) == (9, "Hi there")


async def test_models_are_listed(standin: ModelStandin, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{standin.base_url}/models") as answer:
        assert [model["id"] for model in (await answer.json())["data"]] == ["small", "large"]


async def test_scripts_serve_one_call_each_and_the_last_one_stays(
    standin: ModelStandin, session: aiohttp.ClientSession
) -> None:
    standin.script(refuses(500), refuses(429, retry_after="3"), says("ok"))
    statuses = []
    for _ in range(4):
        async with session.post(f"{standin.base_url}/chat/completions", json=BODY) as answer:
            statuses.append((answer.status, answer.headers.get("Retry-After")))
    assert statuses == [(500, None), (429, "3"), (200, None), (200, None)]
    assert (standin.received, standin.answered) == (4, 2)


async def test_usage_may_depend_on_the_request(standin: ModelStandin, session: aiohttp.ClientSession) -> None:
    standin.script(Script(usage=lambda request: usage(len(request["messages"]), request["max_tokens"] + 1)))
    async with session.post(f"{standin.base_url}/chat/completions", json=BODY) as answer:
        assert (await answer.json())["usage"]["completion_tokens"] == 10


async def test_no_key_no_answer(standin: ModelStandin) -> None:
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{standin.base_url}/chat/completions", json=BODY) as answer,
    ):
        assert answer.status == 401
    assert standin.answered == 0
    assert "authorization" not in standin.requests[0].headers


async def test_another_process_may_script_it(standin: ModelStandin, session: aiohttp.ClientSession) -> None:
    control = standin.base_url.replace("/v1", "/_standin")
    plain = {"pieces": ["from", " afar"], "usage": {"sent": 3, "made": 4, "cached": 1}}
    async with session.post(f"{control}/script", json=plain) as answer:
        assert answer.status == 200
    async with session.post(f"{standin.base_url}/chat/completions", json=BODY) as answer:
        assert (await answer.json())["usage"]["prompt_tokens_details"]["cached_tokens"] == 1
    async with session.get(f"{control}/state") as answer:
        state = await answer.json()
    assert (state["received"], state["answered"], state["requests"]) == (1, 1, [BODY])
    async with session.post(f"{control}/script", json={"peices": []}) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": "a script has no peices"})
    await session.post(f"{control}/reset")
    assert standin.received == 0


async def test_by_itself_for_benchmarks() -> None:
    command = (sys.executable, "-m", "sandbox.model.standin", "--answer-ms", "1", "--pieces", "3")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    headers = {"Authorization": "Bearer standin"}
    async with aiohttp.ClientSession(headers=headers) as client:
        answer = await client.post(f"{url}/chat/completions", json={**BODY, "stream": True})
        text = await answer.text()
    process.terminate()
    await process.wait()
    assert text.count("word") == 3
    assert text.endswith("data: [DONE]\n\n")
