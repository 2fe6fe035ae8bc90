"""The Home tab: what someone has, what their last questions cost, the pools they look after, the commands."""

from collections.abc import Iterable, Sequence
from typing import Any

from budget.balance import Overview, Seen
from budget.money import show
from budget.org.rights import Role
from budget.outcome import No
from handlers.slack.views.balance import lasting, own_sentences
from handlers.slack.views.help import command_lines
from handlers.slack.views.history import asked
from handlers.slack.views.pieces import DIVIDER, Block, Reader, context, fields, header, lines, section, when
from handlers.slack.wire.safe import escape
from store.ledger.steps import Balance

PROMPTS_TITLE = "Ask anything; the answer comes with its cost"
PROMPTS = (
    {"title": "Undo my last commit", "message": "How do I undo the last commit but keep my changes?"},
    {"title": "Explain a regular expression", "message": r"Explain this regular expression: ^\d{4}-\d{2}-\d{2}$"},
    {"title": "Say it kindly", "message": "How do I say in one friendly sentence that a deploy is late?"},
    {"title": "Plan a test", "message": "What should I test in a function that parses amounts of money?"},
)  # Slack shows four at most


def home(seen: Overview, reader: Reader, texts: str) -> dict[str, Any]:
    """The whole view. `texts`: what becomes of the words of questions and answers, as a sentence."""
    balance = seen.wallet.balance
    blocks = [
        header("Your tokens"),
        *lines(own_sentences(seen, reader)),
        *held(balance, reader),
        context(f"*{escape(seen.model.name)}* answers you. `/tokens models` shows the others."),
        DIVIDER,
        *questions(seen, reader),
        *pools("The pools you manage", seen.managed, reader),
        *company(seen, reader),
        DIVIDER,
        *commands(seen.role),
        context(escape(texts)),
        context(f"As of {when(reader.now, reader)} ({escape(reader.zone.key)}). Open this tab again to renew it."),
    ]
    return {"type": "home", "blocks": blocks}


def held(balance: Balance, reader: Reader) -> list[Block]:
    """The balance split, while there is something to split."""
    if not balance.held_micros:
        return []
    parts = {"Available": balance.available_micros, "Held for answers under way": balance.held_micros}
    return [fields([f"*{name}*\n{amount(micros, reader)}" for name, micros in parts.items()])]


def amount(micros: int, reader: Reader) -> str:
    """Two short lines: money, then tokens."""
    return show(micros, reader.face).replace(" (", "\n").removesuffix(")")


def questions(seen: Overview, reader: Reader) -> list[Block]:
    """What the last questions cost."""
    if not seen.asks:
        return [section("*Your last questions*\nNone yet: mention me in a channel, or write to me under Messages.")]
    return lines(["*Your last questions*", *(asked(ask, reader) for ask in seen.asks)])


def pools(title: str, seen: Sequence[Seen], reader: Reader) -> list[Block]:
    """Balances of pools, if there are any."""
    return [DIVIDER, *lines([f"*{title}*", *(pool(each, reader) for each in seen)])] if seen else []


def pool(seen: Seen, reader: Reader) -> str:
    """`• Platform · $40.00 (40M tokens) available · …`"""
    name = escape(seen.place.team.name) if seen.place.team else "Company"
    parts = [f"*{name}*", f"{show(seen.balance.available_micros, reader.face)} available"]
    if seen.balance.held_micros:
        parts.append(f"{show(seen.balance.held_micros, reader.face)} held")
    if seen.lasts and seen.lasts.day_micros:
        parts += lasting(seen, reader)
    return f"• {' · '.join(parts)}"


def company(seen: Overview, reader: Reader) -> list[Block]:
    """The company's pool, for those who look after it."""
    return pools("The company pool", [seen.company], reader) if seen.company else []


def commands(role: Role) -> Iterable[Block]:
    """What there is to type."""
    return lines(["*Commands*", *command_lines(role)])


def turned_away(no: No) -> dict[str, Any]:
    """The Home tab of someone who can have no tokens here."""
    return {"type": "home", "blocks": [section(escape(no.sentence))]}
