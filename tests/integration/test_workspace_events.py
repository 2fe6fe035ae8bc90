"""Messages people write reach a real Bolt app over Socket Mode, as often and as oddly as Slack delivers them."""

import asyncio
from typing import Any

from sandbox.seed import ADA, ALAN, GENERAL, PLATFORM, STRANGER
from sandbox.workspace.limits import Timing
from tests.integration.workspace_app import connected, desk, listen, new_app, until

JsonObject = dict[str, Any]


async def test_a_mention_is_answered_in_its_thread() -> None:
    async with desk() as at:
        app = new_app(at)

        @app.event("app_mention")
        async def answer(event: JsonObject, say: Any, context: Any) -> None:
            await say(text=f"hello from {context.bot_user_id} in {context.team_id}", thread_ts=event["ts"])

        async with connected(at, app):
            ts = await at.bench.send(ADA, GENERAL, "@stipend hi")
            reply = await at.bench.reply_to(ALAN, GENERAL, ts)
    assert reply["text"] == "hello from U0STIPEND in T0ACME"
    assert reply["thread_ts"] == ts
    assert reply["user"] == "U0STIPEND"


async def test_the_event_has_what_slack_sends() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app):
            ts = await at.bench.send(ADA, GENERAL, "@Stipend is 1 < 2 & @Alan Turing? #random")
            await until(lambda: heard.bodies)
    body, event = heard.bodies[0], heard.bodies[0]["event"]
    assert event["text"] == "<@U0STIPEND> is 1 &lt; 2 &amp; <@U0ALAN>? <#C0RANDOM|random>"
    assert (event["user"], event["channel"], event["ts"], event["team"]) == (ADA, GENERAL, ts, "T0ACME")
    assert event["client_msg_id"]
    assert event["blocks"][0]["type"] == "rich_text"
    assert "channel_type" not in event
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == "U0STIPEND"
    assert body["authorizations"][0]["is_bot"] is True
    assert (body["team_id"], body["api_app_id"], body["type"]) == ("T0ACME", "A0STIPEND", "event_callback")


async def test_one_mention_arrives_twice_once_channel_messages_are_subscribed() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention", "message")
        async with connected(at, app):
            await at.bench.send(ADA, GENERAL, "@stipend unsubscribed")
            await until(lambda: heard.bodies)
            assert not heard.events("message")
            await at.bench.subscribe(message_channels=True)
            ts = await at.bench.send(ADA, GENERAL, "@stipend subscribed")
            await until(lambda: len(heard.bodies) == 3)
    mention, message = heard.events("app_mention")[1], heard.events("message")[0]
    assert mention["ts"] == message["ts"] == ts
    assert mention["client_msg_id"] == message["client_msg_id"]
    assert message["channel_type"] == "channel"
    assert len({b["event_id"] for b in heard.bodies}) == 3


async def test_a_direct_message_is_a_message_alone_even_with_a_mention() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention", "message")
        async with connected(at, app):
            dm = await at.bench.app_dm(ADA)
            root = await at.bench.send(ADA, dm, "@stipend hi")
            await at.bench.send(ADA, dm, "more", thread_ts=root)
            await until(lambda: len(heard.bodies) == 2)
    assert not heard.events("app_mention")
    first, second = heard.events("message")
    assert first["channel_type"] == "im"
    assert "thread_ts" not in first
    assert (second["thread_ts"], second["parent_user_id"]) == (root, ADA)


async def test_the_apps_own_message_in_a_dm_comes_back_and_bolt_drops_it() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "message")
        async with connected(at, app):
            dm = await at.bench.app_dm(ADA)
            await at.client.chat_postMessage(channel=dm, text="psst")
            sent = await at.bench.sent_events("message")
            await at.bench.wait_quiet()
    assert sent[0]["event"]["bot_id"] == "B0STIPEND"
    assert heard.bodies == []


async def test_nothing_is_told_of_a_channel_the_app_is_not_in() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app):
            channel = await at.bench.channel("away", [ADA, ALAN])
            await at.bench.send(ADA, channel, "@stipend hello?")
            await at.bench.send(ADA, GENERAL, "@stipend here")
            await until(lambda: heard.bodies)
    assert [e["channel"] for e in heard.events("app_mention")] == [GENERAL]


