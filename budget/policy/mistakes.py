"""A policy as somebody writes it: read, or every mistake in it as a sentence with its line and key."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from budget.money import Face
from budget.policy.doubts import LONGEST_SHOWN, Known, Place, doubts
from budget.policy.policy import Policy

MOST_SYNTAX = 20  # mistakes of writing that are looked for, one after the other
HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a key. `line` None: nowhere in particular."""

    line: int | None
    key: str
    wrong: str

    @property
    def sentence(self) -> str:
        """`Line 4, send.who: write …`"""
        where = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.key) if part)
        return f"{where[:1].upper()}{where[1:]}: {self.wrong}." if where else f"{self.wrong}."


def read(toml: str, face: Face, known: Known) -> Policy | tuple[Mistake, ...]:
    """The policy, or everything that is wrong with it, from above."""
    tables, found = _tables(toml)
    lines = lines_of(toml)
    policy, wrong = _validated(tables, face, lines)
    found += wrong
    for place, words in doubts(policy, known):
        found.append(Mistake(line_of(lines, place), ".".join(place), words))
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.line or 0, each.key))) or policy


def _tables(toml: str) -> tuple[dict[str, Any], list[Mistake]]:
    """What can be read as TOML. A line that cannot is left out to see what comes after it, where that is sure."""
    rest, found = toml.replace("\r\n", "\n").split("\n"), list[Mistake]()
    while True:
        try:
            return tomllib.loads("\n".join(rest)), found
        except tomllib.TOMLDecodeError as error:
            at = AT_LINE.search(str(error))
            line = int(at[1]) if at else len(rest)
            key = KEY.match(rest[line - 1])
            found.append(Mistake(line, key[1] if key else "", _syntax(AT_LINE.sub("", str(error)))))
            if key is None or len(found) == MOST_SYNTAX:
                return {}, found
            rest[line - 1] = ""


def _syntax(said: str) -> str:
    """A mistake of writing, in our words where there are better ones."""
    if said.startswith("Cannot overwrite"):
        return "this is set twice"
    if said.startswith(("Cannot declare", "Cannot redefine", "Cannot mutate")):
        return "this section stands there twice; put its keys together"
    return 'this cannot be read: texts and amounts stand in quotes, like grant = "$20", and lists in brackets'


def lines_of(toml: str) -> Mapping[Place, int]:
    """The line where each section and key stands first."""
    lines: dict[Place, int] = {}
    section: Place = ()
    for number, text in enumerate(toml.replace("\r\n", "\n").split("\n"), start=1):
        if header := HEADER.match(text):
            section = _parts(header[1])
            lines.setdefault(section, number)
        elif key := KEY.match(text):
            lines.setdefault(section + _parts(key[1]), number)
    return lines


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in PART.findall(dotted))


def line_of(lines: Mapping[Place, int], place: Place) -> int | None:
    """The line of a key, or of what it stands in."""
    nearest = next((place[:size] for size in range(len(place), 0, -1) if place[:size] in lines), None)
    return None if nearest is None else lines[nearest]


def _validated(tables: Mapping[str, Any], face: Face, lines: Mapping[Place, int]) -> tuple[Policy, list[Mistake]]:
    """The policy of those sections that are right, and what is wrong with the others."""
    context = {"face": face}
    try:
        return Policy.model_validate(tables, context=context), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    bad = {str(each["loc"][0]) for each in details}
    rest = {name: table for name, table in tables.items() if name not in bad}
    return Policy.model_validate(rest, context=context), [_mistake(each, lines) for each in details]


def _mistake(detail: ErrorDetails, lines: Mapping[Place, int]) -> Mistake:
    place = tuple(str(part) for part in detail["loc"])
    named = tuple(part for part, raw in zip(place, detail["loc"], strict=True) if isinstance(raw, str))
    named = tuple(part for part in named if part != "[key]")
    return Mistake(line_of(lines, named), ".".join(named), _words(detail, named))


def _words(detail: ErrorDetails, place: Place) -> str:
    """What is to be written instead."""
    kind, given = detail["type"], _shown(detail["input"])
    if kind == "extra_forbidden":
        return _unknown(place)
    if kind == "literal_error":
        expected = str(detail["ctx"]["expected"]).replace("'", '"')
        return f"write {expected}, not {given}"
    if kind.startswith("int") or kind in ("greater_than_equal", "less_than_equal"):
        low, high = bounds(place)
        return f"write a whole number from {low} to {high}, not {given}"
    if kind.startswith("bool"):
        return f"write true or false, without quotes, not {given}"
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ").removesuffix(".")
    if kind in ("model_type", "dict_type", "mapping_type"):
        return f"this is a section: [{'.'.join(place)}] on a line of its own, and its keys below"
    return 'write names of models in brackets, like ["mini", "big"]'  # a tuple, or a name in it


def _shown(given: object) -> str:
    text = f'"{given}"' if isinstance(given, str) else str(given).lower() if isinstance(given, bool) else str(given)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _unknown(place: Place) -> str:
    """There is no such section or key; the nearest one."""
    *above, name = place
    section = section_of(tuple(above))
    names = list((section or Policy).model_fields)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    what = "key" if above else "section"
    if near:
        return f"there is no such {what}; the nearest is {near[0]}"
    return f"there is no such {what}; there are {', '.join(names)}"


def section_of(place: Place) -> type[BaseModel] | None:
    """The type of a section."""
    field = Policy.model_fields.get(place[0]) if place else None
    kind = field.annotation if field else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def bounds(place: Place) -> tuple[int, int]:
    """The least and the most that a number may be."""
    section = section_of(place)
    marks = section.model_fields[place[1]].metadata if section else []
    low, high = (next((getattr(mark, end) for mark in marks if hasattr(mark, end)), 0) for end in ("ge", "le"))
    return low, high
