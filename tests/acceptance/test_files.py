"""Questions with files, on a real bot process: what the model is given, what people are told, what it costs."""

import base64
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.standin import says, usage
from sandbox.seed import ADA, GENERAL, PLATFORM
from tests.acceptance.stage import Stage, footer, on_stage
from tests.pdfs import pdf_of
from tests.unit.test_reading import PNG
from tests.workspace_client import JsonObject

CSV = "item,cost\ntea,3\ncake,4\n"
ZIP = b"PK\x03\x04" + bytes(30)
IMAGE_TOKENS = 700


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(sqlite_url, tmp_path) as made:
        made.standin.script(says("Seven.", usage=usage(300, 20)))
        yield made


async def begin(stage: Stage, **more: str) -> None:
    await stage.start_bot(**more)
    await stage.stock()


def seeing(stage: Stage) -> str:
    """The path of a list of models with one that sees."""
    stage.environ()
    path = stage.folder / "seeing.toml"
    text = (stage.folder / "models.toml").read_text(encoding="utf-8")
    path.write_text(f"{text}image_tokens = {IMAGE_TOKENS}\n", encoding="utf-8")
    return str(path)


def notes(answer: JsonObject) -> list[str]:
    """The notes under an answer, its footer aside."""
    contexts = [block for block in answer["blocks"] if block["type"] == "context"]
    return [element["text"] for block in contexts[:-1] for element in block["elements"]]


def sent(stage: Stage) -> Any:
    """What the model was sent as the question, last."""
    return stage.standin.requests[-1].body["messages"][-1]["content"]


async def test_a_table_is_read_and_a_follow_up_in_the_thread_still_has_it(stage: Stage) -> None:
    await begin(stage)
    files: dict[str, str | bytes] = {"costs.csv": CSV, "big.zip": ZIP, "plan.pdf": pdf_of(["Tea for two"])}
    ts = await stage.people.send_files(ADA, GENERAL, "@stipend what does it come to?", files)
    answer = await stage.answered(ts, GENERAL)
    assert notes(answer) == ["I did not read *big.zip*: it is an archive; send the files in it one by one."]
    assert footer(answer).startswith("standin · 300 in")
    for part in ("costs.csv", "> tea,3", "plan.pdf", "> Tea for two", "not readable for you:\n> big.zip"):
        assert part in sent(stage)
    assert sent(stage).endswith("\n\nwhat does it come to?")
    after = await stage.people.send(ADA, GENERAL, "@stipend and without cake?", thread_ts=ts)
    second = await stage.people.wait_for_message(
        ADA, GENERAL, lambda m: float(m["ts"]) > float(after) and bool(footer(m)), thread_ts=ts
    )
    assert notes(second)[0] == "Taken along from earlier in this thread: *costs.csv*, *plan.pdf*."
    assert "> tea,3" in sent(stage)
    assert sent(stage).endswith("\n\nand without cake?")
    log = stage.log
    assert "tea,3" not in log
    assert stage.workspace.bot_token not in log
    await stage.verified()


async def test_an_image_goes_to_a_model_that_sees_and_is_paid_for(stage: Stage) -> None:
    await begin(stage, STIPEND_MODELS=seeing(stage))
    stage.standin.script(says("A chart.", usage=usage(64 + IMAGE_TOKENS, 20)))
    dm = await stage.people.app_dm(ADA)
    ts = await stage.people.send_files(ADA, dm, "what is this?", {"chart.png": PNG})
    answer = await stage.answered(ts, dm)
    assert notes(answer) == []
    pictures = [part for part in sent(stage) if part["type"] == "image_url"]
    assert [part["image_url"]["url"] for part in pictures] == [
        f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    ]
    assert "overrun" not in await stage.command(ADA, "/tokens history")
    await stage.verified()


