"""Spans, sent as OpenTelemetry does it: over OTLP/HTTP, in batches, from a thread. The one module that knows it.

Its packages are an extra (`stipend[traces]`). Where to, how much and with which headers, OpenTelemetry's own variables
say; the SDK reads them.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode

from budget.traces import Fact, Kind, Span

LAST_BATCH_S = 3.0  # so long the end of the process waits for what is still to be sent
KINDS: dict[Kind, SpanKind] = {"inside": SpanKind.INTERNAL, "called": SpanKind.SERVER, "calling": SpanKind.CLIENT}


class OtelTracer:
    """A `budget.traces.Tracer`. `close` sends what is left."""

    def __init__(self, instance_id: str, environ: Mapping[str, str], exporter: SpanExporter | None = None) -> None:
        named = {SERVICE_INSTANCE_ID: instance_id}
        if not environ.get("OTEL_SERVICE_NAME"):
            named[SERVICE_NAME] = "stipend"
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("stipend")

    @contextmanager
    def span(self, name: str, facts: Mapping[str, Fact], kind: Kind = "inside", /) -> Iterator[Span]:
        """Exceptions are told by their kind alone: their texts may have anything in them."""
        with self._tracer.start_as_current_span(
            name, kind=KINDS[kind], attributes=facts, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _Noted(span)
            except asyncio.CancelledError:
                span.set_attribute("stipend.cancelled", True)
                raise
            except Exception as fault:
                span.set_attribute("error.type", type(fault).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    async def close(self) -> None:
        """Send what is left, in LAST_BATCH_S at most: a collector that hangs must not keep the process."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            self._provider.shutdown()
            loop.call_soon_threadsafe(done.set)

        threading.Thread(target=end, name="last spans", daemon=True).start()
        try:
            await asyncio.wait_for(done.wait(), LAST_BATCH_S)
        except TimeoutError:
            return


class _Noted:
    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def note(self, facts: Mapping[str, Fact], /) -> None:
        """Add facts; an `error.type` among them fails the step."""
        self._span.set_attributes(facts)
        if "error.type" in facts:
            self._span.set_status(Status(StatusCode.ERROR))
