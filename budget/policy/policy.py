"""The policy: every decision about tokens that is the company's, with what holds where nothing was decided.

It is written as TOML, `[section]` by `[section]`; amounts as people type them (`"$20"`, `"250k"`, `0`).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from budget.money import BadAmount, Face, parse_amount


def _amount(typed: object, info: ValidationInfo) -> object:
    """Micro-dollars of an amount as it is typed; 0 is none."""
    if isinstance(typed, bool) or not isinstance(typed, str | int):
        raise ValueError('write an amount in quotes, like "$20" or "250k", or 0')
    if str(typed).strip() in ("0", "$0"):
        return 0
    face: Face = (info.context or {}).get("face", Face())
    amount = parse_amount(str(typed), face)
    if isinstance(amount, BadAmount):
        raise ValueError(amount.sentence)
    return amount


Micros = Annotated[int, BeforeValidator(_amount)]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Whole = Annotated[int, Field(strict=True)]


class Section(BaseModel):
    """A table of the policy; what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Starter(Section):
    """What everybody gets who comes for the first time. Left out: what STIPEND_STARTER_GRANT says."""

    grant: Micros | None = None


class Send(Section):
    """Who may give of their own to others, and how much in a calendar month."""

    who: Literal["anyone", "team", "nobody"] = "anyone"
    most_a_month: Micros = 25_000_000


class Requests(Section):
    """Asking for more. `small`: a request of at most so much is granted at once, `small_a_month` for each person."""

    approver: Literal["manager", "admins"] = "manager"
    small: Micros = 0
    small_a_month: Micros = 0
    lapse_days: Annotated[Whole, Field(ge=1, le=90)] = 7
    remind_days: Annotated[Whole, Field(ge=0, le=89)] = 2  # before it lapses; 0: no reminder


class Moves(Section):
    """`confirm_above`: more than this is shown, before and after, and asked for first. 0: whatever the amount."""

    confirm_above: Micros = 100_000_000
    undo_hours: Annotated[Whole, Field(ge=0, le=24 * 31)] = 24


class Asks(Section):
    """`least`: so much must be there before a question is let through. `most`: none may cost more; 0: no bound."""

    least: Micros = 0
    most: Micros = 0


class Models(Section):
    """Which models answer: `allowed` for everybody (empty: all), `teams` for members of a team instead."""

    allowed: Names = ()
    teams: dict[str, Names] = Field(default_factory=dict)


class Pools(Section):
    """Do team pools pay when somebody's own is used up: by themselves, by a click, or not at all."""

    fallback: Literal["always", "ask", "never"] = "always"


class Leaving(Section):
    """What becomes of what somebody has when they leave. `keep`: it is theirs for `grace_days` more."""

    vested: Literal["return", "keep"] = "return"
    grace_days: Annotated[Whole, Field(ge=0, le=366)] = 30


class Guests(Section):
    """Whether guests and people of other organisations get in without an admin's word on each."""

    allowed: Annotated[bool, Field(strict=True)] = False


class Allowances(Section):
    """`missed`: periods that passed while nothing ran. `order`: who is paid first where a pool is too small for all."""

    missed: Literal["pay", "skip"] = "pay"
    order: Literal["joined", "name", "poorest"] = "joined"


class Privacy(Section):
    """Groups of fewer active people are never shown."""

    floor: Annotated[Whole, Field(ge=3, le=1000)] = 5


class Policy(Section):
    """All of it; a section left out is as it is here."""

    starter: Starter = Starter()
    send: Send = Send()
    requests: Requests = Requests()
    moves: Moves = Moves()
    ask: Asks = Asks()
    models: Models = Models()
    pools: Pools = Pools()
    leaving: Leaving = Leaving()
    guests: Guests = Guests()
    allowances: Allowances = Allowances()
    privacy: Privacy = Privacy()
