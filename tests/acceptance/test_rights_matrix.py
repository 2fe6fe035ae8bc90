"""The whole matrix of rights: every command of the catalogue by every role, on what is theirs and what is not.

Roles by one letter each: s stranger, u guest, m member and g manager of Platform, t manager of Top (above Platform),
a admin. Alan is in Platform as well, Eve in Other. What is carried out answers with the words given here; what is
refused leaves every table as it was, and a look changes nothing but the audit.
"""

import json

from handlers.commands.catalogue import COMMANDS
from sandbox.seed import ADA, FRANCES, GENERAL, GRACE, PLATFORM, STRANGER
from store.database import Database
from tests.floor import Floor, floor
from tests.matrix import ACTORS, ROLES, Books, matrix
from tests.workspace_client import JsonObject

LOOKS = (
    ("balance", "mgta", "You have"),
    ("balance {self}", "mgta", "You have"),
    ("balance @alan", "gta", "Alan Turing has *"),
    ("balance @eve", "a", "Eve Other has *"),
    ("balance platform", "mgta", "pool has *"),
    ("balance top", "ta", "pool has *"),
    ("balance other", "a", "pool has *"),
    ("balance company", "a", "pool has *"),
    ("history", "mgta", "Your last movements"),
    ("history @alan", "a", "The last movements of Alan"),
    ("history @eve", "a", "The last movements of Eve"),
    ("models", "mgta", "typical question"),
    ("model default", "mgta", "company's default"),
    ("model default in channel", "gta", "everybody's own choice"),
    ("model", "mgta", "typical question"),
    ("channel", "mgta", "Team: *Platform*"),
    ("prompt", "mgta", "in this order"),
    ("help", "mgta", "Ask me anything"),
    ("help fund", "mgta", "/tokens fund"),
    ("team", "mgta", "*Platform* ·"),
    ("team platform", "mgta", "in its pool"),
    ("team top", "ta", "in its pool"),
    ("team other", "a", "in its pool"),
    ("team group platform none", "a", "Platform follows no user group"),
    ("team sync platform", "a", "Platform follows no user group"),
    ("team sync all", "a", "No team follows a user group"),
    ("request withdraw", "mgta", "No request of yours is waiting"),
    ("undo", "a", "can be taken back, as far as it is unspent"),
    ("allowance", "mgta", "You have no allowance"),
    ("allowance {self}", "mgta", "no allowance"),
    ("allowance @alan", "gta", "no allowance for Alan"),
    ("allowance @eve", "a", "no allowance for Eve"),
    ("allowance platform", "mgta", "no allowance for Platform"),
    ("allowance other", "a", "no allowance for Other"),
    ("allowance everyone", "mgta", "no allowance for everybody"),
    ("allowance everyone stop", "a", "no such allowance"),
    ("allowance pay", "a", "there is nothing to pay"),
    ("package", "mgta", "You have no package"),
    ("package @ada", "ma", "no package"),
    ("package @eve", "a", "no package"),
    ("package @alan $1200 a year", "a", "A package for Alan"),
    ("package @ada end on 2026-12-31", "a", "no package that could be ended"),
    ("statement", "mgta", "Your statement"),
    ("statement @ada", "ma", "Opening balance"),
    ("statement @eve", "a", "Opening balance"),
    ("offer $1200 a year", "a", "Tokens that come with the job"),
    ("project", "mgta", "projects"),
    ("project {own}", "mgta", "looked after by"),
    ("project Eves", "a", "looked after by"),
    ("project channel {own} none", "mgta", "did not pay there"),
    ("project channel Eves none", "a", "did not pay there"),
    ("unfreeze @alan", "a", "is not frozen"),
    ("offboard @alan", "a", "leaves now?"),
    ("offboard @alan on 2026-12-31", "a", "is over?"),
    ("offboard @alan cancel", "a", "is here, and no last day"),
    ("policy", "mgta", "*Money*"),
    ("policy history", "a", "Nobody has changed a rule yet"),
    ("audit", "a", "*Audit: everything*"),
    ("audit me", "mgta", "looks at your account"),
    ("audit {self}", "a", "*Audit: what concerns"),
    ("audit @alan", "a", "*Audit: what concerns"),
    ("audit platform", "a", "*Audit: what concerns"),
    ("audit money", "a", "*Audit: money*"),
    ("audit rights", "a", "*Audit: rights*"),
    ("audit policy", "a", "on policy"),
    ("audit looks 2026-11", "a", "on looks"),
)
CHANGES = (
    ("model big", "mgta", "answers you from now on"),
    ("model big in channel", "gta", "answers everybody from now on"),
    ("model big in #general", "a", "answers everybody from now on"),
    ("channel follow on", "gta", "from now on"),
    ("grant @alan $1", "gta", "went from"),
    ("grant @eve $1", "a", "went from"),
    ("grant {self} $1", "a", "went from"),
    ("grant platform $1", "ta", "went from"),
    ("grant top $1", "a", "went from"),
    ("grant other $1", "a", "went from"),
    ("move $1 from platform to @alan", "gta", "went from"),
    ("move $1 from @alan to platform", "gta", "went from"),
    ("move $1 from @alan to @eve", "a", "went from"),
    ("move $1 from top to platform", "ta", "went from"),
    ("move $1 from platform to {self}", "a", "went from"),
    ("move $1 from platform to company", "a", "went from"),
    ("move $1 from company to other", "a", "went from"),
    ("fund $1", "a", "of new budget"),
    ("team create New", "a", "There is a team"),
    ("team add platform @eve", "a", "is now in"),
    ("team remove platform @alan", "a", "is no longer in"),
    ("team manager other @eve", "a", "is now a manager"),
    ("team channel other #general", "a", "is the channel of"),
    ("team pool platform off", "gta", "is off"),
    ("team pool top on", "ta", "is on"),
    ("team pool other on", "a", "is on"),
    ("team under other top", "a", "is below"),
    ("team cost platform CC-1", "a", "has cost centre CC-1"),
    ("request $1 for tests", "mgt", "You asked for"),
    ("send @alan $1", "mgta", "went from you to"),
    ("send @eve $1", "mgta", "went from you to"),
    ("return $1 to platform", "mgt", "went back"),
    ("return $1 to company", "mgta", "went back"),
    ("return $1 to other", "", "went back"),
    ("lend @alan $1 until 2026-12-31", "mgta", "is lent"),
    ("lend @alan $1 until 2026-12-31 from platform", "ga", "is lent"),
    ("lend @alan $1 until 2026-12-31 from top", "ta", "is lent"),
    ("lend @alan $1 until 2026-12-31 from company", "a", "is lent"),
    ("allowance @alan $1 monthly", "a", "gets *$1.00"),
    ("allowance platform $1 monthly", "a", "gets *$1.00"),
    ("allowance everyone $1 monthly", "a", "gets *$1.00"),
    ("project create New", "gta", "is there, looked after by"),
    ("project create New $1", "gta", "is there, looked after by"),
    ("project channel {own} #general", "mgta", "pays for what is asked"),
    ("project channel Eves #general", "a", "pays for what is asked"),
    ("project fund {own} $1", "gta", "went from"),
    ("project fund Eves $1", "a", "went from"),
    ("project fund {own} $1 from platform", "ga", "went from"),
    ("project owner {own} @alan", "mgta", "looks after"),
    ("project owner Eves @alan", "a", "looks after"),
    ("project cost {own} CC-1", "a", "is booked on"),
    ("project cost Eves CC-1", "a", "is booked on"),
    ("project close {own}", "mgta", "is closed"),
    ("project close Eves", "a", "is closed"),
    ("freeze @alan for a test", "a", "is frozen"),
    ("guest allow @guest", "a", "has tokens like a member"),
)
# What opens a form: to those who may fill it in; to others it says why not.
FORMS = (
    ("prompt edit", "a"), ("prompt edit channel", "a"), ("policy edit", "a"), ("request", "mga"), ("send", "mga"),
    ("return", "mga"), ("lend", "mga"), ("allowance set", "a"),
)  # fmt: skip
ELSEWHERE = {
    "ask": "a question, in tests of asking",
    "prompt clear": "takes back what was written first, in tests of forms",
    "guest refuse": "is how the guest comes into the books here",
    "package @person": "its amount is agreed to by a button, in tests of packages",
}


