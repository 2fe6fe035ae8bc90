"""What may come in by buttons, forms, shortcuts and commands: checked once, before any listener reads it.

Slack sends such payloads whole; what does not fit was not made by Slack, or is of a kind that we do not know. It is
acknowledged, so that it does not come again, and goes no further. Messages are read with care where they are read.
Source: https://docs.slack.dev/reference/interaction-payloads
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

log = structlog.get_logger(__name__)

TEXT: Final = "a text, or nothing"
NAME: Final = "a text that is there"
ID: Final = "an id of Slack's"
WHEN: Final = "a time of Slack's, or nothing"
MOMENT: Final = "a time of Slack's"
DAY: Final = "a day, or nothing"
ADDRESS: Final = "an address, or nothing"
NUMBER: Final = "a whole number, or nothing"
ANY_KEY: Final = "*"
LONGEST_NAME = 256  # of an action or a form, which have at most 255 characters; a trigger has less than 100
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
ADDRESSES = re.compile(r"https?://[!-~]+")
WHENS = re.compile(r"[0-9.]{1,32}", re.ASCII)
MOMENTS = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
IDS = re.compile(r"[A-Z0-9]{1,64}", re.ASCII)

DAYS = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

NEEDED = (NAME, ID, MOMENT)


def _is_day(text: str) -> bool:
    """Whether a calendar has it."""
    try:
        return DAYS.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


CHECKS: dict[str, Callable[[object], bool]] = {
    TEXT: lambda value: isinstance(value, str),
    NAME: lambda value: isinstance(value, str) and 0 < len(value) <= LONGEST_NAME,
    ID: lambda value: isinstance(value, str) and IDS.fullmatch(value) is not None,
    WHEN: lambda value: value == "" or (isinstance(value, str) and WHENS.fullmatch(value) is not None),
    MOMENT: lambda value: isinstance(value, str) and MOMENTS.fullmatch(value) is not None,
    ADDRESS: lambda value: value == "" or (isinstance(value, str) and ADDRESSES.fullmatch(value) is not None),
    DAY: lambda value: value == "" or (isinstance(value, str) and _is_day(value)),
    NUMBER: lambda value: isinstance(value, int),
}

Shape = dict[str, Any]  # by name: a word from above, a shape, or a list of one of these; "*": whatever the key

OPTION: Shape = {"value": TEXT}
CHOSEN: Shape = {"value": TEXT, "selected_option": OPTION, "selected_options": [OPTION], "type": TEXT,
                 "selected_user": TEXT, "selected_date": DAY, "selected_channel": TEXT,
                 "selected_conversation": TEXT}  # fmt: skip
ACTION: Shape = {"action_id": NAME, "block_id": TEXT, "action_ts": TEXT, **CHOSEN}
METADATA: Shape = {"event_type": TEXT, "event_payload": {ANY_KEY: None}}
FILE: Shape = {"id": TEXT, "name": TEXT, "title": TEXT, "mimetype": TEXT, "filetype": TEXT, "mode": TEXT,
               "size": NUMBER, "url_private": TEXT, "url_private_download": TEXT}  # fmt: skip
MESSAGE: Shape = {"ts": NAME, "thread_ts": WHEN, "user": TEXT, "bot_id": TEXT, "subtype": TEXT, "text": TEXT,
           "blocks": [{"type": TEXT}], "files": [FILE], "metadata": METADATA}  # fmt: skip
VIEW: Shape = {"id": NAME, "callback_id": TEXT, "private_metadata": TEXT, "hash": TEXT, "type": TEXT,
               "title": {"text": TEXT}, "blocks": [{"type": TEXT, "block_id": TEXT}], "state": {
    "values": {ANY_KEY: {ANY_KEY: CHOSEN}},
}}  # fmt: skip
PLACE: Shape = {"id": ID, "name": TEXT}
COMMON: Shape = {"user": {"id": ID, "team_id": TEXT}, "trigger_id": TEXT, "response_url": ADDRESS, "team": {"id": TEXT}}
CONTAINER: Shape = {"type": TEXT, "message_ts": WHEN, "channel_id": TEXT, "thread_ts": WHEN, "view_id": TEXT}
USER: Shape = {"id": ID, "team_id": TEXT, "name": TEXT, "real_name": TEXT, "tz": TEXT,
               "profile": {"real_name": TEXT, "display_name": TEXT, "email": TEXT},
               "enterprise_user": {"teams": [TEXT]}}  # fmt: skip

SHAPES: dict[str, tuple[Shape, tuple[str, ...]]] = {
    "event_callback": ({"event": {"type": NAME}}, ("event",)),
    "app_home_opened": ({"event": {"type": NAME, "user": ID, "channel": ID, "tab": TEXT}}, ("event",)),
    "agent_session_stopped": ({"event": {"type": NAME, "user": ID, "channel": ID, "thread_ts": NAME}}, ("event",)),
    "team_join": ({"event": {"type": NAME, "user": USER, "event_ts": MOMENT}}, ("event",)),
    "user_change": ({"event": {"type": NAME, "user": USER, "event_ts": MOMENT}}, ("event",)),
    "subteam_members_changed": ({"event": {"type": NAME, "subteam_id": ID}}, ("event",)),
    "block_actions": (
        COMMON | {"actions": [ACTION], "channel": PLACE, "container": CONTAINER, "message": MESSAGE, "view": VIEW},
        ("user", "actions", "channel", "response_url"),
    ),
    "view_actions": (COMMON | {"actions": [ACTION], "container": CONTAINER, "view": VIEW}, ("user", "actions", "view")),
    "view_closed": (COMMON | {"view": VIEW}, ("user", "view")),
    "view_submission": (COMMON | {"view": VIEW}, ("user", "view")),
    "message_action": (
        COMMON | {"callback_id": NAME, "message_ts": WHEN, "channel": PLACE, "message": MESSAGE},
        ("user", "trigger_id", "callback_id", "channel", "message"),
    ),
    "command": (
        {
            "command": NAME,
            "text": TEXT,
            "user_id": ID,
            "channel_id": ID,
            "channel_name": TEXT,
            "trigger_id": NAME,
            "team_id": TEXT,
        }
        | {"response_url": ADDRESS},
        ("command", "user_id", "channel_id", "trigger_id"),
    ),
}
"""By kind: what has which shape where it is there, and what has to be there."""


def register(app: AsyncApp) -> None:
    """Before every listener."""

    async def check(body: Mapping[str, Any], next_: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        mend(body)
        wrong = problem(body)
        if wrong is None:
            await next_()
            return None
        log.warning("a payload that Slack does not send", where=wrong)
        return BoltResponse(status=200)

    app.middleware(check)


def problem(body: Mapping[str, Any]) -> str | None:
    """Where a payload is not what it should be, in our own words; None when nothing is wrong with it."""
    kind = _kind_of(body)
    if kind not in SHAPES:
        return None
    shape, needed = SHAPES[kind]
    missing = next((name for name in needed if not body.get(name)), None)
    return missing or _misfit(body, shape, kind)


def _kind_of(body: Mapping[str, Any]) -> str:
    if "command" in body:
        return "command"
    kind, event = str(body.get("type")), body.get("event")
    if kind == "event_callback":
        named = str(event.get("type")) if isinstance(event, dict) else ""
        return named if named in SHAPES else kind
    return "view_actions" if kind == "block_actions" and "view" in body else kind


def mend(body: Any) -> None:
    """Take out what no database and no UTF-8 takes, wherever it stands: NULs, and halves of surrogate pairs."""
    inside = [body]
    while inside:
        holder = inside.pop()
        for name, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(value, dict | list):
                inside.append(value)
            elif isinstance(value, str) and UNWRITABLE.search(value):
                holder[name] = UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value.replace("\0", ""))


def _misfit(value: object, shape: object, where: str) -> str | None:
    """Where a value does not fit; texts that have to be there do not fit when they are missing."""
    if isinstance(shape, str) and (value is not None or shape in NEEDED):
        return None if CHECKS[shape](value) else where
    if shape is None or value is None:
        return None
    if isinstance(shape, list):
        return _first(_misfit(_there(each), shape[0], where) for each in value) if isinstance(value, list) else where
    return _misfit_inside(value, shape, where) if isinstance(shape, dict) else None


def _misfit_inside(value: object, shape: Mapping[str, Any], where: str) -> str | None:
    if not isinstance(value, dict):
        return where
    if ANY_KEY in shape:
        return _first(_misfit(_there(each), shape[ANY_KEY], where) for each in value.values())
    return _first(_misfit(value.get(name), each, f"{where}.{name}") for name, each in shape.items())


def _there(value: object) -> object:
    """Among several, nothing is not as good as something."""
    return "" if value is None else value


def _first(found: Iterable[str | None]) -> str | None:
    return next((where for where in found if where), None)
