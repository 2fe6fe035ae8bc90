"""Files as a bot meets them: who may fetch what, what the object says, and the sign-in page that is no file."""

import base64
from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.seed import ADA, ALAN, GENERAL, GRACE, demo_seed
from sandbox.workspace.filetypes import kind_of, picture_size
from sandbox.workspace.limits import MESSAGE_FILES_MAX
from sandbox.workspace.server import start_workspace
from tests.integration.workspace_app import Desk, desk
from tests.workspace_client import JsonObject, Refused, Workbench

GIF = b"GIF89a" + (7).to_bytes(2, "little") + (5).to_bytes(2, "little") + b"\0" * 8
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x09\x00\x0d\x01\x01\x11\x00"


async def sent_file(at: Desk, channel: str, **file: str) -> JsonObject:
    """The file object of a message with one file, as the app reads it from the history."""
    await at.bench.post("send", {"as": ADA, "channel": channel, "text": "", "files": [file]})
    history = await at.client.conversations_history(channel=channel)
    found: JsonObject = history["messages"][0]["files"][0]
    return found


async def fetched(at: Desk, url: str, token: str | None) -> tuple[int, str, bytes]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with at.bench.session.get(url, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_the_bots_token_opens_a_file_and_nothing_else_does() -> None:
    async with desk() as at:
        content = base64.b64encode(b"\x00\xff binary").decode()
        file = await sent_file(at, GENERAL, name="dump.bin", content_base64=content)
        assert await fetched(at, file["url_private"], at.workspace.bot_token) == (
            200, "application/octet-stream", b"\x00\xff binary",
        )  # fmt: skip
        for token in (None, "xoxb-other", at.workspace.app_token):
            status, kind, body = await fetched(at, file["url_private"], token)
            assert (status, kind, b"Sign in" in body) == (200, "text/html", True)
        info = (await at.client.files_info(file=file["id"]))["file"]
    assert info == file
    assert (info["size"], info["mimetype"], info["mode"], info["user"]) == (
        9, "application/octet-stream", "hosted", ADA,
    )  # fmt: skip


async def test_without_the_scope_the_sign_in_page_comes_too() -> None:
    seed = demo_seed()
    scopes = tuple(scope for scope in seed.app.scopes if scope != "files:read")
    workspace = await start_workspace(replace(seed, app=replace(seed.app, scopes=scopes)))
    try:
        async with Workbench(workspace.url) as bench:
            await bench.send_files(ADA, GENERAL, "look", {"a.txt": "secret"})
            url = (await bench.sent_events("message"))[0]["event"]["files"][0]["url_private"]
            headers = {"Authorization": f"Bearer {workspace.bot_token}"}
            async with bench.session.get(url, headers=headers) as answer:
                assert (answer.status, answer.content_type) == (200, "text/html")
    finally:
        await workspace.close()


async def test_files_of_conversations_without_the_app_are_not_its_business() -> None:
    async with desk() as at:
        await at.bench.send_files(ADA, ALAN, "for you", {"private.txt": "psst"})
        [message] = await at.bench.messages(ALAN, ADA)
        [file] = message["files"]
        assert (await fetched(at, file["url_private"], at.workspace.bot_token))[0] == 404
        with pytest.raises(SlackApiError, match="file_not_found"):
            await at.client.files_info(file=file["id"])
        for who, status in ((ALAN, 200), (GRACE, 404)):
            url = f"{at.workspace.url}/control/file?as={who}&id={file['id']}"
            assert (await fetched(at, url, None))[0] == status


async def test_what_cannot_be_attached_is_refused_with_a_sentence() -> None:
    async with desk() as at:
        other = await at.bench.session.post(f"{at.workspace.url}/control/upload?as={ALAN}&name=a.txt", data=b"a")
        alans = (await other.json())["file"]["id"]
        for files, words in (
            ([{"id": alans}], "no such file of yours"),
            ([{"id": "F0"}], "no such file of yours"),
            ([{"name": "a", "content_base64": "%"}], "not base64"),
            ([{"name": "a"}] * (MESSAGE_FILES_MAX + 1), "at most 10 files"),
            ({"name": "a"}, "must be a list"),
        ):
            with pytest.raises(Refused, match=words):
                await at.bench.post("send", {"as": ADA, "channel": GENERAL, "text": "x", "files": files})
        assert await at.bench.messages(ADA, GENERAL) == []


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("a.PY", ("python", "Python", "text/x-python")),
        ("notes", ("binary", "Binary", "application/octet-stream")),
        ("../../etc/x.svg", ("svg", "SVG", "image/svg+xml")),
    ],
)
def test_kinds_by_name(name: str, kinds: tuple[str, str, str]) -> None:
    assert kind_of(name) == kinds


@pytest.mark.parametrize(
    ("content", "size"),
    [(GIF, (7, 5)), (JPEG, (13, 9)), (b"\xff\xd8\xff", None), (b"\xff\xd8\xff\xe0\xff\xff", None), (b"", None)],
)
def test_sizes_of_pictures(content: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(content) == size


async def test_a_name_is_a_name_and_no_path() -> None:
    async with desk() as at:
        file = await sent_file(at, GENERAL, name="..\\..\\etc/pass wd.txt", content="x")
    assert file["name"] == "pass wd.txt"
    assert file["url_private"].endswith("/pass%20wd.txt")
