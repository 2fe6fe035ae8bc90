"""What an answer costs: unit prices, and the book they come from.

A price of "USD per million tokens" is the same number as "micro-dollars per token", so rates are kept as that Decimal
and a cost is rounded up once, to a whole micro-dollar. The book is genai-prices with the data it carries (no network);
own prices come from the list of models. A model without a price is `Unpriced`, never free.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Self

import genai_prices
from genai_prices.data_snapshot import DataSnapshot, get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

from budget.money import ceil_micros

TYPICAL_INPUT_TOKENS = 1_500  # a question with some of its thread
TYPICAL_OUTPUT_TOKENS = 500
UNBOUNDED_KEYS = ("requests_kcount", "output_reasoning_mtok", "output_citation_mtok")  # charged beside plain tokens


@dataclass(frozen=True, slots=True)
class Usage:
    """What a provider counted for one call, in its own tokens.

    `input_tokens` includes cached ones, `output_tokens` includes reasoning. Where more cached tokens than input tokens
    are reported, the provider counts them apart (some do), so they are added to the input: never too cheap.
    Raises ValueError on a negative count.
    """

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def __post_init__(self) -> None:
        if min(self.input_tokens, self.output_tokens, self.cache_read_tokens, self.cache_write_tokens) < 0:
            raise ValueError("a usage count is negative")
        cached = self.cache_read_tokens + self.cache_write_tokens
        if cached > self.input_tokens:
            object.__setattr__(self, "input_tokens", self.input_tokens + cached)


@dataclass(frozen=True, slots=True)
class Rate:
    """Micro-dollars per token; above a tier's count of input tokens, all tokens of the call cost that tier's rate."""

    base: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()  # ascending by count

    def at(self, input_tokens: int) -> Decimal:
        """The rate of a call with so many input tokens."""
        return next((rate for above, rate in reversed(self.tiers) if input_tokens > above), self.base)

    def dearest(self, input_tokens: int) -> Decimal:
        """The highest rate of any call with up to so many input tokens."""
        return max([self.base, *(rate for above, rate in self.tiers if input_tokens > above)])

    def to_plain(self) -> str | list[object]:
        """For JSON: `"2.5"`, or `["2.5", [[272000, "5"]]]` with tiers."""
        return [str(self.base), [[above, str(rate)] for above, rate in self.tiers]] if self.tiers else str(self.base)

    @classmethod
    def from_plain(cls, plain: str | list[object]) -> Self:
        """The reverse of `to_plain`."""
        if isinstance(plain, str):
            return cls(Decimal(plain))
        base, tiers = plain
        assert isinstance(tiers, list)
        return cls(Decimal(str(base)), tuple((int(above), Decimal(rate)) for above, rate in tiers))


@dataclass(frozen=True, slots=True)
class Price:
    """The unit prices of one model at one moment, as frozen on an ask. `book` names the book and its version."""

    book: str
    input: Rate
    output: Rate
    cache_read: Rate
    cache_write: Rate

    def cost_micros(self, usage: Usage) -> int:
        """What a call cost, in micro-dollars, rounded up once."""
        count = usage.input_tokens
        fresh = count - usage.cache_read_tokens - usage.cache_write_tokens
        return ceil_micros(
            fresh * self.input.at(count)
            + usage.cache_read_tokens * self.cache_read.at(count)
            + usage.cache_write_tokens * self.cache_write.at(count)
            + usage.output_tokens * self.output.at(count)
        )

    def bound_micros(self, input_tokens: int, output_tokens: int) -> int:
        """No call with up to so many input and output tokens costs more than this; grows with both counts."""
        return ceil_micros(self._input_bound(input_tokens) + output_tokens * self.output.dearest(input_tokens))

    def cap_tokens(self, budget_micros: int, input_tokens: int) -> int:
        """The most output tokens whose bound fits into the budget; 0 when not even the input fits."""
        left = budget_micros - self._input_bound(input_tokens)
        return max(0, int(left // self.output.dearest(input_tokens)))

    def typical_micros(self) -> int:
        """A question of 1,500 tokens with an answer of 500: for lists of models, and to compare them."""
        return self.cost_micros(Usage(TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS))

    def _input_bound(self, input_tokens: int) -> Decimal:
        return input_tokens * max(r.dearest(input_tokens) for r in (self.input, self.cache_read, self.cache_write))

    def to_json(self) -> str:
        """One line of JSON, the same for the same price."""
        legs = {"input": self.input, "output": self.output, "cache_read": self.cache_read}
        plain = {name: rate.to_plain() for name, rate in (legs | {"cache_write": self.cache_write}).items()}
        return json.dumps({"book": self.book, **plain}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The reverse of `to_json`."""
        plain = json.loads(text)
        legs = {name: Rate.from_plain(plain[name]) for name in ("input", "output", "cache_read", "cache_write")}
        return cls(plain["book"], **legs)


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price is known, with the sentence that says so and what to do."""

    sentence: str


def own_price(
    book: str,
    *,
    input_usd: Decimal,
    output_usd: Decimal,
    cached_input_usd: Decimal | None = None,
    cache_write_usd: Decimal | None = None,
) -> Price | Unpriced:
    """A price from somebody's own list, in USD per million tokens; cached input and cache writes default to input."""
    cached = input_usd if cached_input_usd is None else cached_input_usd
    written = input_usd if cache_write_usd is None else cache_write_usd
    if not all(rate.is_finite() and rate >= 0 for rate in (input_usd, output_usd, cached, written)):
        return Unpriced("Prices are in USD per million tokens, such as 0.25, and not negative.")
    if not input_usd or not output_usd:
        return Unpriced("The prices of input and output must be above zero: nothing is ever billed at $0.")
    return Price(book, Rate(input_usd), Rate(output_usd), Rate(cached), Rate(written))


