"""Reading HR's file: lines of values that make sense each by itself, and a sentence for every line that does not.

A file is UTF-8 with `,` or `;` or tabs between cells; its first line names the columns, in any order.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from budget.org.cost_centres import CODE, CODE_FORM
from store.roster import email_key

MOST_BYTES, MOST_LINES = 64_000_000, 200_000
LONGEST_EMAIL = 254
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
EMAIL = re.compile(r"[^\W_][\w.!#$%&'*+/=?^`{|}~-]*@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SPACES = dict.fromkeys((0xA0, 0x2007, 0x202F), " ")  # that do not break, as spreadsheets have them
COLUMNS = ("email", "team", "manager", "cost_centre", "cost_centre_from", "start", "end")
SPELLINGS = {
    "email": ("email", "e_mail", "mail", "email_address", "e_mail_address", "mail_address", "work_email"),
    "team": ("team", "team_name"),
    "manager": ("manager", "manager_email", "manager_e_mail", "manager_mail", "reports_to"),
    "cost_centre": ("cost_centre", "cost_center", "costcentre", "costcenter"),
    "cost_centre_from": (
        "cost_centre_from", "cost_center_from", "costcentre_from", "costcenter_from", "cost_centre_since",
        "cost_center_since",
    ),
    "start": ("start", "starts", "start_date", "starts_on", "startdate"),
    "end": ("end", "ends", "end_date", "ends_on", "enddate"),
}  # fmt: skip
NAMES = {spelling: column for column, spellings in SPELLINGS.items() for spelling in spellings}
EXAMPLE = "email,team,manager,cost_centre,cost_centre_from,start,end"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be used; `line` as an editor counts them, 0 for the file as a whole."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person as the file has them. None: the cell is empty, or there is no such column."""

    number: int
    email: str
    team: str | None = None
    manager: str | None = None
    cost_centre: str | None = None
    cost_centre_from: str | None = None
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """What a file says. `columns`: those it has, by our names; `unused`: those that mean nothing to us."""

    lines: Sequence[Line]
    problems: Sequence[Problem]
    columns: frozenset[str] = frozenset()
    unused: Sequence[str] = ()
    read: int = 0  # lines with something in them, good or bad
    emails: frozenset[str] = frozenset()  # of all of these


@dataclass
class Reading:
    """What was found so far."""

    columns: Sequence[str | None]
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    read: int = 0


def read(data: bytes) -> File:
    """All lines of a file, and all that is wrong with it."""
    text = decoded(data)
    if isinstance(text, Problem):
        return File((), (text,))
    records = split(text)
    header = next(records, None)
    if isinstance(header, Problem):
        return File((), (header,))
    if header is None:
        return File((), (Problem(0, "The file is empty."),))
    named = headed(*header)
    if isinstance(named, File):
        return named
    reading = Reading(named)
    for record in records:
        take(reading, record)
    unused = [name.strip() for name, column in zip(header[1], named, strict=True) if column is None and name.strip()]
    columns = frozenset(column for column in named if column)
    problems = sorted(reading.problems, key=lambda each: each.line)
    return File(reading.lines, problems, columns, unused, reading.read, frozenset(reading.first))


