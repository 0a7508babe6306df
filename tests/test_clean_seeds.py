"""The five reference texts: every body line stays, and the junk goes by general rules."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from clean_driver import marks_of

from cleanpipe.clean.examples import document_of
from cleanpipe.decide import decide_document
from cleanpipe.text import clean_text

SHARED = Path(__file__).parents[1].parent / "shared"
TRUTH = SHARED / "eval" / "seeds" / "truth.jsonl"


@pytest.mark.skipif(not TRUTH.exists(), reason="the reference texts (../shared) are not on this machine")
def test_all_body_lines_of_the_seeds_stay_and_at_least_66_junk_lines_go() -> None:
    paths = sorted((SHARED / "seeds").glob("*.txt"))
    documents = [document_of(path.read_bytes().decode()) for path in paths]
    _, marks = marks_of(documents, {"inserts": {"phrases": ["short article insert"]}})
    found: dict[str, Counter[str]] = {}
    for row, (path, document) in enumerate(zip(paths, documents, strict=True)):
        decisions = zip(document.blocks, decide_document(document, row, marks, "article"), strict=True)
        found[path.name] = Counter(
            clean_text(document.text, b.start, b.end, d.edits) for b, d in decisions if d.action == "keep"
        )
    lost, left = [], []
    for line in map(json.loads, TRUTH.read_text("utf-8").splitlines()):
        wanted = line["text"].strip().removeprefix(line.get("inline_strip") or "").strip()
        stays = found[line["file"]][wanted] > 0
        if line["label"] == "keep":
            found[line["file"]][wanted] -= stays
            lost += [] if stays else [wanted]
        else:
            left += [wanted] if stays else []
    assert lost == []
    assert len(left) <= 2, left
