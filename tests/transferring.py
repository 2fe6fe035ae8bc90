"""What tests of moving tokens share: commands as typed, with or without being asked first, and the policy."""

from datetime import datetime

from sqlalchemy import select, update

from budget.money import Face
from budget.outcome import No
from budget.transfers import changing, confirming, deeds, undoing
from budget.transfers.changing import Done
from budget.transfers.confirming import Carried, Doubt
from budget.transfers.deeds import Deed
from budget.transfers.typed import Change
from budget.transfers.undoing import Undone
from handlers.commands.grammar import parse
from handlers.slack.wire.markup import read
from store import policies, tables
from store.people import Person
from tests.commanding import WORKSPACE, Office


def command(text: str) -> Change:
    found = parse(read(text), Face())
    assert isinstance(found, Change), found
    return found


async def do(office: Office, person: Person, text: str, key: str | None = None) -> Done | No:
    """A change of money, without being asked first. Whoever it names was met before."""
    return await changing.change(office.house, person.id, command(text), key=key or office.new_id(), origin="test")


async def no(office: Office, person: Person, text: str) -> str:
    """A change that must be refused and change nothing; the sentence."""
    before = await office.verified()
    answer = await do(office, person, text)
    assert isinstance(answer, No), answer
    assert await office.verified() == before
    return answer.sentence


async def ask(office: Office, person: Person, text: str, key: str = "K") -> Carried | Doubt | No:
    """A change of money as it is typed."""
    return await confirming.ask_or_do(office.house, person.id, command(text), key=key, origin="test")


async def last(office: Office, person: Person) -> Deed:
    """What somebody moved last and can take back."""
    return (await deeds.list_deeds(office.house, person.id)).deeds[0]


async def undo(office: Office, person: Person, deed: Deed) -> Undone | No:
    return await undoing.undo(office.house, person.id, deed.made.id, origin="test")


async def decree(office: Office, toml: str) -> None:
    """The policy from now on."""
    await office.database.write(
        lambda conn: policies.add(conn, WORKSPACE, toml, actor_id=None, origin="test", at=office.at)
    )


async def mark(office: Office, person: Person, **columns: object) -> None:
    """Someone's row, changed behind everybody's back."""
    table = tables.person
    await office.database.write(
        lambda conn: conn.execute(update(table).where(table.c.id == person.id).values(**columns))
    )


async def lots(office: Office, account_id: str) -> list[tuple[int, datetime]]:
    """What is left of an account's lots, the earliest ending first."""
    lot = tables.lot.c
    query = select(lot.remaining_micros, lot.expires_at).where(lot.account_id == account_id, lot.remaining_micros > 0)
    rows = await office.database.read(lambda conn: conn.execute(query.order_by(lot.expires_at)).all())
    return [(int(micros), ends) for micros, ends in rows]
