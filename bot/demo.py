"""The demo: a local workspace, a model and the bot as one process tree, stocked through the bot's own commands."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.children import Part, child
from bot.demo_stock import ADMIN, stock
from bot.follow import following
from bot.settings import Settings, load
from bot.wiring import Problems, models_of

HOME = Path(".demo")  # a folder for each port in it, so that two demos keep apart
LOCAL_MODELS = Path(__file__).parent.parent / "sandbox" / "model" / "demo.toml"
LAST_PORT_TRIED = 50  # so many ports after the wanted one
START_S = 60.0  # for a part to come up


@dataclass(frozen=True, slots=True)
class ModelPart:
    """The model of the demo: what the bot's environment says of it, and what the page does."""

    label: str
    note: str
    local: bool
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


async def demo(wanted_port: int) -> int:
    """Run until Ctrl-C; 0 when it ended cleanly, 1 when a part died. Raises Problems."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as parts:
        starting = asyncio.ensure_future(_start(parts, wanted_port))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.wait([starting])  # what it has begun, it ends
            return 0
        running = starting.result()
        deaths = [asyncio.ensure_future(part.process.wait()) for part in running]
        await asyncio.wait([*deaths, stopping], return_when=asyncio.FIRST_COMPLETED)
        for waiting in (*deaths, stopping):
            waiting.cancel()
        dead = [part for part in running if part.process.returncode is not None]
        for part in dead:
            said = f"Its last words ({part.log}):\n{part.last_words()}"
            print(f"\nThe {part.name} ended by itself. {said}", file=sys.stderr)
        print("\nStopping …", flush=True)
    return 1 if dead and not stop.is_set() else 0


def _folder(port: int) -> Path:
    """An empty folder for the demo on this port. Raises Problems."""
    folder = HOME / str(port)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as error:
        raise Problems([f"The demo keeps its books in {folder}, which cannot be made: {error.strerror}."]) from None
    return folder


async def _start(parts: AsyncExitStack, wanted_port: int) -> list[Part]:
    """Model, workspace, bot; then the stock. Prints the address when all is ready."""
    port = free_port(wanted_port)
    if port != wanted_port:
        print(f"Port {wanted_port} is busy; the page is on port {port} instead.", flush=True)
    folder = await asyncio.to_thread(_folder, port)
    model = await _model(parts)
    print("Starting the workspace and the bot …", flush=True)
    workspace, facts = await _workspace(parts, port, folder, model)
    environ = _bot_environ(facts, folder, model)
    bot = await parts.enter_async_context(child("bot", ["bot", "run"], environ, folder))
    async with aiohttp.ClientSession(base_url=facts["url"]) as http:
        await _until_connected(http, bot)
        await parts.enter_async_context(following(f"sqlite:///{_books(folder)}", facts["url"]))
        await stock(http, bot)
    print(f"\n  Stipend is ready:  {facts['url']}\n\n  Model: {model.label}. {model.note}")
    print(f"  Ctrl-C ends everything. The books stay in {_books(folder)} until the next demo here.", flush=True)
    return [workspace, bot]


def free_port(wanted: int) -> int:
    """The wanted port of this machine, or the next one that nobody has. Raises Problems."""
    for port in range(wanted, min(wanted + LAST_PORT_TRIED, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Problems([f"No port from {wanted} on is free; name another with `stipend demo --port`."])


async def _model(parts: AsyncExitStack) -> ModelPart:
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        return hosted_model()
    from sandbox.model.local import LocalModel, LocalModelError  # its package is there for the demo alone

    print("Starting the local model …", flush=True)
    try:
        model = await parts.enter_async_context(LocalModel())
    except LocalModelError as problem:
        raise Problems([str(problem)]) from None
    environ = {"STIPEND_MODELS": str(LOCAL_MODELS), "OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": model.secret}
    note = "It is tiny and often wrong; its prices are pretend."
    return ModelPart("SmolLM2-135M on this machine", note, True, environ)


def hosted_model() -> ModelPart:
    """The model that the environment names. Raises Problems."""
    settings = load(needs_slack=False)
    if not isinstance(settings, Settings):
        raise Problems(settings)
    default = models_of(settings).default_model()
    where = default.base_url or "OpenAI"
    passed = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "STIPEND_MODEL", "STIPEND_MODELS")
    environ = {name: os.environ[name] for name in passed if name in os.environ}
    return ModelPart(
        f"{default.name} at {where}", "Questions in this demo are sent there and cost money.", False, environ
    )


async def _workspace(parts: AsyncExitStack, port: int, folder: Path, model: ModelPart) -> tuple[Part, dict[str, str]]:
    command = ["sandbox.workspace", "--port", str(port), "--model-label", model.label, "--model-note", model.note]
    command += [] if model.local else ["--model-hosted"]
    part = await parts.enter_async_context(child("workspace", command, dict(os.environ), folder, answers=True))
    assert part.process.stdout is not None
    try:
        line = await asyncio.wait_for(part.process.stdout.readline(), START_S)
    except TimeoutError:
        line = b""
    if not line:
        raise Problems([f"The workspace did not start:\n{part.last_words()}"])
    return part, json.loads(line)


def _books(folder: Path) -> Path:
    return folder / "stipend.db"


def _bot_environ(facts: Mapping[str, str], folder: Path, model: ModelPart) -> dict[str, str]:
    """Nothing of the caller's own settings reaches the demo's bot, the model's aside."""
    ours = ("SLACK_", "STIPEND_", "OPENAI_") if model.local else ("SLACK_", "STIPEND_")
    # Slack's library heeds a proxy even for this machine's own addresses; a model elsewhere may need it.
    proxies = ("http_proxy", "https_proxy", "all_proxy") if model.local else ()
    kept = {n: v for n, v in os.environ.items() if not n.startswith(ours) and n.lower() not in proxies}
    return {
        **kept,
        **model.environ,
        "SLACK_API_URL": facts["api_url"],
        "SLACK_BOT_TOKEN": facts["bot_token"],
        "SLACK_APP_TOKEN": facts["app_token"],
        "DATABASE_URL": f"sqlite:///{_books(folder)}",
        "STIPEND_ADMINS": ADMIN,
        "STIPEND_STARTER_GRANT": "$2",
        "STIPEND_DRAIN_S": "2",  # Ctrl-C ends the demo within seconds, whatever the model is at
        "STIPEND_CONFIRM_ABOVE": "$0.03" if model.local else "$1",  # the dearer of the pretended prices is above it
        "STIPEND_MAX_OUTPUT_TOKENS": "512" if model.local else "4096",
        "STIPEND_THREAD_TOKENS": "2000" if model.local else "16000",
    }


async def _until_connected(http: aiohttp.ClientSession, bot: Part) -> None:
    for _ in range(int(START_S / 0.1)):
        if bot.process.returncode is not None:
            break
        async with http.get("/control/sockets") as answer:
            if (await answer.json())["connections"]:
                return
        await asyncio.sleep(0.1)
    raise Problems([f"The bot did not start:\n{bot.last_words()}"])
