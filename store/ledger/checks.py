"""What every step must be, and the digest by which a repeated key is told from a conflicting one."""

from hashlib import blake2b

from store.ledger.steps import Hold, Settle, Step, Transfer
from store.tables import SYSTEM_KINDS, TRANSFER_KINDS

KEY_LENGTH = 180  # of 200 in the tables: a settlement's transfers are named after its hold
OWN_KEYS = ("settle:", "overrun:", "issue:", "expire:")


def fingerprint(step: Hold | Transfer) -> str:
    """A digest of what a step asks for; when it asks, and whether a refusal is final, is left out."""
    if isinstance(step, Hold):
        said: tuple[object, ...] = (step.account_id, step.least_micros, step.most_micros)
    else:
        until = step.until_at.timestamp() if step.until_at else None
        said = (step.kind, step.debit_id, step.credit_id, step.amount_micros, step.actor_id, step.reason, until)
    return blake2b(repr(said).encode(), digest_size=16).hexdigest()


def check(step: Step) -> None:
    """Refuse a step that no caller should make. ValueError: a fault of the program, not of a person."""
    if step.at.tzinfo is None:
        raise ValueError(f"a time without a zone: {step}")
    if not 0 < len(step.key) <= KEY_LENGTH:
        raise ValueError(f"a step's key has 1 to {KEY_LENGTH} characters, not {len(step.key)}")
    if isinstance(step, Hold) and not (0 < step.least_micros <= step.most_micros and step.at < step.expires_at):
        raise ValueError(f"a hold needs 0 < least <= most, and to expire later than it is made: {step}")
    if isinstance(step, Hold) and step.account_id.startswith(tuple(f"{kind}:" for kind in SYSTEM_KINDS)):
        raise ValueError(f"nothing can be held on a system account: {step}")
    if isinstance(step, Settle) and step.actual_micros < 0:
        raise ValueError(f"a call cannot cost less than nothing: {step}")
    if isinstance(step, Transfer):
        check_transfer(step)


def check_transfer(step: Transfer) -> None:
    """The part of `check` for transfers."""
    if step.amount_micros <= 0 or step.kind not in TRANSFER_KINDS or step.debit_id == step.credit_id:
        raise ValueError(f"a transfer needs an amount above zero, a known kind and two accounts: {step}")
    if step.key.startswith(OWN_KEYS):
        raise ValueError(f"keys beginning with {', '.join(OWN_KEYS)} are the ledger's own: {step.key}")
