"""The figures that the design asks of the reference sets (which are not part of the project)."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dedup_driver import Doc, Driver

from cleanpipe.dedup.tokens import normalise, words

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


def real_texts(most: int) -> list[str]:
    """Distinct paragraphs and lines of the sets of at least eight words, in an order that mixes them."""
    texts = [text for doc in lines(SHARED / "eval" / "syndicated" / "docs.jsonl") for text in doc["text"].split("\n\n")]
    for name in ("fundus", "trafi"):
        with gzip.open(SHARED / "eval" / name / "rawtext.jsonl.gz", "rt", encoding="utf-8") as file:
            texts += [line for doc in map(json.loads, file) for line in doc["text"].split("\n")]
    distinct = {normalise(text): text for text in texts if len(words(normalise(text))) >= 8}
    return sorted(distinct.values(), key=lambda text: blake2b(text.encode()).digest())[:most]


def test_of_all_pairs_that_are_alike_nearly_every_one_is_found() -> None:
    texts = real_texts(20_000)
    assert len(texts) == 20_000
    sets = []
    for text in texts:
        found = words(normalise(text))
        sets.append({" ".join(found[i : i + 3]) for i in range(len(found) - 2)})
    holders: dict[str, list[int]] = defaultdict(list)
    alike = set()
    for n, own in enumerate(sets):
        before = np.fromiter(chain.from_iterable(holders[shingle] for shingle in own), np.int64)
        others, shared = np.unique(before, return_counts=True)
        for other, count in zip(others.tolist(), shared.tolist(), strict=True):
            if 3 * count >= len(own) + len(sets[other]):
                alike.add((other, n))
        for shingle in own:
            holders[shingle].append(n)

    driver = Driver()
    driver.load([Doc(f"{n:05}", [text]) for n, text in enumerate(texts)])
    driver.edges()
    rows = driver.rows(
        "SELECT a.document, b.document FROM edges e JOIN paragraphs a ON a.text_hash = e.u "
        "JOIN paragraphs b ON b.text_hash = e.v WHERE 3 * e.shared >= e.u_size + e.v_size"
    )
    reported = {(min(pair), max(pair)) for pair in ((int(a), int(b)) for a, b in rows)}
    assert reported <= alike and len(alike) > 1_000
    assert len(reported) >= 0.995 * len(alike)
