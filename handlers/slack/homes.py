"""Home tabs that are looked at are kept up to date: whoever something changes for gets theirs anew.

Slack keeps a Home tab as it was published, and lets about a hundred be published in a minute: so only for people who
opened theirs a short while ago, once for many changes at a time, and only when it looks different.
"""

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from handlers.slack.views.home import AS_OF
from handlers.slack.wire.line import call
from store import homes
from store.database import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from handlers.slack.desk import Desk

    Make = Callable[[Desk, str], Awaitable[dict[str, Any]]]

log = structlog.get_logger(__name__)

GATHER_S = 1.0  # so long changes gather: a question that is answered changes a balance twice
LOOKED_AT = timedelta(hours=1)
SHOWN_KEPT = 1_000


class Homes:
    """Whose Home tab is to be made anew."""

    def __init__(self) -> None:
        self._touched: set[str] = set()
        self._wanted = asyncio.Event()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._shown: dict[str, str] = {}

    def touch(self, *slack_ids: str) -> None:
        """Something changed for these people."""
        self._touched.update(slack_ids)
        self._wanted.set()

    def start(self, desk: "Desk", make: "Make") -> None:
        """From now on; `make` builds somebody's view."""
        self._task = asyncio.create_task(self._run(desk, make), name="homes")

    async def close(self, timeout_s: float) -> None:
        """Finish what is being shown, so long at most, and leave the rest: whoever opens the tab sees it anew."""
        self._closing.set()
        self._wanted.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=timeout_s)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, desk: "Desk", make: "Make") -> None:
        while not self._closing.is_set():
            await self._wanted.wait()
            await self._gather()
            self._wanted.clear()
            touched, self._touched = self._touched, set()
            try:
                await self._renew(desk, make, touched)
            except Unavailable as away:
                log.warning("database is away", what="home tabs", reason=str(away))
            except Exception:
                log.exception("home tabs not renewed")

    async def _gather(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), GATHER_S)
        except TimeoutError:
            return

    async def _renew(self, desk: "Desk", make: "Make", touched: set[str]) -> None:
        if self._closing.is_set() or not touched:
            return
        since, workspace_id = desk.house.now() - LOOKED_AT, desk.workspace_id
        looking = await desk.house.database.look_up(lambda conn: homes.looking(conn, workspace_id, touched, since))
        for slack_id in looking:
            await self.publish(desk, slack_id, await make(desk, slack_id), unless_same=True)

    async def publish(self, desk: "Desk", slack_id: str, view: dict[str, Any], *, unless_same: bool = False) -> object:
        """Show somebody their tab; `unless_same`: not when it shows the same already."""
        digest = _digest(view)
        if unless_same and self._shown.get(slack_id) == digest:
            return None
        if len(self._shown) >= SHOWN_KEPT:
            self._shown.clear()
        self._shown[slack_id] = digest
        return await call(desk.limits, "views.publish", lambda: desk.client.views_publish(user_id=slack_id, view=view))


def _digest(view: dict[str, Any]) -> str:
    telling = [block for block in view["blocks"] if block.get("block_id") != AS_OF]
    return hashlib.blake2b(json.dumps(telling, sort_keys=True).encode(), digest_size=16).hexdigest()
