"""Processors are found by name, described, and added by third parties."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cleanpipe import clean
from cleanpipe.errors import UserError


def test_guards_come_last_and_every_default_processor_can_be_built_with_no_settings() -> None:
    assert clean.DEFAULT[-1] == "guards"
    assert [each.name for each in clean.build([(name, {}) for name in clean.DEFAULT])] == list(clean.DEFAULT)
    assert set(clean.DEFAULT) <= set(clean.names())


def test_every_setting_is_described_and_unknown_ones_are_refused() -> None:
    for name in clean.names():
        model = clean.settings_of(name)
        assert all(field.description for field in model.model_fields.values()), name
        assert model.model_config["extra"] == "forbid"
    with pytest.raises(UserError, match=r"clean\.inserts\.phrase: .*; its settings: phrases"):
        clean.build([("inserts", {"phrase": ["x"]})])


def test_an_unknown_processor_is_named_with_the_nearest_one() -> None:
    for call in (lambda: clean.settings_of("regoins"), lambda: clean.build([("regoins", {})])):
        with pytest.raises(UserError, match=r"unknown processor 'regoins' \(did you mean 'regions'\?\)"):
            call()


def test_a_third_party_adds_a_processor_by_an_entry_point(tmp_path: Path) -> None:
    (tmp_path / "shouting.py").write_text(
        "from pydantic import BaseModel\n"
        "class Shouting:\n"
        "    name = 'shouting'\n"
        "    class Settings(BaseModel):\n"
        "        loud: bool = True\n"
        "    def __init__(self, settings): self.settings = settings\n"
        "    def mark(self, batch, marks): return []\n"
    )
    info = tmp_path / "shouting-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[cleanpipe.processors]\nshouting = shouting:Shouting\n")
    code = "from cleanpipe import clean; print(clean.names()[-1], clean.build([('shouting', {})])[0].settings.loud)"
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["shouting", "True"]
