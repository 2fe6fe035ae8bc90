"""Single steps of the ledger, on both engines."""

from store.accounts import balance
from store.database import Database
from store.ledger.steps import Dispatch, Hold, HoldState, Settle, Transferred
from tests.ledger_help import COMPANY, at, fund, set_up, wallet


async def test_hold_dispatch_settle(database: Database) -> None:
    await database.write(set_up)
    assert isinstance(await database.post(fund("f1", wallet(0), 1000)), Transferred)
    held = await database.post(Hold("h1", wallet(0), 100, 300, at(1), at(60)))
    assert isinstance(held, HoldState)
    assert (held.amount_micros, held.state, held.replayed) == (300, "open", False)
    assert held.balance is not None
    assert (held.balance.posted_micros, held.balance.held_micros) == (1000, 300)
    assert isinstance(await database.post(Dispatch("h1", at(2))), HoldState)
    settled = await database.post(Settle("h1", 120, at(3)))
    assert isinstance(settled, HoldState)
    assert (settled.state, settled.charged_micros, settled.overrun_micros) == ("settled", 120, 0)
    found = await database.read(lambda conn: balance(conn, wallet(0)))
    assert found == settled.balance
    assert found is not None
    assert (found.posted_micros, found.held_micros) == (880, 0)
    assert (await database.read(lambda conn: balance(conn, COMPANY))) is not None
