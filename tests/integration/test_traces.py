"""Traces over the wire: a bot sends what it did to a collector, and nothing that anybody said or is."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.otel import OtelTracer
from bot.traces import tracing
from budget.traces import UNTRACED
from sandbox.model.script import Script, refuses, says, usage
from sandbox.seed import ADA, ALAN, GENERAL
from store.database import Database
from tests.acceptance.stage import Stage, on_stage
from tests.asking import bench
from tests.integration.test_http_mode import serve

STEPS = ("queue", "hold", "dispatch", "chat standin", "settle", "reply")


@dataclass
class Collector:
    """Takes OTLP over HTTP, as its specification has it."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    hangs: bool = False

    async def take(self, request: web.Request) -> web.Response:
        """One batch."""
        if self.hangs:
            await asyncio.sleep(60)
        self.headers.append(request.headers.get("x-secret", ""))
        self.bodies.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    @property
    def batches(self) -> Iterator[ExportTraceServiceRequest]:
        """What came."""
        for body in self.bodies:
            yield ExportTraceServiceRequest.FromString(body)

    @property
    def spans(self) -> list[Span]:
        """All of them."""
        return [s for batch in self.batches for r in batch.resource_spans for c in r.scope_spans for s in c.spans]

    def of_ask(self, outcome: str) -> dict[str, Span]:
        """The spans of the trace in which an ask ended so, by name."""
        [trace_id] = {s.trace_id for s in self.spans if facts(s).get("stipend.outcome") == outcome}
        return {span.name: span for span in self.spans if span.trace_id == trace_id}


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector on a port of its own."""
    collector, app = Collector(), web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield collector
    finally:
        await runner.cleanup()


def facts(span: Span) -> dict[str, object]:
    """A span's attributes as plain values."""
    found: dict[str, object] = {}
    for each in span.attributes:
        kind = each.value.WhichOneof("value")
        found[each.key] = getattr(each.value, kind or "string_value")
    return found


def told(url: str) -> dict[str, str]:
    """A bot's environment that names the collector."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": "x-secret=s3cr3t-of-the-collector",
        "OTEL_BSP_SCHEDULE_DELAY": "200", "NO_PROXY": "127.0.0.1",
    }  # fmt: skip


async def ask_three(stage: Stage) -> None:
    """One answered, one that the model's server refused, one without a budget."""
    stage.standin.script(says("Forty-two.", usage=usage(50, 9)), refuses(401))
    ts = await stage.people.send(ADA, GENERAL, "@stipend the meaning of life, sotto voce")
    await stage.answered(ts, GENERAL)
    ts = await stage.people.send(ADA, GENERAL, "@stipend and once more")
    await stage.whispered(ts, GENERAL)
    ts = await stage.people.send(ALAN, GENERAL, "@stipend I have nothing")
    await stage.whispered(ts, GENERAL, ALAN)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_an_ask_is_one_trace_from_the_event_to_the_reply(mode: str, sqlite_url: str, tmp_path: Path) -> None:
    async with collecting() as collector, on_stage(sqlite_url, tmp_path) as stage:
        environ = told(collector.url)
        if mode == "http":
            served = await serve(stage, **environ)
            await stage.people.deliver_to(served.events)
        else:
            await stage.start_bot(**environ)
        await stage.stock()
        await ask_three(stage)
        assert await stage.stop_bot(stage.bots[0]) == 0
        spans = collector.of_ask("answered")
        ask = spans["ask"]
        event = spans["slack events_api" if mode == "socket" else "slack request"]
        assert event.kind == Span.SPAN_KIND_SERVER
        assert not event.parent_span_id
        assert ask.parent_span_id == event.span_id
        assert {spans[name].parent_span_id for name in STEPS} == {ask.span_id}
        begins = [spans[name].start_time_unix_nano for name in STEPS]
        assert begins == sorted(begins)
        _look_at_the_call(spans["chat standin"])
        assert facts(spans["hold"])["stipend.payer"] == "person"
        assert facts(spans["settle"])["stipend.cost.micros"] == 68
        _look_at_the_others(collector)
        _look_for_words(collector, stage)


