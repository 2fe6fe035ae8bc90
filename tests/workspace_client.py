"""A small typed client of the sandbox workspace's control API, for every test that plays people.

async with Workbench(url) as bench:
    ts = await bench.send(ADA, GENERAL, "@stipend hello")
    reply = await bench.reply_to(ADA, GENERAL, ts)
"""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import aiohttp

JsonObject: TypeAlias = dict[str, Any]
T = TypeVar("T")

POLL_S = 0.02
TIMEOUT_S = 10.0


class Refused(AssertionError):
    """The control API said no: its status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status
        self.sentence = sentence


class Workbench:
    """One control API, at `url` (without a slash at its end)."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    # -- the wire -----------------------------------------------------------------------------------------------------

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open HTTP session; an AssertionError outside of `async with`."""
        assert self._session is not None, "use `async with Workbench(url)`"
        return self._session

    async def get(self, name: str, **query: str) -> JsonObject:
        """GET /control/NAME. Raises Refused."""
        async with self.session.get(f"{self.url}/control/{name}", params=query) as answer:
            return await self._read(answer)

    async def post(self, name: str, body: JsonObject) -> JsonObject:
        """POST /control/NAME; values that are None are left out. Raises Refused."""
        given = {k: v for k, v in body.items() if v is not None}
        async with self.session.post(f"{self.url}/control/{name}", json=given) as answer:
            return await self._read(answer)

    async def _read(self, answer: aiohttp.ClientResponse) -> JsonObject:
        body: JsonObject = await answer.json()
        if not body["ok"]:
            raise Refused(answer.status, body["error"])
        return body

    # -- what people do -----------------------------------------------------------------------------------------------

    async def send(self, as_: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Write a message as typed; returns its ts."""
        sent = await self.post("send", {"as": as_, "channel": channel, "text": text, "thread_ts": thread_ts})
        return str(sent["ts"])

    async def send_files(
        self, as_: str, channel: str, text: str, files: Mapping[str, str | bytes], thread_ts: str | None = None
    ) -> str:
        """Write a message with attachments, name to content; returns its ts."""
        contents = {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}
        attached = [{"name": n, "content_base64": base64.b64encode(c).decode()} for n, c in contents.items()]
        wish = {"as": as_, "channel": channel, "text": text, "files": attached, "thread_ts": thread_ts}
        sent = await self.post("send", wish)
        return str(sent["ts"])

    async def edit(self, as_: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        await self.post("edit", {"as": as_, "channel": channel, "ts": ts, "text": text})

    async def delete(self, as_: str, channel: str, ts: str) -> None:
        """Take one's own message back."""
        await self.post("delete", {"as": as_, "channel": channel, "ts": ts})

    async def join(self, as_: str, channel: str) -> None:
        """Join a public channel (also as a bot)."""
        await self.post("join", {"as": as_, "channel": channel})

    async def command(self, as_: str, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Type a slash command, name included; returns its trigger_id."""
        ran = await self.post("command", {"as": as_, "channel": channel, "text": text, "thread_ts": thread_ts})
        return str(ran["trigger_id"])

    async def run_command(self, as_: str, channel: str, text: str, timeout_s: float = TIMEOUT_S) -> JsonObject:
        """Type a slash command and wait for the first message its typist sees after it."""
        before = {m["ts"] for m in await self.messages(as_, channel)}
        await self.command(as_, channel, text)
        return await self.wait_for_message(
            as_, channel, lambda m: m["ts"] not in before and m["user"] != as_, timeout_s=timeout_s
        )

    async def click(
        self,
        as_: str,
        action_id: str,
        *,
        channel: str | None = None,
        ts: str | None = None,
        view_id: str | None = None,
        block_id: str | None = None,
        **chosen: object,
    ) -> str:
        """Act on an element of a message (channel, ts) or a view; `chosen`: value, selected_option, selected_user...

        Returns the trigger_id.
        """
        wish = {"as": as_, "action_id": action_id, "channel": channel, "ts": ts, "view_id": view_id}
        done = await self.post("click", {**wish, "block_id": block_id, **chosen})
        return str(done["trigger_id"])

    async def submit(self, as_: str, view_id: str, values: JsonObject | None = None) -> JsonObject:
        """Submit a modal with `{block_id: {action_id: value}}`; `{closed, errors?}`."""
        return await self.post("submit", {"as": as_, "view_id": view_id, "values": values or {}})

    async def close_view(self, as_: str, view_id: str) -> None:
        """Close a modal by hand."""
        await self.post("close", {"as": as_, "view_id": view_id})

    async def shortcut(self, as_: str, channel: str, ts: str, callback_id: str) -> str:
        """Choose a message shortcut; returns its trigger_id."""
        done = await self.post("shortcut", {"as": as_, "channel": channel, "ts": ts, "callback_id": callback_id})
        return str(done["trigger_id"])

    async def open_tab(self, as_: str, tab: str = "home") -> None:
        """Look at the app's Home or Messages tab."""
        await self.post("open", {"as": as_, "tab": tab})

    async def react(self, as_: str, channel: str, ts: str, name: str) -> None:
        """Put a reaction on a message, or take it back."""
        await self.post("react", {"as": as_, "channel": channel, "ts": ts, "name": name})

    async def stop(self, as_: str, channel: str, ts: str) -> None:
        """Press stop in the thread of a message."""
        await self.post("stop", {"as": as_, "channel": channel, "ts": ts})

    async def mark(self, as_: str, channel: str) -> None:
        """Mark a channel as read."""
        await self.post("mark", {"as": as_, "channel": channel})

    # -- what people see ----------------------------------------------------------------------------------------------

    async def state(self, as_: str) -> JsonObject:
        """People, channels, the app, the model's words, as someone sees them."""
        return await self.get("state", **{"as": as_})

    async def messages(self, as_: str, channel: str, thread_ts: str | None = None) -> list[JsonObject]:
        """A channel's roots, or a thread with its root; oldest first, ephemerals to this person included."""
        query = {"as": as_, "channel": channel} | ({"thread_ts": thread_ts} if thread_ts else {})
        return list((await self.get("messages", **query))["messages"])

    async def app_dm(self, as_: str) -> str:
        """The id of someone's DM with the app."""
        channels = (await self.state(as_))["channels"]
        return str(next(c["id"] for c in channels if c["kind"] == "app"))

    async def home(self, as_: str) -> JsonObject | None:
        """Someone's Home tab."""
        view: JsonObject | None = (await self.get("home", **{"as": as_}))["view"]
        return view

    async def views(self, as_: str) -> list[JsonObject]:
        """Someone's open modals, the top one last."""
        return list((await self.get("views", **{"as": as_}))["views"])

    async def calls(self, method: str | None = None, since: int = 0) -> list[JsonObject]:
        """The app's Web API calls, of one method or all."""
        calls = (await self.get("calls", since=str(since)))["calls"]
        return [c for c in calls if method in {None, c["method"]}]

    async def sent_events(self, kind: str | None = None) -> list[JsonObject]:
        """`{event_id, type, event}` of what was sent to the app."""
        return [e for e in (await self.get("sent"))["sent"] if kind in {None, e["type"]}]

    async def sockets(self) -> JsonObject:
        """`{connections, unacked}`."""
        return await self.get("sockets")

    # -- waiting ------------------------------------------------------------------------------------------------------

    async def wait_for(self, look: Callable[[], Awaitable[T | None]], timeout_s: float = TIMEOUT_S) -> T:
        """Look again and again until the answer is true; its value. AssertionError after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            seen = await look()
            if seen:
                return seen
            await asyncio.sleep(POLL_S)
        raise AssertionError(f"Nothing came within {timeout_s} s.")

    async def wait_for_message(
        self,
        as_: str,
        channel: str,
        wanted: Callable[[JsonObject], bool],
        *,
        thread_ts: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> JsonObject:
        """The first message that is wanted, of a channel or a thread."""
        seen: list[JsonObject] = []

        async def look() -> JsonObject | None:
            seen[:] = await self.messages(as_, channel, thread_ts)
            return next((m for m in seen if wanted(m)), None)

        try:
            return await self.wait_for(look, timeout_s)
        except AssertionError as error:
            texts = [m["text"][:80] for m in seen]
            raise AssertionError(f"{error} {as_} sees in {channel}: {texts}") from None

    async def reply_to(self, as_: str, channel: str, ts: str, timeout_s: float = TIMEOUT_S) -> JsonObject:
        """The app's first finished, lasting reply in a thread."""
        return await self.wait_for_message(
            as_,
            channel,
            lambda m: "bot_id" in m and not m["streaming"] and not m["ephemeral"] and m["ts"] != ts,
            thread_ts=ts,
            timeout_s=timeout_s,
        )

    async def wait_connected(self, connections: int = 1, timeout_s: float = TIMEOUT_S) -> None:
        """Until the app has that many sockets open, at least."""

        async def look() -> bool | None:
            return (await self.sockets())["connections"] >= connections or None

        await self.wait_for(look, timeout_s)

    async def wait_quiet(self, timeout_s: float = TIMEOUT_S) -> None:
        """Until every envelope is acknowledged."""

        async def look() -> bool | None:
            return (await self.sockets())["unacked"] == 0 or None

        await self.wait_for(look, timeout_s)

    @asynccontextmanager
    async def events(self, as_: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """The live feed of one person."""
        async with self.session.ws_connect(f"{self.url}/control/events", params={"as": as_}) as feed:
            yield feed

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    async def fault(self, method: str, kind: str, times: int = 1, **more: object) -> None:
        """Make the next calls of a method ("*": any) go wrong; `more`: error, retry_after_s, delay_s."""
        await self.post("faults", {"method": method, "kind": kind, "times": times, **more})

    async def clear_faults(self) -> None:
        """Take back the faults still to come."""
        async with self.session.delete(f"{self.url}/control/faults") as answer:
            await self._read(answer)

    async def enforce_limits(self, enforce: bool = True) -> None:
        """Slack's rate limits, on or off."""
        await self.post("limits", {"enforce": enforce})

    async def timing(self, **durations: object) -> None:
        """Shorten what lasts (ack_timeout_s, retry_delays_s, stream_life_s, ...)."""
        await self.post("timing", durations)

    async def subscribe(self, events: list[str] | None = None, *, message_channels: bool | None = None) -> None:
        """Choose the app's events; `message_channels` adds or takes away `message` events of channels."""
        await self.post("subscribe", {"events": events, "message_channels": message_channels})

    async def redeliver(self, event_id: str | None = None, *, times: int = 1, as_retry: bool = False) -> str:
        """Deliver an event again, the last one unless told; sockets take turns. Returns its event_id."""
        which = {"event_id": event_id} if event_id else {"last": True}
        return str((await self.post("redeliver", {**which, "times": times, "as_retry": as_retry}))["event_id"])

    async def duplicate_next(self, times: int) -> None:
        """Deliver the next event that many times."""
        await self.post("redeliver", {"duplicate_next": times})

    async def refresh_sockets(self) -> None:
        """Ask the app's sockets to reopen."""
        await self.post("sockets", {"action": "refresh"})

    async def drop_sockets(self) -> None:
        """Cut the app's sockets."""
        await self.post("sockets", {"action": "drop"})

    async def drop_before_ack(self) -> None:
        """Cut the socket that gets the next envelope, before its acknowledgement counts."""
        await self.post("sockets", {"action": "drop_before_ack"})

    async def deliver_to(self, url: str | None) -> None:
        """Deliver over HTTP to a request URL (signed), or over sockets again."""
        await self.post("http", {"url": url})

    # -- arranging ----------------------------------------------------------------------------------------------------

    async def person(self, name: str, real_name: str, **more: object) -> str:
        """Add a person (or change one, with id=); `more`: role, title, email, tz, team_id, is_bot. Returns the id."""
        saved = await self.post("user", {"name": name, "real_name": real_name, **more})
        return str(saved["user"]["id"])

    async def group(self, handle: str, members: list[str]) -> str:
        """Make a user group or change its members. Returns its id."""
        return str((await self.post("group", {"handle": handle, "members": members}))["group"]["id"])

    async def channel(self, name: str, members: list[str], topic: str = "") -> str:
        """Make a channel; name the app's user id among the members to have it there. Returns the id."""
        made = await self.post("channel", {"name": name, "members": members, "topic": topic})
        return str(made["channel"]["id"])
