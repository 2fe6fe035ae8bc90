"""How a command is described, and how a part of the grammar reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from budget import typed
from budget.money import Face
from handlers.commands.parts import Misread
from handlers.commands.words import Word

Parser = Callable[[Sequence[Word], Face], typed.Command | Misread]


class For(Enum):
    """Whom a command is for; help shows people what is for them first."""

    EVERYONE = "everyone"
    MANAGERS = "managers"
    ADMINS = "admins"


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. `forms` are its grammar, `example` a line that works as it is (with the right names).

    `more`: further examples, for the help on this command alone.
    """

    name: str
    forms: tuple[str, ...]
    example: str
    does: str
    who: For
    more: tuple[str, ...] = ()
