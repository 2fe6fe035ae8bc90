"""What a workspace starts with: people, channels, the app and the words about the model."""

from dataclasses import dataclass

# As in manifest.yml, which a test compares: what the app did not ask for is refused, and not sent.
BOT_SCOPES = (
    "app_mentions:read", "assistant:write", "chat:write", "commands", "im:history", "im:read", "im:write",
    "channels:history", "groups:history", "mpim:history", "channels:read", "groups:read", "users:read",
    "users:read.email", "usergroups:read", "files:read", "files:write", "reactions:write",
)  # fmt: skip
BOT_EVENTS = (
    "app_mention", "message.im", "message.channels", "message.groups", "message.mpim", "app_home_opened",
    "agent_session_stopped", "user_change", "team_join", "subteam_members_changed",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A person. `team_id` set means: from another organisation."""

    id: str
    name: str
    real_name: str
    role: str = "member"
    title: str = ""
    email: str = ""
    tz: str = "Europe/London"
    team_id: str = ""
    is_bot: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class Room:
    """A channel; `members` are user ids, and the app joins unless `with_app` is false."""

    id: str
    name: str
    topic: str = ""
    members: tuple[str, ...] = ()
    with_app: bool = True
    is_private: bool = False


@dataclass(frozen=True)
class Group:
    """A user group (`@platform-team`)."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A slash command as in an app manifest."""

    command: str
    description: str
    usage_hint: str = ""
    should_escape: bool = True


@dataclass(frozen=True)
class Shortcut:
    """A message shortcut as in an app manifest (features.shortcuts, type message)."""

    name: str
    callback_id: str
    description: str = ""


@dataclass(frozen=True)
class Prompt:
    """A suggested prompt of the Messages tab."""

    title: str
    message: str


@dataclass(frozen=True)
class AppSpec:
    """The app, as its manifest describes it."""

    name: str
    description: str
    commands: tuple[Command, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    prompts_title: str = ""
    shortcuts: tuple[Shortcut, ...] = ()
    bot_events: tuple[str, ...] = BOT_EVENTS
    scopes: tuple[str, ...] = BOT_SCOPES
    app_id: str = "A0STIPEND"
    user_id: str = "U0STIPEND"
    bot_id: str = "B0STIPEND"


@dataclass(frozen=True)
class ModelNote:
    """What the page says about the model behind the bot."""

    label: str = ""
    note: str = ""
    local: bool = True


@dataclass(frozen=True)
class Seed:
    """A whole workspace at its start."""

    name: str
    app: AppSpec
    people: tuple[Person, ...]
    rooms: tuple[Room, ...]
    groups: tuple[Group, ...] = ()
    model: ModelNote = ModelNote()
    team_id: str = "T0ACME"
    domain: str = "acme"
