"""Meeting people: who they are by their platform's word, their wallet, their starter grant, their choice of model."""

import difflib
from dataclasses import dataclass

from budget.balance import model_of
from budget.house import House
from budget.offer.model import Model, Models
from budget.org.roster import apply_roster
from budget.outcome import No
from budget.policy.current import current, starter_micros
from store import audit, channels, people, roster
from store.accounts import balance
from store.database import Connection
from store.ledger.apply import apply
from store.ledger.steps import Transfer, Transferred
from store.people import Person

STARTER_REASON = "starter grant"


@dataclass(frozen=True, slots=True)
class Profile:
    """Someone as a chat platform describes them."""

    slack_id: str
    name: str
    email: str | None
    timezone: str | None


def is_admin(house: House, profile: Profile) -> bool:
    """Whether the settings name them."""
    return bool({profile.slack_id, (profile.email or "").casefold()} & house.rules.admins)


def starter_key(person_id: str) -> str:
    """The starter grant is made under this key, so at most once."""
    return f"starter:{person_id}"


async def arrive(house: House, workspace_id: str, profile: Profile, *, comes: bool = True) -> Person:
    """Someone is there (`comes`) or was only mentioned: known from now on, with a wallet.

    Who comes gets the starter grant, once, as soon as the company pool has enough. Mostly this only reads.
    """
    person_id = people.person_id(workspace_id, profile.slack_id)

    def look(conn: Connection) -> Person | None:
        known = people.person(conn, person_id)
        up_to_date = known is not None and as_described(house, known, profile)
        return known if up_to_date and not (comes and starter_due(conn, house, workspace_id, person_id)) else None

    known = await house.database.read(look)
    if known is not None:
        return known
    return await house.database.write(lambda conn: settle_in(conn, house, workspace_id, profile, comes))


def as_described(house: House, person: Person, profile: Profile) -> bool:
    """Whether nothing about them changed."""
    now = (profile.name, profile.email, profile.timezone, is_admin(house, profile))
    return (person.name, person.email, person.timezone, person.is_admin) == now


def starter_due(conn: Connection, house: House, workspace_id: str, person_id: str) -> bool:
    """Whether a starter grant is still to be made, and the company pool has enough for it."""
    amount = starter_micros(house, current(conn, house, workspace_id))
    if amount == 0 or people.has_transfer(conn, starter_key(person_id)):
        return False
    pool = balance(conn, people.company_id(workspace_id))
    return pool is not None and pool.available_micros >= amount


def settle_in(conn: Connection, house: House, workspace_id: str, profile: Profile, comes: bool) -> Person:
    """Write down what is known of someone, and give the starter grant when it is due."""
    at = house.now()
    before = people.by_slack_id(conn, workspace_id, profile.slack_id)
    people.ensure_workspace(conn, workspace_id, workspace_id, at)
    is_other = before is None or before.email != profile.email
    if is_other:
        roster.hold_still(conn, workspace_id)
    person, _ = people.ensure_person(
        conn,
        workspace_id=workspace_id,
        slack_id=profile.slack_id,
        name=profile.name,
        email=profile.email,
        timezone=profile.timezone,
        is_admin=is_admin(house, profile),
        at=at,
    )
    if person.is_admin != (before is not None and before.is_admin):
        note(conn, house, person, "admin", "yes" if before and before.is_admin else "no", person.is_admin)
    if comes and starter_due(conn, house, workspace_id, person.id):
        give_starter(conn, house, person)
    return apply_roster(conn, house, person) if is_other else person


def note(conn: Connection, house: House, person: Person, action: str, old: str, new: bool) -> None:
    """A right that follows from the settings came or went."""
    audit.record(
        conn,
        workspace_id=person.workspace_id,
        at=house.now(),
        actor_id=None,
        origin="settings",
        action=action,
        target=person.id,
        old=old,
        new="yes" if new else "no",
    )


def give_starter(conn: Connection, house: House, person: Person) -> None:
    """The starter grant. Its key makes it happen once."""
    amount, at = starter_micros(house, current(conn, house, person.workspace_id)), house.now()
    step = Transfer(
        key=starter_key(person.id),
        kind="grant",
        debit_id=people.company_id(person.workspace_id),
        credit_id=people.wallet_id(person.id),
        amount_micros=amount,
        at=at,
        reason=STARTER_REASON,
    )
    (answer,) = apply(conn, [step])
    if not isinstance(answer, Transferred) or answer.replayed:
        return  # another meeting at the same moment made it, or took what was left of the pool
    audit.record(
        conn,
        workspace_id=person.workspace_id,
        at=at,
        actor_id=None,
        origin="settings",
        action=STARTER_REASON,
        target=step.credit_id,
        old=None,
        new=f"{amount} micros",
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The model that answers someone from now on; `own` False: whatever the company's default is.

    `before`: the one that did, where it is another. `here`: the one that answers everybody in the channel where they
    chose, whatever they choose.
    """

    model: Model
    own: bool
    before: Model | None = None
    here: Model | None = None


async def choose_model(
    house: House, person: Person, name: str | None, *, origin: str, channel_id: str | None = None
) -> Chosen | No:
    """Choose a model by name; None goes back to the company's default. `channel_id`: where they do so."""
    model = house.models.default_model() if name is None else house.models.get(name)
    if model is None:
        return no_such_model(house, name or "")
    chosen = None if name is None else model.name

    def work(conn: Connection) -> Chosen:
        known = people.person(conn, person.id)
        assert known is not None, "whoever chooses was met before"
        before = model_of(house, known)
        if known.model != chosen:
            people.set_model(conn, person.id, chosen)
            note_model(conn, house, person, origin, known.model, chosen)
        here = channels.get(conn, person.workspace_id, channel_id).model if channel_id else None
        return Chosen(model, chosen is not None, None if before == model else before, house.models.get(here or ""))

    return await house.database.write(work)


def note_model(conn: Connection, house: House, person: Person, origin: str, old: str | None, new: str | None) -> None:
    """The audit row of a person's choice."""
    audit.record(
        conn, workspace_id=person.workspace_id, at=house.now(), actor_id=person.id, origin=origin, action="model",
        target=person.id, old=old, new=new,
    )  # fmt: skip


def no_such_model(house: House, name: str, where: str = "") -> No:
    """The nearest one there is; `where` goes into the example."""
    best = nearest_model(house.models, name) or house.models.default
    return No(f"There is no model called “{name[:60]}”; `/tokens models` lists them.", f"model {best}{where}")


def nearest_model(models: Models, name: str) -> str | None:
    """The name on offer that is most like what was typed, if any is like it at all."""
    names = {model.name.casefold(): model.name for model in models.all}
    near = difflib.get_close_matches(name.casefold(), list(names), n=1)
    return names[near[0]] if near else None
