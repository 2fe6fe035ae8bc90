"""Reading HR's file: what people's spreadsheets make, and a sentence for everything that cannot be meant."""

import pytest

from budget.org import roster_lines
from budget.org.cost_centres import CODE_FORM
from budget.org.roster_lines import EXAMPLE, Line, read

HEAD = "email,team,manager,cost_centre,cost_centre_from,start,end\n"
ADA = Line(2, "ada@acme.example", "Platform", "bob@acme.example", "CC-1", "2026-01-01", "2024-02-29", "2026-12-31")
CELLS = ("ada@acme.example", "Platform", "bob@acme.example", "CC-1", "2026-01-01", "2024-02-29", "2026-12-31")


def bad(text: str | bytes) -> list[str]:
    """What is wrong, as people read it."""
    found = read(text if isinstance(text, bytes) else text.encode())
    return [f"{each.line}: {each.sentence}" for each in found.problems]


GOOD = {
    "plain": HEAD + ",".join(CELLS),
    "semicolons, CRLF": (HEAD + ",".join(CELLS)).replace(",", ";").replace("\n", "\r\n"),
    "tabs": (HEAD + ",".join(CELLS)).replace(",", "\t"),
    "byte order mark": "\ufeff" + HEAD + ",".join(CELLS),
    "only carriage returns": (HEAD + ",".join(CELLS)).replace("\n", "\r"),
    "every cell quoted": HEAD + ",".join(f'"{cell}"' for cell in CELLS),
    "other spellings": "E-Mail;Team Name;Manager E-Mail;Cost Center;cost-center.from;Start Date;Ends\n"
    + ";".join(CELLS),
    "another order": "end,start,mail,cost centre,team,MANAGER,cost_centre_since\n"
    + ",".join(CELLS[each] for each in (6, 5, 0, 3, 1, 2, 4)),
    "blanks and capitals": HEAD
    + " Ada@ACME.example ,\u00a0 Platform ,BOB@acme.example\t, CC-1 ,2026-01-01,2024-02-29 ,2026-12-31",
    "empty lines after": HEAD + ",".join(CELLS) + "\n,,,,,,\n\n   \n",
    "spare separators": HEAD + ",".join(CELLS) + ",,",
}  # fmt: skip


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_what_spreadsheets_make(text: str) -> None:
    found = read(text.encode())
    assert not found.problems
    assert list(found.lines) == [ADA]
    assert found.columns == frozenset(roster_lines.COLUMNS)
    assert (found.read, found.emails) == (1, frozenset({ADA.email}))


def test_columns_that_are_not_there_or_mean_nothing() -> None:
    found = read(b"phone,email,team,room\n1,a@b.example,,x\n")
    assert found.columns == frozenset({"email", "team"})
    assert list(found.unused) == ["phone", "room"]
    assert list(found.lines) == [Line(2, "a@b.example")]


def test_names_keep_their_letters() -> None:
    found = read('email;team;cost centre\nzoé@münchen.example;"Vertrieb;  Süd";Köln 4/7\n'.encode())
    assert list(found.lines) == [Line(2, "zoé@münchen.example", "Vertrieb; Süd", None, "Köln 4/7")]