async def test_a_model_that_cannot_see_is_told_and_so_is_everybody(stage: Stage) -> None:
    await begin(stage)
    ts = await stage.people.send_files(ADA, GENERAL, "@stipend what is this?", {"chart.png": PNG})
    answer = await stage.answered(ts, GENERAL)
    assert notes(answer) == ["I did not read *chart.png*: the model that answered cannot see images."]
    assert "not readable for you:\n> chart.png" in sent(stage)
    assert answer["text"] == "Seven."


async def test_files_without_words_are_asked_about_free_of_charge(stage: Stage) -> None:
    await begin(stage)
    ts = await stage.people.send_files(ADA, GENERAL, "@stipend", {"costs.csv": CSV})
    told = (await stage.whispered(ts, GENERAL))["text"]
    assert told.startswith("Tell me what you want to know about *costs.csv*")
    assert "charged" not in told
    assert stage.standin.received == 0
    await stage.people.send(ADA, GENERAL, "@stipend the total, please", thread_ts=ts)
    await stage.answered(ts, GENERAL)
    assert "> tea,3" in sent(stage)
    assert "$4.99" in await stage.command(ADA, "/tokens balance")


async def test_a_bot_that_takes_over_has_the_files_and_asking_again_reads_them_anew(stage: Stage) -> None:
    await begin(stage)
    await stage.people.fault("users.info", "slow", times=50, delay_s=5)
    await stage.people.fault("conversations.replies", "slow", times=50, delay_s=5)
    root = await stage.people.send(ADA, GENERAL, "a thread")
    await stage.people.send_files(ADA, GENERAL, "@stipend the total?", {"costs.csv": CSV}, thread_ts=root)
    await stage.people.wait_quiet()
    await stage.stop_bot(stage.bots[0], signal.SIGKILL)
    await stage.people.clear_faults()
    await stage.start_bot()
    await stage.answered(root, GENERAL)
    assert stage.standin.received == 1
    assert "> tea,3" in sent(stage)
    await stage.verified()


async def test_asking_again_reads_the_files_of_the_message(stage: Stage) -> None:
    await begin(stage)
    await stage.people.send(ADA, GENERAL, "unrelated")
    alan = "U0ALAN"
    ts = await stage.people.send_files(alan, GENERAL, "@stipend the total?", {"costs.csv": CSV})
    refused = await stage.whispered(ts, GENERAL, alan)
    await stage.command("U0GRACE", "/tokens grant @Alan Turing $1")
    [button] = [
        element
        for block in refused["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element.get("action_id") == "ask_retry"
    ]
    await stage.people.click(alan, button["action_id"], channel=GENERAL, ts=refused["ts"])
    await stage.answered(ts, GENERAL, alan)
    assert "> tea,3" in sent(stage)
    await stage.verified()


async def test_asked_about_privately_and_again_the_file_stays_with_the_question(stage: Stage) -> None:
    await begin(stage)
    alan = "U0ALAN"
    ts = await stage.people.send_files(ADA, PLATFORM, "the costs", {"costs.csv": CSV})
    await stage.people.shortcut(alan, PLATFORM, ts, "ask_about")

    async def opened() -> JsonObject | None:
        return next(iter(await stage.people.views(alan)), None)

    view = await stage.people.wait_for(opened)
    entered = {"question": {"question": "What is the total?"}, "where": {"where": "alone"}}
    assert (await stage.people.submit(alan, view["id"], entered))["closed"]
    dm = await stage.people.app_dm(alan)
    root = await stage.people.wait_for_message(alan, dm, lambda m: "privately" in m["text"])
    assert "With costs.csv" in str(root["blocks"])
    refused = await stage.people.wait_for_message(
        alan, dm, lambda m: "your wallet has" in m["text"], thread_ts=root["ts"]
    )
    await stage.command("U0GRACE", "/tokens grant @Alan Turing $1")
    await stage.people.click(alan, "ask_retry", channel=dm, ts=refused["ts"])
    await stage.answered(root["ts"], dm, alan)
    assert "An attached file, its name first:\n> costs.csv\n> item,cost\n> tea,3" in sent(stage)
    assert "What is the total?" in sent(stage)
    await stage.verified()
