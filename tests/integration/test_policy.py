"""The policy: read by everybody, checked, previewed, applied against the version that was read; all or nothing."""

import asyncio

import pytest

from budget.outcome import No
from budget.policy import changing, seeing
from budget.policy.changing import Applied, Mistaken, Overtaken, Previewed, Setter, setter
from budget.policy.current import current
from budget.policy.policy import Policy
from store import policies
from store.database import Database
from store.people import Person
from tests.commanding import WORKSPACE, Office
from tests.offices import known, wallet

NOBODY_SENDS = '[send]\nwho = "nobody" # for now\n'


async def in_force(office: Office) -> Policy:
    return await office.database.read(lambda conn: current(conn, office.house, WORKSPACE))


async def applied(office: Office, person: Person, toml: str, read_number: int = 0) -> Applied:
    done = await changing.apply(office.house, setter(person, "test"), toml, read_number=read_number)
    assert isinstance(done, Applied), done
    return done


async def previewed(office: Office, person: Person, toml: str) -> list[str]:
    found = await changing.propose(office.house, setter(person, "test"), toml, read_number=None)
    assert isinstance(found, Previewed), found
    return [effect.sentence for effect in found.effects]


async def test_a_policy_is_set_with_version_and_audit(office: Office, ada: Person) -> None:
    office.pass_time(minutes=1)
    done = await applied(office, ada, NOBODY_SENDS)
    assert (done.number, done.is_new, [c.sentence for c in done.changes]) == (
        1,
        True,
        ["Sending: from anyone to nobody."],
    )
    assert (await in_force(office)).send.who == "nobody"
    entry = (await office.audit())[0]
    assert (entry.actor_id, entry.origin, entry.action, entry.target) == (
        ada.id,
        "test",
        "policy",
        f"workspace:{WORKSPACE}",
    )
    assert (entry.old, entry.new) == ("nothing set", "version 1: Sending: from anyone to nobody.")
    (version,) = await office.database.read(lambda conn: policies.versions(conn, WORKSPACE, 5))
    assert (version.toml, version.actor_id, version.at) == (NOBODY_SENDS, ada.id, office.at)


async def test_the_same_text_again_makes_no_version(office: Office, ada: Person) -> None:
    await applied(office, ada, NOBODY_SENDS)
    before = await office.audit()
    again = await applied(office, ada, NOBODY_SENDS)
    assert (again.number, again.is_new) == (1, False)
    assert await office.audit() == before
    only_words = await applied(office, ada, '[send]\nwho = "nobody"\n', 1)
    assert (only_words.number, only_words.changes) == (2, ())
    assert (await office.audit())[0].new == "version 2: Only the text was changed."


async def test_of_two_at_once_one_is_shown_the_other(office: Office, ada: Person, bob: Person) -> None:
    await applied(office, ada, "[send]\nmost_a_month = 1\n")
    texts = ['[send]\nwho = "nobody"\n', '[send]\nwho = "team"\n', "[starter]\ngrant = 5\n", "[ask]\nmost = 7\n"]
    who = setter(ada, "test")
    done = await asyncio.gather(*(changing.apply(office.house, who, text, read_number=1) for text in texts))
    won = [answer for answer in done if isinstance(answer, Applied)]
    lost = [answer for answer in done if isinstance(answer, Overtaken)]
    assert (len(won), len(lost)) == (1, 3)
    assert all((each.now.number, each.now.by) == (2, "Ada") for each in lost)
    assert all([c.sentence for c in each.changes] == [c.sentence for c in won[0].changes] for each in lost)
    numbers = [v.number for v in await office.database.read(lambda conn: policies.versions(conn, WORKSPACE, 9))]
    assert numbers == [2, 1]
    assert sum(entry.action == "policy" for entry in await office.audit()) == 2


async def test_only_admins_set_it(office: Office) -> None:
    for who in ("UBOB", "UGRACE", "UEVE"):
        await refused_to(office, await known(office, who))


async def refused_to(office: Office, person: Person) -> None:
    before = await office.audit()
    for step in (changing.propose, changing.apply):
        answer = await step(office.house, setter(person, "test"), NOBODY_SENDS, read_number=0)
        assert isinstance(answer, No)
        assert "Only an admin" in answer.sentence
    assert isinstance(await changing.draft(office.house, person), No)
    assert isinstance(await seeing.history(office.house, person), No)
    assert (await in_force(office), await office.audit()) == (Policy(), before)
    assert isinstance(await seeing.see(office.house, person), seeing.Seen)


