"""An expected "no"."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class No:
    """Refused, and nothing was changed. `sentence` is for the person (plain text), `example` what to type."""

    sentence: str
    example: str = ""
