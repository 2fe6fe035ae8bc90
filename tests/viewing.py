"""What tests of views share: readers, people, places and what they see."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from budget.balance import Lasts, Overview, Seen
from budget.money import Face
from budget.offer.model import Model
from budget.offer.pricing import Price, own_price
from budget.org.places import Place
from budget.org.rights import Relation, Role
from handlers.slack.views.pieces import Reader
from store.ledger.steps import Balance
from store.people import Person
from store.teams import Team

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
READER = Reader(BERLIN, ZoneInfo("UTC"), Face(), NOW)
EVIL = "<!channel> & *Ada* <@U9>"
ADA = Person("T1:U1", "T1", "U1", "Ada Lovelace", None, "Europe/Berlin", False, None)
EVE = Person("T1:U2", "T1", "U2", EVIL, None, None, False, None)
TEAM = Team("t1", "T1", "Data Platform", None, True)


def price() -> Price:
    made = own_price("test", input_usd=Decimal("0.25"), output_usd=Decimal(2))
    assert isinstance(made, Price)
    return made


MINI = Model("mini", "mini", None, None, "none", price(), 32_000, 4_000)
WALLET = Place("person:T1:U1", Relation.SELF, frozenset(), person=ADA)
EVIL_WALLET = Place("person:T1:U2", Relation.REPORT, frozenset(), person=EVE)
POOL = Place("team:t1", Relation.MANAGED_TEAM, frozenset({"t1"}), team=TEAM)
COMPANY = Place("company:T1", Relation.COMPANY, frozenset())
TEXTS = "Questions and answers are not kept."


def seen(place: Place, posted: int, held: int = 0, lasts: Lasts | None = None) -> Seen:
    return Seen(place, Balance(place.account_id, posted, held), lasts)


def overview(role: Role = Role.MEMBER, posted: int = 4_120_000, held: int = 0, **more: Any) -> Overview:
    lasts = Lasts(None, None, 2_990, "mini")
    found: dict[str, Any] = {
        "person": ADA, "role": role, "wallet": seen(WALLET, posted, held, lasts), "model": MINI,
        "backing": [], "managed": [], "company": None, "asks": [], "managers": [],
    }  # fmt: skip
    return Overview(**(found | more))


def words(blocks: Sequence[dict[str, Any]]) -> str:
    return json.dumps(list(blocks), ensure_ascii=False)
