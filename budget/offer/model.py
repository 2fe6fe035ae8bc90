"""A model people can choose: where it is, what it costs, how long to wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from budget.offer.pricing import Price, PriceBook, Unpriced

CapParameter = Literal["max_completion_tokens", "max_tokens"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect_s: float = 5
    first_token_s: float = 90
    between_tokens_s: float = 45
    total_s: float = 600


@dataclass(frozen=True, slots=True)
class Model:
    """A model people can choose. `base_url` is None for OpenAI's own service; `extra` is sent with every request.

    `image_tokens`: the most input tokens that one image counts for; None when the model cannot see.
    """

    name: str  # as people type it
    api_name: str  # as the provider calls it
    provider: str | None  # as the price book names it
    base_url: str | None
    secret: str = field(repr=False)
    price: Price  # when the list was loaded; `price_at` for any other time
    context_tokens: int
    max_output_tokens: int
    timeouts: Timeouts = Timeouts()
    cap_parameter: CapParameter = "max_tokens"
    extra: Mapping[str, object] = field(default_factory=dict)
    image_tokens: int | None = None
    book: PriceBook | None = field(default=None, repr=False, compare=False)  # None: the price is the list's own

    def price_at(self, at: datetime) -> Price:
        """The price at a time: some providers charge by the hour or announce a change for a day."""
        price = self.book.price(self.api_name, self.provider, at) if self.book else self.price
        return self.price if isinstance(price, Unpriced) else price


@dataclass(frozen=True, slots=True)
class Models:
    """All models on offer; `default` is the name of the one used when nobody chose."""

    default: str
    all: tuple[Model, ...]

    def get(self, name: str) -> Model | None:
        """The model of that name, however its letters are cased."""
        return next((model for model in self.all if model.name.casefold() == name.strip().casefold()), None)

    def default_model(self) -> Model:
        """The model used when nobody chose one."""
        return next(model for model in self.all if model.name == self.default)

    def cheaper_than(self, model: Model) -> list[Model]:
        """Models that answer a typical question for less, the cheapest first."""
        limit = model.price.typical_micros()
        cheaper = [other for other in self.all if other.price.typical_micros() < limit]
        return sorted(cheaper, key=lambda other: other.price.typical_micros())