def test_every_command_has_its_row() -> None:
    lines = [line for line, *_ in (*LOOKS, *CHANGES, *FORMS)] + list(ELSEWHERE)
    for entry in COMMANDS:
        for form in entry.forms:
            head, _, rest = form.partition(" ")
            verb = rest.split(" ")[0] if rest else ""
            verbs = verb.split("|") if verb.islower() and verb.isascii() and verb.replace("|", "").isalpha() else [""]
            for each in verbs:
                wanted = f"{head} {each}".strip()
                assert any(f"{line} ".startswith(f"{wanted} ") for line in lines), f"no row for `{wanted}` ({form})"


async def test_every_role_on_every_command(sqlite_url: str, sqlite_database: Database) -> None:
    wrong = []
    async with matrix(sqlite_database) as at:
        books = Books(sqlite_url.removeprefix("sqlite:///"))
        for line, may, words in (*LOOKS, *CHANGES):
            for letter in ACTORS:
                cell = await at.cell(books, letter, line)
                done, expected = words in cell.text, letter in may
                if done != expected:
                    wrong.append(f"{ROLES[letter]}: {line} → {'done' if done else 'refused'}: {cell.text[:150]}")
                elif not done and cell.changed:
                    wrong.append(f"{ROLES[letter]}: {line} is refused, and changes {cell.changed}")
                elif done and ((line, may, words) in LOOKS) == bool(cell.changed - {"audit"}):
                    wrong.append(f"{ROLES[letter]}: {line} is done, and changes {cell.changed or 'nothing'}")
        books.close()
    assert wrong == []


async def test_forms_are_for_those_who_may_fill_them_in(sqlite_database: Database) -> None:
    wrong = []
    async with floor(sqlite_database) as at:
        await at.set_up()
        for line, may in FORMS:
            for letter, who in (("s", STRANGER), ("m", ADA), ("g", GRACE), ("a", FRANCES)):
                opened = await _form(at, who, line)
                if bool(opened.get("submit")) != (letter in may):
                    wrong.append(f"{ROLES[letter]}: {line}: {json.dumps(opened['blocks'])[:200]}")
    assert wrong == []


async def _form(at: Floor, who: str, line: str) -> JsonObject:
    before = {each["id"] for each in await at.bench.views(who)}
    await at.bench.command(who, PLATFORM if who == STRANGER else GENERAL, f"/tokens {line}")

    async def look() -> JsonObject | None:
        views = [each for each in await at.bench.views(who) if each["id"] not in before]
        return views[-1] if views and "One moment" not in json.dumps(views[-1]) else None

    return await at.bench.wait_for(look)
