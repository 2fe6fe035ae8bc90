"""What tests of projects share: commands about them as typed, and asks of theirs on the ledger."""

from datetime import timedelta

from budget.money import Face
from budget.outcome import No
from budget.projects import changing
from budget.projects.changing import Done
from budget.projects.typed import ProjectChange
from budget.typed import people_in
from handlers.commands.grammar import parse
from handlers.slack.wire.markup import read
from store import outbox, projects
from store.ledger.apply import apply
from store.ledger.steps import Answer, Dispatch, Hold, Settle
from store.people import Person
from store.projects import Project
from tests.commanding import WORKSPACE, Office

HERE = "<#C1|general>"


async def change(
    office: Office, person: Person, text: str, key: str | None = None, here: str | None = None
) -> Done | No:
    """A command about a project, as Slack would send it; everyone mentioned is met first."""
    command = parse(read(f"project {text}"), Face())
    assert isinstance(command, ProjectChange), command
    for ref in people_in(command):
        await office.meet(ref.id, comes=False)
    return await changing.change_project(
        office.house, person.id, command, key=key or office.new_id(), origin="test", here=here
    )


async def done(office: Office, person: Person, *texts: str) -> None:
    """Commands that must work."""
    for text in texts:
        answer = await change(office, person, text)
        assert not isinstance(answer, No), (text, answer)


async def refused(office: Office, person: Person, text: str) -> str:
    """A command that must be refused and change nothing; the sentence."""
    before = (await office.verified(), await office.audit())
    answer = await change(office, person, text)
    assert isinstance(answer, No), (text, answer)
    assert (await office.verified(), await office.audit()) == before
    return answer.sentence


async def project(office: Office, name: str = "Apollo") -> Project:
    """A project as it stands."""
    found = await office.database.read(lambda conn: projects.by_name(conn, WORKSPACE, name))
    assert found is not None, name
    return found


async def pool(office: Office, name: str = "Apollo") -> str:
    """Its account."""
    return projects.pool_id((await project(office, name)).id)


async def hold(office: Office, account_id: str, micros: int, key: str = "h1") -> Answer:
    """An answer under way, on the ledger."""
    at = office.at
    step = Hold(key, account_id, micros, micros, at, at + timedelta(minutes=5))
    answers = await office.database.write(lambda conn: apply(conn, [step, Dispatch(key, at)]))
    return answers[0]


async def settle(office: Office, micros: int, key: str = "h1") -> None:
    """It ends, and cost so much."""
    step = Settle(key, micros, office.at)
    await office.database.write(lambda conn: apply(conn, [step]))


async def letters(office: Office) -> list[tuple[str, str]]:
    """To whom letters wait, and of which event."""
    waiting = await office.database.write(lambda conn: outbox.take(conn, WORKSPACE, office.at, 100))
    return sorted((each.slack_id, str(each.payload.get("event"))) for each in waiting if each.kind == "project")
