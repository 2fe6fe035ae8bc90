"""`python -m sandbox.workspace --port 0`: a workspace alone; prints one line of JSON with its address and tokens."""

import argparse
import asyncio
import json
import signal
import sys

from sandbox.seed import demo_seed
from sandbox.workspace.seeds import ModelNote
from sandbox.workspace.server import start_workspace


async def _serve(port: int, model: ModelNote) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    workspace = await start_workspace(demo_seed(model), port=port)
    facts = {
        "url": workspace.url, "api_url": workspace.api_url, "bot_token": workspace.bot_token,
        "app_token": workspace.app_token, "signing_secret": workspace.signing_secret,
    }  # fmt: skip
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()
    try:
        await ended.wait()
    finally:
        await workspace.close()


def main() -> None:
    """Read the port and serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.workspace", description="A local Slack workspace.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--model-label", default="", help="what stands behind the app, for the page")
    parser.add_argument("--model-note", default="", help="a sentence about it")
    parser.add_argument("--model-hosted", action="store_true", help="it is not on this machine")
    options = parser.parse_args()
    model = ModelNote(options.model_label, options.model_note, not options.model_hosted)
    asyncio.run(_serve(options.port, model))


if __name__ == "__main__":
    main()
