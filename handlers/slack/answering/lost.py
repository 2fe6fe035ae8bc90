"""The beginning of an answer that nobody noted: its worker died between starting a stream and writing down where.

A stream takes no metadata when it starts (docs.slack.dev/reference/methods/chat.startStream), so it cannot be found by
its key. But everything else that we post has one, files aside, and so have streams once they have ended.
"""

from handlers.slack.answering.jobs import Job
from handlers.slack.desk import Desk
from handlers.slack.wire.posting import Message
from store import messages


class Nameless:
    """Collects our messages without a key below a question, while its thread is read for something else."""

    def __init__(self, desk: Desk, job: Job) -> None:
        self.found: list[str] = []
        self._bot_user_id, self._after_ts = desk.bot_user_id, job.message_ts

    def note(self, message: Message) -> None:
        """One message of the thread."""
        ts, named = str(message["ts"]), message.get("metadata") or message.get("files")
        if message.get("user") == self._bot_user_id and not named and ts > self._after_ts:
            self.found.append(ts)


async def lost_start(desk: Desk, job: Job, below: Nameless) -> str | None:
    """The ts of what must be the beginning of this answer; None when that is not certain. Raises Unavailable."""
    if len(below.found) != 1:
        return None
    alone = await desk.house.database.read(lambda conn: messages.is_alone(conn, job.ask_id))
    return below.found[0] if alone else None
