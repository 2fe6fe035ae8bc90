"""An entry of the list of models as it is written: read strictly, and every mistake told as a sentence."""

import json
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from budget.offer.model import CapParameter

RESERVED = ("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Seconds = Annotated[float, Field(gt=0, le=86_400)]
Tokens = Annotated[int, Field(ge=1, le=100_000_000)]


class _PriceEntry(_Strict):
    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None


class Entry(_Strict):
    """What `models.example.toml` explains."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$")
    model: str | None = Field(default=None, min_length=1)
    provider: str | None = Field(default=None, min_length=1)
    base_url: str | None = None
    key_variable: str | None = None
    price: _PriceEntry | None = None
    context_tokens: Tokens | None = None
    max_output_tokens: Tokens = 16_384
    image_tokens: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    cap_parameter: CapParameter | None = None
    extra: dict[str, object] | None = None
    connect_s: Seconds = 5
    first_token_s: Seconds = 90
    between_tokens_s: Seconds = 45
    total_s: Seconds = 600

    @field_validator("extra")
    @classmethod
    def _sendable(cls, extra: dict[str, object] | None) -> dict[str, object] | None:
        reserved = [key for key in extra or {} if key in RESERVED]
        if reserved:
            raise ValueError(f"{reserved[0]} is set by the bot itself")
        try:
            plain: dict[str, object] | None = json.loads(json.dumps(extra, default=float, allow_nan=False))
        except (TypeError, ValueError):
            raise ValueError("only texts, numbers, true, false, lists and tables can be sent") from None
        return plain


def entries_of(tables: object, source: str) -> tuple[list[Entry], list[str]]:
    """The entries that are well formed, and a sentence for each mistake in the others."""
    if not isinstance(tables, list) or not tables:
        return [], [f"{source}there is no model in it; each one starts with a line [[models]]."]
    entries: list[Entry] = []
    problems: list[str] = []
    for place, table in enumerate(tables, 1):
        try:
            entries.append(Entry.model_validate(table))
        except ValidationError as error:
            name = table.get("name") if isinstance(table, dict) else None
            problems += _mistakes(
                error, f"{source}{f'model {name}' if isinstance(name, str) else f'model no. {place}'}"
            )
    return entries, problems


def _mistakes(error: ValidationError, where: str) -> list[str]:
    """One sentence for each mistake, without the values: somebody may have pasted a secret into the wrong place."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{where}: {'.'.join(map(str, each['loc'])) or 'entry'}: {_reason(each)}." for each in found]


def _reason(mistake: ErrorDetails) -> str:
    reasons = {
        "extra_forbidden": "this key is unknown",
        "missing": "this key is missing",
        "string_pattern_mismatch": "use letters, digits and . _ : / - without spaces, at most 100",
    }
    return reasons.get(mistake["type"], mistake["msg"])
