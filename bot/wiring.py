"""Where everything meets: the one place that reads the clock, makes ids and opens what others are handed."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Sized
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import structlog

from bot import health
from bot.admins import warn_of_admins
from bot.settings import Settings
from bot.traces import tracing
from budget.allowances.payout import pay_due
from budget.house import House, Rules
from budget.llm import Llm
from budget.offer.models import Models, load_models
from budget.offer.pricing import PriceBook
from budget.org.leaving import leave_due
from budget.packages.vesting import vest_due
from budget.projects.closing import return_due
from budget.requests.lapsing import remind_and_lapse
from budget.texts import purge_by_rule
from budget.transfers.lending import collect_due
from handlers.clock import ticks
from handlers.clock.ticks import Tick
from handlers.slack.app import Edge, Keys, connect
from store import schema
from store.database import Connection, Database
from store.sweep import expire_due, sweep

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 5.0
PURGE_EVERY_S = 300.0
DUE_EVERY_S = 5.0  # what a day or a moment makes due: so late at most
HEED_EVERY_S = 1.0  # so long at most until a stop that another replica heard of is heeded
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A short unique text that sorts by the millisecond it was made in."""
    millis, digits = int(now().timestamp() * 1000), ""
    while millis:
        millis, digit = divmod(millis, 36)
        digits = ALPHABET[digit] + digits
    return f"{digits}{uuid4().hex[:14]}"


class Problems(Exception):
    """What an operator has to mend before the bot can start: a sentence each."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def models_of(settings: Settings) -> Models:
    """The models on offer. Raises Problems."""
    key = settings.openai_api_key
    found = load_models(
        toml_path=settings.models, default_model=settings.model,
        openai_api_key=key.get_secret_value() if key else None, openai_base_url=settings.openai_base_url,
        environ=os.environ, book=PriceBook(), at=now(),
    )  # fmt: skip
    if isinstance(found, list):
        raise Problems(found)
    return found


def model_problems() -> list[str]:
    """What is wrong with the models, for when other settings are wrong too."""
    path, book = os.environ.get("STIPEND_MODELS"), PriceBook()
    found = load_models(
        toml_path=Path(path) if path else None, default_model=os.environ.get("STIPEND_MODEL"),
        openai_api_key=os.environ.get("OPENAI_API_KEY"), openai_base_url=os.environ.get("OPENAI_BASE_URL"),
        environ=os.environ, book=book, at=now(),
    )  # fmt: skip
    return found if isinstance(found, list) else []


def rules_of(settings: Settings) -> Rules:
    """The rules that the settings make."""
    return Rules(
        timezone=settings.zone, starter_grant_micros=settings.starter_grant_micros(), admins=settings.admins,
        confirm_above_micros=settings.confirm_above_micros(),
        min_output_tokens=settings.min_output_tokens, default_output_tokens=settings.max_output_tokens,
        context_tokens=settings.thread_tokens, wait_for_holds_s=settings.wait_for_holds_s, lease_s=settings.lease_s,
        asks_at_once=settings.asks_at_once,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def house_of(settings: Settings) -> AsyncIterator[House]:
    """Open what use cases need, and close it. The database is upgraded first. Raises Problems, Unavailable."""
    models, rules = models_of(settings), rules_of(settings)
    url = settings.database_url.get_secret_value()
    await asyncio.to_thread(schema.upgrade, url)
    database = await Database.open(url)
    llm = Llm(random=random.random)
    try:
        async with tracing(os.environ, new_id()) as traces:
            yield House(
                database, models, llm, now, new_id, settings.face, rules, traces=traces, retention=settings.retention
            )
    finally:
        await llm.close()
        await database.close()


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT, then drain. Raises Problems, NotConnected, Unavailable."""
    keys = _keys_of(settings)
    # Bolt would find them there a second time, and complain; nobody after us needs them.
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        os.environ.pop(name, None)
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with house_of(settings) as house:
        edge = await connect(house, keys, api_url=settings.slack_api_url, new_id=new_id, proxies=settings.http_proxies)
        async with _answering(settings, edge):
            scheduler = ticks.start(_ticks(house, edge), house.meters)
            log.info("ready", workspace=edge.desk.workspace_id, models=[model.name for model in house.models.all])
            looking = asyncio.create_task(warn_of_admins(edge.desk, settings.admins), name="admins")
            await stop.wait()
            looking.cancel()
            log.info("stopping")
            await edge.close(settings.drain_s)
            scheduler.shutdown(wait=False)


def _keys_of(settings: Settings) -> Keys:
    bot, app, signing = settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret
    if bot is None:
        raise AssertionError("settings.load(needs_slack=True) has checked the tokens")
    return Keys(
        bot.get_secret_value(),
        app.get_secret_value() if app else None,
        signing.get_secret_value() if signing else None,
    )


@contextlib.asynccontextmanager
async def _answering(settings: Settings, edge: Edge) -> AsyncIterator[None]:
    """Health, and Slack's calls where it is to call us, on the port that is set. Raises Problems."""
    try:
        async with health.listening(health.application(edge), settings.http_host, settings.http_port):
            yield
    except health.NoPort as problem:
        await edge.close(0)
        raise Problems([str(problem)]) from None


def _ticks(house: House, edge: Edge) -> list[Tick]:
    worker, lease_s = edge.worker, house.rules.lease_s
    shared = [Tick("heed stops", HEED_EVERY_S, worker.heed_stops)] if house.database.is_shared else []
    return [
        *shared,
        Tick("keep leases", lease_s / 4, worker.keep_leases),
        Tick("take over", min(lease_s / 4, SWEEP_EVERY_S), worker.take_over),
        Tick("close holds past their expiry", SWEEP_EVERY_S, lambda: _all_of(house, sweep)),
        Tick("burn what expired", SWEEP_EVERY_S, lambda: _all_of(house, expire_due)),
        Tick("pay allowances", DUE_EVERY_S, lambda: pay_due(house)),
        Tick("vest packages", DUE_EVERY_S, lambda: vest_due(house)),
        Tick("collect loans", DUE_EVERY_S, lambda: collect_due(house)),
        Tick("remind of requests, let them lapse", DUE_EVERY_S, lambda: remind_and_lapse(house)),
        Tick("let people leave", DUE_EVERY_S, lambda: leave_due(house)),
        Tick("give back what closed projects left", DUE_EVERY_S, lambda: return_due(house)),
        Tick("purge texts", PURGE_EVERY_S, lambda: purge_by_rule(house), at_start=True),
    ]


async def _all_of(house: House, work: Callable[[Connection, datetime], Sized]) -> None:
    """Do a bounded piece of work until nothing is left of it."""
    while await house.database.write(lambda conn: len(work(conn, house.now()))):
        pass
