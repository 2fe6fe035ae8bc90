"""The Web API as slack_sdk and plain HTTP see it: transport, tokens, messages, reading, files, faults and limits."""

import random
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, PLATFORM, STRANGER
from tests.integration.workspace_app import Desk, desk

JsonObject = dict[str, Any]
ODD_TRIES = 60


async def code_of(call: Any) -> str:
    """The error code a call is refused with."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def raw(at: Desk, method: str, **how: Any) -> JsonObject:
    """One call by plain HTTP."""
    headers = {"Authorization": f"Bearer {at.workspace.bot_token}"} | how.pop("headers", {})
    async with at.bench.session.post(f"{at.workspace.api_url}{method}", headers=headers, **how) as answer:
        assert answer.status == 200
        body: JsonObject = await answer.json()
        return body


async def test_auth_test_tells_who_the_app_is() -> None:
    async with desk() as at:
        answer = await at.client.auth_test()
    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0STIPEND", "B0STIPEND", "T0ACME")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_arguments_come_as_json_form_multipart_or_query() -> None:
    blocks = '[{"type":"divider"}]'
    async with desk() as at:
        ways: list[JsonObject] = [
            {"json": {"channel": GENERAL, "text": "a", "blocks": [{"type": "divider"}]}},
            {"data": {"channel": GENERAL, "text": "a", "blocks": blocks}},
            {"params": {"channel": GENERAL, "text": "a", "blocks": blocks}},
            {"data": aiohttp.FormData({"channel": GENERAL, "text": "a", "blocks": blocks}, default_to_multipart=True)},
        ]
        for way in ways:
            assert (await raw(at, "chat.postMessage", **way))["message"]["blocks"][0]["type"] == "divider"
        in_body = {"token": at.workspace.bot_token, "channel": GENERAL, "text": "a"}
        assert (await raw(at, "chat.postMessage", data=in_body, headers={"Authorization": ""}))["ok"]
        assert (await raw(at, "chat.postMessage", data="{", headers={"Content-Type": "application/json"}))["error"] == (
            "invalid_json"
        )
        assert all("token" not in c["args"] for c in await at.bench.calls())


async def test_tokens_are_checked() -> None:
    async with desk() as at:
        client = AsyncWebClient("xoxb-wrong", base_url=at.workspace.api_url)
        assert await code_of(client.auth_test()) == "invalid_auth"
        assert await code_of(AsyncWebClient(base_url=at.workspace.api_url).auth_test()) == "not_authed"
        assert await code_of(at.client.apps_connections_open(app_token="xapp-1-wrong")) == "invalid_auth"
        assert await code_of(at.client.apps_connections_open(app_token=at.workspace.bot_token)) == (
            "not_allowed_token_type"
        )


async def test_an_unknown_method_is_said_to_be_one() -> None:
    async with desk() as at:
        assert await code_of(at.client.api_call("chat.frobnicate")) == "unknown_method"
        assert (await at.bench.calls("chat.frobnicate"))[0]["error"] == "unknown_method"


def section(length: int) -> JsonObject:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "a" * length}}


def button(length: int) -> JsonObject:
    text = {"type": "plain_text", "text": "a" * length}
    return {"type": "actions", "elements": [{"type": "button", "action_id": "x", "text": text}]}


HEADER = {"type": "header", "text": {"type": "mrkdwn", "text": "a"}}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"channel": "C0NOWHERE", "text": "a"}, "channel_not_found"),
        ({"channel": GENERAL}, "no_text"),
        ({"channel": GENERAL, "text": "a" * 40_001}, "msg_too_long"),
        ({"channel": GENERAL, "markdown_text": "a", "text": "b"}, "markdown_text_conflict"),
        ({"channel": GENERAL, "markdown_text": "a" * 12_001}, "msg_too_long"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "confetti"}]}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": "not json"}, "invalid_blocks_format"),
        ({"channel": GENERAL, "text": "a", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": GENERAL, "text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"channel": GENERAL, "text": "a", "blocks": [section(3_001)]}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [HEADER]}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": [{"type": "markdown", "text": "a" * 6_001}] * 2}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "divider", "block_id": "b"}] * 2}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "table", "rows": [[]] * 101}]}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [button(76)]}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "a", "blocks": [{"type": "actions", "elements": []}]}, "invalid_blocks"),
    ],
)
async def test_a_message_slack_would_refuse_is_refused(arguments: JsonObject, code: str) -> None:
    async with desk() as at:
        assert await code_of(at.client.api_call("chat.postMessage", json=arguments)) == code
        assert await at.bench.messages(ADA, GENERAL) == []


KEYS = (
    "type", "text", "elements", "fields", "accessory", "element", "options", "option_groups", "rows", "value", "label",
    "action_id", "block_id", "url", "style", "confirm", "positive_button", "initial_option", "initial_options", "title",
    "blocks", "alt_text", "image_url",
)  # fmt: skip
WORDS = (
    "section", "actions", "input", "context", "header", "table", "markdown", "image", "context_actions", "divider",
    "button", "static_select", "checkboxes", "feedback_buttons", "plain_text", "mrkdwn", "users_select",
)  # fmt: skip


def odd(dice: random.Random, depth: int = 4) -> Any:
    """Any JSON at all, with Block Kit's words in it."""
    pick = dice.randrange(10) if depth else dice.randrange(5)
    if pick < 5:
        return [None, True, 7, "x", dice.choice(WORDS)][pick]
    if pick < 7:
        return [odd(dice, depth - 1) for _ in range(dice.randrange(3))]
    return odd_block(dice, depth - 1)