async def test_edits_deletions_files_and_other_bots_arrive_marked() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "message", "app_mention")
        async with connected(at, app):
            dm = await at.bench.app_dm(ADA)
            ts = await at.bench.send(ADA, dm, "frist")
            await at.bench.edit(ADA, dm, ts, "first")
            await at.bench.delete(ADA, dm, ts)
            await at.bench.send_files(ADA, dm, "", {"notes.txt": "hello"})
            robot = await at.bench.person("robot", "Robot", role="bot", is_bot=True)
            await at.bench.join(robot, GENERAL)
            await at.bench.send(robot, GENERAL, "@stipend beep")
            await until(lambda: len(heard.bodies) == 5)
            kinds = {e.get("subtype"): e for e in heard.events("message")}
            changed, file = kinds["message_changed"], kinds["file_share"]
            headers = {"Authorization": f"Bearer {at.workspace.bot_token}"}
            async with at.bench.session.get(file["files"][0]["url_private"], headers=headers) as answer:
                content = await answer.text()
            async with at.bench.session.get(file["files"][0]["url_private"]) as answer:
                assert (answer.status, answer.content_type) == (200, "text/html")
                assert "hello" not in await answer.text()
    assert set(kinds) == {None, "message_changed", "message_deleted", "file_share"}
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("frist", "first")
    assert (content, file["files"][0]["mimetype"]) == ("hello", "text/plain")
    assert heard.events("app_mention")[0]["bot_id"] == f"B{robot[1:]}"


async def test_a_stranger_is_marked_as_one() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app):
            await at.bench.send(STRANGER, PLATFORM, "@stipend let me in")
            await until(lambda: heard.bodies)
            info = await at.client.users_info(user=STRANGER)
    event = heard.events("app_mention")[0]
    assert (event["team"], event["user_team"]) == ("T0GLOBEX", "T0GLOBEX")
    assert heard.bodies[0]["team_id"] == "T0ACME"
    assert heard.bodies[0]["is_ext_shared_channel"] is True
    assert (info["user"]["is_stranger"], info["user"]["team_id"]) == (True, "T0GLOBEX")


async def test_the_same_event_can_be_delivered_many_times() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app, sockets=2):
            await at.bench.duplicate_next(3)
            await at.bench.send(ADA, GENERAL, "@stipend once")
            await until(lambda: len(heard.bodies) == 3)
            event_id = await at.bench.redeliver(times=2, as_retry=True)
            await until(lambda: len(heard.bodies) == 5)
            await at.bench.wait_quiet()
    assert {b["event_id"] for b in heard.bodies} == {event_id}
    numbers = sorted(h.get("x-slack-retry-num", ["?"])[0] for h in heard.headers)
    assert numbers == ["0", "0", "0", "1", "2"]


async def test_an_event_that_is_not_acknowledged_comes_again() -> None:
    async with desk(Timing(ack_timeout_s=0.1, retry_delays_s=(0.0, 0.1, 0.1))) as at:
        app = new_app(at, process_before_response=True)
        tries: list[str] = []

        @app.event("app_mention")
        async def fails_twice(request: Any) -> None:
            tries.append(request.headers.get("x-slack-retry-num", ["0"])[0])
            if len(tries) < 3:
                raise RuntimeError("not yet")

        async with connected(at, app):
            await at.bench.send(ADA, GENERAL, "@stipend hi")
            await until(lambda: len(tries) == 3)
            await at.bench.wait_quiet()
            await asyncio.sleep(0.3)
    assert tries == ["0", "1", "2"]


async def test_each_event_goes_to_one_socket_and_all_sockets_get_some() -> None:
    async with desk() as at:
        apps = [new_app(at), new_app(at)]
        heard = [listen(app, "app_mention") for app in apps]
        async with connected(at, apps[0]), connected(at, apps[1]):
            await at.bench.wait_connected(2)
            for n in range(6):
                await at.bench.send(ADA, GENERAL, f"@stipend {n}")
            await until(lambda: sum(len(h.bodies) for h in heard) == 6)
            await at.bench.wait_quiet()
    ids = [b["event_id"] for h in heard for b in h.bodies]
    assert len(set(ids)) == 6
    assert all(h.bodies for h in heard)


