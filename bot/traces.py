"""Whether spans are sent, and where: as OpenTelemetry's own variables say. Off without them or its packages."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

import structlog

from budget.traces import UNTRACED, Tracer

log = structlog.get_logger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
SPOKEN = "http/protobuf"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the environment asks for. `host` empty: no traces; `problem`: why there are none all the same."""

    host: str = ""
    problem: str = ""


def wanted(environ: Mapping[str, str], *, installed: bool) -> Wanted:
    """Whether to trace. https://opentelemetry.io/docs/specs/otel/protocol/exporter"""
    address = _first(environ, ENDPOINTS)
    off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    if not address or off:
        return Wanted()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Wanted(address, "OTEL_EXPORTER_OTLP_ENDPOINT is no address that begins with http:// or https://")
    if _first(environ, PROTOCOLS) not in ("", SPOKEN):
        return Wanted(parts.hostname, f"OTEL_EXPORTER_OTLP_PROTOCOL is not {SPOKEN}, which is all that is spoken here")
    if not installed:
        return Wanted(parts.hostname, "the packages for them are not installed; install stipend[traces]")
    return Wanted(parts.hostname)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def is_installed() -> bool:
    """Whether the extra is there."""
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


@asynccontextmanager
async def tracing(environ: Mapping[str, str], instance_id: str) -> AsyncIterator[Tracer]:
    """The tracer for this process. `instance_id` tells replicas apart."""
    found = wanted(environ, installed=is_installed())
    if found.problem:
        log.warning("no traces", why=found.problem)
    if found.problem or not found.host:
        yield UNTRACED
        return
    from bot.otel import OtelTracer  # its packages are an extra

    tracer = OtelTracer(instance_id, environ)
    log.info("traces are sent", host=found.host)
    try:
        yield tracer
    finally:
        await tracer.close()
