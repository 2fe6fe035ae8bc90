"""The control API: who may use it, what it says to mistakes, its feed, and the program that serves it alone."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.seed import ADA, ALAN, FRANCES, GENERAL, GRACE, PLATFORM, RANDOM, STRANGER
from sandbox.workspace import text
from tests.integration.workspace_app import desk
from tests.workspace_client import Refused, Workbench

JsonObject = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
    ],
)
async def test_only_this_machines_own_page_may_talk_to_it(headers: JsonObject, status: int) -> None:
    async with desk() as at:
        for path in ("/control/state?as=U0ADA", "/control/events?as=U0ADA", "/"):
            async with at.bench.session.get(f"{at.workspace.url}{path}", headers=headers) as answer:
                refused = answer.status == 403
            assert refused is (status == 403)


async def test_the_page_itself_may() -> None:
    async with desk() as at:
        headers = {"Origin": at.workspace.url}
        body = {"as": ADA, "channel": GENERAL, "text": "hi"}
        async with at.bench.session.post(f"{at.workspace.url}/control/send", json=body, headers=headers) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("name", "body", "status", "words"),
    [
        ("send", {"channel": GENERAL, "text": "x"}, 400, "who acts"),
        ("send", {"as": "U0NOBODY", "channel": GENERAL, "text": "x"}, 404, "no person"),
        ("send", {"as": STRANGER, "channel": GENERAL, "text": "x"}, 404, "sees no channel"),
        ("send", {"as": ADA, "channel": GENERAL}, 400, "text is missing"),
        ("send", {"as": ADA, "channel": GENERAL, "text": "x" * 100_001}, 400, "at most"),
        ("send", {"as": ADA, "channel": GENERAL, "text": "x", "thread_ts": "1.000001"}, 400, "thread_not_found"),
        ("click", {"as": ADA, "channel": GENERAL, "ts": "1.000001", "action_id": "a"}, 404, "no such message"),
        ("submit", {"as": ADA, "view_id": "V1", "values": []}, 404, "not open"),
        ("submit", {"as": ADA, "view_id": "V1", "values": [1]}, 400, "values must be"),
        ("faults", {"method": "chat.update", "kind": "tea"}, 400, "kind is one of"),
        ("faults", {"method": "chat.update", "kind": "error", "times": "two"}, 400, "not a number"),
        ("redeliver", {"duplicate_next": -1}, 400, "not a number"),
        ("sockets", {"action": "dance"}, 400, "action is"),
        ("redeliver", {"event_id": "Ev1"}, 404, "no such event"),
        ("channel", {"name": "general", "members": []}, 409, "already"),
        ("timing", {"tea_s": 1}, 400, "no duration"),
        ("nothing", {}, 404, "no /control/nothing"),
    ],
)
async def test_a_mistake_is_answered_with_a_sentence(name: str, body: JsonObject, status: int, words: str) -> None:
    async with desk() as at:
        with pytest.raises(Refused, match=words) as refused:
            await at.bench.post(name, body)
    assert refused.value.status == status


async def test_bodies_that_are_not_json_objects_are_refused() -> None:
    async with desk() as at:
        for data in ("{", "[]"):
            async with at.bench.session.post(f"{at.workspace.url}/control/send", data=data) as answer:
                assert answer.status == 400
                assert (await answer.json())["ok"] is False


async def test_the_state_is_what_one_person_sees() -> None:
    async with desk() as at:
        mine, theirs = await at.bench.state(ADA), await at.bench.state(STRANGER)
        elsewhere = (await at.bench.state(FRANCES))["elsewhere"]
    assert elsewhere == [{"id": PLATFORM, "name": "platform"}], "named, not entered"
    assert (mine["elsewhere"], theirs["elsewhere"]) == ([], []), "a guest learns of no other channel"
    assert mine["workspace"] == {"id": "T0ACME", "name": "Acme"}
    roles = {u["id"]: u["role"] for u in mine["users"]}
    assert (roles[ADA], roles[GRACE], roles[FRANCES]) == ("member", "manager", "admin")
    assert {c["id"] for c in mine["channels"]} == {GENERAL, PLATFORM, RANDOM, await_dm(mine)}
    assert {c["id"] for c in theirs["channels"]} == {PLATFORM, await_dm(theirs)}
    assert mine["app"]["commands"][0]["command"] == "/tokens"
    assert mine["connected"] is False


def await_dm(state: JsonObject) -> str:
    """The id of the app's DM in a state."""
    return str(next(c["id"] for c in state["channels"] if c["kind"] == "app"))


