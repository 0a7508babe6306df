"""The figures that the design asks of the reference sets (which are not part of the project)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from dedup_driver import Doc, Driver

SHARED = Path(__file__).parents[1].parent / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference sets are not beside this work tree")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_syndicated_paragraphs_come_together_and_templates_do_not() -> None:
    folder = SHARED / "eval" / "syndicated"
    driver = Driver().run(
        [Doc(d["id"], d["text"].split("\n\n"), d["outlet"], d["date"]) for d in lines(folder / "docs.jsonl")]
    )
    rows = driver.rows(
        "SELECT p.document, p.block, m.family FROM memberships m JOIN paragraphs p USING (doc_key, block)"
    )
    family = {(document, block): name for document, block, name in rows}
    together: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for pair in lines(folder / "truth_pairs.jsonl"):
        a, b = (pair["a"], pair["a_para"]), (pair["b"], pair["b_para"])
        if pair["rel"] == "template":
            assert family[a] != family[b]
            continue
        moved = {"split", "merge"} & {edit.split(":")[0] for edit in pair["edits"]}
        band = "high" if pair["j3"] >= 0.8 else "middle" if pair["j3"] >= 0.5 else "moved" if moved else ""
        if band:
            of[band] += 1
            together[band] += family.get(a, "a") == family.get(b, "b")
    assert together["high"] / of["high"] >= 0.999
    assert together["middle"] / of["middle"] >= 0.998
    assert together["moved"] / of["moved"] >= 0.83
    assert max(Counter(family.values()).values()) <= 150
    assert driver.rows(
        "SELECT max(n) FROM (SELECT count(DISTINCT family) AS n FROM memberships GROUP BY group_id)"
    ) == [(1,)]
    # false candidates cost time, and their share grows with the corpus
    edges = driver.rows("SELECT count(*) FROM edges WHERE relation <> 'passage'")[0][0]
    assert driver.rows("SELECT count(*) FROM candidates WHERE passages")[0][0] <= 1.5 * edges
    assert driver.rows("SELECT count(*) FROM candidates WHERE NOT passages")[0][0] <= 2 * edges


def test_the_four_pairs_of_the_seeds_are_near_the_fifth_is_a_quotation_and_nothing_else_is_found() -> None:
    kept: dict[str, list[str]] = {}
    for line in lines(SHARED / "eval" / "seeds" / "truth.jsonl"):
        if line["label"] == "keep":
            text = line["text"].strip().removeprefix(line.get("inline_strip") or "").strip()
            kept.setdefault(line["file"], []).append(text)
    driver = Driver().run([Doc(name, texts, name) for name, texts in kept.items()])
    found = driver.rows("SELECT relation, shared, u_size + v_size - shared FROM edges ORDER BY relation, 2")
    assert found == [("near", 23, 46), ("near", 30, 58), ("near", 34, 63), ("near", 35, 68), ("quotation", 22, 51)]
