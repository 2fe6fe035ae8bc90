"""Slack's Stop button on an answer under way. Slack ends the stream by itself; the work behind it is ours to end."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from handlers.slack.desk import Desk
from handlers.slack.faults import No
from handlers.slack.late import Late
from handlers.slack.line import call
from handlers.slack.worker import Worker

log = structlog.get_logger(__name__)

WAITING = "active"  # for the next question, as opposed to "processing": docs.slack.dev/ai/agent-sessions


def register(app: AsyncApp, desk: Desk, worker: Worker) -> Late:
    """Acknowledged at once; pressing twice, or an event that comes again, stops nothing more."""
    late = Late()

    async def on_stopped(event: Mapping[str, Any]) -> None:
        late.start(stop(desk, worker, event))

    app.event("agent_session_stopped")(on_stopped)
    return late


async def stop(desk: Desk, worker: Worker, event: Mapping[str, Any]) -> None:
    """End the answers of that thread, and the session's `processing`, which Slack leaves to the app.

    Source: https://docs.slack.dev/reference/events/agent_session_stopped
    """
    channel_id, thread_ts = str(event.get("channel")), str(event.get("thread_ts"))
    try:
        count = worker.stop(channel_id, thread_ts, await desk.identity.name(str(event.get("user"))))
        log.info("stopped by a person", answers=count)
        moved = await call(
            desk.limits,
            "agents.sessions.setStatus",
            lambda: desk.client.agents_sessions_setStatus(channel_id=channel_id, status=WAITING, thread_ts=thread_ts),
        )
        if isinstance(moved, No):
            log.warning("session not moved on", error=moved.error)
    except Exception:
        log.exception("not stopped")
