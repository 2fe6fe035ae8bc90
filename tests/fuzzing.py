"""What the fuzz tests share: a seed that is printed, hostile values, and payloads and texts that are a little wrong."""

import os
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, TypeAlias

Json: TypeAlias = Any
Path: TypeAlias = tuple[str | int, ...]

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xad"
BIDI = "\u202e\u202a\u2066\u2069\u200f\u061c"
PIECES: tuple[str, ...] = (
    "\0", "\x07", "\x1b[31m", "\ud800", "\udfff", "\udc00x\ud83d", *INVISIBLE, *BIDI, "\u3164", "\U000f0000",
    "\U0010ffff", "e\u0301" * 20, "\u0663", "\uff11\uff10", "½", "\u2212", "–", "“", "”", "'", '"', "`", "```", "*",
    "_",
    "~", "\\", "<", ">", "&", "&lt;", "&amp;amp;", "<@", "<@U0ADA>", "<@U0ADA|ada>", "<@U0NOBODY|x>",
    "<#C0GENERAL|general>", "<!channel>", "<!here|here>", "<!subteam^S0PLATFORM|@crew>", "<https://x.example|$5>",
    "@everyone", "\n", "\r\n", "\t", "\xa0", "\u2028", " ", "|", ";", "'; DROP TABLE transfer; --", "%s%n", "${x}",
    "{0.__class__}", "👩\u200d👩\u200d👧", "🧮", "نص عربي", "日本語",
)  # fmt: skip
HUGE = ("x" * 40_000, "<" * 5_000, "<@U" * 3_000, "9" * 5_000, "\u0301" * 3_000, " " * 10_000, "👩\u200d👧" * 2_000)


def how_many(default: int) -> int:
    """How many cases to make: STIPEND_FUZZ scales it, in percent of what a usual run makes."""
    return max(1, default * int(os.environ.get("STIPEND_FUZZ", "100")) // 100)


def dice_of(name: str) -> tuple[random.Random, str]:
    """The randomness of one test, and the words that say how to have it again. STIPEND_FUZZ_SEED chooses."""
    seed = os.environ.get("STIPEND_FUZZ_SEED", "20261122")
    said = f"STIPEND_FUZZ_SEED={seed}"
    print(said)
    return random.Random(f"{seed}:{name}"), said


def words(dice: random.Random) -> str:
    """A text of hostile pieces."""
    if dice.random() < 0.02:
        return dice.choice(HUGE)
    return "".join(dice.choice(PIECES) for _ in range(dice.randrange(1, 8)))


def wrong_value(dice: random.Random) -> Json:
    """Something of a type or size that nobody expects."""
    makers: tuple[Callable[[], Json], ...] = (
        lambda: None,
        lambda: dice.choice((0, -1, 1, 2**63, -(2**70), 1.5, 1e308, True, False)),
        lambda: dice.choice(("", " ", "0", "null", "undefined", "U", "C", "1.1", "-1.5", "nan", "1e400", "../../etc")),
        lambda: words(dice),
        lambda: dice.choice(([], {}, [[]], [None], {"": ""}, [{}], {"type": None}, {"id": []}, [{"text": {}}])),
        lambda: nested(dice.choice((50, 200)), as_list=dice.random() < 0.5),
    )
    return dice.choice(makers)()


def nested(depth: int, *, as_list: bool) -> Json:
    """Something deep."""
    value: Json = "deep"
    for _ in range(depth):
        value = [value] if as_list else {"value": value}
    return value


def paths(value: Json, at: Path = ()) -> Iterator[Path]:
    """Where something stands in a JSON value."""
    if at:
        yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from paths(inner, (*at, name))


def mutated(dice: random.Random, body: Json, fixed: frozenset[str] = frozenset()) -> Json:
    """A copy that is a little wrong, in one place or in several; top keys in `fixed` stay what they are."""
    body = deepcopy(body)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        places = [place for place in paths(body) if place[0] not in fixed or len(place) > 1]
        if places:
            spoil(dice, body, dice.choice(places), places)
    return body


def spoil(dice: random.Random, body: Json, place: Path, places: list[Path]) -> None:
    """Take something away, change it, swap it, or put something beside it."""
    holder = inside(body, place[:-1])
    kind = dice.randrange(6)
    if kind == 0:
        del holder[place[-1]]
    elif kind == 1 and isinstance(holder[place[-1]], str):
        text = holder[place[-1]]
        cut = dice.randrange(len(text) + 1)
        holder[place[-1]] = text[:cut] + words(dice) + text[cut:]
    elif kind == 2:
        holder[place[-1]] = deepcopy(inside(body, dice.choice(places)))
    elif kind == 3 and isinstance(holder, dict):
        holder[dice.choice(("subtype", "bot_id", "thread_ts", "files", "hidden", "edited", "channel_type"))] = (
            wrong_value(dice)
        )
    else:
        holder[place[-1]] = wrong_value(dice)


def inside(body: Json, place: Path) -> Json:
    """What stands there."""
    for step in place:
        body = body[step]
    return body


def typed_wrong(dice: random.Random, text: str) -> str:
    """A line with a few slips: characters dropped, doubled, swapped, or strange ones put in."""
    letters = list(text)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        at = dice.randrange(len(letters) + 1)
        kind = dice.randrange(5)
        if kind == 0 and letters:
            del letters[min(at, len(letters) - 1)]
        elif kind == 1 and letters:
            letters.insert(at, dice.choice(letters))
        elif kind == 2 and len(letters) > 1:
            other = dice.randrange(len(letters))
            at = min(at, len(letters) - 1)
            letters[at], letters[other] = letters[other], letters[at]
        elif kind == 3:
            letters.insert(at, dice.choice("$.,-0123456789kKmMbB \"'"))
        else:
            letters.insert(at, dice.choice(PIECES))
    return "".join(letters)
