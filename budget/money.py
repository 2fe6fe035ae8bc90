"""Money: amounts as people type them, and as they read them.

The ledger counts whole micro-dollars. A token of the budget has a face value (USD per million tokens, default 1.00):
at the default, 1 token is 1 micro-dollar.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

MICROS = 1_000_000
LARGEST_MICROS = 10**15  # a billion dollars: whatever is above is a typing mistake, and 64 bits hold it 9,000 times
SCALES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
TYPED = re.compile(
    r"(?P<dollar>\$)?(?P<number>\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\.\d+)(?P<scale>[kmb])?",
    re.IGNORECASE | re.ASCII,
)
FORMS = "Write an amount like `40000`, `40,000`, `250k`, `1.5M` or `2B` (tokens), or `$20` or `$0.50` (dollars)."


@dataclass(frozen=True, slots=True)
class BadAmount:
    """A typed amount that is refused, with the sentence that says why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Face:
    """The face value of a token: `usd_per_million` dollars for a million tokens, that is micro-dollars per token."""

    usd_per_million: Decimal = Decimal(1)

    def micros(self, tokens: Decimal) -> Decimal:
        """What so many tokens are worth, in micro-dollars."""
        return tokens * self.usd_per_million

    def tokens(self, micros: int) -> Decimal:
        """How many tokens so many micro-dollars are."""
        return Decimal(micros) / self.usd_per_million


def parse_amount(typed: str, face: Face) -> int | BadAmount:
    """Micro-dollars of an amount as typed: `40000`, `40,000`, `250k`, `1.5M`, `2B` are tokens, `$0.50` is dollars."""
    text = typed.strip()
    shown = f"`{text[:40].replace('`', '')}`"
    match = TYPED.fullmatch(text)
    if match is None or (match["dollar"] and match["scale"]):
        return BadAmount(f"{shown} is not an amount. {FORMS}")
    number = Decimal(match["number"].replace(",", "")) * SCALES[(match["scale"] or "").lower()]
    micros = number * MICROS if match["dollar"] else face.micros(number)
    if micros == 0:
        return BadAmount(f"The amount must be more than zero. {FORMS}")
    if micros != micros.to_integral_value():
        return BadAmount(f"{shown} is finer than a millionth of a dollar, the smallest unit kept. {FORMS}")
    if micros > LARGEST_MICROS:
        return BadAmount(f"{shown} is more than a billion dollars; check the number. {FORMS}")
    return int(micros)


def ceil_micros(exact: Decimal) -> int:
    """A cost in exact micro-dollars, rounded up once to a whole one."""
    return int(exact.to_integral_value(rounding=ROUND_CEILING))


def dollars(micros: int, rounding: str = ROUND_HALF_UP, digits: int = 2) -> str:
    """`$4.12`, `$1,250.00`; below ten cents `digits` of them that count: `$0.016`, `$0.000021`."""
    sign, size = ("-" if micros < 0 else ""), abs(micros)
    exact = Decimal(size) / MICROS
    if size == 0 or size >= MICROS // 10:
        return f"{sign}${exact.quantize(Decimal('0.01'), rounding):,}"
    places = next(places for places in range(2, 7) if size * 10**places >= 10 ** (digits - 1) * MICROS or places == 6)
    whole, _, fraction = f"{exact.quantize(Decimal(1).scaleb(-places), rounding):f}".partition(".")
    return f"{sign}${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def exact_dollars(micros: int) -> str:
    """Every digit that counts, cents at least: `$8.277`, `$5.00`. For what was moved: both sides read the same."""
    whole, _, fraction = f"{Decimal(abs(micros)) / MICROS:,f}".partition(".")
    return f"{'-' if micros < 0 else ''}${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def short_count(count: Decimal | int, rounding: str = ROUND_HALF_UP) -> str:
    """`940`, `12.0k`, `4.12M`, `2B`: three digits at most, trailing zeros of millions dropped."""
    exact = Decimal(count)
    sign, size = ("-" if exact < 0 else ""), abs(exact)
    if size < 1000:
        return f"{sign}{size.quantize(Decimal(1), rounding)}"
    for unit, scale in (("k", 10**3), ("M", 10**6), ("B", 10**9)):
        scaled = size / scale
        places = 1 if unit == "k" else 2
        rounded = scaled.quantize(Decimal(1).scaleb(-places), rounding)
        if rounded < 1000 or unit == "B":
            plain = f"{rounded:,f}"
            return f"{sign}{plain if unit == 'k' else plain.rstrip('0').rstrip('.')}{unit}"
    raise AssertionError("unreachable: every size has a unit")


def show(micros: int, face: Face, *, up: bool = False) -> str:
    """Money first, then tokens: `$4.12 (4.12M tokens)`.

    Rounded down, so that nobody reads more than they have; `up` for what somebody lacks or will need.
    """
    rounding = ROUND_CEILING if up else ROUND_FLOOR
    tokens = short_count(face.tokens(micros), rounding)
    return f"{dollars(micros, rounding, digits=3)} ({tokens} {'token' if tokens == '1' else 'tokens'})"
