"""The demo: a local workspace, a model and the bot as one process tree, stocked through the bot's own commands."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import aiohttp

from bot.settings import Settings, load
from bot.wiring import Problems, models_of

HOME = Path(".demo")
LOCAL_MODELS = Path(__file__).parent.parent / "sandbox" / "model" / "demo.toml"
LAST_PORT_TRIED = 50  # so many ports after the wanted one
START_S = 60.0  # for a part to come up
STOP_S = 15.0
COMMAND_S = 20.0
ADMIN = "U0FRANCES"
STOCK = (  # who types what, before anybody opens the page
    (ADMIN, "/tokens fund $500 for the demo"),
    (ADMIN, "/tokens team create Platform"),
    (ADMIN, "/tokens team manager Platform @Grace Hopper"),
    (ADMIN, "/tokens team add Platform @Ada Lovelace @Alan Turing"),
    (ADMIN, "/tokens team channel Platform #platform"),
    (ADMIN, "/tokens grant Platform $100 for the quarter"),
    ("U0GRACE", "/tokens grant @Ada Lovelace $5 for getting started"),
)


@dataclass(frozen=True, slots=True)
class ModelPart:
    """The model of the demo: what the bot's environment says of it, and what the page does."""

    label: str
    note: str
    local: bool
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """A running child process and the file that its messages go to."""

    name: str
    process: Process
    log: Path


async def demo(wanted_port: int) -> int:
    """Run until Ctrl-C; 0 when it ended cleanly, 1 when a part died. Raises Problems."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await asyncio.to_thread(_clear)
    async with AsyncExitStack() as parts:
        starting = asyncio.ensure_future(_start(parts, wanted_port))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        running = starting.result()
        deaths = [asyncio.ensure_future(part.process.wait()) for part in running]
        await asyncio.wait([*deaths, stopping], return_when=asyncio.FIRST_COMPLETED)
        for waiting in (*deaths, stopping):
            waiting.cancel()
        dead = [part for part in running if part.process.returncode is not None]
        for part in dead:
            print(
                f"\nThe {part.name} ended by itself. Its last words ({part.log}):\n{_tail(part.log)}", file=sys.stderr
            )
        print("\nStopping …", flush=True)
    return 1 if dead and not stop.is_set() else 0


def _clear() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()


async def _start(parts: AsyncExitStack, wanted_port: int) -> list[Part]:
    """Model, workspace, bot; then the stock. Prints the address when all is ready."""
    port = free_port(wanted_port)
    if port != wanted_port:
        print(f"Port {wanted_port} is busy; the page is on port {port} instead.", flush=True)
    model = await _model(parts)
    print("Starting the workspace and the bot …", flush=True)
    workspace, facts = await _workspace(parts, port, model)
    bot = await parts.enter_async_context(_child("bot", ["-m", "bot", "run"], _bot_environ(facts, model)))
    async with aiohttp.ClientSession(base_url=facts["url"]) as http:
        await _until_connected(http, bot)
        for actor, text in STOCK:
            await _type(http, actor, text)
    print(f"\n  Stipend is ready:  {facts['url']}\n\n  Model: {model.label}. {model.note}")
    print("  Ctrl-C ends everything. The books stay in .demo/stipend.db until the next demo.", flush=True)
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


async def _workspace(parts: AsyncExitStack, port: int, model: ModelPart) -> tuple[Part, dict[str, str]]:
    command = ["-m", "sandbox.workspace", "--port", str(port), "--model-label", model.label, "--model-note", model.note]
    command += [] if model.local else ["--model-hosted"]
    part = await parts.enter_async_context(_child("workspace", command, dict(os.environ), answers=True))
    assert part.process.stdout is not None
    line = await asyncio.wait_for(part.process.stdout.readline(), START_S)
    if not line:
        raise Problems([f"The workspace did not start:\n{_tail(part.log)}"])
    return part, json.loads(line)


def _bot_environ(facts: Mapping[str, str], model: ModelPart) -> dict[str, str]:
    """Nothing of the caller's own settings reaches the demo's bot, the model's aside."""
    ours = ("SLACK_", "STIPEND_", "OPENAI_")
    # Slack's library heeds a proxy even for this machine's own addresses; a model elsewhere may need it.
    proxies = ("http_proxy", "https_proxy", "all_proxy") if model.local else ()
    kept = {n: v for n, v in os.environ.items() if not n.startswith(ours) and n.lower() not in proxies}
    return {
        **kept,
        **model.environ,
        "SLACK_API_URL": facts["api_url"],
        "SLACK_BOT_TOKEN": facts["bot_token"],
        "SLACK_APP_TOKEN": facts["app_token"],
        "DATABASE_URL": f"sqlite:///{HOME / 'stipend.db'}",
        "STIPEND_ADMINS": ADMIN,
        "STIPEND_STARTER_GRANT": "$2",
        "STIPEND_MAX_OUTPUT_TOKENS": "512" if model.local else "4096",
        "STIPEND_THREAD_TOKENS": "2000" if model.local else "16000",
    }


@asynccontextmanager
async def _child(name: str, command: Sequence[str], environ: Mapping[str, str], *, answers: bool = False) -> Any:
    """A Python child in a process group of its own (Ctrl-C is ours to pass on, in order); ended on leaving."""
    path = HOME / f"{name}.log"
    with path.open("wb") as log:
        process = await _spawn(command, environ, log, answers=answers)
    try:
        yield Part(name, process, path)
    finally:
        await _end(process)


async def _spawn(command: Sequence[str], environ: Mapping[str, str], log: IO[bytes], *, answers: bool) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, env=dict(environ), stdin=DEVNULL, stdout=PIPE if answers else log, stderr=log,
        start_new_session=True,
    )  # fmt: skip


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_connected(http: aiohttp.ClientSession, bot: Part) -> None:
    for _ in range(int(START_S / 0.1)):
        if bot.process.returncode is not None:
            break
        async with http.get("/control/sockets") as answer:
            if (await answer.json())["connections"]:
                return
        await asyncio.sleep(0.1)
    raise Problems([f"The bot did not start:\n{_tail(bot.log)}"])


async def _type(http: aiohttp.ClientSession, actor: str, text: str) -> None:
    """Have someone type a command into their DM with the app, and wait for the answer."""
    async with http.get("/control/state", params={"as": actor}) as answer:
        state = await answer.json()
    channel = next(room["id"] for room in state["channels"] if room["kind"] == "app")
    before = len(await _messages(http, actor, channel))
    async with http.post("/control/command", json={"as": actor, "channel": channel, "text": text}) as answer:
        if answer.status != 200:
            raise Problems([f"The demo could not be stocked: {await answer.text()}"])
    for _ in range(int(COMMAND_S / 0.05)):
        if len(await _messages(http, actor, channel)) > before:
            return
        await asyncio.sleep(0.05)
    raise Problems([f"The bot did not answer `{text}`:\n{_tail(HOME / 'bot.log')}"])


async def _messages(http: aiohttp.ClientSession, actor: str, channel: str) -> list[Any]:
    async with http.get("/control/messages", params={"as": actor, "channel": channel}) as answer:
        found: list[Any] = (await answer.json())["messages"]
        return found


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
