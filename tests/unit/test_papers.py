"""Paper says what the books say: the figures of PDFs, in any script, over any number of pages."""

import io
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pypdf import PdfReader

from budget.money import Face, exact_dollars
from budget.packages import statement_texts, texts
from budget.packages.offer import Offer, questions, rounded
from budget.packages.paper import BASE, CJK, SCRIPTS, font_file, fonts_for
from budget.packages.papers import offer_paper, statement_paper
from budget.packages.statement import Day, Statement, adds_up
from budget.packages.terms import Terms
from budget.policy.policy import Leaving, Policy, Send
from store.people import Person
from store.statements import Line

AT, BERLIN, FACE = datetime(2026, 11, 22, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"), Face()


def person(name: str) -> Person:
    return Person("T1:U1", "T1", "U1", name, None, None, False, None)


def line(day: int, kind: str, micros: int, reason: str | None = None, other: str = "company") -> Line:
    return Line(datetime(2026, 11, day, 9, tzinfo=UTC), kind, micros, other, "Ελένη Ρούσσου", "Grace Hopper", reason)


def statement(name: str, lines: Sequence[Line], days: Sequence[Day], opening: int = 4_123_456) -> Statement:
    closing = opening + sum(each.amount_micros for each in lines) - sum(day.micros for day in days)
    return Statement(
        person=person(name), own=True, from_on=date(2026, 11, 1), to_on=date(2026, 11, 22), is_year=False,
        until_now=True, at=AT, zone=BERLIN, opening_micros=opening, lines=lines, days=days, closing_micros=closing,
        now_micros=closing, held_micros=250_000, packages=[],
        ends=[(datetime(2026, 11, 30, 23, tzinfo=UTC), 1_000_000), (None, closing - 1_000_000)],
    )  # fmt: skip


def text_of(pdf: bytes) -> tuple[list[str], str]:
    """Each page's text, and all of it with single spaces."""
    # pypdf reads the codes of a CFF font byte by byte; other readers do not.
    pages = [page.extract_text().replace("\0", "") for page in PdfReader(io.BytesIO(pdf)).pages]
    return pages, " ".join(" ".join(pages).split())


LINES = [
    line(1, "vest", 100_000_000, "month 3 of 48"),
    line(7, "send", -2_500_000, "the migration", "person"),
    line(12, "expire", -1_250_001, None, "expired"),
]
DAYS = [Day(date(2026, 11, day), day, 16_532 * day) for day in range(2, 22)]


def test_a_statement_has_every_figure() -> None:
    made = statement("Łukasz Dvořák", LINES, DAYS)
    assert adds_up(made)
    pages, text = text_of(statement_paper(made, FACE))
    assert len(pages) == 2
    for row in statement_texts.movement_rows(made):
        assert all(cell in text for cell in row), row
    for cells in (*statement_texts.sum_rows(made), *statement_texts.figures(made, FACE)):
        assert all(cell in text for cell in cells), cells
    assert "Łukasz Dvořák" in text
    assert "$1.00 (1M tokens) can be used until the end of 30 November 2026, and expires then." in text
    assert "$0.25 (250.0k tokens) of it is held for answers under way." in text
    assert "Made on 22 November 2026 at 13:00 (Europe/Berlin)." in text
    assert pages[1].lstrip().startswith("Day What Reason Amount Balance"), "the head is there again"
    assert "Page 2 of 2 · Statement of tokens, November 2026, Łukasz Dvořák" in pages[1]


def test_rows_add_up_from_the_first_to_the_last() -> None:
    made = statement("Ada", LINES, DAYS)
    rows = statement_texts.movement_rows(made)
    assert rows[0][1:] == ("Opening balance", "", "", "$4.123456")
    assert rows[1] == ("1 Nov 2026", "Package, vested by Grace Hopper", "month 3 of 48", "+$100.00", "$104.123456")
    assert rows[2] == ("2 Nov 2026", "2 questions", "", "−$0.033064", "$104.090392")
    assert rows[-1][1:] == ("Balance now", "", "", exact_dollars(made.closing_micros))
    came, went = statement_texts.came_and_went(made)
    assert made.opening_micros + came - went == made.closing_micros


def test_names_in_any_script() -> None:
    names = ("Ελένη", "山田", "김민수", "张伟", "Nguyễn", "Привет", "สมชาย", "Հայկ")
    _, text = text_of(statement_paper(statement(", ".join(names), [], []), FACE))
    assert ",".join(names) in "".join(text.split())


def test_scripts_that_need_shaping_have_their_fonts() -> None:
    pdf = statement_paper(statement("محمد علي שלום प्रिया", [], []), FACE)
    fonts = " ".join(str(each["/BaseFont"]) for each in fonts_of(pdf))
    assert all(script in fonts for script in ("Arabic", "Hebrew", "Devanagari")), fonts


def fonts_of(pdf: bytes) -> list[Any]:
    resources: Any = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]
    return [each.get_object() for each in resources["/Font"].values()]


