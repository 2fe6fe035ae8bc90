"""The policy that counts now: what was set last, or else what the settings and defaults say."""

import tomllib
from functools import lru_cache

from pydantic import ValidationError

from budget.house import House
from budget.money import Face
from budget.outcome import No
from budget.policy.policy import Policy
from store import policies
from store.database import Connection


@lru_cache(maxsize=64)
def parse(toml: str, face: Face) -> Policy | No:
    """A policy as it is written, or one sentence on the first thing that is wrong with it."""
    try:
        return Policy.model_validate(tomllib.loads(toml), context={"face": face})
    except tomllib.TOMLDecodeError as error:
        return No(f"This is not TOML: {error}.")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return No(f"{where or 'The policy'}: {first['msg'].removeprefix('Value error, ').removesuffix('.')}.")


def of_text(house: House, toml: str | None) -> Policy:
    """The policy of a workspace's row. What is stored was parsed before it was stored."""
    if not toml:
        return Policy()
    found = parse(toml, house.face)
    if isinstance(found, No):
        raise ValueError(f"the stored policy cannot be read: {found.sentence}")
    return found


def current(conn: Connection, house: House, workspace_id: str) -> Policy:
    """The policy, as of this transaction."""
    return of_text(house, policies.toml_of(conn, workspace_id))


def starter_micros(house: House, policy: Policy) -> int:
    """What everybody gets who comes for the first time."""
    return house.rules.starter_grant_micros if policy.starter.grant is None else policy.starter.grant
