"""What tests of requests share: asking, deciding, the letters that were written, the policy."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from budget.outcome import No
from budget.requests.deciding import Decided, Verdict, decide
from budget.requests.making import Made, make
from budget.requests.typed import MakeRequest
from store import policies, requests, tables
from store.database import Connection
from store.people import Person
from store.requests import Request
from tests.commanding import WORKSPACE, Office

USD = 1_000_000


@dataclass
class Asking:
    """An office in which people ask for more."""

    office: Office

    async def ask(
        self, who: Person, micros: int = 4 * USD, reason: str | None = "the demo", *, key: str = "",
        until: date | None = None, project_id: str | None = None, ask_id: str | None = None,
    ) -> Made | No:  # fmt: skip
        """Ask for more."""
        wanted = MakeRequest(micros, reason, until, project_id, ask_id)
        return await make(self.office.house, who.id, wanted, key=key or self.office.new_id(), origin="test")

    async def asked(self, who: Person, micros: int = 4 * USD, **more: Any) -> Made:
        """The same, which must stand."""
        made = await self.ask(who, micros, **more)
        assert isinstance(made, Made), made
        return made

    async def decide(self, who: Person, made: Made, verdict: Verdict) -> Decided | No:
        """Answer a request."""
        return await decide(self.office.house, who.id, made.request.id, verdict, origin="test")

    async def decided(self, who: Person, made: Made, verdict: Verdict) -> Decided:
        """The same, which must stand."""
        done = await self.decide(who, made, verdict)
        assert isinstance(done, Decided), done
        return done

    async def refused(self, who: Person, made: Made, verdict: Verdict) -> str:
        """A decision that must be turned down and change nothing; the sentence."""
        before = await self.office.verified(), await self.office.audit(), await self.letters()
        done = await self.decide(who, made, verdict)
        assert isinstance(done, No), done
        assert before == (await self.office.verified(), await self.office.audit(), await self.letters())
        return done.sentence

    async def request(self, made: Made) -> Request:
        """A request as it stands now."""
        found = await self.office.database.read(lambda conn: requests.get(conn, made.request.id))
        assert found is not None
        return found

    async def letters(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Everything written to people but of moves: (to whom, the kind, what it says), in order."""
        query = tables.outbox.select().order_by(tables.outbox.c.created_at, tables.outbox.c.key)
        rows = await self.office.database.read(lambda conn: conn.execute(query).all())
        return [(row.slack_id, row.kind, json.loads(row.payload)) for row in rows if row.kind != "moved"]

    async def to(self, slack_id: str, kind: str) -> list[dict[str, Any]]:
        """What was written to one person, of one kind."""
        return [told for whom, what, told in await self.letters() if (whom, what) == (slack_id, kind)]

    async def policy(self, toml: str) -> None:
        """Set the policy."""

        def work(conn: Connection) -> None:
            policies.add(conn, WORKSPACE, toml, actor_id=None, origin="test", at=self.office.at)

        await self.office.database.write(work)

    async def change(self, person: Person, **columns: Any) -> None:
        """Something of a person is otherwise from now on."""
        mine = tables.person.update().where(tables.person.c.id == person.id).values(columns)
        await self.office.database.write(lambda conn: conn.execute(mine))

    async def nest(self, lower: str, upper: str) -> None:
        """Put one team below another."""

        def work(conn: Connection) -> None:
            team = tables.team
            ids = {row.name_key: row.id for row in conn.execute(team.select())}
            conn.execute(team.update().where(team.c.id == ids[lower]).values(parent_id=ids[upper]))

        await self.office.database.write(work)

    async def actions(self) -> list[str]:
        """What the audit says was done about requests, in order."""
        return [entry.action for entry in reversed(await self.office.audit()) if entry.action.startswith("request")]
