"""What tests of kept texts share: words to look for, a question that has them, and every column of the database."""

import json
from dataclasses import replace

from sqlalchemy import Text, cast, func, or_, select

from budget.ask import Answer, Question
from budget.asking.context import Said
from budget.asking.recovery import record
from budget.retention import Keys, Retention, keys_of, new_key
from budget.texts import ask_and_keep
from store import texts
from store.asks import NewAsk
from store.database import Connection
from store.tables import kept_text, metadata
from tests.asking import PERSON, WORKSPACE, Bench

KEY = new_key()
ASKED, ANSWERED, ATTACHED, QUOTED = "periwinkle", "marigold", "tamarisk", "hellebore"
WORDS = (ASKED, ANSWERED, ATTACHED, QUOTED)
ANSWER = f"A {ANSWERED} it is."


def rule(days: int, *keys: str) -> Retention:
    found = keys_of(",".join(keys or (KEY,)))
    assert isinstance(found, Keys)
    return Retention(days, found)


def keeping(made: Bench, days: int, *keys: str) -> Bench:
    return replace(made, house=replace(made.house, retention=rule(days, *keys)))


async def written(made: Bench, text: str = f"What is a {ASKED}?") -> Question:
    """A question with a file and a thread, recorded."""
    ask_id = made.house.new_id()
    files = json.dumps({"files": [{"name": f"{ATTACHED}.pdf"}], "more": 0})
    new = NewAsk(
        ask_id, WORKSPACE, f"Ev{ask_id}", "C1", ask_id, ask_id, None, "channel", "U1", text, files=files
    )  # fmt: skip
    assert await record(made.house, new, "w1")
    return Question(ask_id, 0, WORKSPACE, PERSON, "C1", text, [Said("Alan", f"A {QUOTED}.", by_us=False)])


async def answer_to(made: Bench, question: Question) -> Answer:
    """The whole answer, kept where the house does so."""
    async with ask_and_keep(made.house, question) as answered:
        async for _ in answered.pieces():
            pass
    return answered


async def left_over(made: Bench, *words: str) -> list[str]:
    """Every column of the whole database in which one of the words stands."""

    def look(conn: Connection) -> list[str]:
        found = []
        for table in metadata.sorted_tables:
            for column in table.columns:
                there = or_(*(func.lower(cast(column, Text)).like(f"%{word}%") for word in words))
                if conn.scalar(select(func.count()).select_from(table).where(there)):
                    found.append(str(column))
        return found

    return await made.house.database.read(look)


async def all_kept(made: Bench) -> dict[str, tuple[str, str]]:
    """What is kept, decrypted."""
    keys = made.house.retention.keys
    assert keys is not None
    rows = await made.house.database.read(lambda conn: texts.after(conn, ""))
    opened = {
        kept.ask_id: (
            keys.unseal(kept.ask_id, "question", kept.question),
            keys.unseal(kept.ask_id, "answer", kept.answer),
        )
        for kept in rows
    }
    return {ask_id: (str(question), str(answer)) for ask_id, (question, answer) in opened.items()}


async def count(made: Bench) -> int:
    return await made.house.database.read(lambda conn: conn.scalar(select(func.count()).select_from(kept_text)) or 0)
