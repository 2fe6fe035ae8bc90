"""An independent, simple rule for which typed lines may move money, and how much. The fuzz tests judge by it.

It knows nothing of the product's grammar: a line is made plain, then compared with one pattern for each command.
"""

import re
import unicodedata
from decimal import Decimal

MENTION = r"<@[UW][A-Z0-9]+(?:\|[^<>]*)?>"
CHANNEL = r"<#[CG][A-Z0-9]+(?:\|[^<>]*)?>"
AMOUNT = r"(?P<amount>\$?(?:[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+)[kmb]?)"
WHO = rf'(?:{MENTION}|"[^"]*"|\S+)'
DAY = r"[0-9]{4}.[0-9]{2}.[0-9]{2}"
TAIL = rf"(?: for .+| until {DAY})*"
MONEY = tuple(
    re.compile(rf"(?:/tokens )?{pattern}{TAIL}", re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"fund {AMOUNT}", rf"grant {WHO} {AMOUNT}", rf"move {AMOUNT} from {WHO} to {WHO}", rf"send {WHO} {AMOUNT}",
        rf"return {AMOUNT}(?: to {WHO})?", rf"lend {WHO} {AMOUNT}(?: for .+| until {DAY}| from {WHO})*",
        rf"project fund {WHO} {AMOUNT}(?: from {WHO})?", rf"project create {WHO}(?: {MENTION})? {AMOUNT}",
    )
)  # fmt: skip
CLOSES = re.compile(rf"(?:/tokens )?project close {WHO}", re.IGNORECASE)
SCALE = {"k": 10**3, "m": 10**6, "b": 10**9}
QUOTES = "“”„‟«»″＂"


def plain(line: str) -> str:
    """The line as it looks: one space between words, nothing invisible, straight quotes, links as their labels."""
    line = re.sub("[\U000f0000-\U000ffffd]", "", line).replace("<>", "")
    line = re.sub(r"<!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?>", " @group ", line)
    line = re.sub(r"<([^<>|@#!][^<>|]*)\|([^<>]+)>", lambda found: found[2], line)
    line = re.sub(r"<([^<>|@#!][^<>|]*)\|?>", lambda found: found[1], line)
    line = re.sub(r"<([@#])([^<>|]*)(?:\|([^<>]*))?>", _only_words, line)
    kept = (letter for letter in line if unicodedata.category(letter) not in ("Cf", "Cs", "Co") or letter == "\u2062")
    line = "".join(" " if letter.isspace() else letter for letter in kept)
    line = "".join(letter for letter in line if unicodedata.category(letter) != "Cc")
    line = re.sub(f"[{QUOTES}]", '"', line)
    line = re.sub(f"{MENTION}|{CHANNEL}", lambda found: f" {found[0]} ", line)
    line = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    words = [word for word in line.split(" ") if word and word.strip(",")]
    return " ".join(word.lstrip(",") if word.startswith(",") else word for word in words)


def _only_words(mark: re.Match[str]) -> str:
    """A mention of nobody is only words."""
    return mark[0] if re.fullmatch(f"{MENTION}|{CHANNEL}", mark[0]) else mark[1] + (mark[3] or mark[2])


def allowed_micros(line: str) -> int | None:
    """How much money this line may move, in micro-dollars; None: it may move none."""
    words = plain(line)
    for pattern in MONEY:
        if found := pattern.fullmatch(words):
            return micros(found["amount"].lower())
    return None


def gives_back(line: str) -> bool:
    """Whether this line may give back what is left in a pool, however much that is."""
    return CLOSES.fullmatch(plain(line)) is not None


def micros(amount: str) -> int | None:
    """An amount in micro-dollars, at a token's face value of a millionth of a dollar."""
    dollars, digits = amount.startswith("$"), amount.removeprefix("$")
    scale = SCALE.get(digits[-1:], 1)
    exact = Decimal(digits.rstrip("kmb").replace(",", "")) * scale * (10**6 if dollars else 1)
    return int(exact) if exact == int(exact) and exact > 0 and not (dollars and scale > 1) else None