async def test_two_people_write_to_each_other() -> None:
    async with desk() as at:
        ts = await at.bench.send(ADA, ALAN, "tea?")
        shared = next(c for c in (await at.bench.state(ALAN))["channels"] if c["kind"] == "im")
        assert (shared["with"], shared["unread"]) == (ADA, 1)
        assert [m["ts"] for m in await at.bench.messages(ALAN, ADA)] == [ts]
        with pytest.raises(Refused):
            await at.bench.messages(GRACE, shared["id"])
        await at.bench.mark(ALAN, shared["id"])
        assert next(c for c in (await at.bench.state(ALAN))["channels"] if c["kind"] == "im")["unread"] == 0


async def test_the_feed_tells_each_person_what_they_may_see() -> None:
    async with desk() as at, at.bench.events(ADA) as ada, at.bench.events(ALAN) as alan:
        await at.bench.send(ADA, GENERAL, "hi")
        await at.client.chat_postEphemeral(channel=GENERAL, user=ADA, text="psst")
        ts = (await at.client.chat_postMessage(channel=GENERAL, text="all"))["ts"]
        await at.client.chat_update(channel=GENERAL, ts=ts, text="all of you")
        await at.client.chat_delete(channel=GENERAL, ts=ts)
        hers = await told_until(ada, "message_deleted")
        his = await told_until(alan, "message_deleted")
    kinds = ["message", "ephemeral", "message", "message_changed", "message_deleted"]
    assert [t["type"] for t in hers if t["type"] != "call"] == kinds
    assert [t["type"] for t in his if t["type"] != "call"] == [k for k in kinds if k != "ephemeral"]
    assert [t["call"]["method"] for t in hers if t["type"] == "call"][:2] == ["chat.postEphemeral", "chat.postMessage"]


async def told_until(feed: Any, kind: str) -> list[JsonObject]:
    """What a feed tells, up to the first of a kind."""
    told: list[JsonObject] = []
    async with asyncio.timeout(5):
        while not told or told[-1]["type"] != kind:
            told.append(await feed.receive_json())
    return told


async def test_paths_outside_the_page_are_not_served() -> None:
    async with desk() as at:
        for path in ("/page/../seed.py", "/page/%2e%2e/seed.py", "/page//etc/passwd"):
            async with at.bench.session.get(f"{at.workspace.url}{path}") as answer:
                assert answer.status == 404


def test_typed_text_is_encoded_as_slack_does() -> None:
    people = {"ada": "<@U1>", "Ada Lovelace": "<@U1>"}
    rooms = {"general": "<#C1|general>"}
    cases = {
        "hi @ada!": "hi <@U1>!",
        "@Ada Lovelace's": "<@U1>'s",
        "@adam and a@ada.example": "@adam and a@ada.example",
        "a < b && c > d": "a &lt; b &amp;&amp; c &gt; d",
        "<@U1> typed": "&lt;@U1&gt; typed",
        "see https://example.com/a?b=1&c=2.": "see <https://example.com/a?b=1&amp;c=2>.",
        "@here #general #generally": "<!here> <#C1|general> #generally",
    }
    assert {typed: text.encode_typed(typed, people, rooms) for typed in cases} == cases


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_runs_alone_and_ends_cleanly(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.workspace", "--port", "0", cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    facts = json.loads(await process.stdout.readline())
    async with Workbench(facts["url"]) as bench, bench.events(ADA):
        assert (await bench.state(ADA))["me"] == ADA
        process.send_signal(number)
        async with asyncio.timeout(10):
            _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