async def test_a_refresh_makes_the_app_reconnect_and_loses_nothing() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app):
            await at.bench.refresh_sockets()
            await at.bench.send(ADA, GENERAL, "@stipend during")

            async def reopened() -> bool:
                opened = await at.bench.calls("apps.connections.open")
                return len(opened) == 2 and (await at.bench.sockets())["connections"] == 1

            await at.bench.wait_for(reopened)
            await at.bench.send(ADA, GENERAL, "@stipend after")
            await until(lambda: len({e["ts"] for e in heard.events("app_mention")}) == 2)


async def test_a_cut_connection_is_reopened_and_the_event_waits() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app):
            await at.bench.drop_sockets()
            assert (await at.bench.state(ADA))["connected"] is False
            await at.bench.send(ADA, GENERAL, "@stipend anyone?")
            await until(lambda: heard.bodies, timeout_s=10)
    assert len(heard.bodies) == 1


async def test_an_acknowledgement_lost_with_its_connection_means_a_second_delivery() -> None:
    async with desk(Timing(ack_timeout_s=1.0)) as at:
        app = new_app(at)
        heard = listen(app, "app_mention")
        async with connected(at, app, sockets=2):
            await at.bench.drop_before_ack()
            await at.bench.send(ADA, GENERAL, "@stipend hi")
            await until(lambda: len(heard.bodies) == 2, timeout_s=10)
    assert heard.bodies[0]["event_id"] == heard.bodies[1]["event_id"]
    assert heard.headers[1]["x-slack-retry-num"] == ["1"]


async def test_an_eleventh_socket_is_turned_away() -> None:
    async with desk() as at:
        links = []
        for _ in range(11):
            opened = await at.client.apps_connections_open(app_token=at.workspace.app_token)
            links.append(await at.bench.session.ws_connect(opened["url"]))
        first = [(await link.receive_json())["type"] for link in links]
        for link in links:
            await link.close()
    assert first == ["hello"] * 10 + ["disconnect"]


async def test_people_who_join_and_change_are_told() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "team_join", "user_change")
        async with connected(at, app):
            user_id = await at.bench.person("edsger", "Edsger Dijkstra", tz="Europe/Amsterdam")
            await at.bench.person("edsger", "Edsger W. Dijkstra", id=user_id)
            await until(lambda: len(heard.bodies) == 2)
    assert heard.events("team_join")[0]["user"]["id"] == user_id
    assert heard.events("user_change")[0]["user"]["real_name"] == "Edsger W. Dijkstra"


async def test_a_group_that_changes_is_told() -> None:
    async with desk() as at:
        app = new_app(at)
        heard = listen(app, "subteam_members_changed")
        async with connected(at, app):
            group_id = await at.bench.group("platform-team", [ADA, STRANGER])
            await until(lambda: heard.bodies)
    event = heard.bodies[0]["event"]
    assert event["subteam_id"] == group_id
    assert event["added_users"] == [STRANGER]
    assert ALAN in event["removed_users"]


async def test_an_event_nobody_takes_is_given_up_after_three_retries() -> None:
    async with desk(Timing(ack_timeout_s=0.02, retry_delays_s=(0.0, 0.02, 0.02))) as at:
        opened = await at.client.apps_connections_open(app_token=at.workspace.app_token)
        async with at.bench.session.ws_connect(opened["url"]) as link:
            await link.receive_json()
            await at.bench.send(ADA, GENERAL, "@stipend hi")
            attempts = [(await link.receive_json())["retry_attempt"] for _ in range(4)]
            await at.bench.wait_quiet()
    assert attempts == [0, 1, 2, 3]


async def test_pings_are_echoed() -> None:
    async with desk() as at:
        opened = await at.client.apps_connections_open(app_token=at.workspace.app_token)
        async with at.bench.session.ws_connect(opened["url"], autoping=False) as link:
            await link.receive_json()
            await link.ping(b"sdk-ping-pong:1.5")
            assert (await link.receive()).data == b"sdk-ping-pong:1.5"
