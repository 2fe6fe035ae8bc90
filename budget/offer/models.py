"""The models a company offers, read from its settings.

Either one model from the environment (STIPEND_MODEL with OPENAI_API_KEY and OPENAI_BASE_URL), or a TOML list of several
(STIPEND_MODELS; `models.example.toml` shows every key). Whatever is wrong is told at once, as sentences.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

from budget.files.vision import known_image_tokens
from budget.offer.model import Model, Models, Timeouts
from budget.offer.model_entries import Entry, entries_of
from budget.offer.pricing import Price, PriceBook, Unpriced, own_price

__all__ = ["Model", "Models", "Timeouts", "load_models"]

OPENAI_MODEL = "gpt-5-mini"  # when OpenAI's own service is used and STIPEND_MODEL names none
CONTEXT_TOKENS = 32_768  # when neither the list nor the book says how much a model reads
NO_SECRET = "none"  # noqa: S105  # sent to servers that want no key, since the SDK demands one


@dataclass(frozen=True, slots=True)
class _Around:
    """What the entries of a list are completed from."""

    openai_api_key: str | None = field(repr=False)
    openai_base_url: str | None
    environ: Mapping[str, str] = field(repr=False)
    book: PriceBook
    at: datetime
    own_book: str = ""  # names the list and its version, for prices of its own
    source: str = ""  # before every sentence


def load_models(
    *,
    toml_path: Path | None,
    default_model: str | None,
    openai_api_key: str | None,
    openai_base_url: str | None,
    environ: Mapping[str, str],
    book: PriceBook,
    at: datetime,
) -> Models | list[str]:
    """All models on offer, or every problem as a sentence; `at` is the time whose prices apply.

    `environ` is only read for the key variables that the list names. Secrets appear in no sentence.
    """
    around = _Around(openai_api_key or None, openai_base_url or None, environ, book, at)
    if toml_path is None:
        return _from_environment(default_model or None, around)
    try:
        raw = toml_path.read_bytes()
        tree = tomllib.loads(raw.decode(), parse_float=Decimal)
    except OSError as error:
        return [f"The list of models {toml_path} cannot be read: {error.strerror}."]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [f"The list of models {toml_path} is not valid TOML: {error}."]
    own_book = f"{toml_path.name} {hashlib.sha256(raw).hexdigest()[:12]}"
    return _from_list(tree, default_model or None, replace(around, own_book=own_book, source=f"{toml_path.name}: "))


def _from_environment(name: str | None, around: _Around) -> Models | list[str]:
    if name is None and around.openai_base_url:
        return ["OPENAI_BASE_URL is set, so STIPEND_MODEL must name a model of that server."]
    entries, problems = entries_of([{"name": name or OPENAI_MODEL}], "STIPEND_MODEL: ")
    models, more = _models(entries, around)
    return problems + more or Models(models[0].name, tuple(models))


def _from_list(tree: dict[str, object], chosen: str | None, around: _Around) -> Models | list[str]:
    unknown = [f"{around.source}the key {key} is unknown." for key in tree if key not in ("default", "models")]
    entries, problems = entries_of(tree.get("models"), around.source)
    models, more = _models(entries, around)
    names = [entry.name for entry in entries]
    twice = sorted({name for name in names if [other.casefold() for other in names].count(name.casefold()) > 1})
    doubles = [f"{around.source}the name {name} is given to more than one model." for name in twice]
    default = _default(names, chosen, tree.get("default"))
    missing = [] if default else [_no_default(names, chosen or tree.get("default"), bool(chosen), around)]
    found = unknown + problems + more + doubles + (missing if names else [])
    return found or Models(default or "", tuple(models))


def _default(names: list[str], chosen: str | None, listed: object) -> str | None:
    wanted = chosen or listed or (names[0] if names else "")
    return next((name for name in names if name.casefold() == str(wanted).casefold()), None)


def _no_default(names: list[str], wanted: object, from_environment: bool, around: _Around) -> str:
    where = "STIPEND_MODEL" if from_environment else f"{around.source}default"
    return f"{where} is {wanted}, which the list of models does not have; it has {', '.join(names)}."


def _models(entries: list[Entry], around: _Around) -> tuple[list[Model], list[str]]:
    models: list[Model] = []
    problems: list[str] = []
    for entry in entries:
        made = _model(entry, around)
        if isinstance(made, Model):
            models.append(made)
        else:
            problems += [f"{around.source}model {entry.name}: {sentence}" for sentence in made]
    return models, problems


def _model(entry: Entry, around: _Around) -> Model | list[str]:
    api_name = entry.model or entry.name
    base_url = (entry.base_url or around.openai_base_url or "").rstrip("/") or None
    provider = entry.provider or (None if base_url else "openai")
    secret = _secret(entry, around, base_url)
    price = _price(entry, api_name, provider, around)
    problems = [str(each) for each in (_bad_url(base_url), _bad_provider(entry, around)) if each]
    problems += [each.sentence for each in (secret, price) if isinstance(each, Unpriced | _NoSecret)]
    if problems or isinstance(secret, _NoSecret) or isinstance(price, Unpriced):
        return problems
    return Model(
        name=entry.name,
        api_name=api_name,
        provider=provider,
        base_url=base_url,
        secret=secret,
        price=price,
        context_tokens=entry.context_tokens or _known_context(entry, api_name, provider, around),
        max_output_tokens=entry.max_output_tokens,
        timeouts=Timeouts(entry.connect_s, entry.first_token_s, entry.between_tokens_s, entry.total_s),
        cap_parameter=entry.cap_parameter or ("max_completion_tokens" if _is_openai(base_url) else "max_tokens"),
        extra=entry.extra if entry.extra is not None else ({"service_tier": "default"} if _is_openai(base_url) else {}),
        image_tokens=_image_tokens(entry, api_name, provider),
        book=None if entry.price else around.book,
    )


def _known_context(entry: Entry, api_name: str, provider: str | None, around: _Around) -> int:
    known = None if entry.price else around.book.context_tokens(api_name, provider)
    return known or CONTEXT_TOKENS


def _image_tokens(entry: Entry, api_name: str, provider: str | None) -> int | None:
    """What the list says (0: no images, please), else what is known."""
    return known_image_tokens(api_name, provider) if entry.image_tokens is None else entry.image_tokens or None


def _is_openai(base_url: str | None) -> bool:
    """OpenAI's own service: wants the newer cap, and is told to use the tier whose prices are in the book."""
    return base_url is None or (urlsplit(base_url).hostname or "").endswith("openai.com")


