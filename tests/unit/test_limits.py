"""No span ever sees more calls than Slack promises, nobody is overtaken, and a 429 is obeyed."""

import asyncio
from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from handlers.slack.wire.limits import KEPT_BACK, POSTS, RATES, TIER_2, WINDOWS_KEPT, Limits


class Clock:
    """Time that passes only when someone sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic_s(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now_s += seconds


def limits_at(clock: Clock) -> Limits:
    return Limits(monotonic_s=clock.monotonic_s, sleep=clock.sleep)


def most_in_a_window(times_s: list[float], per_s: float) -> int:
    return max(bisect_left(times_s, at_s + per_s - 1e-9) - n for n, at_s in enumerate(times_s))


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 20)), min_size=1, max_size=120))
async def test_no_window_ever_sees_more_than_its_rate(steps: list[tuple[bool, float]]) -> None:
    clock = Clock()
    limits, made_s = limits_at(clock), []
    for waits, pause_s in steps:
        clock.now_s += pause_s
        if waits:
            await limits.take("chat.startStream")
        elif not limits.try_take("chat.startStream"):
            continue
        made_s.append(clock.now_s)
    assert not made_s or most_in_a_window(made_s, TIER_2.per_s) <= TIER_2.calls


async def test_a_burst_is_allowed_and_then_the_luxury_is_refused() -> None:
    clock = Clock()
    limits = limits_at(clock)
    assert [limits.try_take("chat.startStream") for _ in range(21)] == [True] * 20 + [False]
    clock.now_s += 60
    assert limits.try_take("chat.startStream")


async def test_posts_are_counted_for_each_channel_apart() -> None:
    clock = Clock()
    limits = limits_at(clock)
    for _ in range(POSTS.calls * 2):
        await limits.take("chat.postMessage", "C1")
    assert clock.now_s == 100.0 + POSTS.per_s
    assert limits.try_take("chat.postMessage", "C2")
    assert not limits.try_take("chat.postMessage", "C1")


async def test_a_429_pauses_that_method_alone() -> None:
    clock = Clock()
    limits = limits_at(clock)
    limits.pause("chat.appendStream", 30)
    limits.pause("chat.appendStream", 5)  # a shorter one does not end a longer one
    assert not limits.try_take("chat.appendStream")
    assert limits.try_take("chat.update")
    await limits.take("chat.appendStream")
    assert clock.now_s == 130.0


async def test_a_429_also_stops_those_who_wait_already() -> None:
    loop = asyncio.get_running_loop()
    limits = Limits(monotonic_s=loop.time, sleep=asyncio.sleep)
    for _ in range(POSTS.calls):
        assert limits.try_take("chat.postMessage", "C1")
    limits._windows[("chat.postMessage", "C1")]._calls_s.extend([loop.time() - POSTS.per_s + 0.02] * POSTS.calls)
    waiting = asyncio.create_task(limits.take("chat.postMessage", "C1"))
    await asyncio.sleep(0)
    paused_s = loop.time()
    limits.pause("chat.postMessage", 0.1)
    await waiting
    assert loop.time() - paused_s >= 0.1


async def test_those_who_wait_are_served_in_order() -> None:
    loop = asyncio.get_running_loop()
    limits = Limits(monotonic_s=lambda: loop.time() * 100, sleep=lambda seconds: asyncio.sleep(seconds / 100))
    served: list[int] = []

    async def post(number: int) -> None:
        await limits.take("chat.postMessage", "C1")
        served.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(8):
            tasks.create_task(post(number))
    assert served == list(range(8))


async def test_an_unlisted_method_is_not_held_back() -> None:
    limits = limits_at(Clock())
    assert all(limits.try_take("team.info") for _ in range(1_000))
    assert "team.info" not in RATES


async def test_idle_channels_are_forgotten() -> None:
    clock = Clock()
    limits = limits_at(clock)
    for number in range(WINDOWS_KEPT * 2):
        clock.now_s += 1
        assert limits.try_take("chat.postMessage", f"C{number}")
    assert len(limits._windows) <= WINDOWS_KEPT


async def test_the_end_of_an_answer_goes_before_its_growth() -> None:
    limits = limits_at(Clock())
    most, kept_back = RATES["chat.update"].calls, KEPT_BACK["chat.update"]
    assert [limits.try_take("chat.update") for _ in range(most)].count(True) == most - kept_back
    for _ in range(kept_back):
        assert await asyncio.wait_for(limits.take("chat.update"), 1)
