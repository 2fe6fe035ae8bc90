"""What every use case may need, in one frozen object made by the wiring."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from budget.llm import Llm
from budget.meters import Meters
from budget.money import Face
from budget.offer.models import Models
from budget.retention import Retention
from budget.traces import UNTRACED, Tracer
from store.database import Database


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings that decide about money and time."""

    timezone: ZoneInfo
    starter_grant_micros: int = 0
    admins: frozenset[str] = frozenset()  # Slack ids, or e-mails in lower case
    min_output_tokens: int = 256
    default_output_tokens: int = 4_096
    context_tokens: int = 16_000  # of the thread, as an upper bound
    confirm_above_micros: int = 1_000_000  # an ask that may cost more is asked for first
    wait_for_holds_s: float = 5.0
    lease_s: float = 60.0
    asks_at_once: int = 200  # in a process; more of them are recorded, and wait their turn


@dataclass(frozen=True, slots=True)
class House:
    """`now` gives aware UTC times; `new_id` short unique texts that sort by time."""

    database: Database
    models: Models
    llm: Llm
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    face: Face
    rules: Rules
    meters: Meters = field(default_factory=Meters)
    traces: Tracer = UNTRACED
    retention: Retention = field(default_factory=Retention)
