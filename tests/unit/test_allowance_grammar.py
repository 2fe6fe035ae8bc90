"""How `allowance …` is read, and what is said where it cannot be."""

from datetime import date

import pytest

from budget.allowances.typed import (
    Everyone,
    PayAllowances,
    SetAllowance,
    ShowAllowance,
    ShowAllowances,
    StopAllowance,
)
from budget.money import Face
from budget.typed import Command, Company, PersonRef, TeamRef, people_in
from handlers.commands.grammar import parse
from handlers.commands.parts import Misread
from handlers.slack.wire.markup import read

ADA, A = PersonRef("UADA", "ada"), "<@UADA|ada>"
ALL = Everyone()


def command(text: str) -> Command | Misread:
    return parse(read(f"allowance {text}"), Face())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ShowAllowances()),
        ("pay", PayAllowances()),
        ("everyone", ShowAllowance(ALL)),
        ("Everybody", ShowAllowance(ALL)),
        ("platform", ShowAllowance(TeamRef("platform"))),
        (A, ShowAllowance(ADA)),
        (f"{A} stop", StopAllowance(ADA)),
        ("stop everyone", StopAllowance(ALL)),
        (f"{A} $20 monthly", SetAllowance(ADA, 20_000_000, "month")),
        ("everyone 250k Weekly", SetAllowance(ALL, 250_000, "week")),
        ('"Data Platform" 2M quarterly', SetAllowance(TeamRef("Data Platform"), 2_000_000, "quarter")),
        ("everyone $20 monthly rollover 50%", SetAllowance(ALL, 20_000_000, "month", 10_000_000)),
        ("everyone 3 monthly rollover 50%", SetAllowance(ALL, 3, "month", 1)),
        ("everyone $20 monthly rollover 12.5%", SetAllowance(ALL, 20_000_000, "month", 2_500_000)),
        ("everyone $20 monthly rollover all", SetAllowance(ALL, 20_000_000, "month", 20_000_000)),
        ("everyone $20 monthly rollover none", SetAllowance(ALL, 20_000_000, "month")),
        ("everyone $20 monthly rollover 0", SetAllowance(ALL, 20_000_000, "month")),
        ("everyone $20 monthly rollover $5 expires 2", SetAllowance(ALL, 20_000_000, "month", 5_000_000, 2)),
        ("everyone $20 weekly rollover $5 expires 1 week", SetAllowance(ALL, 20_000_000, "week", 5_000_000, 1)),
        ("everyone $20 weekly expires 3 periods rollover $5", SetAllowance(ALL, 20_000_000, "week", 5_000_000, 3)),
        ("everyone $20 weekly rollover $5 expires never", SetAllowance(ALL, 20_000_000, "week", 5_000_000)),
        (
            f"{A} $20 monthly by platform from 2027-01-01",
            SetAllowance(ADA, 20_000_000, "month", from_on=date(2027, 1, 1), by=TeamRef("platform")),
        ),
        ("platform $20 monthly by company", SetAllowance(TeamRef("platform"), 20_000_000, "month", by=Company())),
    ],
)
def test_what_is_meant(text: str, meant: Command) -> None:
    found = command(text)
    assert found == meant
    assert people_in(meant) == ((ADA,) if A in text else ())


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("company $5 weekly", "gets new budget by `fund`"),
        ("$5 everyone weekly", "First whose it is"),
        ("everyone lots weekly", "`lots` is not an amount"),
        ("everyone $5", "`weekly`, `monthly` or `quarterly`"),
        ("everyone $5 daily", "`weekly`, `monthly` or `quarterly`"),
        ("everyone $0 weekly", "more than zero"),
        ("everyone $5 weekly rollover", "Say once what comes after `rollover`"),
        ("everyone $5 weekly rollover all rollover none", "Say once what comes after `rollover`"),
        ("everyone $5 weekly rollover 101%", "is not a share"),
        ("everyone $5 weekly rollover nan%", "is not a share"),
        ("everyone $5 weekly rollover -1%", "is not a share"),
        ("everyone $5 weekly rollover $6", "No more can roll over than the amount itself"),
        ("everyone $5 weekly rollover some", "`some` cannot roll over"),
        ("everyone $5 weekly rollover all expires 0", "is no number of periods"),
        ("everyone $5 weekly rollover all expires 121", "is no number of periods"),
        ("everyone $5 weekly rollover all expires ²", "is no number of periods"),
        ("everyone $5 weekly rollover all expires 2 months", "ends after whole weeks"),
        ("everyone $5 weekly expires 2", "say how much does"),
        ("everyone $5 weekly from tomorrow", "is not a date"),
        (f"everyone $5 weekly by {A}", "no person's wallet"),
        ("everyone $5 weekly for fun", "I understand all but `for fun`"),
        (f"{A} stop now", "I understand all but `now`"),
        ("@ada $5 weekly", "is not a person I can see"),
    ],
)
def test_what_cannot_be_read(text: str, part: str) -> None:
    found = command(text)
    assert isinstance(found, Misread), found
    assert part in found.sentence
    assert found.example.startswith("allowance")