def odd_block(dice: random.Random, depth: int = 4) -> JsonObject:
    """An object that might be a block."""
    return {dice.choice(KEYS): odd(dice, depth) for _ in range(dice.randrange(7))} | {"type": dice.choice(WORDS)}


@pytest.mark.parametrize("seed", range(3))
async def test_no_blocks_or_views_however_odd_upset_the_server(seed: int) -> None:
    dice = random.Random(seed)
    expected = {"invalid_blocks", "invalid_blocks_format", "invalid_arguments"}
    async with desk() as at:
        for _ in range(ODD_TRIES):
            view = {**odd_block(dice), "type": dice.choice(["home", "modal"]), "blocks": [odd_block(dice)]}
            for method, args in (
                ("chat.postMessage", {"channel": GENERAL, "text": "a", "blocks": [odd_block(dice)]}),
                ("chat.postMessage", {"channel": GENERAL, "text": "a", "blocks": odd(dice)}),
                ("views.publish", {"user_id": ADA, "view": view}),
            ):
                answer = await raw(at, method, json=args)
                assert answer["ok"] or answer["error"] in expected, (args, answer)


async def test_the_app_posts_only_where_it_is() -> None:
    async with desk() as at:
        channel = await at.bench.channel("away", [ADA])
        assert await code_of(at.client.chat_postMessage(channel=channel, text="a")) == "not_in_channel"
        assert await code_of(at.client.conversations_history(channel=channel)) == "not_in_channel"
        assert await code_of(at.client.conversations_join(channel=channel)) == "missing_scope"
        posted = await at.client.chat_postMessage(channel=ADA, text="to a person")
        assert posted["channel"] == await at.bench.app_dm(ADA)


async def test_metadata_and_blocks_are_kept_and_given_back() -> None:
    metadata = {"event_type": "ask", "event_payload": {"ask_id": "a1"}}
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "root")
        posted = await at.client.chat_postMessage(channel=GENERAL, text="answer", thread_ts=ts, metadata=metadata)
        plain = await at.client.conversations_replies(channel=GENERAL, ts=ts)
        full = await at.client.conversations_replies(channel=GENERAL, ts=ts, include_all_metadata=True)
    assert posted["message"]["blocks"][0]["type"] == "rich_text"
    assert "metadata" not in plain["messages"][1]
    assert full["messages"][1]["metadata"] == metadata
    assert full["messages"][0]["reply_count"] == 1


async def test_messages_are_changed_and_deleted_by_their_author_alone() -> None:
    async with desk() as at:
        theirs = await at.bench.send(ADA, GENERAL, "mine")
        ours = (await at.client.chat_postMessage(channel=GENERAL, text="first"))["ts"]
        assert await code_of(at.client.chat_update(channel=GENERAL, ts=theirs, text="x")) == "cant_update_message"
        assert await code_of(at.client.chat_delete(channel=GENERAL, ts=theirs)) == "cant_delete_message"
        assert await code_of(at.client.chat_update(channel=GENERAL, ts=ours, text="x" * 4_001)) == "msg_too_long"
        await at.client.chat_update(channel=GENERAL, ts=ours, text="second")
        shown = (await at.bench.messages(ADA, GENERAL))[1]
        assert (shown["text"], shown["edited"]) == ("second", True)
        await at.client.chat_delete(channel=GENERAL, ts=ours)
        assert [m["ts"] for m in await at.bench.messages(ADA, GENERAL)] == [theirs]
        assert await code_of(at.client.chat_update(channel=GENERAL, ts=ours, text="x")) == "message_not_found"