def _look_at_the_call(call: Span) -> None:
    known = facts(call)
    assert call.kind == Span.SPAN_KIND_CLIENT
    assert (known["gen_ai.operation.name"], known["gen_ai.request.model"]) == ("chat", "standin")
    assert (known["gen_ai.usage.input_tokens"], known["gen_ai.usage.output_tokens"]) == (50, 9)
    assert known["gen_ai.request.max_tokens"] == 1000
    assert known["server.address"] == "127.0.0.1"
    first_s = known["gen_ai.response.time_to_first_chunk"]
    assert isinstance(first_s, float)
    assert 0 < first_s < 20


def _look_at_the_others(collector: Collector) -> None:
    refused = collector.of_ask("bad_secret")["chat standin"]
    assert facts(refused)["error.type"] == "bad_secret"
    assert refused.status.code == 2
    [without] = [s for s in collector.spans if "stipend.refused" in facts(s)]
    assert facts(without)["stipend.refused"] == "spent"
    names = {
        each.value.string_value for b in collector.batches for r in b.resource_spans for each in r.resource.attributes
    }
    assert "stipend" in names
    assert set(collector.headers) == {"s3cr3t-of-the-collector"}


def _look_for_words(collector: Collector, stage: Stage) -> None:
    """No text, person, place or secret is in what was sent, nor is the collector's secret in the logs."""
    sent = b"".join(collector.bodies).decode("utf-8", "replace")
    people = (ADA, ALAN, GENERAL, "Ada", "Lovelace", "sotto", "Forty", "Platform", "@example", "xoxb", "xapp")
    secrets = (stage.standin.key, stage.workspace.bot_token, stage.workspace.signing_secret)
    assert [word for word in (*people, *secrets) if word in sent] == []
    assert "s3cr3t-of-the-collector" not in stage.log


async def test_a_collector_that_hangs_or_is_away_keeps_nobody_waiting(sqlite_url: str, tmp_path: Path) -> None:
    async with collecting() as collector, on_stage(sqlite_url, tmp_path) as stage:
        collector.hangs = True
        bot = await stage.start_bot(**told(collector.url))
        await stage.stock()
        stage.standin.script(says("Fine."))
        ts = await stage.people.send(ADA, GENERAL, "@stipend hello")
        assert "Fine." in (await stage.answered(ts, GENERAL))["text"]
        began_s = asyncio.get_running_loop().time()
        assert await stage.stop_bot(bot, signal.SIGTERM) == 0
        assert asyncio.get_running_loop().time() - began_s < 10
        bot = await stage.start_bot(**told("http://127.0.0.1:9"))
        ts = await stage.people.send(ADA, GENERAL, "@stipend hello again")
        await stage.answered(ts, GENERAL)
        assert await stage.stop_bot(bot) == 0


async def test_off_without_an_address_or_a_protocol_that_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    async with tracing({}, "one") as tracer:
        assert tracer is UNTRACED
    async with tracing(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "one"
    ) as it:
        assert it is UNTRACED


async def test_a_fault_is_told_by_its_kind_and_a_cancelled_call_still_settles(sqlite_database: Database) -> None:
    kept = InMemorySpanExporter()
    tracer = OtelTracer("one", {}, kept)
    with pytest.raises(ZeroDivisionError), tracer.span("broken", {"a": 1}):
        raise ZeroDivisionError("the words of a question")
    async with bench(sqlite_database) as made:
        made.house = replace(made.house, traces=tracer)
        await made.give(1_000_000)
        made.standin.script(Script(pieces=("a", "b"), hang_after=1))
        asking = asyncio.create_task(made.ask(await made.record()))
        async with asyncio.timeout(5):
            while made.standin.received == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        asking.cancel()
        await asyncio.wait([asking])
        await made.verified()
    await tracer.close()
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert dict(spans["broken"].attributes or {}) == {"a": 1, "error.type": "ZeroDivisionError"}
    assert spans["broken"].events == ()
    assert (spans["chat standin"].attributes or {})["stipend.cancelled"] is True
    assert (spans["settle"].attributes or {})["stipend.outcome"] == "cancelled"