class PriceBook:
    """genai-prices with the data bundled in the installed version; about 0.7 s to load, at the first look-up."""

    version = f"genai-prices {genai_prices.__version__}"

    @cached_property
    def _snapshot(self) -> DataSnapshot:
        bundled = get_snapshot()
        return DataSnapshot(providers=bundled.providers, from_auto_update=False)

    def price(self, model: str, provider: str | None, at: datetime) -> Price | Unpriced:
        """The price of a model at a time; `provider` as the book names it (`openai`, `azure`), or None to go by name.

        A prefix such as `openai/` names the provider when none is given, and is stripped.
        """
        found = self._find(model, provider)
        if found is None:
            where = f" of {provider}" if provider else ""
            return Unpriced(f"No price is known for the model {model}{where}: add prices for it to the list of models.")
        return _from_book(self.version, model, found.get_prices(at))

    def context_tokens(self, model: str, provider: str | None) -> int | None:
        """How many tokens the model reads at most, where the book knows."""
        found = self._find(model, provider)
        return found.context_window if found else None

    def knows_provider(self, provider: str) -> bool:
        """Whether prices of this provider are in the book."""
        return self._provider(provider) is not None

    def _find(self, model: str, provider: str | None) -> ModelInfo | None:
        prefix, slash, rest = model.partition("/")
        attempts = [(model, provider)]
        if slash:
            attempts.append((rest, provider or self._provider(prefix)))
        for name, whose in attempts:
            try:
                return self._snapshot.find_provider_model(name, None, whose, None)[1]
            except LookupError:
                continue
        return None

    def _provider(self, name: str) -> str | None:
        try:
            return self._snapshot.find_provider(None, name, None).id
        except LookupError:
            return None


def _from_book(version: str, model: str, prices: ModelPrice) -> Price | Unpriced:
    legs = {key: getattr(prices, f"{key}_mtok") for key in ("input", "output", "cache_read", "cache_write")}
    if _is_zero(legs["input"]) or _is_zero(legs["output"]):
        return Unpriced(
            f"The price book has no full price for the model {model}: add prices for it to the list of models."
        )
    if any(getattr(prices, key) is not None for key in UNBOUNDED_KEYS):
        return Unpriced(
            f"The model {model} is priced by more than input and output tokens, so no hold could cover it: "
            "add prices for it to the list of models, or choose another."
        )
    rates = [_rate(legs[key] if legs[key] is not None else legs["input"]) for key in legs]
    return Price(version, *rates)


def _is_zero(leg: Decimal | TieredPrices | None) -> bool:
    if isinstance(leg, TieredPrices):
        return not leg.base or any(not tier.price for tier in leg.tiers)
    return not leg


def _rate(leg: Decimal | TieredPrices) -> Rate:
    if isinstance(leg, TieredPrices):
        return Rate(leg.base, tuple((tier.start, tier.price) for tier in leg.tiers))
    return Rate(leg)
