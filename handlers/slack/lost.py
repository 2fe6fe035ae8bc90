"""The beginning of an answer that nobody noted: its worker died between starting a stream and writing down where.

A stream takes no metadata when it starts (docs.slack.dev/reference/methods/chat.startStream), so it cannot be found by
its key. But everything else that we post has one, and so have streams once they have ended.
"""

from handlers.slack.desk import Desk
from handlers.slack.faults import No, SlackDown
from handlers.slack.jobs import Job
from handlers.slack.posting import Message, find_post
from store import messages


async def lost_start(desk: Desk, job: Job) -> str | None:
    """The ts of the message without a key that must be the beginning of this answer; None when that is not certain.

    Raises SlackDown, store.database.Unavailable.
    """
    if not await desk.house.database.read(lambda conn: messages.is_alone(conn, job.ask_id)):
        return None  # it might be another's
    found: list[str] = []

    def note(message: Message) -> bool:
        if _is_nameless(message, desk.bot_user_id) and float(message["ts"]) > float(job.message_ts):
            found.append(str(message["ts"]))
        return False

    looked = await find_post(desk.client, job.channel_id, job.thread_ts, note, desk.limits)
    if isinstance(looked, No) and looked.is_down:
        raise SlackDown(looked.error)
    return found[0] if len(found) == 1 and not isinstance(looked, No) else None


def _is_nameless(message: Message, bot_user_id: str) -> bool:
    return message.get("user") == bot_user_id and not message.get("metadata")
