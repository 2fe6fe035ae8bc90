"""All records of a workspace by id, with look-ups; nothing here talks to anyone."""

import itertools
import secrets

from sandbox.workspace.records import Channel, File, Message, ResponseUrl, Trigger, User, View
from sandbox.workspace.seeds import AppSpec, Group, ModelNote, Seed
from sandbox.workspace.wire import Clock, ControlError, JsonObject, SlackError

_COLOURS = ("4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "2b6836", "9f69e7", "d55aef")


class State:
    """Everything in the workspace, by id. Ids of people and channels stay the same from run to run; the rest is new."""

    def __init__(self, seed: Seed, clock: Clock) -> None:
        self.clock = clock
        self.name, self.domain, self.team_id = seed.name, seed.domain, seed.team_id
        self.app: AppSpec = seed.app
        self.model: ModelNote = seed.model
        self.bot_events = set(seed.app.bot_events)
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{secrets.token_hex(12)}"
        self.base_url = ""
        self.signing_secret = secrets.token_hex(16)
        self.verification_token = secrets.token_hex(12)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.threads: dict[tuple[str, str], dict[str, Message]] = {}
        self.groups: dict[str, Group] = {g.id: g for g in seed.groups}
        self.modals: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, File] = {}
        self.prompts: dict[str, tuple[str, list[JsonObject]]] = {}
        self.statuses: dict[tuple[str, str], tuple[str, float]] = {}
        self.sessions: dict[tuple[str, str], JsonObject] = {}
        self.reads: dict[tuple[str, str], str] = {}
        self._last_tick = 0
        self._colours = itertools.cycle(_COLOURS)
        self._plant(seed)

    def _plant(self, seed: Seed) -> None:
        app = seed.app
        self.add_user("USLACKBOT", "slackbot", "Slackbot", role="bot", is_bot=True)
        self.add_user(app.user_id, app.name.lower(), app.name, role="bot", is_bot=True)
        for p in seed.people:
            self.add_user(
                p.id, p.name, p.real_name, role=p.role, title=p.title, email=p.email, tz=p.tz,
                team_id=p.team_id, is_bot=p.is_bot, deleted=p.deleted,
            )  # fmt: skip
        for room in seed.rooms:
            members = [*room.members, *([app.user_id] if room.with_app else [])]
            self.add_channel(room.id, room.name, "channel", members, topic=room.topic, is_private=room.is_private)

    def add_user(
        self, user_id: str, name: str, real_name: str, *, role: str = "member", title: str = "", email: str = "",
        tz: str = "Europe/London", team_id: str = "", is_bot: bool = False, deleted: bool = False,
    ) -> User:  # fmt: skip
        """Add a person (and, for people, their DM with the app)."""
        user = User(
            user_id, name, real_name, role, title, email, tz, team_id or self.team_id, is_bot, deleted,
            next(self._colours), int(self.clock()),
        )  # fmt: skip
        self.users[user_id] = user
        if not is_bot:
            self.app_dm(user_id)
        return user

    def add_channel(
        self, channel_id: str, name: str, kind: str, members: list[str], *, topic: str = "", is_private: bool = False
    ) -> Channel:
        """Add a channel of one of the three kinds."""
        channel = Channel(channel_id, name, kind, list(members), int(self.clock()), topic, is_private)
        self.channels[channel_id] = channel
        self.messages[channel_id] = {}
        return channel

    def app_dm(self, user_id: str) -> Channel:
        """The app's DM with a person, made when missing; its id follows from the person's."""
        channel_id = f"D{user_id[1:]}"
        if channel_id not in self.channels:
            self.add_channel(channel_id, "", "app", [user_id, self.app.user_id])
        return self.channels[channel_id]

    def people_dm(self, one: str, other: str) -> Channel:
        """The DM of two people, made when missing."""
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == {one, other}:
                return channel
        return self.add_channel(self.new_id("D"), "", "im", [one, other])

    def new_id(self, prefix: str) -> str:
        """A fresh id with Slack's prefix, never repeated in any run (a bot's database may outlive the workspace)."""
        return prefix + secrets.token_hex(6).upper()

    def new_ts(self) -> str:
        """A message timestamp: seconds with six digits, strictly rising."""
        self._last_tick = max(self._last_tick + 1, int(self.clock() * 1_000_000))
        return f"{self._last_tick // 1_000_000}.{self._last_tick % 1_000_000:06d}"

    def new_client_msg_id(self) -> str:
        """The id a Slack client gives to what a person sends."""
        return "-".join(secrets.token_hex(n) for n in (4, 2, 2, 2, 6))

    def new_trigger(self, user_id: str, view_id: str | None = None) -> str:
        """A trigger_id that opens one view within `trigger_life_s`."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(user_id, self.clock(), view_id)
        return trigger_id

    def user(self, user_id: str) -> User:
        """The person, or Slack's `user_not_found`."""
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def actor(self, user_id: str) -> User:
        """The person acted as, or a sentence for the control API."""
        if user_id not in self.users:
            raise ControlError(f"There is no person {user_id!r} in this workspace.", 404)
        return self.users[user_id]

    def message(self, channel_id: str, ts: str) -> Message:
        """The message, or Slack's `message_not_found`."""
        found = self.messages.get(channel_id, {}).get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def replies(self, channel_id: str, thread_ts: str) -> list[Message]:
        """The replies of a thread, oldest first, without its root; ephemerals included."""
        return list(self.threads.get((channel_id, thread_ts), {}).values())

    def keep(self, message: Message) -> None:
        """Store a message, and its place in a thread."""
        self.messages[message.channel][message.ts] = message
        if message.is_reply and message.thread_ts:
            self.threads.setdefault((message.channel, message.thread_ts), {})[message.ts] = message

    def forget(self, message: Message) -> None:
        """Undo `keep`."""
        del self.messages[message.channel][message.ts]
        self.threads.get((message.channel, message.thread_ts or ""), {}).pop(message.ts, None)

    def session_of(self, channel_id: str, thread_ts: str) -> JsonObject:
        """The agent session of a thread, made when missing."""
        return self.sessions.setdefault((channel_id, thread_ts), {"status": "active", "title": ""})
