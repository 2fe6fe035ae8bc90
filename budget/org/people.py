"""Meeting people: who they are by their platform's word, their wallet, their starter grant, their choice of model."""

from dataclasses import dataclass

from budget.house import House
from budget.offer.mine import answering, models_for
from budget.offer.model import Model
from budget.offer.naming import NONE_LEFT, one_of
from budget.org.coming_back import come_back
from budget.org.groups import join_expected
from budget.org.guests import may_have
from budget.org.roster import apply_roster
from budget.outcome import No
from budget.policy.current import current, starter_micros
from store import audit, channels, leaving, people, roster
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
    is_guest: bool = False  # or of another organisation


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
    """Whether nothing about them changed. Who has left is no admin, whatever the settings say."""
    admin = is_admin(house, profile) and person.left_at is None
    now = (profile.name, profile.email, profile.timezone, profile.is_guest, admin, None)
    return (person.name, person.email, person.timezone, person.is_guest, person.is_admin, person.gone_at) == now


def starter_due(conn: Connection, house: House, workspace_id: str, person_id: str) -> bool:
    """Whether a starter grant is still to be made, and the company pool has enough for it."""
    amount = starter_micros(house, current(conn, house, workspace_id))
    if amount == 0 or people.has_transfer(conn, starter_key(person_id)):
        return False
    known = people.person(conn, person_id)
    if known is not None and (known.left_at is not None or not may_have(conn, house, known)):
        return False
    pool = balance(conn, people.company_id(workspace_id))
    return pool is not None and pool.available_micros >= amount


def settle_in(conn: Connection, house: House, workspace_id: str, profile: Profile, comes: bool) -> Person:
    """Write down what is known of someone, and give the starter grant when it is due."""
    at = house.now()
    before = met_before(conn, house, workspace_id, profile.slack_id)
    people.ensure_workspace(conn, workspace_id, workspace_id, at)
    is_other = before is None or before.email != profile.email
    if is_other:
        roster.hold_still(conn, workspace_id)
    person, is_new = people.ensure_person(
        conn,
        workspace_id=workspace_id,
        slack_id=profile.slack_id,
        name=profile.name,
        email=profile.email,
        timezone=profile.timezone,
        is_admin=is_admin(house, profile) and (before is None or before.left_at is None),
        at=at,
        is_guest=profile.is_guest,
    )
    if is_new:
        join_expected(conn, house, person)
    if person.is_admin != (before is not None and before.is_admin):
        note(conn, house, person, "admin", "yes" if before and before.is_admin else "no", person.is_admin)
    if comes and starter_due(conn, house, workspace_id, person.id):
        give_starter(conn, house, person)
    return apply_roster(conn, house, person) if is_other else person


def met_before(conn: Connection, house: House, workspace_id: str, slack_id: str) -> Person | None:
    """Somebody as we know them; whose account was deactivated is here again, since it is not."""
    before = people.by_slack_id(conn, workspace_id, slack_id)
    if before is None or before.gone_at is None:
        return before
    roster.hold_still(conn, workspace_id)  # before the person, as an import does
    locked = leaving.locked(conn, before.id)
    if locked is not None and locked.gone_at is not None:
        come_back(conn, house, locked, actor_id=None, origin="slack:user")
    return people.person(conn, before.id)


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

    def work(conn: Connection) -> Chosen | No:
        known = people.person(conn, person.id)
        assert known is not None, "whoever chooses was met before"
        offered = models_for(conn, house, known)
        model = one_of(house, offered, name)
        if isinstance(model, No) or offered is None:
            return model if isinstance(model, No) else NONE_LEFT
        before, chosen = answering(conn, house, known), None if name is None else model.name
        if known.model != chosen:
            people.set_model(conn, person.id, chosen)
            note_model(conn, house, person, origin, known.model, chosen)
        here = channels.get(conn, person.workspace_id, channel_id).model if channel_id else None
        return Chosen(model, chosen is not None, None if before == model else before, offered.get(here or ""))

    return await house.database.write(work)


def note_model(conn: Connection, house: House, person: Person, origin: str, old: str | None, new: str | None) -> None:
    """The audit row of a person's choice."""
    audit.record(
        conn, workspace_id=person.workspace_id, at=house.now(), actor_id=person.id, origin=origin, action="model",
        target=person.id, old=old, new=new,
    )  # fmt: skip