async def test_an_update_keeps_the_blocks_it_does_not_mention() -> None:
    divider: JsonObject = {"type": "divider", "block_id": "d"}
    async with desk() as at:
        ts = (await at.client.chat_postMessage(channel=GENERAL, text="a", blocks=[divider]))["ts"]
        await at.client.chat_update(channel=GENERAL, ts=ts, text="b")
        shown = (await at.bench.messages(ADA, GENERAL))[0]
        assert (shown["text"], shown["blocks"]) == ("b", [divider])
        await at.client.chat_update(channel=GENERAL, ts=ts, text="c", blocks=[])
        assert (await at.bench.messages(ADA, GENERAL))[0]["blocks"] == []
        await at.client.chat_update(channel=GENERAL, ts=ts, markdown_text="**d**")
        await at.client.chat_update(channel=GENERAL, ts=ts, text="e")
        assert (await at.bench.messages(ADA, GENERAL))[0]["blocks"] == []


async def test_an_ephemeral_is_for_one_person() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "root")
        await at.bench.send(ALAN, GENERAL, "reply", ts)
        await at.client.chat_postEphemeral(channel=GENERAL, user=ADA, text="just you", thread_ts=ts)
        assert [m["text"] for m in await at.bench.messages(ADA, GENERAL, ts)] == ["root", "reply", "just you"]
        assert [m["text"] for m in await at.bench.messages(ALAN, GENERAL, ts)] == ["root", "reply"]
        assert len((await at.client.conversations_replies(channel=GENERAL, ts=ts))["messages"]) == 2
        outside = at.client.chat_postEphemeral(channel=GENERAL, user=STRANGER, text="x")
        assert await code_of(outside) == "user_not_in_channel"


async def test_an_ephemeral_in_a_thread_without_replies_is_taken_and_shown_to_nobody() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "root")
        sent = await at.client.chat_postEphemeral(channel=GENERAL, user=ADA, text="just you", thread_ts=ts)
        assert sent["message_ts"]
        assert [m["text"] for m in await at.bench.messages(ADA, GENERAL, ts)] == ["root"]
        await at.client.chat_postEphemeral(channel=GENERAL, user=ADA, text="just you")
        assert [m["text"] for m in await at.bench.messages(ADA, GENERAL)] == ["root", "just you"]


async def test_history_is_paged_newest_first() -> None:
    async with desk() as at:
        for n in range(5):
            await at.bench.send(ADA, GENERAL, str(n))
        first = await at.client.conversations_history(channel=GENERAL, limit=3)
        cursor = first["response_metadata"]["next_cursor"]
        second = await at.client.conversations_history(channel=GENERAL, limit=3, cursor=cursor)
        newer = await at.client.conversations_history(channel=GENERAL, oldest=first["messages"][1]["ts"])
        assert await code_of(at.client.conversations_history(channel=GENERAL, cursor="zzz")) == "invalid_cursor"
    assert [m["text"] for m in first["messages"]] == ["4", "3", "2"]
    assert [m["text"] for m in second["messages"]] == ["1", "0"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [m["text"] for m in newer["messages"]] == ["4"]


async def test_people_and_groups_can_be_looked_up() -> None:
    async with desk() as at:
        seen: list[str] = []
        async for page in await at.client.users_list(limit=3):
            seen += [m["id"] for m in page["members"]]
        assert {ADA, ALAN, FRANCES, STRANGER, "U0STIPEND"} <= set(seen)
        assert (await at.client.users_lookupByEmail(email="Ada@acme.example"))["user"]["id"] == ADA
        assert await code_of(at.client.users_lookupByEmail(email="who@acme.example")) == "users_not_found"
        assert await code_of(at.client.users_info(user="U0NOBODY")) == "user_not_found"
        groups = (await at.client.usergroups_list())["usergroups"]
        members = (await at.client.usergroups_users_list(usergroup=groups[0]["id"]))["users"]
        assert ADA in members
        assert ADA in (await at.client.conversations_members(channel=GENERAL))["members"]
        mine = (await at.client.users_conversations(types="public_channel,im"))["channels"]
        assert {c["id"] for c in mine} >= {GENERAL, PLATFORM, await at.bench.app_dm(ADA)}
        assert (await at.client.conversations_info(channel=GENERAL))["channel"]["is_member"] is True
        opened = (await at.client.conversations_open(users=[ADA]))["channel"]["id"]
        assert opened == await at.bench.app_dm(ADA)
        assert (await at.client.bots_info(bot="B0STIPEND"))["bot"]["user_id"] == "U0STIPEND"
        assert {c["name"] for c in (await at.client.conversations_list())["channels"]} >= {"general", "random"}


async def test_reactions_come_and_go() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "hi")
        await at.client.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
        again = at.client.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
        assert await code_of(again) == "already_reacted"
        await at.bench.react(ALAN, GENERAL, ts, "eyes")
        got = (await at.client.reactions_get(channel=GENERAL, timestamp=ts))["message"]["reactions"]
        assert got == [{"name": "eyes", "users": ["U0STIPEND", ALAN], "count": 2}]
        await at.client.reactions_remove(channel=GENERAL, timestamp=ts, name="eyes")
        assert (await at.bench.messages(ADA, GENERAL))[0]["reactions"] == [{"name": "eyes", "users": [ALAN]}]


