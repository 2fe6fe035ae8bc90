"""Letters: each reaches its person once, as it was last written, whatever breaks on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from handlers.slack import letters
from handlers.slack.wire.faults import No
from sandbox.seed import ADA, GRACE
from store import outbox
from store.database import Connection, Database
from store.outbox import CLAIMED, Letter
from tests.letters import KIND, Post, post_office

BREAKAGES = ("drop_before", "drop_after", "http_500", "ratelimited")


@pytest.fixture
async def post(sqlite_database: Database) -> AsyncIterator[Post]:
    async with post_office(sqlite_database) as made:
        yield made


@pytest.fixture
async def two(postgresql_url: str) -> AsyncIterator[Post]:
    first, second = await Database.open(postgresql_url), await Database.open(postgresql_url)
    async with post_office(first, second) as made:
        yield made
    await first.close()
    await second.close()


async def test_written_again_it_is_sent_once_and_as_it_was(post: Post) -> None:
    assert await post.put("k", "first")
    assert not await post.put("k", "second")
    await post.deliver()
    assert not await post.put("k", "third")
    await post.deliver()
    assert await post.texts() == ["first"]


async def test_where_somebodys_messages_go_is_asked_once_until_it_fails(post: Post) -> None:
    for key in "abc":
        await post.put(key, key)
        await post.deliver()
    assert len(await post.bench.calls("conversations.open")) == 1
    await post.bench.fault("chat.postMessage", "error", error="channel_not_found")
    await post.put("d", "d")
    for _ in range(2):
        await post.deliver()
        post.office.pass_time(minutes=1)
    assert await post.texts() == ["a", "b", "c", "d"]
    assert len(await post.bench.calls("conversations.open")) == 2


async def test_revised_before_it_is_sent_it_says_the_new_alone(post: Post) -> None:
    await post.put("k", "old")
    assert await post.revise("k", "new")
    assert not await post.revise("another", "new")
    await post.deliver()
    assert await post.texts() == ["new"]
    assert len(await post.bench.calls("chat.update")) == 0


async def test_revised_after_it_was_sent_the_message_changes(post: Post) -> None:
    await post.put("k", "old")
    await post.deliver()
    for text in ("new", "newer"):
        await post.revise("k", text)
        await post.deliver()
        assert await post.texts() == [text]
    assert await post.state("k") == "sent"
    assert len(await post.bench.calls("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("method", "kind"),
    [("conversations.open", "drop_after"), *(("chat.postMessage", kind) for kind in BREAKAGES)],
)
async def test_a_lost_answer_makes_no_second_message(post: Post, method: str, kind: str) -> None:
    await post.bench.fault(method, kind, times=3)
    await post.put("k", "text")
    for _ in range(4):
        await post.deliver()
        post.office.pass_time(minutes=3)
    assert await post.texts() == ["text"]
    assert await post.state("k") == "sent"


@pytest.mark.parametrize("kind", BREAKAGES)
async def test_an_update_gets_through_in_the_end(post: Post, kind: str) -> None:
    await post.put("k", "old")
    await post.deliver()
    await post.bench.fault("chat.update", kind, times=2)
    await post.revise("k", "new")
    for _ in range(4):
        await post.deliver()
        post.office.pass_time(minutes=3)
    assert await post.texts() == ["new"]


async def killed_while_sending(post: Post, key: str) -> Letter:
    """A process takes a letter up, posts it, and is gone before it can note that."""
    [letter] = await post.office.database.write(
        lambda conn: outbox.take(conn, post.desk.workspace_id, post.office.at, 1)
    )
    assert letter.key == key
    where = await letters._post(post.desk, letter, letters.VIEWS[KIND](letter.payload, None))  # type: ignore[arg-type]  # this view asks for no reader
    assert not isinstance(where, No)
    return letter


async def test_killed_after_sending_another_finds_what_was_sent(post: Post) -> None:
    await post.put("k", "text")
    await killed_while_sending(post, "k")
    await post.deliver()
    assert await post.state("k") == "waiting", "for a while it is the first one's alone"
    post.office.at += CLAIMED
    await post.deliver()
    assert (await post.texts(), await post.state("k")) == (["text"], "sent")


async def test_killed_after_sending_and_revised_the_one_message_changes(post: Post) -> None:
    await post.put("k", "old")
    await killed_while_sending(post, "k")
    await post.revise("k", "new")
    await post.deliver()
    assert await post.texts() == ["old"], "whoever holds it may be sending it yet"
    post.office.at += CLAIMED
    await post.deliver()
    assert (await post.texts(), await post.state("k")) == (["new"], "sent")
    await post.revise("k", "newest")
    await post.deliver()
    assert await post.texts() == ["newest"]


async def test_revised_while_it_is_slowly_sent_nobody_sends_it_a_second_time(two: Post) -> None:
    await two.bench.fault("chat.postMessage", "slow", delay_s=0.4)
    await two.put("k", "old")
    sending = asyncio.create_task(two.deliver(two.desks[0]))
    await asyncio.sleep(0.2)
    await two.revise("k", "new")
    await two.deliver(two.desks[1])
    await sending
    await two.deliver()
    assert await two.texts() == ["new"]


async def test_who_is_late_with_what_it_said_before_leaves_it_to_be_updated_again(post: Post) -> None:
    database, workspace_id = post.office.database, post.desk.workspace_id
    await post.put("k", "old")
    await post.deliver()
    await post.revise("k", "new")
    [late] = await database.write(lambda conn: outbox.take(conn, workspace_id, post.office.at, 1))
    post.office.at += CLAIMED
    await post.revise("k", "newest")
    await post.deliver()
    assert await post.texts() == ["newest"]
    await letters.send(post.desk, late)
    assert await post.texts() == ["new"]
    await post.deliver()
    assert (await post.texts(), await post.state("k")) == (["newest"], "sent")


async def test_revised_while_it_is_sent_the_message_ends_up_new(post: Post) -> None:
    for number in range(12):
        key = f"k{number}"
        await post.put(key, "old")
        sending = asyncio.create_task(post.deliver())
        await asyncio.sleep(number * 0.002)
        await post.revise(key, f"new {number}")
        await post.deliver()
        await sending
        await post.deliver()
    assert sorted(await post.texts()) == sorted(f"new {number}" for number in range(12))


async def test_two_replicas_send_each_once(two: Post) -> None:
    people = [ADA, GRACE]
    for number in range(40):
        await two.put(f"k{number}", f"text {number}", to=people[number % 2])
    await asyncio.gather(*(two.deliver(desk) for desk in (*two.desks, *two.desks)))
    for number in range(0, 40, 3):
        await two.revise(f"k{number}", f"new {number}")
    await asyncio.gather(*(two.deliver(desk) for desk in (*two.desks, *two.desks)))
    got = Counter([*await two.texts(ADA), *await two.texts(GRACE)])
    assert got == Counter(f"{'text' if number % 3 else 'new'} {number}" for number in range(40))


async def test_only_what_is_due_and_of_this_workspace_is_taken(post: Post) -> None:
    await post.put("k", "text")
    before, other = post.office.at.replace(hour=1), "T0THER"

    def look(conn: Connection) -> tuple[bool, bool]:
        return outbox.due(conn, post.desk.workspace_id, before), outbox.due(conn, other, post.office.at)

    assert await post.office.database.read(look) == (False, False)
    assert await post.office.database.write(lambda conn: outbox.take(conn, other, post.office.at, 9)) == []


async def test_a_nudge_sends_at_once_and_closing_waits_for_what_is_sent(post: Post) -> None:
    post.desk.letters.start(post.desk)
    await asyncio.sleep(0.05)
    await post.put("k", "text")
    post.desk.letters.nudge()
    await post.bench.wait_for_message(ADA, await post.bench.app_dm(ADA), lambda message: message["text"] == "text")
    await post.put("l", "last")
    post.desk.letters.nudge()
    await post.desk.letters.close(5)
    assert await post.state("l") in {"sent", "waiting"}
    assert (await post.texts()).count("last") == (await post.state("l") == "sent")
