"""Traces: when they are sent at all, and the names that the conventions have for what is in them."""

import ast
from pathlib import Path

import pytest
from opentelemetry.semconv._incubating.attributes import error_attributes, gen_ai_attributes, server_attributes

from bot.traces import Wanted, wanted
from budget import traces
from budget.llm import End, RateLimited
from budget.offer.pricing import Usage
from budget.traces import PROVIDERS, UNTRACED, asked, came
from sandbox.model.standin import ModelStandin
from tests.asking import model

COLLECTOR = "http://collector:4318"


@pytest.mark.parametrize(
    ("environ", "host", "problem"),
    [
        ({}, "", ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, "", ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR}, "collector", ""),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": COLLECTOR}, "collector", ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_SDK_DISABLED": "TRUE"}, "", ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}, "", ""),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "collector", "protobuf"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "collector:4318", "no address"),
    ],
)
def test_opentelemetrys_own_variables_decide(environ: dict[str, str], host: str, problem: str) -> None:
    found = wanted(environ, installed=True)
    assert found.host == host
    assert problem in found.problem
    assert bool(problem) == bool(found.problem)


def test_without_the_extra_there_are_none_and_it_is_said() -> None:
    found = wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR}, installed=False)
    assert "stipend[traces]" in found.problem
    assert wanted({}, installed=False) == Wanted()


def test_untraced_costs_nothing_and_takes_everything() -> None:
    with UNTRACED.span("ask", {"a": 1}) as span:
        span.note({"b": "c"})


def test_names_are_those_of_the_conventions() -> None:
    known = {
        value
        for module in (gen_ai_attributes, server_attributes, error_attributes)
        for value in vars(module).values()
        if isinstance(value, str)
    }
    tree = ast.parse(Path(traces.__file__).read_text(encoding="utf-8"))
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    named = {name for name in said if name.startswith(("gen_ai.", "server.", "error."))}
    assert len(named) > 10
    assert named <= known
    providers = {each.value for each in gen_ai_attributes.GenAiProviderNameValues}
    assert set(PROVIDERS.values()) <= providers


async def test_what_is_known_of_a_call() -> None:
    class Done:
        end = End("stop", Usage(120, 30, cache_read_tokens=20))
        fault = None
        first_s = 11.5

    class Broken:
        end = End("a text of the provider's own", None)
        fault = RateLimited(reached=True)
        first_s = None

    async with ModelStandin() as standin:
        before = asked(model(standin, provider="google"), 400)
    assert before["gen_ai.provider.name"] == "gcp.gemini"
    assert (before["gen_ai.request.model"], before["gen_ai.request.max_tokens"]) == ("standin", 400)
    assert before["server.address"] == "127.0.0.1"
    after = came(Done(), 10.0)
    assert (after["gen_ai.usage.input_tokens"], after["gen_ai.usage.output_tokens"]) == (120, 30)
    assert after["gen_ai.usage.cache_read.input_tokens"] == 20
    assert after["gen_ai.response.finish_reasons"] == ("stop",)
    assert after["gen_ai.response.time_to_first_chunk"] == 1.5
    assert came(Broken(), 10.0) == {"error.type": "rate_limited", "gen_ai.response.finish_reasons": ("other",)}
