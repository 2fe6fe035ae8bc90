"""What the workspace remembers, record by record: people, channels, messages, views and the rest."""

from dataclasses import dataclass, field

from sandbox.workspace.wire import JsonObject


@dataclass
class User:
    """A person, a bot, or someone from another organisation (`team_id` differs from the workspace's)."""

    id: str
    name: str
    real_name: str
    role: str
    title: str
    email: str
    tz: str
    team_id: str
    is_bot: bool
    deleted: bool
    color: str
    updated: int = 0


@dataclass
class Channel:
    """A channel, a DM of two people ("im"), or the app's DM with one person ("app")."""

    id: str
    name: str
    kind: str
    members: list[str]
    created: int
    topic: str = ""
    is_private: bool = False


@dataclass
class Stream:
    """A message being streamed. `first_text` is what others than the recipient see until it stops."""

    started_at: float
    recipient: str
    first_text: str
    open: bool = True


@dataclass
class Message:
    """A message. Text alone has no `blocks`; `has_own_blocks` tells given ones from those made of markdown.

    `ephemeral_for` names its only reader. `deleted`: its words are gone, and it stays as the head of its replies.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[JsonObject] = field(default_factory=list)
    attachments: list[JsonObject] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    is_app: bool = False
    username: str | None = None
    client_msg_id: str | None = None
    metadata: JsonObject | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    edited_ts: str | None = None
    ephemeral_for: str | None = None
    stream: Stream | None = None
    has_own_blocks: bool = False
    deleted: bool = False

    @property
    def is_reply(self) -> bool:
        """True for a message inside a thread; a thread's root carries its own ts or none."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class View:
    """An open modal (with the stack it belongs to) or someone's Home tab."""

    id: str
    user: str
    body: JsonObject
    root_id: str
    previous_id: str | None = None
    hash: str = ""
    values: dict[str, dict[str, JsonObject]] = field(default_factory=dict)


@dataclass
class Trigger:
    """A trigger_id: whose, since when, and whether it has opened a view."""

    user: str
    made_at: float
    view_id: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """A response_url: where it writes, and what it may replace."""

    channel: str
    user: str
    made_at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


@dataclass
class File:
    """An uploaded file; `done` once it was shared: by completeUploadExternal, or with a person's message."""

    id: str
    name: str
    title: str
    length: int
    content: bytes = b""
    uploaded: bool = False
    done: bool = False
    channels: list[str] = field(default_factory=list)
    user: str = ""
    created: int = 0
