"""Statements and offers as messages; their words are those of the papers."""

from budget.money import dollars, exact_dollars
from budget.offer.pricing import TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS
from budget.packages import statement_texts, texts
from budget.packages.offer import Offer
from budget.packages.statement import Statement
from handlers.slack.views.pieces import Reader, Reply, context, said
from handlers.slack.wire.safe import escape

MOST_MOVEMENTS = 15
SENT = "The PDF is in your direct messages with me."
NOT_SENT = "I could not send the PDF to your direct messages just now; type the command again in a minute."


def statement(made: Statement, reader: Reader, *, sent: bool) -> Reply:
    """`/tokens statement`: what it began with, what came and went by kind, where it ended; then the movements."""
    whose = "Your statement" if made.own else f"The statement of {escape(made.person.name)}"
    so_far = ", so far" if made.until_now else ""
    face = reader.face
    lines = [
        f"*{whose}, {made.title}{so_far}*",
        f"Opening balance: {texts.money(made.opening_micros, face)}",
        *by_kind(made),
        f"*{statement_texts.closing_name(made)}: {texts.money(made.closing_micros, face)}*",
        *(escape(sentence) for sentence in statement_texts.what_is_left(made, face)),
        *(escape(line) for seen in made.packages for line in statement_texts.package_words(seen, face)),
        *movements(made),
    ]
    return said(lines, [context(SENT if sent else NOT_SENT)])


def by_kind(made: Statement) -> list[str]:
    """`• Questions (14): −$0.32`"""
    return [
        f"• {texts.MOVEMENTS[each.kind]} ({each.count:,}): {both(each.came_micros, each.went_micros)}"
        for each in made.sums
    ]


def both(came: int, went: int) -> str:
    """What came in and what went out, each where there is some."""
    parts = ([f"+{exact_dollars(came)}"] if came else []) + ([f"−{exact_dollars(went)}"] if went else [])
    return ", ".join(parts)


def movements(made: Statement) -> list[str]:
    """The last movements with their reasons; the paper has all of them."""
    entries = statement_texts.entries(made)
    if not entries:
        return ["Nothing came in or went out."]
    shown = entries[-MOST_MOVEMENTS:]
    hidden = len(entries) - len(shown)
    title = "*Movements*" if not hidden else f"*The last {len(shown)} movements of {len(entries):,}; the PDF has all*"
    return [title, *(movement(*entry) for entry in shown)]


def movement(on: object, text: str, why: str, micros: int) -> str:
    """`• 22 Nov 2026 · −$0.016 · 3 questions`"""
    day = f"{on:%d %b %Y}".lstrip("0")
    parts = [day, f"*{statement_texts.signed(micros)}*", escape(text), *([escape(why)] if why else [])]
    return f"• {' · '.join(parts)}"


def offer(made: Offer, reader: Reader, *, sent: bool) -> Reply:
    """`/tokens offer …`: the answer to "how many tokens come with this job"."""
    face, agreed = reader.face, made.agreed
    month = f"{texts.monthly(agreed)} ({texts.tokens(made.monthly_micros, face)})"
    lines = [
        f"*{texts.OFFER_TITLE}*",
        escape(texts.offer_opening(agreed, made.to, face)),
        f"That is {month} a month, enough for about",
        *(
            f"• {each.a_month:,} questions to {escape(each.model)} at {dollars(each.each_micros)}"
            for each in made.questions
        ),
        *(f"*{name}.* {escape(text)}" for name, text in made.rules),
    ]
    about = texts.typical(made.more_models, TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS)
    return said(lines, [context(about), context(texts.OFFER_FOOT), context(SENT if sent else NOT_SENT)])
