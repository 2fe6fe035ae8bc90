"""Looks at another person's account: who looked, when, at what, once an hour; what is refused leaves nothing."""

from budget import balance
from budget.outcome import No
from budget.typed import Company, PersonRef, TeamRef
from store.audit import Entry
from store.people import Person
from tests.commanding import Office
from tests.offices import wallet

BOB = PersonRef("UBOB")


async def looks(office: Office) -> list[Entry]:
    return [entry for entry in await office.audit() if entry.action == "look"]


async def test_a_look_at_somebody_is_written_down(office: Office, grace: Person, ada: Person, bob: Person) -> None:
    await balance.balance_of(office.house, grace.id, BOB, origin="slack:command")
    await balance.history_of(office.house, ada.id, BOB, origin="cli")
    assert [(e.actor_id, e.target, e.old, e.new, e.origin, e.at) for e in await looks(office)] == [
        (ada.id, wallet(bob), None, "history", "cli", office.at),
        (grace.id, wallet(bob), None, "balance", "slack:command", office.at),
    ]


async def test_repeated_looks_within_an_hour_are_one_row(office: Office, ada: Person, grace: Person) -> None:
    async def look(minutes: float, person: Person = ada) -> int:
        office.pass_time(minutes=minutes)
        await balance.balance_of(office.house, person.id, BOB)
        return len(await looks(office))

    assert [await look(0), await look(30), await look(29.9), await look(0.1)] == [1, 1, 1, 2]
    assert await look(1, grace) == 3, "somebody else's look is another one"
    await balance.history_of(office.house, ada.id, BOB)
    assert len(await looks(office)) == 4, "and so is a look at something else"
    await balance.balance_of(office.house, ada.id, PersonRef("UEVE"))
    assert len(await looks(office)) == 5, "or at somebody else"


async def test_pools_and_oneself_are_no_looks(office: Office, ada: Person) -> None:
    for of in (Company(), TeamRef("platform"), PersonRef("UADA")):
        assert not isinstance(await balance.balance_of(office.house, ada.id, of), No)
    await balance.history_of(office.house, ada.id, None)
    assert await looks(office) == []


async def test_what_is_refused_shows_nothing_and_leaves_nothing(office: Office, eve: Person, grace: Person) -> None:
    before = await office.audit()
    assert isinstance(await balance.balance_of(office.house, eve.id, BOB), No)
    assert isinstance(await balance.history_of(office.house, grace.id, BOB), No)
    assert await office.audit() == before
