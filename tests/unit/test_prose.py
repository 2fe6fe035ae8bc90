"""What is written for people, compared with the code: settings, commands, targets, files, links."""

import re
from pathlib import Path

import pytest

from bot.cli import parser
from bot.settings import Settings
from handlers.commands import reference

TOP = Path(__file__).parents[2]
PROSE = [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md"))]
MADE = {"benchmarks/results.md"}  # by `make bench`


def readme_settings() -> set[str]:
    table = (TOP / "README.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}


def test_readme_names_every_setting_and_no_other() -> None:
    assert readme_settings() == {str(field.alias) for field in Settings.model_fields.values()}


def named_commands() -> set[str]:
    """Those in README's table, whose rows leave out the first word, and those in the running text."""
    table = (TOP / "README.md").read_text(encoding="utf-8").partition("| `stipend …` |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    rows = {name for cell in cells for name in re.findall(r"`([a-z]+(?: [a-z][a-z-]*)*)", cell)}
    words = [" ".join(path.read_text(encoding="utf-8").split()) for path in PROSE]
    return rows | {name for text in words for name in re.findall(r"`stipend ([a-z]+(?: [a-z][a-z-]*)*)", text)}


def test_commands_in_prose_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"run", "demo", "doctor", "db upgrade", "db backup", "ledger verify"} <= named_commands()
    for name in sorted(named_commands()):
        with pytest.raises(SystemExit) as left:
            parser().parse_args([*name.split(), "--help"])
        assert left.value.code == 0, f"stipend {name}: {capsys.readouterr().err}"


def test_the_page_of_commands_is_the_one_made_from_the_catalogue() -> None:
    assert (TOP / "docs/commands.md").read_text(encoding="utf-8") == reference.page()


def test_make_targets_in_prose_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for path in PROSE for name in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(), re.MULTILINE)}
    assert {"demo", "test", "run"} <= named
    assert named <= targets


def test_files_that_the_threat_model_names_exist() -> None:
    named = re.findall(r"`([a-z_.]+(?:/[A-Za-z0-9_.-]+)+)`", (TOP / "docs/threat-model.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    assert [name for name in named if not (TOP / name).exists()] == []


def test_links_between_documents_lead_somewhere() -> None:
    for path in PROSE:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists() or target in MADE, f"{path.name}: {target}"
