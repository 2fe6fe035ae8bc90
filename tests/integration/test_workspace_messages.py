"""Messages of channels as events: what an app gets that has asked for them, and in which shape."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.seed import ADA, ALAN, GENERAL, GRACE
from tests.integration.workspace_app import Desk, Heard, connected, desk, listen, new_app, until


@asynccontextmanager
async def hearing(*events: str) -> AsyncIterator[tuple[Desk, Heard]]:
    """A connected app with these subscriptions."""
    async with desk() as at:
        await at.bench.subscribe(list(events))
        app = new_app(at)
        heard = listen(app, "message", "app_mention")
        async with connected(at, app):
            yield at, heard


async def test_a_mention_arrives_as_both_and_a_reply_names_its_thread() -> None:
    async with hearing("app_mention", "message.channels") as (at, heard):
        root = await at.bench.send(ADA, GENERAL, "@stipend how?")
        reply = await at.bench.send(GRACE, GENERAL, "And why?", root)
        await until(lambda: len(heard.bodies) == 3)
    [mention] = heard.events("app_mention")
    first, second = sorted(heard.events("message"), key=lambda event: str(event["ts"]))
    assert (mention["ts"], mention["client_msg_id"]) == (first["ts"], first["client_msg_id"])
    assert "channel_type" not in mention
    assert (second["ts"], second["thread_ts"], second["parent_user_id"]) == (reply, root, ADA)
    assert first["channel_type"] == second["channel_type"] == "channel"


async def test_private_channels_are_a_subscription_of_their_own() -> None:
    async with hearing("message.groups") as (at, heard):
        wish = {"name": "secret", "members": [ADA, ALAN, "U0STIPEND"], "is_private": True}
        channel = (await at.bench.post("channel", wish))["channel"]["id"]
        await at.bench.send(ADA, GENERAL, "not asked for")
        await at.bench.send(ADA, channel, "psst")
        await until(lambda: heard.bodies)
    assert [(event["channel"], event["channel_type"]) for event in heard.events("message")] == [(channel, "group")]


async def test_edits_and_deletions_carry_what_was_there_before() -> None:
    async with hearing("message.channels") as (at, heard):
        ts = await at.bench.send(ADA, GENERAL, "frist")
        await at.bench.edit(ADA, GENERAL, ts, "frist")  # nothing changed, so nothing is told
        await at.bench.edit(ADA, GENERAL, ts, "first")
        await at.bench.delete(ADA, GENERAL, ts)
        await until(lambda: len(heard.bodies) == 3)
    by_kind = {event.get("subtype"): event for event in heard.events("message")}
    changed, deleted = by_kind["message_changed"], by_kind["message_deleted"]
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("first", "frist")
    assert (changed["message"]["ts"], changed["message"]["edited"]["user"], changed["hidden"]) == (ts, ADA, True)
    assert changed["ts"] != ts
    assert (deleted["deleted_ts"], deleted["previous_message"]["text"]) == (ts, "first")


async def test_a_deleted_head_stays_for_its_replies() -> None:
    async with hearing("message.channels") as (at, heard):
        root = await at.bench.send(ADA, GENERAL, "who broke it?")
        await at.bench.send(GRACE, GENERAL, "nobody", root)
        await at.bench.delete(ADA, GENERAL, root)
        await until(lambda: len(heard.bodies) == 3)
        replies = (await at.client.conversations_replies(channel=GENERAL, ts=root))["messages"]
    [changed] = [event for event in heard.events("message") if event.get("subtype")]
    assert (changed["subtype"], changed["message"]["subtype"]) == ("message_changed", "tombstone")
    assert changed["previous_message"]["text"] == "who broke it?"
    assert [(m.get("subtype"), m["text"]) for m in replies] == [
        ("tombstone", "This message was deleted."),
        (None, "nobody"),
    ]
