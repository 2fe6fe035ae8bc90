"""The models: prices, servers, and, only when asked to, one paid call."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

import aiohttp

from bot.checks.finding import Finding, ok, problem, warning
from bot.settings import Settings
from bot.wiring import Problems, models_of
from budget.llm import BadSecret, End, Llm, LlmError, Message
from budget.model import Model, Models
from budget.money import dollars
from budget.transport import environment_proxy

LIST_TIMEOUT_S = 15.0
OPENAI_URL = "https://api.openai.com/v1"
QUESTION = (Message("user", "Say OK."),)
CAPS_TOKENS = (1, 16)  # some models refuse, without charge, to be capped below 16
NEEDED = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "STIPEND_MODEL", "STIPEND_MODELS"}
NOT_BOOKED = "charged to nobody here, and on the provider's bill"


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
        status, names = await _list(url, secret)
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        remedy = "Check the address (OPENAI_BASE_URL, base_url), the network and HTTPS_PROXY."
        return [problem("model server", f"{url} cannot be reached ({type(fault).__name__}).", remedy)]
    return about_server(url, status, names, served)


async def _list(url: str, secret: str) -> tuple[int, frozenset[str] | None]:
    """The status, and the names on the list; None when it is not a list of models. Raises aiohttp's errors."""
    timeout = aiohttp.ClientTimeout(total=LIST_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {secret}"}
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.get(f"{url}/models", headers=headers, proxy=environment_proxy(url), allow_redirects=False) as answer,
    ):
        try:
            listed = (await answer.json(content_type=None))["data"]
            return answer.status, frozenset(str(entry["id"]) for entry in listed)
        except (ValueError, LookupError, TypeError, UnicodeDecodeError):
            return answer.status, None


def about_server(url: str, status: int, names: frozenset[str] | None, served: Sequence[Model]) -> list[Finding]:
    """A server that answers."""
    if status in (401, 403):
        remedy = "Correct the key in the variable that the model names (OPENAI_API_KEY where it names none)."
        return [problem("model server", f"{url} refuses the key of {_names(served)} (status {status}).", remedy)]
    if status >= 500:
        return [problem("model server", f"{url} answers with status {status}.", "Ask whoever runs it; then try again.")]
    if status != 200 or names is None:
        remedy = "Ask for one paid call with `stipend doctor --ask-model` to be sure."
        return [warning("model server", f"{url} answers, but gives no list of models (status {status}).", remedy)]
    missing = [model for model in served if model.api_name not in names]
    if missing:
        remedy = "Correct the model's name, or ask one paid call of it with `stipend doctor --ask-model`."
        return [warning("model server", f"{url} does not list {_names(missing)}.", remedy)]
    return [ok("model server", f"{url} takes the key and lists {_names(served)}.")]


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
