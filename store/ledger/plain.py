"""PostgreSQL: a single step in a single statement, for the usual case.

None from `plain` means that nothing was done and the general way must be taken: a lot that is due, a balance that is
short, a hold in another state, a call that cost more than was held, a step of another kind.

The guard stands in the UPDATE itself: only there is it checked again on the row as it is after waiting for a lock.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, DateTime, String, TextClause, bindparam, text
from sqlalchemy.types import TypeEngine

from store.ledger.checks import check, fingerprint
from store.ledger.flush import together
from store.ledger.steps import Balance, Dispatch, Hold, HoldState, Settle, Step

TYPES: dict[str, TypeEngine[Any]] = {
    "at": DateTime(timezone=True),
    "expires_at": DateTime(timezone=True),
    "least": BigInteger(),
    "most": BigInteger(),
    "actual": BigInteger(),
    "estimated": Boolean(),
}


def statement(sql: str, *names: str) -> TextClause:
    """SQL with typed parameters."""
    return text(sql).bindparams(*(bindparam(name, type_=TYPES.get(name, String())) for name in names))


HOLD = statement(
    """
    WITH wanted AS (
        SELECT least(:most, posted_micros - held_micros) AS amount FROM account WHERE id = :account_id
    ), a AS (
        UPDATE account SET held_micros = held_micros + wanted.amount FROM wanted
        WHERE id = :account_id AND wanted.amount >= :least AND posted_micros - held_micros >= wanted.amount
          AND next_event_at > :at
        RETURNING posted_micros, held_micros, wanted.amount AS amount
    ), h AS (
        INSERT INTO hold (key, account_id, amount_micros, state, fingerprint, created_at, expires_at)
        SELECT :key, :account_id, amount, 'open', :fingerprint, :at, :expires_at FROM a
    )
    SELECT :account_id, 'open', amount, CAST(NULL AS bigint), CAST(NULL AS bigint), 0, false, posted_micros, held_micros
    FROM a
    """,
    *("most", "account_id", "least", "at", "key", "fingerprint", "expires_at"),
)
DISPATCH = statement(
    """
    UPDATE hold SET state = 'dispatched', dispatched_at = :at FROM account AS a
    WHERE key = :key AND state = 'open' AND a.id = account_id AND next_event_at > :at
    RETURNING account_id, state, amount_micros, CAST(NULL AS bigint), CAST(NULL AS bigint), 0, false, posted_micros,
        held_micros
    """,
    *("at", "key"),
)
SETTLE = statement(
    """
    WITH h AS (
        SELECT key, account_id, amount_micros, fingerprint FROM hold
        WHERE key = :key AND state = 'dispatched' AND amount_micros >= :actual FOR NO KEY UPDATE
    ), a AS (
        UPDATE account SET posted_micros = posted_micros - :actual, held_micros = held_micros - h.amount_micros,
            unattributed_micros = unattributed_micros + :actual
        FROM h WHERE account.id = h.account_id AND next_event_at > :at
        RETURNING workspace_id, account_id, posted_micros, held_micros, amount_micros, fingerprint
    ), u AS (
        UPDATE hold SET state = 'settled', actual_micros = :actual, charged_micros = :actual, estimated = :estimated,
            closed_at = :at
        FROM a WHERE key = :key
    ), t AS (
        INSERT INTO transfer (workspace_id, request_key, fingerprint, kind, amount_micros, debit_account_id,
            credit_account_id, hold_key, created_at)
        SELECT workspace_id, 'settle:' || :key, fingerprint, 'consume', :actual, account_id,
            'consumed:' || workspace_id, :key, :at FROM a WHERE :actual > 0
    )
    SELECT account_id, 'settled', amount_micros, :actual, :actual, 0, :estimated, posted_micros, held_micros FROM a
    """,
    *("key", "actual", "at", "estimated"),
)


def plain(conn: Connection, step: Step) -> HoldState | None:
    """Take a step that is alone, with its own writes; None when it takes more than that.

    Raises IntegrityError for a hold's key that was used before: nothing of the transaction may be committed.
    """
    check(step)
    found = statement_of(conn, step)
    if found is not None:
        together(conn, step.then)
    return found


def statement_of(conn: Connection, step: Step) -> HoldState | None:
    """The one statement of a step; other steps have none."""
    if isinstance(step, Hold):
        return hold(conn, step)
    if isinstance(step, Dispatch):
        return answer(conn, DISPATCH, {"key": step.key, "at": step.at})
    if isinstance(step, Settle):
        values = {"key": step.key, "at": step.at, "actual": step.actual_micros, "estimated": step.estimated}
        return answer(conn, SETTLE, values)
    return None


def hold(conn: Connection, step: Hold) -> HoldState | None:
    """The hold's statement. A hold granted in part goes the general way if the balance moves under it."""
    values = {
        "key": step.key,
        "account_id": step.account_id,
        "least": step.least_micros,
        "most": step.most_micros,
        "fingerprint": fingerprint(step),
        "at": step.at,
        "expires_at": step.expires_at,
    }
    return answer(conn, HOLD, values)


def answer(conn: Connection, sql: TextClause, values: dict[str, object]) -> HoldState | None:
    """Run the statement; its row as an answer."""
    row = conn.execute(sql, values).one_or_none()
    if row is None:
        return None
    account_id, state, amount, actual, charged, overrun, estimated, posted, held = row
    balance = Balance(account_id, posted, held)
    key = str(values["key"])
    return HoldState(key, account_id, state, amount, actual, charged, overrun, estimated, balance=balance)
