#!/usr/bin/env python3
"""Known holes in the packages that are pinned: fails on one, and says aloud what could not be looked up.

    .ci/audit PIP_AUDIT FILE...

A database of holes that cannot be reached is no fault of ours; a hole that it names is. It is asked for a few packages
first: where it knows none of them, it is not there, and the others need not be asked for.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)
TIMEOUT_S = 180
FIRST = 3


def pins_of(files: list[Path]) -> list[str]:
    """Every `name==version` of these files, once; which platform needs it does not matter here."""
    found = {f"{name}=={version}" for path in files for name, version in PIN.findall(path.read_text(encoding="utf-8"))}
    return sorted(found)


def audit(tool: str, pins: list[str]) -> list[dict[str, object]] | str:
    """What is known of each package, or why nothing is."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(pins))
        file.flush()
        command = [tool, "--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off", "-r", file.name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603  # our own words
        except subprocess.TimeoutExpired:
            return f"no answer within {TIMEOUT_S} s"
    try:
        found: list[dict[str, object]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no answer"])[-1]
    return found


def main(tool: str, *names: str) -> int:
    """0: nothing is known against them, or nothing could be known; 1: at least one hole."""
    pins = pins_of([Path(name) for name in names])
    first = audit(tool, pins[:FIRST])
    if isinstance(first, str) or all("skip_reason" in each for each in first):
        why = first if isinstance(first, str) else str(first[0]["skip_reason"])
        print(f"SKIPPED: no database of known holes can be had here ({why}): {len(pins)} packages were NOT audited.")
        return 0
    found = audit(tool, pins)
    if isinstance(found, str):
        print(f"SKIPPED: the audit broke off ({found}): {len(pins)} packages were NOT audited.")
        return 0
    return report(found)


def report(found: list[dict[str, object]]) -> int:
    """Say what was found: a line for each hole, and one for what could not be looked up."""
    unknown = [str(each["name"]) for each in found if "skip_reason" in each]
    holes = [(each["name"], each["version"], each["vulns"]) for each in found if each.get("vulns")]
    for name, version, vulns in holes:
        for vuln in vulns if isinstance(vulns, list) else []:
            fixed = ", ".join(vuln.get("fix_versions") or []) or "no version yet"
            print(f"VULNERABLE: {name} {version}: {vuln.get('id')}, mended in {fixed}.")
    if unknown:
        print(f"SKIPPED: {len(unknown)} packages could not be looked up: {', '.join(unknown)}.")
    print(f"Audited: {len(found) - len(unknown)} packages, {len(holes)} with known holes.")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
