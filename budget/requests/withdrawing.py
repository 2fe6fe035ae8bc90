"""Taking a request back: whoever made it, while nobody has decided."""

from budget.house import House
from budget.outcome import No
from budget.requests.deciding import decided_already
from budget.requests.lapsing import end
from store import people, requests
from store.database import Connection
from store.requests import Request

NONE_WAITS = "No request of yours is waiting, so there is nothing to take back."


async def withdraw(house: House, person_id: str, request_id: str | None, *, origin: str) -> Request | No:
    """Take back a request (None: the last one made that waits)."""
    at = house.now()

    def work(conn: Connection) -> Request | No:
        asker = people.person(conn, person_id)
        assert asker is not None, "whoever takes back was met before"
        wanted = request_id or last_waiting(conn, person_id)
        if wanted is None:
            return No(NONE_WAITS)
        request = requests.get(conn, wanted, lock=True)
        if request is None or request.person_id != person_id:
            return No("A request is taken back by whoever made it.")
        if not request.is_waiting:
            return No(decided_already(conn, house, request, person_id))
        return end(conn, request, asker, "withdrawn", asker, origin, at)

    return await house.database.write(work)


def last_waiting(conn: Connection, person_id: str) -> str | None:
    """The id of the last request that somebody made and that waits."""
    waiting = requests.waiting_of(conn, person_id)
    return waiting[-1].id if waiting else None
