"""The README tells the truth: its commands run, and print what it says they print."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ ([^\n]+)\n(.*?)```", README, re.S)
JSON = re.findall(r"`(corpus|paragraphs|stripped)`\n```json\n(.*?)```", README, re.S)

#: What differs from run to run.
VOLATILE = re.compile(r"\d+(\.\d+)? (ms|s)\b|peak memory .*")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command of the README prints, in their order, run in a copy of what they need."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("configs", "samples"):
        (folder / name).symlink_to(ROOT / name)
    found = {}
    for command, _ in CONSOLE:
        words = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)
        assert done.returncode == 0, (command, done.stderr)
        found[command] = done.stdout
    found["folder"] = str(folder)
    return found


@pytest.mark.parametrize(("command", "printed"), CONSOLE, ids=[command for command, _ in CONSOLE])
def test_a_command_prints_what_the_readme_shows(outputs: dict[str, str], command: str, printed: str) -> None:
    """Every line shown is printed, in this order; a line of … stands for any others."""
    actual = [VOLATILE.sub("", line).rstrip() for line in outputs[command].splitlines()]
    place = 0
    for line in printed.splitlines():
        wanted = VOLATILE.sub("", line).rstrip()
        if wanted.strip() and wanted.strip() != "…":
            assert wanted in actual[place:], wanted
            place = actual.index(wanted, place) + 1


@pytest.mark.parametrize(("folder", "text"), JSON, ids=[folder for folder, _ in JSON])
def test_a_record_is_one_of_the_run(outputs: dict[str, str], folder: str, text: str) -> None:
    shown = json.loads(text)
    parts = (Path(outputs["folder"]) / "out" / "scale" / folder).glob("*.jsonl")
    rows = [json.loads(line) for part in parts for line in part.open(encoding="utf-8")]
    assert any(matches(shown, row) for row in rows)


def matches(shown: object, row: object) -> bool:
    """Equal, but for strings that end in … and lists that end in "…"."""
    if isinstance(shown, str) and isinstance(row, str):
        return shown == row or (shown.endswith("…") and row.startswith(shown[:-1]))
    if isinstance(shown, list) and isinstance(row, list):
        short = bool(shown) and shown[-1] == "…"
        items = shown[:-1] if short else shown
        return (short or len(items) == len(row)) and all(map(matches, items, row))
    if isinstance(shown, dict) and isinstance(row, dict):
        return list(shown) == list(row) and all(matches(shown[key], row[key]) for key in shown)
    return shown == row
