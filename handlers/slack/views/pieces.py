"""What views are made of: blocks, money with its sign, times in the reader's zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from budget.money import Face, exact_dollars, show
from budget.outcome import No
from handlers.commands.parts import Misread
from handlers.slack.wire.safe import escape

Block = dict[str, Any]
SECTION_CHARACTERS = 2_900  # Slack takes 3,000: https://docs.slack.dev/reference/block-kit/blocks/section-block
UNREADABLE = "I cannot read that button any more: type the command again."


@dataclass(frozen=True, slots=True)
class Reply:
    """What someone reads: `text` alone where blocks are not shown (notifications, screen readers)."""

    text: str
    blocks: Sequence[Block] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a view is made. `zone`: theirs; `office`: the workspace's, in which days end."""

    zone: ZoneInfo
    office: ZoneInfo
    face: Face
    now: datetime


def section(text: str) -> Block:
    """A paragraph of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(text: str) -> Block:
    """A small, grey line of mrkdwn."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def header(text: str) -> Block:
    """A headline of plain text."""
    return {"type": "header", "text": {"type": "plain_text", "text": text[:150]}}


def fields(texts: Iterable[str]) -> Block:
    """Up to ten short texts, side by side."""
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in list(texts)[:10]]}


DIVIDER: Block = {"type": "divider"}


def lines(texts: Iterable[str]) -> list[Block]:
    """Lines as sections, as few as hold them."""
    blocks: list[str] = []
    for text in texts:
        if blocks and len(blocks[-1]) + len(text) < SECTION_CHARACTERS:
            blocks[-1] += f"\n{text}"
        else:
            blocks.append(text[:SECTION_CHARACTERS])
    return [section(text) for text in blocks]


def said(sentences: Sequence[str], after: Sequence[Block] = ()) -> Reply:
    """Sentences as one reply, a line each."""
    return Reply("\n".join(sentences), [*lines(sentences), *after])


def example(command: str) -> str:
    """A command line to copy."""
    return f"`/tokens {escape(command)}`"


def refused(no: No | Misread) -> Reply:
    """One sentence, and an example where there is one."""
    sentence = escape(no.sentence)
    return said([f"{sentence} For example: {example(no.example)}" if no.example else sentence])


def bold(micros: int, face: Face) -> str:
    """`*$4.12 (4.12M tokens)*`"""
    return f"*{show(micros, face)}*"


def moved_amount(micros: int, face: Face) -> str:
    """`*$8.277 (8.27M tokens)*`: to the last digit, as the other side and the history read it."""
    tokens = show(micros, face).partition(" ")[2]
    return f"*{exact_dollars(micros)} {tokens}*"


def signed(micros: int) -> str:
    """`+$4.00`, `−$0.016`, to the last digit."""
    return f"{'+' if micros >= 0 else '−'}{exact_dollars(abs(micros))}"


def when(at: datetime, reader: Reader) -> str:
    """`22 Nov, 14:05`, with the year when it is not this year's."""
    local = at.astimezone(reader.zone)
    year = "" if local.year == reader.now.astimezone(reader.zone).year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


def last_day(until_at: datetime, reader: Reader) -> str:
    """The last day before an end, as `31 December 2026`, in the workspace's zone."""
    day = (until_at - timedelta(seconds=1)).astimezone(reader.office)
    return f"{day.day} {day:%B %Y}"


def whose(name: str | None, kind: str) -> str:
    """The other side of a movement, escaped."""
    if kind == "person":
        return escape(name or "someone")
    if kind in ("team", "project"):
        return f"the {escape(name or kind)} pool"
    return "the company pool" if kind == "company" else ""


def quantity(count: int, noun: str) -> str:
    """`1 person`, `3 people`"""
    plurals = {"person": "people"}
    return f"{count:,} {noun if count == 1 else plurals.get(noun, f'{noun}s')}"
