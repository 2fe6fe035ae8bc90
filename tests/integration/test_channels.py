"""What is recorded for channels, on both engines."""

from store import channels, people, teams
from store.channels import ChannelSettings
from store.database import Connection, Database
from tests.commanding import START


async def test_settings_of_a_channel(database: Database) -> None:
    nothing = ChannelSettings("T1", "C1")

    def work(conn: Connection) -> list[ChannelSettings]:
        people.ensure_workspace(conn, "T1", "Acme", START)
        team = teams.create(conn, team_id="t1", workspace_id="T1", name="Platform", at=START)
        assert team is not None
        seen = [channels.get(conn, "T1", "C1")]
        channels.set_follow_threads(conn, "T1", "C1", on=True)
        channels.set_model(conn, "T1", "C1", "big")
        channels.set_instructions(conn, "T1", "C1", "Be brief.")
        teams.bind_channel(conn, "T1", "C1", team.id)
        seen.append(channels.get(conn, "T1", "C1", lock=True))
        channels.set_model(conn, "T1", "C1", None)
        channels.set_instructions(conn, "T1", "C1", None)
        channels.set_follow_threads(conn, "T1", "C1", on=False)
        return [*seen, channels.get(conn, "T1", "C1"), channels.get(conn, "T1", "C2")]

    assert await database.write(work) == [
        nothing,
        ChannelSettings("T1", "C1", "t1", None, "big", "Be brief.", follow_threads=True),
        ChannelSettings("T1", "C1", "t1"),
        ChannelSettings("T1", "C2"),
    ]


async def test_instructions_of_the_company(database: Database) -> None:
    def work(conn: Connection) -> list[str | None]:
        people.ensure_workspace(conn, "T1", "Acme", START)
        people.ensure_workspace(conn, "T2", "Globex", START)
        seen = [channels.company_instructions(conn, "T1")]
        channels.set_company_instructions(conn, "T1", "Be kind.")
        return [*seen, channels.company_instructions(conn, "T1", lock=True), channels.company_instructions(conn, "T2")]

    assert await database.write(work) == [None, "Be kind.", None]
