"""The audit of packages: a hole fails, a database that is away is said aloud, and both are told apart."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit.py"
PINS = """good==1.0 \\
    --hash=sha256:00
    # via -r run.in
bad==2.0 ; python_version < '4' \\
    --hash=sha256:01
"""
HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"]}


def tool(folder: Path, answers: dict[str, object] | None) -> Path:
    """A stand-in for pip-audit: the same arguments, the same JSON. Without answers: its server is away."""
    path = folder / "pip-audit"
    path.write_text(f"""#!{sys.executable}
import json, sys
from pathlib import Path
assert "--format=json" in sys.argv and "--no-deps" in sys.argv
answers = json.loads({json.dumps(json.dumps(answers))})
pins = [line.split("==") for line in Path(sys.argv[-1]).read_text().splitlines()]
(Path(__file__).parent / "asked").open("a").write(f"{{len(pins)}} ")
if answers is None:
    print("ConnectionError: no such host", file=sys.stderr)
    sys.exit(1)
found = []
for name, version in pins:
    if answers[name] is None:
        found.append({{"name": name, "skip_reason": f"{{name}} is not known"}})
    else:
        found.append({{"name": name, "version": version, "vulns": answers[name]}})
print(json.dumps({{"dependencies": found}}))
sys.exit(any(each.get("vulns") for each in found))
""")
    path.chmod(0o755)
    return path


def audited(folder: Path, answers: dict[str, object] | None) -> tuple[int, str, str]:
    """Exit status, what it says, and how many packages were asked for each time."""
    pins = folder / "run.txt"
    pins.write_text(PINS)
    done = subprocess.run(
        [sys.executable, str(AUDIT), str(tool(folder, answers)), str(pins)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout, (folder / "asked").read_text()


def test_a_hole_fails_and_names_the_version_that_mends_it(tmp_path: Path) -> None:
    status, said, _ = audited(tmp_path, {"good": [], "bad": [HOLE]})
    assert status == 1
    assert "VULNERABLE: bad 2.0: PYSEC-2026-1, mended in 2.1." in said


def test_nothing_known_against_them_passes(tmp_path: Path) -> None:
    assert audited(tmp_path, {"good": [], "bad": []}) == (0, "Audited: 2 packages, 0 with known holes.\n", "2 2 ")


@pytest.mark.parametrize(("answers", "why"), [(None, "no such host"), ({"good": None, "bad": None}, "is not known")])
def test_without_a_database_it_passes_and_says_so_after_one_question(
    tmp_path: Path, answers: dict[str, object] | None, why: str
) -> None:
    status, said, asked = audited(tmp_path, answers)
    assert (status, asked) == (0, "2 ")
    assert said.startswith("SKIPPED: no database of known holes can be had here")
    assert why in said
    assert "2 packages were NOT audited" in said


def test_a_package_that_cannot_be_looked_up_is_named_and_a_hole_beside_it_fails(tmp_path: Path) -> None:
    status, said, _ = audited(tmp_path, {"good": None, "bad": []})
    assert status == 0
    assert "SKIPPED: 1 packages could not be looked up: good." in said
    status, said, _ = audited(tmp_path, {"good": None, "bad": [HOLE]})
    assert status == 1
