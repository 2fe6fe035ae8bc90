"""Payloads with something wrong in them, through the whole app: none makes it fault, and none moves money by mistake.

The payloads are those of the workspace; which actions, forms, shortcuts and commands there are is read off the app.
"""

import json
from collections import Counter
from pathlib import Path

from sandbox.seed import ADA, FRANCES, GRACE
from store.verify import verify
from tests.fuzz_bot import COMMANDS_RUN, PAYLOADS_MADE, SILENT, JsonObject, bot_on
from tests.fuzz_corpus import by_kind, commands_of, corpus, spoilt
from tests.fuzz_rules import allowed_micros, gives_back, plain
from tests.fuzzing import dice_of, how_many, typed_wrong
from tests.integration.test_fuzz_commands import LINES, made


async def test_no_payload_makes_the_app_fault_or_moves_money_by_mistake(sqlite_url: str, tmp_path: Path) -> None:
    dice, seed = dice_of("payloads")
    async with bot_on(sqlite_url) as bot:
        bodies = by_kind(await corpus(bot, dice))
        for number in range(how_many(PAYLOADS_MADE)):
            body, before = spoilt(bot, dice, dice.choice(dice.choice(bodies))), await bot.moved()
            await bot.dispatch(body)
            complaints, after = bot.complaints(body), await bot.moved()
            told = f"{seed} payload {number}: {json.dumps(body)[:3_000]}"
            assert not complaints, f"{told}\n{complaints[0][-3_000:]}"
            assert after == before or allowed(body, after[len(before) :]), f"{told} moved {after[len(before) :]}"
        print(dict(bot.kinds))
        assert (await bot.database.read(verify)).sound, seed


def allowed(body: JsonObject, moved: list[tuple[str, int]]) -> bool:
    """Whether this payload may have moved this money: a command that says so, and nothing else."""
    line = body.get("text")
    if not isinstance(line, str) or "command" not in body:
        return False
    return [micros for _, micros in moved] == [allowed_micros(line)] or (
        gives_back(line) and {kind for kind, _ in moved} == {"return"}
    )


async def test_a_command_moves_what_it_says_or_nothing_and_is_always_answered(database_url: str) -> None:
    dice, seed = dice_of("executed")
    async with bot_on(database_url) as bot:
        for body in commands_of(bot, ["fund $500", "team create Platform", "team add Platform <@U0ADA|ada>"] * 3):
            await bot.dispatch({**body, "user_id": FRANCES})
        moves: Counter[str] = Counter()
        of_money = [line for line in LINES if allowed_micros(line)]
        before = await bot.moved()
        for number in range(how_many(COMMANDS_RUN)):
            line = made(dice) if dice.random() < 0.5 else typed_wrong(dice, dice.choice(of_money))
            [body] = commands_of(bot, [line])
            answer = await bot.dispatch({**body, "user_id": dice.choice((ADA, GRACE, FRANCES, FRANCES))})
            after, told = await bot.moved(), f"{seed} command {number}: {line[:2_000]!a}"
            assert not (complaints := bot.complaints(body)), f"{told}\n{complaints[0][-3_000:]}"
            assert answer or SILENT.search(plain(line)), f"{told}: no answer"
            assert after == before or allowed(body, after[len(before) :]), f"{told} moved {after[len(before) :]}"
            moves["moved" if after != before else "did not"] += 1
            before = after
        print(dict(moves))
        assert moves["moved"] > how_many(COMMANDS_RUN) / 100
        assert (await bot.database.read(verify)).sound, seed
