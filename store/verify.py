"""The proof that the ledger adds up, computed by the database over every row.

Each check is a query for what is wrong; a sound ledger answers none with a row. Run it with `Database.read`, so that
all of it looks at one moment. Memory is bounded: the database makes the sums, and only so many differences are listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from store.engines import without_limits
from store.tables import SYSTEM_KINDS, one_of

LISTED = 20  # of each check; the rest is counted
OWN = f"NOT {one_of('a.kind', SYSTEM_KINDS)}"

MOVED = """
    SELECT account_id, CAST(SUM(micros) AS BIGINT) AS micros FROM (
        SELECT credit_account_id AS account_id, SUM(amount_micros) AS micros FROM transfer GROUP BY credit_account_id
        UNION ALL
        SELECT debit_account_id, -SUM(amount_micros) FROM transfer GROUP BY debit_account_id
    ) AS sides GROUP BY account_id
"""

CHECKS: dict[str, str] = {
    "posted is not the sum of the account's transfers": f"""
        SELECT a.id, a.posted_micros, COALESCE(m.micros, 0) FROM account AS a
        LEFT JOIN ({MOVED}) AS m ON m.account_id = a.id
        WHERE {OWN} AND a.posted_micros <> COALESCE(m.micros, 0)
    """,  # noqa: S608  # our own constants
    "held is not the sum of the account's live holds": """
        SELECT a.id, a.held_micros, COALESCE(h.micros, 0) FROM account AS a
        LEFT JOIN (
            SELECT account_id, CAST(SUM(amount_micros) AS BIGINT) AS micros FROM hold
            WHERE state IN ('open', 'dispatched') GROUP BY account_id
        ) AS h ON h.account_id = a.id
        WHERE a.held_micros <> COALESCE(h.micros, 0)
    """,
    "posted is not what is left of the account's lots": f"""
        SELECT a.id, a.posted_micros, COALESCE(l.micros, 0) - a.unattributed_micros FROM account AS a
        LEFT JOIN (
            SELECT account_id, CAST(SUM(remaining_micros) AS BIGINT) AS micros FROM lot GROUP BY account_id
        ) AS l ON l.account_id = a.id
        WHERE {OWN} AND a.posted_micros <> COALESCE(l.micros, 0) - a.unattributed_micros
    """,  # noqa: S608  # our own constants
    "more is held than there is": """
        SELECT a.id, a.posted_micros, a.held_micros FROM account AS a WHERE a.held_micros > a.posted_micros
    """,
    "a system account has figures of its own": f"""
        SELECT a.id, a.posted_micros, a.held_micros FROM account AS a
        WHERE NOT ({OWN}) AND (a.posted_micros <> 0 OR a.held_micros <> 0 OR a.unattributed_micros <> 0)
    """,  # noqa: S608  # our own constants
    "what a closed hold says it cost is not what was paid": """
        SELECT h.key, COALESCE(h.charged_micros, 0) + h.overrun_micros, COALESCE(t.micros, 0) FROM hold AS h
        LEFT JOIN (
            SELECT hold_key, CAST(SUM(amount_micros) AS BIGINT) AS micros FROM transfer
            WHERE hold_key IS NOT NULL GROUP BY hold_key
        ) AS t ON t.hold_key = h.key
        WHERE COALESCE(h.charged_micros, 0) + h.overrun_micros <> COALESCE(t.micros, 0)
           OR COALESCE(h.charged_micros, 0) + h.overrun_micros <> COALESCE(h.actual_micros, 0)
           OR (h.state IN ('open', 'dispatched', 'released', 'rejected') AND COALESCE(h.actual_micros, 0) <> 0)
    """,
    "what the payer of a hold paid is not what the hold says": """
        SELECT h.key, COALESCE(h.charged_micros, 0), COALESCE(t.micros, 0) FROM hold AS h
        LEFT JOIN (
            SELECT hold_key, debit_account_id, CAST(SUM(amount_micros) AS BIGINT) AS micros FROM transfer
            WHERE kind = 'consume' AND hold_key IS NOT NULL GROUP BY hold_key, debit_account_id
        ) AS t ON t.hold_key = h.key AND t.debit_account_id = h.account_id
        WHERE COALESCE(h.charged_micros, 0) <> COALESCE(t.micros, 0)
    """,
    "a transfer is for a hold that does not exist": """
        SELECT t.request_key, t.amount_micros, 0 FROM transfer AS t LEFT JOIN hold AS h ON h.key = t.hold_key
        WHERE t.hold_key IS NOT NULL AND h.key IS NULL
    """,
    "a transfer leaves its workspace": """
        SELECT t.request_key, t.amount_micros, 0 FROM transfer AS t
        JOIN account AS d ON d.id = t.debit_account_id JOIN account AS c ON c.id = t.credit_account_id
        WHERE d.workspace_id <> t.workspace_id OR c.workspace_id <> t.workspace_id
    """,
    "budget came out of an account that only takes": """
        SELECT t.request_key, t.amount_micros, 0 FROM transfer AS t JOIN account AS d ON d.id = t.debit_account_id
        WHERE d.kind = 'expired' OR (d.kind = 'consumed' AND t.kind <> 'correct')
    """,
    "a loan is not what its transfer lent": """
        SELECT l.id, l.amount_micros, COALESCE(t.amount_micros, 0) FROM loan AS l
        LEFT JOIN transfer AS t ON t.request_key = l.id AND t.kind = 'send'
            AND t.debit_account_id = l.lender_id AND t.credit_account_id = l.borrower_id
        WHERE l.amount_micros <> COALESCE(t.amount_micros, 0)
    """,
    "more was taken back than was moved": """
        SELECT u.request_key, u.amount_micros, COALESCE(t.amount_micros, 0) FROM transfer AS u
        LEFT JOIN transfer AS t ON t.request_key = SUBSTR(u.request_key, 6)
            AND t.debit_account_id = u.credit_account_id AND t.credit_account_id = u.debit_account_id
        WHERE u.kind = 'correct' AND u.request_key LIKE 'undo:%' AND u.amount_micros > COALESCE(t.amount_micros, 0)
    """,
    "an ended ask does not cost what its hold says, corrections included": """
        SELECT k.id, COALESCE(k.cost_micros, 0), COALESCE(h.actual_micros, 0) - COALESCE(c.amount_micros, 0)
        FROM ask AS k JOIN hold AS h ON h.key = k.hold_key
        LEFT JOIN transfer AS c ON c.request_key = 'correct:' || h.key
        WHERE k.ended_at IS NOT NULL
          AND COALESCE(k.cost_micros, 0) <> COALESCE(h.actual_micros, 0) - COALESCE(c.amount_micros, 0)
    """,
}

TOTAL = f"""
    SELECT COALESCE((SELECT CAST(SUM(a.posted_micros) AS BIGINT) FROM account AS a WHERE {OWN}), 0)
         + COALESCE((SELECT CAST(SUM(m.micros) AS BIGINT) FROM account AS a JOIN ({MOVED}) AS m ON m.account_id = a.id
                     WHERE NOT ({OWN})), 0)
