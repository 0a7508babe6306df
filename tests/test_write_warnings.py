"""A run says which rule, outlet or document lost more than the others, and fails where it is told to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import archive
import pyarrow.parquet as pq
import pytest

from cleanpipe.audit.verify import verify
from cleanpipe.config.load import load
from cleanpipe.run import run

SCALE = str(Path(__file__).parents[1] / "configs" / "scale.yaml")
PAGES = str(Path(__file__).parents[1] / "configs" / "pages.yaml")
PACK = """\
pack: own
rules:
  - id: buoy
    category: buoys
    at: line
    patterns: ['buoy .*']
    max_tokens: 90
    strength: certain
    reason: The line is a report of a buoy.
    examples:
      strip: ['Buoy nine reads a swell of two metres']
      keep: ['The buoy was found on Monday.']
"""
PLACES = ["Ardle", "Brome", "Cawsey", "Dunmere", "Elmswick", "Farrow", "Gorseby", "Halverton", "Inchmoor", "Jarrold"]


def long_text(start: str, n: int, place: str) -> str:
    return (
        f"{start} {n} lies off {place}, where the keeper rows out every second evening with a lamp, a slate and a "
        f"flask of tea, writes down what the water does, and is back before the last ferry of the day has passed "
        f"the mole with its {n + 3} lanterns lit."
    )


def texts(reports: Mapping[str, int]) -> list[dict[str, str]]:
    """Ten outlets with three articles of six long paragraphs each; so many of the six are reports of a buoy."""
    rows = []
    for number, place in enumerate(PLACES):
        for article in range(3):
            gone = reports.get(place, 1)
            kinds = ["Buoy"] * gone + ["Mooring"] * (6 - gone)
            lines = [long_text(kind, 100 * number + 10 * article + n, place) for n, kind in enumerate(kinds)]
            text = "\n\n".join([f"{place} counts its moorings, part {article}", *lines])
            rows.append({"id": f"{place}-{article}".lower(), "outlet": place, "text": text})
    return rows


def manifest_of(folder: Path, reports: Mapping[str, int], *sets: str) -> dict[str, Any]:
    (folder / "in").mkdir()
    (folder / "in" / "a.jsonl").write_text("\n".join(map(json.dumps, texts(reports))))
    pack = folder / "own.yaml"
    pack.write_text(PACK)
    clean = f"clean=[{{rules: {{packs: ['{pack}']}}}}]"
    config = load(SCALE, inputs=[str(folder / "in")], output=str(folder / "out"), sets=[clean, *sets])
    return run(config)


def test_an_outlet_far_out_among_the_others_is_named_with_its_rule_and_its_documents(tmp_path: Path) -> None:
    warnings = manifest_of(tmp_path, {"Farrow": 5})["warnings"]
    assert [warning for warning in warnings if warning.startswith("outlet")] == [
        "outlet Farrow loses 83% of its long text, most of it by rules/own.buoy@1; three in four lose at most 16%"
    ]
    assert [warning.split()[1] for warning in warnings if warning.startswith("document")] == [
        "farrow-0", "farrow-1", "farrow-2",
    ]  # fmt: skip
    assert len(warnings) == 4, "of all long text the rule strips less than a third"
    assert verify(tmp_path / "out").ok


def test_where_all_lose_a_sixth_nobody_is_named(tmp_path: Path) -> None:
    assert manifest_of(tmp_path, {})["warnings"] == []


def test_where_all_lose_most_the_rule_is_named_and_no_outlet(tmp_path: Path) -> None:
    warnings = manifest_of(tmp_path, dict.fromkeys(PLACES, 4))["warnings"]
    assert warnings == ["rule rules/own.buoy@1 strips 66% of all long text"]


@pytest.mark.parametrize(("share", "ok"), [("90%", True), ("70%", False)])
def test_a_document_that_loses_more_than_it_may_fails_the_run(tmp_path: Path, share: str, ok: bool) -> None:
    checks = manifest_of(tmp_path, {"Farrow": 5}, f"limits.max_strip={share}")["checks"]
    (check,) = [each for each in checks if each["name"] == "strip"]
    assert check["ok"] == ok
    told = "0 of 30 documents lose more than 90.0%" if ok else "3 of 30 documents lose more than 70.0%"
    assert check["text"].startswith(told)
    assert ("farrow-" in check["text"]) == (not ok)


def test_pages_of_which_an_archive_has_only_the_beginning_are_counted_and_marked(tmp_path: Path) -> None:
    page = f"<html><body><article><p>{long_text('The ferry', 1, 'Ardle')}</p></article></body></html>"
    whole = archive.entry(archive.message(page.encode()))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.warc").write_bytes(whole.replace(b"WARC-Type:", b"WARC-Truncated: length\r\nWARC-Type:", 1))
    manifest = run(load(PAGES, inputs=[str(tmp_path / "in")], output=str(tmp_path / "out")))
    assert manifest["warnings"] == ["1 pages are cut off: their archive has only the beginning (length, for one)"]
    documents = pq.read_table(tmp_path / "out" / "tables" / "documents.parquet")
    assert documents["truncated"].to_pylist() == ["length"]
