"""Slack's Stop button on an answer under way. Slack ends the stream by itself; the work behind it is ours to end."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from handlers.slack.answering.worker import Worker
from handlers.slack.desk import Desk
from handlers.slack.wire.faults import No
from handlers.slack.wire.late import Late
from handlers.slack.wire.line import call
from store import stops
from store.database import Unavailable

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
        count = await stop_thread(desk, worker, channel_id, thread_ts, str(event.get("user")))
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


async def stop_thread(desk: Desk, worker: Worker, channel_id: str, thread_ts: str, user_id: str) -> int:
    """Stop what is being answered in a thread, in whichever process; how many answers that were in this one."""
    by = await desk.identity.name(user_id)
    count = worker.stop(channel_id, thread_ts, by)
    if desk.house.database.is_shared:
        await _tell_others(desk, channel_id, thread_ts, by)
    return count


async def _tell_others(desk: Desk, channel_id: str, thread_ts: str, by: str) -> None:
    """They look about once a second (`Worker.heed_stops`)."""
    try:
        await desk.house.database.write(
            lambda conn: stops.want_stopped(conn, desk.workspace_id, channel_id, thread_ts, by)
        )
    except Unavailable as away:  # what is answered here is stopped all the same
        log.warning("database is away", what="a stop", reason=str(away))