"""  # noqa: S608  # our own constants

COUNTED = ("account", "transfer", "hold", "lot")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is wrong: what it is about, what is recorded, what it should be."""

    check: str
    about: str
    recorded: int
    computed: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and what is wrong; `missing` counts differences that are not listed."""

    counts: dict[str, int]
    checks: int
    total_micros: int  # of all accounts: zero
    differences: tuple[Difference, ...]
    missing: int = 0

    @property
    def sound(self) -> bool:
        """Everything adds up."""
        return not self.differences and self.total_micros == 0


def verify(conn: Connection) -> Report:
    """Recompute every balance from transfers, holds and lots, and compare."""
    without_limits(conn)
    differences: list[Difference] = []
    missing = 0
    for name, query in CHECKS.items():
        listed = conn.execute(text(f"{query} ORDER BY 1 LIMIT {LISTED}")).all()
        differences += [Difference(name, *row) for row in listed]
        if len(listed) == LISTED:
            missing += number(conn, f"SELECT COUNT(*) FROM ({query}) AS wrong") - LISTED  # noqa: S608  # our constants
    counts = {table: number(conn, f"SELECT COUNT(*) FROM {table}") for table in COUNTED}  # noqa: S608  # our constants
    return Report(counts, len(CHECKS) + 1, number(conn, TOTAL), tuple(differences), missing)


def number(conn: Connection, query: str) -> int:
    """The one number that a query gives."""
    return int(conn.execute(text(query)).scalar_one())


def lines(report: Report) -> list[str]:
    """The report for people: a summary, then each difference."""
    looked_at = ", ".join(f"{count:,} {name}{'' if count == 1 else 's'}" for name, count in report.counts.items())
    if report.sound:
        return [f"The ledger adds up: {looked_at}; {report.checks} checks, no differences, the total is zero."]
    found = len(report.differences) + report.missing + (report.total_micros != 0)
    said = [f"The ledger does NOT add up: {found:,} {'difference' if found == 1 else 'differences'} in {looked_at}."]
    if report.total_micros:
        said.append(f"- the total of all accounts is {report.total_micros:,} micro-dollars, not zero")
    said += listing(report.differences)
    return [*said, f"- and {report.missing:,} more"] if report.missing else said


def listing(differences: Sequence[Difference]) -> list[str]:
    """A line for each difference."""
    return [f"- {d.about}: {d.check} (recorded {d.recorded:,}, computed {d.computed:,})" for d in differences]
