"""The dataset card, read by the library that it is written for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from write_helper import block, decision, document, group, hashes, membership, record

from cleanpipe.write.card import card, features
from cleanpipe.write.parts import Part
from cleanpipe.write.rows import document_rows, quarantine_row
from cleanpipe.write.schema import OUTPUTS

LOAD = """
import json, sys, datasets
datasets.disable_progress_bars()
out = sys.argv[1]
for name in datasets.get_dataset_config_names(out):
    split = datasets.load_dataset(out, name, split="train")
    for row in split:
        print(json.dumps([name, row]))
"""


def loaded(out: Path, home: Path) -> dict[str, list[Any]]:
    """Every row of every configuration, by a fresh process that has no network."""
    env = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    result = subprocess.run([sys.executable, "-c", LOAD, str(out)], env=env, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()[-2000:]
    found: dict[str, list[Any]] = {}
    for line in result.stdout.splitlines():
        name, row = orjson.loads(line)
        found.setdefault(name, []).append(row)
    return found


def rows_of(number: int, text: str, rare: bool) -> tuple[Any, Any, Any]:
    """The rows of a document; only a rare one has edits, matches, an origin, a holder."""
    own = f"d{number}"
    member = membership(f"{own}#0")
    if rare:
        match = {"paragraph": "d0#0", "outlet": "o", "relation": "contains", "shared": 1, "size": 2, "other_size": 1}
        member |= {"matches": [match], "match_count": 1}
    blocks = [(block(0, 0, text), decision(edits=[(0, 4, "")] if rare else []))]
    if rare:
        blocks.append((block(1, len(text), "Advertisement"), decision("strip", "junk:ad-marker")))
    facts = {"rights": ["By A. Quill"]} if rare else {"rights": [], "origin": [], "url": "", "title": ""}
    groups = {0: group(occurrences=[] if not rare else group()["occurrences"])}
    return document_rows(document(text, **facts), record(id=own), None, blocks, {0: member}, groups, hashes([text]), "")


@pytest.mark.parametrize("compress", ["", "gz", "zst"])
def test_datasets_loads_every_folder_as_it_was_written(tmp_path: Path, compress: str) -> None:
    rejected = {
        "path": "x",
        "record": -1,
        "stage": "read",
        "error": "e",
        "sha256": "",
        "size": -1,
        "sample": b"",
        "root": ".",
    }
    # More than 10 MB, the piece by which types are found out, before a rare field is filled.
    count = 24 if not compress else 3
    filler = "The harbour master counted boats. " * (15_000 if not compress else 10)
    written: dict[str, list[Any]] = {"quarantine": [quarantine_row(rejected)]}
    for number in range(count + 1):
        corpus, paragraphs, stripped = rows_of(number, f"{number} {filler}", rare=number == count)
        written.setdefault("corpus", []).append(corpus)
        written.setdefault("paragraphs", []).extend(paragraphs)
        written.setdefault("stripped", []).extend(stripped)
    out = tmp_path / "out"
    for folder, rows in written.items():
        part = Part(out / folder / f"part-0.jsonl{'.' + compress if compress else ''}", compress)
        for row in rows:
            part.write(row)
        part.close()
    if not compress:
        assert (out / "corpus/part-0.jsonl").stat().st_size > 11 << 20
    (out / "README.md").write_text(card(written), encoding="utf-8")
    assert loaded(out, tmp_path / "home") == written


def test_the_first_folder_that_is_there_is_the_default() -> None:
    assert card(["stripped", "corpus"]).index("- config_name: corpus\n  default: true") > 0
    assert "config_name: corpus" not in card(["quarantine"])
    assert "- config_name: quarantine\n  default: true" in card(["quarantine"])
    assert "configs:" not in card([])


def test_features_are_those_that_datasets_finds_in_the_schema() -> None:
    datasets = pytest.importorskip("datasets")
    for schema in OUTPUTS.values():
        assert features(schema) == datasets.Features.from_arrow_schema(schema)._to_yaml_list()