def decoded(data: bytes) -> str | Problem:
    """The text, if it is UTF-8."""
    if len(data) > MOST_BYTES:
        return Problem(0, f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    save = "save it as UTF-8 (in a spreadsheet: “CSV UTF-8”)"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(0, f"The file is UTF-16, not UTF-8: {save}.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(data[: error.start].splitlines()) or 1
        return Problem(line, f"The file is not UTF-8 here (byte {data[error.start]:#04x}): {save}.")


def split(text: str) -> Iterator[tuple[int, list[str]] | Problem]:
    """Records with the line each begins at, empty ones left out; the last may be why no more can be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        yield Problem(begins, unreadable(str(error)))


def unreadable(error: str) -> str:
    """What the reader of CSV complains of, in words for people."""
    if "end of data" in error:
        return "A quote is opened here and never closed."
    if "expected after" in error:
        return "After a closing quote comes something else than the next cell; quotes inside a cell are written twice."
    if "field larger" in error:
        return "A cell is too long; perhaps a quote is opened here and never closed."
    return "This cannot be read as CSV."


def delimiter(text: str) -> str:
    """Whatever stands most often in the first line that says something."""
    head = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(",;\t", key=head.count)


def headed(number: int, cells: Sequence[str]) -> list[str | None] | File:
    """Which column each cell is, None for one of no use; or why this is no header."""
    columns = [NAMES.get(re.sub(r"[\s._-]+", "_", cell.strip().casefold())) for cell in cells]
    named = [column for column in columns if column]
    twice = next((column for column in COLUMNS if named.count(column) > 1), None)
    if "email" not in named:
        sentence = f"The first line has to name the columns, an e-mail among them, like: {EXAMPLE}"
    elif twice:
        sentence = f"The column “{twice}” is there twice."
    elif len(named) == 1:
        sentence = f"There is nothing but e-mails: name other columns as well, like: {EXAMPLE}"
    elif "cost_centre_from" in named and "cost_centre" not in named:
        sentence = "There is a column “cost_centre_from”, but none “cost_centre”."
    else:
        return columns
    return File((), (Problem(number, sentence),))


def take(reading: Reading, record: tuple[int, list[str]] | Problem) -> None:
    """One record: a line, or what is wrong with it."""
    reading.read += 1
    if isinstance(record, Problem):
        reading.problems.append(record)
        return
    number, cells = record
    if reading.read > MOST_LINES:
        if reading.read == MOST_LINES + 1:
            reading.problems.append(Problem(number, f"The file has more than {MOST_LINES:,} lines: split it."))
        return
    line, sentences = line_of(number, reading.columns, cells)
    first = reading.first.setdefault(line.email, number) if line and line.email else number
    if first != number and line:
        sentences.append(f"{line.email} stands in line {first} already.")
    reading.problems += [Problem(number, sentence) for sentence in sentences]
    if line and not sentences:
        reading.lines.append(line)


def line_of(number: int, columns: Sequence[str | None], cells: Sequence[str]) -> tuple[Line | None, list[str]]:
    """A record as a line, with all that is wrong with it."""
    spare = [cell for cell in cells[len(columns) :] if cell.strip()]
    if len(cells) < len(columns) or spare:
        return None, [f"There are {len(cells)} cells, and {len(columns)} columns in the first line."]
    named = {column: cell.translate(SPACES).strip() for column, cell in zip(columns, cells, strict=False) if column}
    sentences = [sentence for column in COLUMNS if named.get(column) and (sentence := amiss(column, named[column]))]
    sentences += [] if named["email"] else ["There is no e-mail."]
    line = (
        Line(number, **{column: tidy(column, cell) for column, cell in named.items() if cell})
        if named["email"]
        else None
    )
    return line, sentences or (together(line) if line else [])


def tidy(column: str, cell: str) -> str:
    """A cell as it is kept."""
    return email_key(cell) if column in ("email", "manager") else " ".join(cell.split())


def amiss(column: str, cell: str) -> str | None:
    """What is wrong with a cell by itself."""
    if not cell.isprintable():
        return f"The {WORDS[column]} has characters that cannot be seen: {quoted(cell)}."
    if column in ("email", "manager"):
        return None if len(cell) <= LONGEST_EMAIL and EMAIL.fullmatch(cell) else f"{quoted(cell)} is no e-mail address."
    if column in ("cost_centre_from", "start", "end"):
        return no_day(cell)
    if column == "cost_centre" and not CODE.fullmatch(" ".join(cell.split())):
        return f"{quoted(cell)} is no cost centre. {CODE_FORM}"
    return None


WORDS: Mapping[str, str] = {
    "email": "e-mail", "team": "team", "manager": "manager", "cost_centre": "cost centre",
    "cost_centre_from": "day of the cost centre", "start": "start", "end": "end",
}  # fmt: skip


def no_day(cell: str) -> str | None:
    """Why this is not a day, if it is none."""
    try:
        day = date.fromisoformat(cell) if ISO.fullmatch(cell) else None
    except ValueError:
        return f"{quoted(cell)} is a day that does not exist."
    if day is None:
        return f"{quoted(cell)} is not a day; write it like 2026-12-31."
    return None if EARLIEST <= day < LATEST else f"{quoted(cell)} is too far away to be meant."


def together(line: Line) -> list[str]:
    """What is wrong with the cells of a line together."""
    sentences = []
    if line.manager == line.email:
        sentences.append(f"{line.email} cannot be their own manager.")
    if line.start and line.end and line.end < line.start:
        sentences.append(f"The end {line.end} is before the start {line.start}.")
    return sentences


def quoted(text: str) -> str:
    """Text from the file inside a sentence: short, and without what a terminal or a table would act on."""
    plain = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return f"“{plain if len(plain) <= 60 else plain[:59] + '…'}”"