LINES = {
    "no address": ("ada", "2: “ada” is no e-mail address."),
    "no domain": ("ada@acme", "2: “ada@acme” is no e-mail address."),
    "two of them": ("a@b.example b@c.example", "2: “a@b.example b@c.example” is no e-mail address."),
    "no e-mail": (",Platform", "2: There is no e-mail."),
    "a formula for an e-mail": ("=a@b.example", "2: “=a@b.example” is no e-mail address."),
    "a manager's name": ("a@b.example,,Bob", "2: “Bob” is no e-mail address."),
    "own manager": ("a@b.example,,A@B.example", "2: a@b.example cannot be their own manager."),
    "a day of the south": (
        "a@b.example,,,,,31.12.2026", "2: “31.12.2026” is not a day; write it like 2026-12-31.",
    ),
    "a day of the west": (
        "a@b.example,,,,,,12/31/2026", "2: “12/31/2026” is not a day; write it like 2026-12-31.",
    ),
    "a day without dashes": ("a@b.example,,,,,,20261231", "2: “20261231” is not a day; write it like 2026-12-31."),
    "other digits": ("a@b.example,,,,,,２０２６-12-31", "2: “２０２６-12-31” is not a day; write it like 2026-12-31."),
    "no such day": ("a@b.example,,,,,,2026-02-29", "2: “2026-02-29” is a day that does not exist."),
    "a day far away": ("a@b.example,,,,,0226-01-01", "2: “0226-01-01” is too far away to be meant."),
    "the end first": (
        "a@b.example,,,,,2026-02-01,2026-01-31", "2: The end 2026-01-31 is before the start 2026-02-01.",
    ),
    "a formula for a code": (
        "a@b.example,,,=1+1", f"2: “=1+1” is no cost centre. {CODE_FORM}",
    ),
    "a code too long": ("a@b.example,,," + 41 * "7", f"2: “{41 * '7'}” is no cost centre. {CODE_FORM}"),
    "a control character": (
        "a@b.example,Plat\x1b[2Jform", r"2: The team has characters that cannot be seen: “Plat\x1b[2Jform”.",
    ),
    "a line break in a cell": (
        'a@b.example,"Plat\nform"', r"2: The team has characters that cannot be seen: “Plat\nform”.",
    ),
    "turned around": ("a@b.example,\u202etac", r"2: The team has characters that cannot be seen: “\u202etac”."),
    "too few cells": (None, "2: There are 2 cells, and 7 columns in the first line."),
    "too many cells": ("a@b.example,,,,,,,x", "2: There are 8 cells, and 7 columns in the first line."),
    "an open quote": ('a@b.example,"Platform', "2: A quote is opened here and never closed."),
    "a quote too early": (
        'a@b.example,"Plat"form',
        "2: After a closing quote comes something else than the next cell; quotes inside a cell are written twice.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "sentence"), LINES.values(), ids=LINES.keys())
def test_a_line_that_cannot_be_meant(cells: str | None, sentence: str) -> None:
    given = "a@b.example,Platform" if cells is None else cells
    line = given if cells is None or ('"P' in given and "\n" not in given) else given + "," * (6 - given.count(","))
    assert bad(HEAD + line + "\nx@y.example,,,,,,\n")[:1] == [sentence]


NAMELESS = f"The first line has to name the columns, an e-mail among them, like: {EXAMPLE}"
FILES = {
    "nothing": (b"", "0: The file is empty."),
    "blank lines": (b"\n\n , \n", "0: The file is empty."),
    "no header": (
        b"ada@acme.example,Platform\n", f"1: {NAMELESS}",
    ),
    "no e-mails": (b"\nteam,end\n", f"2: {NAMELESS}"),
    "only e-mails": (
        b"email,room\na@b.example,1\n", f"1: There is nothing but e-mails: name other columns as well, like: {EXAMPLE}",
    ),
    "a column twice": (b"email,team,mail\n", "1: The column “email” is there twice."),
    "a day of nothing": (
        b"email,cost_centre_from\n", "1: There is a column “cost_centre_from”, but none “cost_centre”.",
    ),
    "Latin-1": (
        HEAD.encode() + b"a@b.example,Z\xfcrich,,,,,\n",
        "2: The file is not UTF-8 here (byte 0xfc): save it as UTF-8 (in a spreadsheet: “CSV UTF-8”).",
    ),
    "UTF-16": (
        HEAD.encode("utf-16"), "0: The file is UTF-16, not UTF-8: save it as UTF-8 (in a spreadsheet: “CSV UTF-8”).",
    ),
    "a spreadsheet": (b"PK\x03\x04\x14\x00\x06\x00\x08", None),
}  # fmt: skip


@pytest.mark.parametrize(("data", "sentence"), FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_read(data: bytes, sentence: str | None) -> None:
    problems = bad(data)
    assert len(problems) == 1
    assert sentence is None or problems == [sentence]
    assert not read(data).lines


def test_all_bad_lines_are_told_each_with_its_number() -> None:
    text = HEAD + 'a@b.example,,,,,,\nbad,,x,,1,,\n\n"c@d.example","two\nlines",,,,,\nA@B.example,,,,,,\n'
    assert bad(text) == [
        "3: “bad” is no e-mail address.",
        "3: “x” is no e-mail address.",
        "3: “1” is not a day; write it like 2026-12-31.",
        r"5: The team has characters that cannot be seen: “two\nlines”.",
        "7: a@b.example stands in line 2 already.",
    ]
    assert [line.number for line in read(text.encode()).lines] == [2]


def test_files_are_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_lines, "MOST_LINES", 2)
    text = HEAD + "".join(f"a{number}@b.example,,,,,,\n" for number in range(4))
    assert bad(text) == ["4: The file has more than 2 lines: split it."]
    monkeypatch.setattr(roster_lines, "MOST_BYTES", 10)
    assert bad(HEAD) == ["0: The file is larger than 0 MB."]


def test_what_is_long_is_shortened_in_a_sentence() -> None:
    (sentence,) = bad(HEAD + "x" * 300 + "@b.example,,,,,,\n")
    assert sentence == f"2: “{'x' * 59}…” is no e-mail address."
