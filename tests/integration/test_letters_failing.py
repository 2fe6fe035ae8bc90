"""Letters that cannot be sent: tried ever later, given up with a word in the log, and in nobody's way."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from sandbox.seed import ADA, GRACE
from store import outbox
from store.database import Connection, Database, Unavailable
from store.outbox import CLAIMED, MOST_TRIES
from tests.letters import KIND, Post, post_office


@pytest.fixture
async def post(sqlite_database: Database) -> AsyncIterator[Post]:
    async with post_office(sqlite_database) as made:
        yield made


async def test_what_cannot_be_sent_is_tried_ever_later_and_then_given_up(post: Post) -> None:
    await post.bench.fault("conversations.open", "error", times=999, error="internal_error")
    await post.put("k", "text")
    gaps = []
    with capture_logs() as logs:
        while await post.state("k") == "waiting":
            await post.deliver()
            next_at = (await post.row("k")).next_at
            gaps.append((next_at - post.office.at).total_seconds())
            post.office.at = next_at
    assert await post.state("k") == "failed"
    assert (await post.row("k")).attempts == len(gaps) == MOST_TRIES
    assert gaps[:-1] == sorted(gaps[:-1])
    assert gaps[0] == 5
    assert gaps[-2] >= 60 * 60
    assert [entry["event"] for entry in logs].count("letter given up") == 1
    await post.bench.clear_faults()
    await post.deliver()
    assert await post.texts() == []
    await post.revise("k", "there is more to say")
    await post.deliver()
    assert await post.texts() == ["there is more to say"]


async def test_what_slack_refuses_for_good_is_given_up_soon_and_holds_nobody_up(post: Post) -> None:
    with capture_logs() as logs:
        await post.put("gone", "text", to="UNOBODY")
        await post.put("k", "text", to=GRACE)
        for _ in range(6):
            await post.deliver()
            post.office.pass_time(minutes=2)
    assert (await post.state("gone"), await post.state("k")) == ("failed", "sent")
    assert await post.texts(GRACE) == ["text"]
    assert [entry["log_level"] for entry in logs if entry["event"] == "letter given up"] == ["error"]
    assert len(await post.bench.calls("conversations.open")) <= 4


async def test_a_letter_that_nothing_can_be_made_of_is_given_up(post: Post) -> None:
    workspace_id, at = post.desk.workspace_id, post.office.at

    def work(conn: Connection) -> None:
        for key, kind in (("a", KIND), ("b", "no such kind")):
            outbox.put(conn, key=key, workspace_id=workspace_id, slack_id=ADA, kind=kind, payload={}, at=at)

    await post.office.database.write(work)
    await post.put("c", "text")
    with capture_logs() as logs:
        await post.deliver()
    assert [await post.state(key) for key in "abc"] == ["failed", "failed", "sent"]
    assert [entry["event"] for entry in logs].count("letter not written") == 2


async def test_the_database_goes_away_after_sending(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    await post.put("k", "text")
    write, calls = post.office.database.write, 0

    async def away(work):  # type: ignore[no-untyped-def]  # the network's part, not ours
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Unavailable("gone")
        return await write(work)

    monkeypatch.setattr(post.office.database, "write", away)
    with capture_logs() as logs:
        await post.deliver()
    assert any(entry["event"] == "database is away" for entry in logs)
    post.office.at += CLAIMED
    await post.deliver()
    assert (await post.texts(), await post.state("k")) == (["text"], "sent")