def _bad_url(base_url: str | None) -> str | None:
    if base_url is None:
        return None
    try:
        parts = urlsplit(base_url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if good and not parts.query and not parts.username:
        return None
    return "base_url must look like https://host/v1 (OPENAI_BASE_URL too)."


def _bad_provider(entry: Entry, around: _Around) -> str | None:
    if entry.price or entry.provider is None or around.book.knows_provider(entry.provider):
        return None
    return f"provider = {entry.provider} is not in the price book: correct it, or give prices."


@dataclass(frozen=True, slots=True)
class _NoSecret:
    sentence: str


def _secret(entry: Entry, around: _Around, base_url: str | None) -> str | _NoSecret:
    """From the variable the entry names; else OPENAI_API_KEY, unless the entry has a server of its own."""
    variable = entry.key_variable or "OPENAI_API_KEY"
    if entry.base_url and not entry.key_variable:
        return NO_SECRET  # never send OpenAI's key to somebody else's server
    found = around.openai_api_key if variable == "OPENAI_API_KEY" else around.environ.get(variable)
    if found and not re.fullmatch(r"[!-~]+", found):
        return _NoSecret(f"{variable} has characters that no key has: spaces, line ends or letters with accents.")
    if not found and (entry.key_variable or not base_url):
        return _NoSecret(f"its key is not set: set {variable}.")
    return found or NO_SECRET


def _price(entry: Entry, api_name: str, provider: str | None, around: _Around) -> Price | Unpriced:
    own = entry.price
    if own is None:
        return around.book.price(api_name, provider, around.at)
    return own_price(
        around.own_book,
        input_usd=own.input,
        output_usd=own.output,
        cached_input_usd=own.cached_input,
        cache_write_usd=own.cache_write,
    )
