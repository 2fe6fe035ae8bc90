"""The models: prices, servers, and, only when asked to, one paid call."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from bot.checks.finding import Finding, ok, problem, warning
from bot.settings import Settings
from bot.wiring import Problems, models_of
from budget.calling.transport import environment_proxy
from budget.llm import BadSecret, End, Llm, LlmError, Message
from budget.money import dollars
from budget.offer.model import Model, Models

LIST_TIMEOUT_S = 15.0
OPENAI_URL = "https://api.openai.com/v1"
QUESTION = (Message("user", "Say OK."),)
CAPS_TOKENS = (1, 16)  # some models refuse, without charge, to be capped below 16
NEEDED = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "STIPEND_MODEL", "STIPEND_MODELS"}
SURE = "To be sure, pay for one question to the default model: `stipend doctor --ask-model`."
NOT_BOOKED = "charged to nobody here, and on the provider's bill"


@dataclass(frozen=True, slots=True)
class Listed:
    """An answer to `GET /models`. `names` None: it is no list. `code`: the error's, empty where there is none."""

    status: int
    names: frozenset[str] | None
    code: str = ""


async def look_at_models(settings: Settings, bad: frozenset[str], *, ask: bool) -> list[Finding]:
    """Prices and servers; with `ask`, one call to the default model, which costs money."""
    if bad & NEEDED:
        return []
    try:
        models = models_of(settings)
    except Problems as problems:
        remedy = "Correct the models' settings; models.example.toml shows every key."
        return [problem("models", sentence, remedy) for sentence in problems.sentences]
    asked = [await ask_once(models.default_model())] if ask else []
    return [*map(_priced, models.all), *await _servers(models), *asked]


def _priced(model: Model) -> Finding:
    price = model.price
    rates = f"${price.input.base.normalize():f} in, ${price.output.base.normalize():f} out per million"
    return ok(f"model {model.name}", f"its price is known: {rates} ({price.book}).")


async def _servers(models: Models) -> list[Finding]:
    """Each server is asked once per key, all at the same time."""
    sharing: defaultdict[tuple[str, str], list[Model]] = defaultdict(list)
    for model in models.all:
        sharing[(model.base_url or OPENAI_URL, model.secret)].append(model)
    found = await asyncio.gather(*(_server(url, secret, served) for (url, secret), served in sharing.items()))
    return [finding for findings in found for finding in findings]


async def _server(url: str, secret: str, served: Sequence[Model]) -> list[Finding]:
    """What a server says of itself by `GET /models`, which costs nothing."""
    try:
        listed = await _list(url, secret)
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        remedy = "Check the address (OPENAI_BASE_URL, base_url), the network and HTTPS_PROXY."
        return [problem("model server", f"{url} cannot be reached ({type(fault).__name__}).", remedy)]
    return [about_server(url, listed, served)]


async def _list(url: str, secret: str) -> Listed:
    """A server's answer. Raises aiohttp's errors."""
    timeout = aiohttp.ClientTimeout(total=LIST_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {secret}"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.get(f"{url}/models", headers=headers, proxy=environment_proxy(url), allow_redirects=False) as answer,
    ):
        try:
            body = await answer.json(content_type=None)
        except ValueError:
            body = None
        return read_list(answer.status, body)


def read_list(status: int, body: object) -> Listed:
    """A body as it was decoded: a list of models, an error, or anything else."""
    parts = body if isinstance(body, dict) else {}
    error, data = parts.get("error"), parts.get("data")
    code = str(error.get("code")) if isinstance(error, dict) else ""
    entries = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else None
    return Listed(status, None if entries is None else frozenset(str(each.get("id")) for each in entries), code)


def about_server(url: str, listed: Listed, served: Sequence[Model]) -> Finding:
    """A server that answers. Only some say that a key is wrong as such; others refuse a good one the list alone."""
    about, status = "model server", listed.status
    if listed.code == "invalid_api_key":
        remedy = "Correct the key in the variable that the model names (OPENAI_API_KEY where it names none)."
        return problem(about, f"{url} does not know the key of {_names(served)}.", remedy)
    if status >= 500:
        return problem(about, f"{url} answers with status {status}.", "Ask whoever runs it; then try again.")
    if status in (401, 403):
        return warning(about, f"{url} refuses the key of {_names(served)} its list of models (status {status}).", SURE)
    if status != 200 or listed.names is None:
        return warning(about, f"{url} answers, but gives no list of models (status {status}).", SURE)
    missing = [model for model in served if model.api_name not in listed.names]
    if missing:
        return warning(about, f"{url} does not list {_names(missing)}.", SURE)
    return ok(about, f"{url} takes the key and lists {_names(served)}.")


def _names(models: Sequence[Model]) -> str:
    return ", ".join(model.name for model in models)


async def ask_once(model: Model) -> Finding:
    """One call with the smallest cap that the model takes, and what it cost."""
    about, llm = f"asking {model.name}", Llm(random=lambda: 0.5, retries=0)
    try:
        return await _asked(llm, model, about)
    except LlmError as fault:
        remedy = "Correct its key." if isinstance(fault, BadSecret) else "Try again; if it stays so, ask its provider."
        return problem(about, f"{fault}.", remedy)
    finally:
        await llm.close()


async def _asked(llm: Llm, model: Model, about: str) -> Finding:
    for cap_tokens in CAPS_TOKENS:
        try:
            end = await _end_of(llm, model, cap_tokens)
        except LlmError as fault:
            if fault.status != 400 or cap_tokens == CAPS_TOKENS[-1]:
                raise
            continue
        return about_answer(model, about, end)
    raise AssertionError("unreachable: the last turn returns or raises")


async def _end_of(llm: Llm, model: Model, cap_tokens: int) -> End:
    async for event in llm.stream(model, QUESTION, cap_tokens):
        if isinstance(event, End):
            return event
    raise AssertionError("a stream has an end")


def about_answer(model: Model, about: str, end: End) -> Finding:
    """What a call cost."""
    if end.usage is None:
        found = f"it answered, and the provider did not say what that used; {NOT_BOOKED}."
        return warning(about, found, "Asks are charged at an upper estimate until the provider reports usage.")
    cost = dollars(model.price.cost_micros(end.usage))
    used = f"{end.usage.input_tokens} in, {end.usage.output_tokens} out"
    return ok(about, f"it answered for {cost} ({used}), {NOT_BOOKED}.")
