"""For whom a view is made. Who is told of a change reads a letter: `handlers.slack.letters`."""

from budget.balance import zone_of
from budget.house import House
from handlers.slack.views.pieces import Reader
from store.people import Person


def reader_of(house: House, person: Person) -> Reader:
    """For whom a view is made."""
    office = house.rules.timezone
    return Reader(zone_of(person, office), office, house.face, house.now())
