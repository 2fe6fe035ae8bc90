"""What a model is told with every question, after what is built in: by the company, and by the channel.

Everybody may read it and see who wrote it; admins write it. A change that somebody else made meanwhile is shown to the
writer before it is replaced.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from budget.asking.context import INSTRUCTIONS
from budget.balance import known
from budget.house import House
from budget.org.rights import Action, Relation
from budget.outcome import No
from store import audit, channels, people
from store.audit import Entry
from store.database import Connection
from store.people import Person

LONGEST = 3_000  # characters: as many as a field of a Slack form takes, and about a thousand tokens of each question
ACTION = "instructions"
ONLY_ADMINS = "Only an admin can write what the model is told."
UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")  # no line of a text is made of these
HALF_A_PAIR = re.compile("[\ud800-\udfff]")  # UTF-8 has no bytes for it


@dataclass(frozen=True, slots=True)
class Written:
    """A text with its last writer, as far as that was noted. `text` None: there is none."""

    text: str | None
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told in one place, in this order. `channel` None: a direct message, which has none of its own."""

    built_in: str
    company: Written
    channel: Written | None
    may: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What is told from now on, and what was before; equal when nothing changed."""

    channel_id: str | None
    now: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody else changed the text since the writer read it; nothing was changed now."""

    current: Written


def tidy(text: str) -> str:
    """A text as it is kept: plain line ends, no control characters, no blanks around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return HALF_A_PAIR.sub("\N{REPLACEMENT CHARACTER}", UNWANTED.sub("", lines)).strip()


def fingerprint(text: str | None) -> str:
    """Tells one text from another, in little room."""
    return hashlib.blake2b((text or "").encode(), digest_size=12).hexdigest()


async def see(house: House, person: Person, channel_id: str | None) -> Prompt:
    """What a model is told where someone is; `channel_id` None in a direct message."""

    def work(conn: Connection) -> Prompt:
        company = written(conn, person.workspace_id, None)
        channel = written(conn, person.workspace_id, channel_id) if channel_id else None
        may = known(conn, person.id).may(Action.SET_INSTRUCTIONS, Relation.COMPANY)
        return Prompt(INSTRUCTIONS, company, channel, may)

    return await house.database.read(work)


async def to_edit(house: House, person: Person, channel_id: str | None) -> Written | No:
    """The text as it stands, for someone who may change it; `channel_id` None: the company's."""

    def work(conn: Connection) -> Written | No:
        if not known(conn, person.id).may(Action.SET_INSTRUCTIONS, Relation.COMPANY):
            return No(ONLY_ADMINS)
        return written(conn, person.workspace_id, channel_id)

    return await house.database.read(work)


async def write(
    house: House, person: Person, channel_id: str | None, text: str, *, origin: str, read: str
) -> Changed | Meanwhile | No:
    """Set the company's (`channel_id` None) or a channel's instructions; an empty text takes them back.

    `read`: the fingerprint of the text that the writer had before them.
    """
    new = tidy(text) or None
    if new and len(new) > LONGEST:
        return No(f"Instructions have at most {LONGEST:,} characters; these have {len(new):,}.")

    def work(conn: Connection) -> Changed | Meanwhile | No:
        if not known(conn, person.id).may(Action.SET_INSTRUCTIONS, Relation.COMPANY):
            return No(ONLY_ADMINS)
        now = locked(conn, person.workspace_id, channel_id)
        if now != new and fingerprint(now) != read:
            return Meanwhile(written(conn, person.workspace_id, channel_id))
        return replace(conn, house, person, channel_id, now, new, origin)

    return await house.database.write(work)


async def clear(house: House, person: Person, channel_id: str | None, *, origin: str) -> Changed | No:
    """Take instructions back, whatever they say."""

    def work(conn: Connection) -> Changed | No:
        if not known(conn, person.id).may(Action.SET_INSTRUCTIONS, Relation.COMPANY):
            return No(ONLY_ADMINS)
        now = locked(conn, person.workspace_id, channel_id)
        return replace(conn, house, person, channel_id, now, None, origin)

    return await house.database.write(work)


def replace(
    conn: Connection, house: House, person: Person, channel_id: str | None, old: str | None, new: str | None,
    origin: str,
) -> Changed:  # fmt: skip
    """Write the new text, and who did so."""
    if old != new and channel_id:
        channels.set_instructions(conn, person.workspace_id, channel_id, new)
    elif old != new:
        channels.set_company_instructions(conn, person.workspace_id, new)
    if old != new:
        audit.record(
            conn, workspace_id=person.workspace_id, at=house.now(), actor_id=person.id, origin=origin, action=ACTION,
            target=target(person.workspace_id, channel_id), old=old, new=new,
        )  # fmt: skip
    return Changed(channel_id, new, old)


def target(workspace_id: str, channel_id: str | None) -> str:
    """How the audit names what the text belongs to."""
    return f"channel:{channel_id}" if channel_id else f"workspace:{workspace_id}"


def locked(conn: Connection, workspace_id: str, channel_id: str | None) -> str | None:
    """The text as it stands, and stays until the transaction ends."""
    if channel_id is None:
        return channels.company_instructions(conn, workspace_id, lock=True)
    channels.ensure(conn, workspace_id, channel_id)
    return channels.get(conn, workspace_id, channel_id, lock=True).instructions


def written(conn: Connection, workspace_id: str, channel_id: str | None) -> Written:
    """A text with who wrote it (or took it back) last."""
    text = (
        channels.get(conn, workspace_id, channel_id).instructions
        if channel_id
        else channels.company_instructions(conn, workspace_id)
    )
    last = audit.last(conn, workspace_id, ACTION, target(workspace_id, channel_id))
    return Written(text, writer(conn, last), last.at) if last else Written(text)


def writer(conn: Connection, entry: Entry) -> str | None:
    """The name of whoever made a change; None when the system did."""
    person = people.person(conn, entry.actor_id) if entry.actor_id else None
    return person.name if person else None
