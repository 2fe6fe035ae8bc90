"""Due work at regular moments. The scheduler only ticks: every job claims what it does in the database."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from budget.meters import Meters
from store.database import Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to do every `every_s` seconds, and at the start as well where that is said."""

    name: str
    every_s: float
    work: Callable[[], Awaitable[object]]
    at_start: bool = False


async def run(tick: Tick, meters: Meters) -> None:
    """Do it once; a fault is logged and the next tick tries again."""
    try:
        await tick.work()
    except Unavailable as away:
        meters.database_away("tick")
        log.warning("database is away", tick=tick.name, reason=str(away))
    except Exception:
        log.exception("tick failed", tick=tick.name)


def start(ticks: list[Tick], meters: Meters) -> AsyncIOScheduler:
    """Start ticking on the running loop; a tick that is late or still running is not run twice."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for tick in ticks:
        scheduler.add_job(
            run, "interval", args=[tick, meters], seconds=tick.every_s, id=tick.name, max_instances=1, coalesce=True,
            misfire_grace_time=None,
        )  # fmt: skip
        if tick.at_start:
            scheduler.add_job(run, args=[tick, meters], id=f"{tick.name} at start", misfire_grace_time=None)
    scheduler.start()
    return scheduler
