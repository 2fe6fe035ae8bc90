"""A typed line as words: quotes kept together, mentions recognised. Each chat platform makes them of its own markup.

People paste: curly quotes, non-breaking and zero-width spaces and typographic dashes are what they look like.
"""

import re
from dataclasses import dataclass

SPACES = dict.fromkeys((9, 10, 13, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
NOTHING = dict.fromkeys((0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF))
QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02"), '"')
PLAIN = SPACES | NOTHING | QUOTES
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # with halves of surrogate pairs: no database takes them
WORD = re.compile(r'"(?P<quoted>[^"]*)"(?=\s|$)|(?P<bare>\S+)')


@dataclass(frozen=True, slots=True)
class Text:
    """A word, or several in quotes."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A person, by the platform's id."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, by the platform's id."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A user group, by the platform's id; its label is the name that people type after `@`."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A quote that was opened and not closed, with what follows it."""

    text: str


Word = Text | Mention | Place | Circle | Unclosed


def tidy(text: str) -> str:
    """The text with plain quotes and spaces, without control and invisible characters."""
    return CONTROL.sub("", text.translate(PLAIN))


def split(text: str) -> list[Word]:
    """The words of a tidied text without mentions; a quote that never closes swallows the rest."""
    words: list[Word] = []
    for match in WORD.finditer(text):
        if match["quoted"] is not None:
            words.append(Text(" ".join(match["quoted"].split()), quoted=True))
        elif match["bare"].startswith('"'):
            return [*words, Unclosed(text[match.start() + 1 :].strip())]
        else:
            words.append(Text(match["bare"]))
    return words


def shown(word: Word) -> str:
    """A word as the person wrote it, more or less."""
    match word:
        case Mention() | Circle():
            return f"@{word.label or word.id}"
        case Place():
            return f"#{word.label or word.id}"
        case Text(quoted=True) | Unclosed():
            return f'"{word.text}"'
        case _:
            return word.text
