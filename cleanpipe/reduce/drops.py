"""The second decision over the step tables: which documents and paragraphs are dropped as duplicates.

The policy is in ``decide``; here it meets its rows. Both maps have one shard, since each choice depends on the ones
before it; they read only what is shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from cleanpipe.decide import Candidate, drop_documents, drop_paragraphs
from cleanpipe.dedup.align import align
from cleanpipe.dedup.decisive import decisive
from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS


def dropped_documents(shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
    """holders (by document, best first) -> document_drops."""
    pairs: dict[bytes, dict[bytes, tuple[int, int]]] = {}
    for row in _rows(inputs, "holders"):
        pairs.setdefault(row["doc_key"], {})[row["holder"]] = (row["held"], row["chars"])
    order = (row["doc_key"] for row in _rows(inputs, "document_order"))
    dropped = drop_documents(order, {key: list(holders) for key, holders in pairs.items()})
    rows = [
        {"doc_key": key, "holder": holder, "held": pairs[key][holder][0], "chars": pairs[key][holder][1]}
        for key, holder in dropped.items()
    ]
    yield "document_drops", pa.Table.from_pylist(rows, schema=DATASETS["document_drops"])


def without_facts(pairs: pa.Table) -> pa.Table:
    """The pairs whose held text says nothing of weight outside the alignment: rows of ``holds``."""
    said = zip(pairs["held_text"].to_pylist(), pairs["holder_text"].to_pylist(), strict=True)
    kept = pa.array([_says_as_much(held, holder) for held, holder in said], pa.bool_())
    return pairs.filter(kept).select(DATASETS["holds"].names).cast(DATASETS["holds"])


def _says_as_much(held: str, holder: str) -> bool:
    """Nothing decisive stands in ``held`` alone, and nothing that turns its meaning within what the two share."""
    if decisive(align(held, holder).residue, held):
        return False
    back = align(holder, held)
    if not back.runs:
        return False
    within = [word for word in back.residue if back.runs[0].a_start < word.start < back.runs[-1].a_end]
    return decisive(within, holder) != "negation"


def dropped_paragraphs(shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
    """fullest, holds -> paragraph_drops."""
    holds: dict[bytes, list[bytes]] = {}
    for row in _rows(inputs, "holds"):
        holds.setdefault(row["held"], []).append(row["holder"])
    rows = list(_rows(inputs, "fullest"))
    names = {f"{row['document']}#{row['block']}": row for row in rows}
    dropped = drop_paragraphs(
        (Candidate(name, row["text_hash"], row["type"], row["holds_document"]) for name, row in names.items()), holds
    )
    found = [
        {
            "doc_key": names[name]["doc_key"],
            "block": names[name]["block"],
            "shard": names[name]["shard"],
            "rule": "duplicates/paragraphs@1",
            "held_by": holder,
            "reason": _reason(names[name], names[holder]),
        }
        for name, holder in dropped.items()
    ]
    yield "paragraph_drops", pa.Table.from_pylist(found, schema=DATASETS["paragraph_drops"])


def _reason(held: dict[str, Any], holder: dict[str, Any]) -> str:
    if held["text_hash"] == holder["text_hash"]:
        return f"The same paragraph is kept in {holder['document']}."
    return f"A paragraph that is kept in {holder['document']} holds it, and no fact is lost."


def _rows(inputs: Inputs, dataset: str) -> Iterator[dict[str, Any]]:
    for piece in inputs.read(dataset):
        yield from piece.to_pylist()