def test_plain_letters_need_one_font() -> None:
    assert len(fonts_of(statement_paper(statement("Łukasz Ελένη Привет “x” … € −", LINES, []), FACE))) == 1


def test_what_is_written_in_plain_letters_needs_no_further_font() -> None:
    assert fonts_for("Ada: $4.12", range(128)) == []
    assert fonts_for("−", {0x2212}) == []
    assert fonts_for("山田 said → שלום", range(128)) == ["NotoSansHebrew[wght].ttf", "NotoSansSymbols[wght].ttf", CJK]
    assert all(font_file(name).is_file() for name in {BASE, *(font for _, _, font in SCRIPTS)})


def test_many_movements_go_over_many_pages() -> None:
    lines = [line(1 + number // 10, "send", -1_000, f"number {number}", "person") for number in range(150)]
    pages, text = text_of(statement_paper(statement("Ada", lines, []), FACE))
    assert len(pages) > 3
    assert all(f"Page {number} of {len(pages)} " in page for number, page in enumerate(pages, 1))
    assert all(f"number {number}" in text for number in range(150))


def offer(agreed: Terms, policy: Policy, to: str | None = "山田 太郎", models: int = 8) -> Offer:
    counted = [questions(f"model-{number}", 1_375 * (number + 1), 100_000_000) for number in range(models)]
    day = date(2026, 11, 22)
    return Offer(to, AT, day, agreed, 4_800_000_000, 100_000_000, counted, 3, texts.rules(policy, FACE, agreed))


def test_an_offer_is_one_page_with_the_rules_in_force() -> None:
    policy = Policy(leaving=Leaving(vested="keep", grace_days=60), send=Send(who="nobody"))
    made = offer(Terms(1_200_000_000, date(2026, 11, 22), 48, 12), policy)
    pages, text = text_of(offer_paper(made, FACE))
    assert len(pages) == 1
    for part in (
        "$1,200.00 (1.2B tokens) a year for 48 months, $4,800.00 (4.8B tokens) in all",
        "model-0 $0.0014 about 72,000", "Nothing vests in the first 12 months (the cliff).",
        "What has vested stays yours to use for 60 days more", "it cannot be sent to others",
        "3 more models can be asked as well",
    ):  # fmt: skip
        assert part in text, part
    for name, rule in made.rules:
        assert name in text
        assert rule in text


def test_an_offer_without_an_end_and_without_a_cliff() -> None:
    made = offer(
        Terms(1_000_000_000, date(2026, 11, 22)), Policy(send=Send(who="team", most_a_month=5_000_000)), to=None
    )
    pages, text = text_of(offer_paper(made, FACE))
    assert len(pages) == 1
    assert "With this job come tokens worth $1,000.00 (1B tokens) a year. They pay" in text
    assert "About $83.33 vests after each full month, for as long as you are with us." in text
    assert "You may send of it to the people of your teams, $5.00 (5M tokens) a month at most." in text


def test_a_month_of_nothing_is_nothing() -> None:
    said = dict(offer(Terms(1_000_000_000, date(2026, 11, 22)), Policy(send=Send(most_a_month=0))).rules)
    assert "cannot be sent to others" in said["Giving it to others"]


def test_questions_are_counted_to_two_digits() -> None:
    assert [rounded(count) for count in (0, 7, 99, 100, 4_166, 41_666)] == [0, 7, 99, 100, 4_100, 41_000]
    assert questions("m", 0, 5).a_month == 5


def test_the_library_is_not_loaded_before_the_first_page() -> None:
    program = "import sys, budget.packages.papers; sys.exit('fpdf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
