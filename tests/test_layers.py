"""The house stands: upper floors import lower ones, and the first floor is entered without carrying the whole house."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
HEAVY = {"duckdb", "numpy", "orjson", "pyarrow", "pydantic", "re2", "rich", "ruamel", "datasketch", "tldextract"}


def test_upper_floors_import_lower_ones_and_never_the_reverse() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("module", ["cleanpipe", "cleanpipe.cli.main", "cleanpipe.errors", "cleanpipe.model"])
def test_these_modules_import_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)