async def test_a_file_is_uploaded_in_three_steps() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, GENERAL, "export please")
        done = await at.client.files_upload_v2(
            channel=GENERAL, thread_ts=ts, filename="june.csv", content="a,b\n1,2\n", initial_comment="Here it is"
        )
        info = await at.client.files_info(file=done["file"]["id"])
        shown = (await at.bench.messages(ADA, GENERAL, ts))[1]
        link = await at.client.chat_getPermalink(channel=GENERAL, message_ts=shown["ts"])
    assert info["file"]["size"] == 8
    assert (shown["text"], shown["files"][0]["name"]) == ("Here it is", "june.csv")
    assert f"thread_ts={ts}" in link["permalink"]


async def test_faults_strike_as_often_as_asked() -> None:
    async with desk() as at:
        say = at.client.chat_postMessage
        await at.bench.fault("chat.postMessage", "error", 2, error="restricted_action")
        assert await code_of(say(channel=GENERAL, text="a")) == "restricted_action"
        assert await code_of(say(channel=GENERAL, text="b")) == "restricted_action"
        await at.bench.fault("chat.postMessage", "unknown_method")
        assert await code_of(say(channel=GENERAL, text="c")) == "unknown_method"
        await at.bench.fault("chat.postMessage", "http_500")
        with pytest.raises(SlackApiError) as failed:
            await say(channel=GENERAL, text="d")
        assert failed.value.response.status_code == 500
        await at.bench.fault("chat.postMessage", "drop_before")
        with pytest.raises(aiohttp.ClientError):
            await say(channel=GENERAL, text="e")
        assert await at.bench.messages(ADA, GENERAL) == []
        await at.bench.fault("chat.postMessage", "drop_after")
        with pytest.raises(aiohttp.ClientError):
            await say(channel=GENERAL, text="f")
        assert [m["text"] for m in await at.bench.messages(ADA, GENERAL)] == ["f"]
        await at.bench.fault("*", "slow", delay_s=0.2)
        await say(channel=GENERAL, text="g")
        assert (await at.bench.calls("chat.postMessage"))[-1]["ms"] >= 200
        await at.bench.fault("*", "error")
        await at.bench.clear_faults()
        assert (await say(channel=GENERAL, text="h"))["ok"]


async def test_a_rate_limit_is_429_with_retry_after_and_the_sdk_obeys_it() -> None:
    async with desk() as at:
        await at.bench.fault("chat.postMessage", "ratelimited", retry_after_s=1)
        with pytest.raises(SlackApiError) as limited:
            await at.client.chat_postMessage(channel=GENERAL, text="a")
        assert limited.value.response.status_code == 429
        assert limited.value.response.headers["Retry-After"] == "1"
        at.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
        await at.bench.fault("chat.postMessage", "ratelimited", retry_after_s=1)
        assert (await at.client.chat_postMessage(channel=GENERAL, text="a"))["ok"]


async def test_slacks_tiers_hold_when_switched_on() -> None:
    async with desk() as at:
        await at.bench.enforce_limits()
        for _ in range(20):
            await at.client.users_list()
        assert await code_of(at.client.users_list()) == "ratelimited"
        for _ in range(3):
            await at.client.chat_postMessage(channel=GENERAL, text="a")
        assert await code_of(at.client.chat_postMessage(channel=GENERAL, text="a")) == "ratelimited"
        assert (await at.client.chat_postMessage(channel=PLATFORM, text="another channel"))["ok"]
        await at.bench.enforce_limits(False)
        assert (await at.client.users_list())["ok"]
