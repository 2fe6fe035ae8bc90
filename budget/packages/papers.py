"""Statements and offers on paper. What is written on them is collected first, so that their fonts are known."""

from budget.money import Face, dollars
from budget.offer.pricing import TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS
from budget.packages import statement_texts, texts
from budget.packages.offer import Offer
from budget.packages.paper import Paper
from budget.packages.statement import Statement


def statement_paper(made: Statement, face: Face) -> bytes:
    """A statement as a PDF, of as many pages as it takes."""
    who, local = made.person.name, made.at.astimezone(made.zone)
    rows = statement_texts.movement_rows(made)
    promised = [line for seen in made.packages for line in statement_texts.package_words(seen, face)]
    title = f"Statement of tokens, {made.title}, {who}"
    paper = Paper(title, made.at, statement_texts.words([*rows, promised]))
    paper.heading("Statement of tokens", size=20, before_mm=0)
    paper.sentence(who, size=12)
    paper.sentence(f"{texts.day(made.from_on)} to {texts.day(made.to_on)}", size=10)
    paper.sentence(f"Made on {texts.day(local.date())} at {local:%H:%M} ({made.zone.key}).", grey=True, size=8.5)
    paper.gap(4)
    paper.figures(statement_texts.figures(made, face))
    if made.sums:
        paper.heading("By kind")
        sums = statement_texts.sum_rows(made)
        paper.table(("Kind", ">Number", ">Came in", ">Went out"), sums, (46, 14, 20, 20), last_bold=True)
    paper.heading("Every movement")
    paper.table(("Day", "What", "Reason", ">Amount", ">Balance"), rows, (13, 34, 25, 14, 14), last_bold=True)
    paper.gap(1)
    paper.sentence(statement_texts.HOW_SUMMED, grey=True, size=8)
    paper.heading("What rolls over, and what ends when")
    for sentence in statement_texts.what_is_left(made, face):
        paper.sentence(sentence)
    if promised:
        paper.heading("Package")
        for sentence in promised:
            paper.sentence(sentence)
        paper.sentence(texts.PROMISE, grey=True, size=8)
    return paper.output()


def offer_paper(made: Offer, face: Face) -> bytes:
    """An offer as a letter of one page."""
    agreed, rows = (
        made.agreed,
        [(each.model, dollars(each.each_micros), f"about {each.a_month:,}") for each in made.questions],
    )
    paper = Paper(texts.OFFER_TITLE, made.made_at, statement_texts.words([*rows, [made.to or ""]]))
    paper.heading(texts.OFFER_TITLE, size=20, before_mm=0)
    paper.sentence(f"{f'For {made.to} · ' if made.to else ''}{texts.day(made.made_on)}", size=11)
    paper.gap(3)
    paper.sentence(texts.offer_opening(agreed, made.to, face), size=10.5)
    paper.gap(3)
    paper.figures(texts.offer_figures(agreed, face))
    paper.heading("What that is in questions")
    paper.table(("Model", ">A typical question", ">Questions a month"), rows, (50, 25, 25))
    paper.gap(1)
    paper.sentence(texts.typical(made.more_models, TYPICAL_INPUT_TOKENS, TYPICAL_OUTPUT_TOKENS), grey=True, size=8)
    paper.heading("The rules")
    for name, text in made.rules:
        paper.term(name, text)
    paper.gap(2)
    paper.sentence(texts.OFFER_FOOT, grey=True, size=8)
    return paper.output()
