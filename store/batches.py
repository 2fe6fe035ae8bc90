"""How a batch of jobs is written: on SQLite all of it in one transaction, on PostgreSQL steps and rows alone.

An error of one job never fails its neighbours: savepoints, and members of a failed batch run again alone.
"""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from store.committer import Job, Member, Work
from store.engines import Locked, Unavailable, may_run_again, unavailable, wait_no_longer
from store.ledger.apply import FREED, apply
from store.ledger.flush import Clash
from store.ledger.plain import plain
from store.ledger.steps import Dispatch, Hold, HoldState, Overtaken, Settle, Step
from store.rows import NewRow, insert_rows

ATTEMPTS = 5

T = TypeVar("T")


def freed_by(conn: Connection) -> set[str]:
    """The accounts that a transaction freed, forgotten on the connection."""
    found: set[str] = conn.info.pop(FREED, set())
    return found


def write(conn: Connection, jobs: Sequence[Job]) -> list[Any]:
    """Write rows and steps; the outcome of each job."""
    inserted = iter(insert_rows(conn, [job.work for job in jobs if isinstance(job.work, NewRow)]))
    answers = iter(apply(conn, [job.work for job in jobs if isinstance(job.work, Step)]))
    return [next(inserted) if isinstance(job.work, NewRow) else next(answers) for job in jobs]


# --- SQLite ---------------------------------------------------------------------------------------------------------


def commit_on_sqlite(engine: Engine) -> Callable[[Sequence[Job]], set[str]]:
    """The writer: every job in one transaction, with savepoints where callers' own work is among them."""

    def commit(jobs: Sequence[Job]) -> set[str]:
        if all(isinstance(job.work, Member) for job in jobs):
            return together(engine, jobs)
        return with_savepoints(engine, jobs)

    return commit


def with_savepoints(engine: Engine, jobs: Sequence[Job]) -> set[str]:
    """Steps and rows in one savepoint, each work in one of its own."""
    try:
        with engine.begin() as conn:
            attempt_members(conn, [job for job in jobs if isinstance(job.work, Member)])
            for job in jobs:
                if not isinstance(job.work, Member):
                    attempt_work(conn, job, job.work)
            freed = freed_by(conn)
    except DBAPIError as error:
        return fail(jobs, unavailable(error) or error)
    return freed


def attempt_members(conn: Connection, jobs: Sequence[Job]) -> None:
    """Steps and rows together; if that fails, each alone."""
    if not jobs:
        return
    attempt(conn, jobs, lambda inner: write(inner, jobs))
    if jobs[0].error is not None and len(jobs) > 1:
        for job in jobs:
            job.error = None
            attempt_members(conn, [job])


def attempt_work(conn: Connection, job: Job, work: Work) -> None:
    """A caller's own work."""
    attempt(conn, [job], lambda inner: [work(inner)])


def attempt(conn: Connection, jobs: Sequence[Job], work: Callable[[Connection], Sequence[Any]]) -> None:
    """Run work for some jobs in a savepoint. An error that ends the whole transaction is raised."""
    savepoint = conn.begin_nested()
    try:
        for job, result in zip(jobs, work(conn), strict=True):
            job.result = result
        savepoint.commit()
    except Exception as error:
        if not in_transaction(conn):  # the disk is full, or worse: SQLite gave up the whole transaction
            raise
        savepoint.rollback()
        fail(jobs, (unavailable(error) if isinstance(error, DBAPIError) else None) or error)


def in_transaction(conn: Connection) -> bool:
    """Is SQLite itself still in a transaction."""
    raw: Any = conn.connection.driver_connection
    return bool(raw.in_transaction)


def fail(jobs: Sequence[Job], error: BaseException) -> set[str]:
    """The same error for all; nothing was freed."""
    for job in jobs:
        job.error = error
    return set()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def commit_on_postgresql(engine: Engine) -> Callable[[Sequence[Job]], set[str]]:
    """What waits in one transaction; one step alone in one statement and its notes, where that is possible."""

    def commit(jobs: Sequence[Job]) -> set[str]:
        if len(jobs) == 1 and alone(engine, jobs[0]):
            return freed_alone(jobs[0].result)
        return together(engine, jobs)

    return commit


def alone(engine: Engine, job: Job) -> bool:
    """Try the one statement. False: nothing was done, take the general way."""
    if not isinstance(job.work, Hold | Dispatch | Settle):
        return False
    try:
        with connect(engine) as conn:
            job.result = plain(conn, job.work)
            if job.result is not None:
                committed(conn)
    except (Unavailable, Overtaken) as error:
        job.result, job.error = None, error
        return True
    except DBAPIError:  # a key that was used before; or a connection that had gone stale
        return False
    return job.result is not None


def freed_alone(answer: HoldState | None) -> set[str]:
    """The account of a hold that was closed."""
    return {answer.account_id} if answer is not None and answer.state == "settled" else set()


def together(engine: Engine, jobs: Sequence[Job], *, patient: bool = True) -> set[str]:
    """All jobs in one transaction; if that fails for a reason of one of them, each alone."""

    def work(conn: Connection) -> tuple[list[Any], set[str]]:
        if not patient:
            wait_no_longer(conn)
        return write(conn, jobs), freed_by(conn)

    try:
        results, freed = transact(engine, work)
    except Exception as error:  # noqa: BLE001  # the one who waits for the job is told
        if len(jobs) == 1 or (isinstance(error, Unavailable) and not isinstance(error, Locked)):
            return fail(jobs, error)
        locked = isinstance(error, Locked)
        return set().union(*(together(engine, [job], patient=not locked) for job in jobs))
    for job, result in zip(jobs, results, strict=True):
        job.result = result
    return freed


def transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run work in a transaction of its own; again when another one got in between, or the connection was stale.

    Raises Unavailable: the outcome is unknown if the connection was lost during the commit.
    """
    for attempts_left in reversed(range(ATTEMPTS)):
        conn = connect(engine)
        try:
            with conn:
                result = work(conn)
                committed(conn)
                return result
        except Clash:
            if not attempts_left:
                raise
        except DBAPIError as error:
            stale = error.connection_invalidated
            if not attempts_left or not (stale or may_run_again(error)):
                raise_plainly(error)
    raise AssertionError("unreachable: the last attempt returns or raises")


def connect(engine: Engine) -> Connection:
    """A connection from the pool, or Unavailable."""
    try:
        return engine.connect()
    except DBAPIError as error:
        raise_plainly(error)


def committed(conn: Connection) -> None:
    """Commit. Lost on the way: nobody knows whether it was done, so it is not run again."""
    try:
        conn.commit()
    except DBAPIError as error:
        raise_plainly(error)


def raise_plainly(error: DBAPIError) -> NoReturn:
    """Raise Unavailable where that is what the error means, else the error."""
    fault = unavailable(error)
    if fault is None:
        raise error
    raise fault from error