async def test_mistakes_set_nothing(office: Office, ada: Person) -> None:
    text = '[send]\nwho = "all"\n[models.teams]\nPlatfrom = ["minni"]\n'
    for step in (changing.propose, changing.apply):
        answer = await step(office.house, setter(ada, "test"), text, read_number=0)
        assert isinstance(answer, Mistaken)
        assert [each.sentence for each in answer.mistakes] == [
            'Line 2, send.who: write "anyone", "team" or "nobody", not "all".',
            "Line 4, models.teams.Platfrom: there is no team called “Platfrom”; the nearest is “Platform”.",
            "Line 4, models.teams.Platfrom: there is no model called “minni”; the nearest is “mini”.",
        ]
    assert await in_force(office) == Policy()


async def test_what_fails_halfway_leaves_the_old_policy(
    office: Office, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await applied(office, ada, NOBODY_SENDS)
    before = await office.audit()
    real = policies.add

    def add_and_break(*args: object, **named: object) -> int:
        real(*args, **named)  # type: ignore[arg-type]  # passed through
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(policies, "add", add_and_break)
    with pytest.raises(RuntimeError, match="pulled the plug"):
        await changing.apply(office.house, setter(ada, "test"), "", read_number=1)
    assert ((await in_force(office)).send.who, await office.audit()) == ("nobody", before)


async def test_an_empty_text_goes_back_to_what_holds_without_one(office: Office, ada: Person) -> None:
    await applied(office, ada, NOBODY_SENDS)
    done = await applied(office, ada, "  \n", 1)
    assert [c.sentence for c in done.changes] == ["Sending: from nobody to anyone."]
    assert await in_force(office) == Policy()
    seen = await seeing.see(office.house, ada)
    assert isinstance(seen, seeing.Seen)
    assert not any(rule.changed for each in seen.sections for rule in each.rules)


async def test_the_starter_grant_counts_at_once_for_newcomers(office: Office, ada: Person, bob: Person) -> None:
    await applied(office, ada, '[starter]\ngrant = "$2"\n')
    new = await office.meet("UNEW")
    assert await office.on(wallet(new)) == 2_000_000
    (told,) = await previewed(office, ada, '[starter]\ngrant = "$5"\n')
    assert told == (
        "Starter grant: from $2.00 (2M tokens) to $5.00 (5M tokens). It counts for newcomers. 1 person got the one of "
        "before and keeps it. 4 people who had none get it with their next command or question."
    )
    await applied(office, ada, '[starter]\ngrant = "$5"\n', 1)
    await office.meet("UNEW")
    await office.meet("UBOB")
    assert (await office.on(wallet(new)), await office.on(wallet(bob))) == (2_000_000, 5_000_000)


async def test_what_is_too_long_is_refused(office: Office, ada: Person) -> None:
    for text, told in (("# x\n" * 6_000, "at most 20,000 characters"), (f"\n#{'x' * 1_000}", "line 1 has more")):
        answer = await changing.apply(office.house, setter(ada, "test"), text, read_number=0)
        assert isinstance(answer, No)
        assert told in answer.sentence


async def test_it_counts_at_once_for_another_process(office: Office, ada: Person, database_url: str) -> None:
    other = await Database.open(database_url)
    try:
        await applied(office, ada, NOBODY_SENDS)
        assert (await other.read(lambda conn: current(conn, office.house, WORKSPACE))).send.who == "nobody"
    finally:
        await other.close()


async def test_a_keyboard_that_bends_quotes(office: Office, ada: Person) -> None:
    await applied(office, ada, "[send]\r\nwho = “team”\r\n")
    assert (await in_force(office)).send.who == "team"


async def test_history_in_words(office: Office, ada: Person) -> None:
    await applied(office, ada, NOBODY_SENDS)
    operator = Setter(WORKSPACE, "os:root", "cli")
    assert isinstance(await changing.apply(office.house, operator, "", read_number=1), Applied)
    found = await seeing.history(office.house, ada)
    assert not isinstance(found, No)
    assert [(each.number, each.by, [c.sentence for c in each.changes]) for each in found] == [
        (2, "root at the command line", ["Sending: from nobody to anyone."]),
        (1, "Ada", ["Sending: from anyone to nobody."]),
    ]
