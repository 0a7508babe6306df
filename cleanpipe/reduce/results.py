"""Map over shards: the flat rows of the reduce -> one row a paragraph and one a group, with their lists."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pyarrow as pa

from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS, MATCH, OCCURRENCE


def results(shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
    """See ``base.MapFunction``: memberships, matches, drops and occurrences -> paragraph_results, group_results."""
    matches: dict[tuple[bytes, int], list[dict[str, Any]]] = {}
    for row in _rows(inputs, "matches"):
        matches.setdefault((row["doc_key"], row["block"]), []).append(row)
    drops = {(row["doc_key"], row["block"]): row for row in _rows(inputs, "drops")}
    members = []
    groups = {}
    for row in _rows(inputs, "memberships"):
        key = row["doc_key"], row["block"]
        found = matches.get(key, [])
        drop = drops.get(key, {"rule": "", "held_by": "", "reason": ""})
        members.append(
            row
            | {
                "group": row["group_id"],
                "match_count": found[0]["match_count"] if found else 0,
                "matches": [{name: match[name] for name in MATCH.names} for match in found],
                "dropped": key in drops,
                "drop_rule": drop["rule"],
                "held_by": drop["held_by"],
                "drop_reason": drop["reason"],
            }
        )
        if row["relation"] == "canonical":
            groups[key] = row
    yield "paragraph_results", _table("paragraph_results", members)

    lists = []
    for key, rows in groupby(_rows(inputs, "occurrences"), key=lambda row: (row["group_key"], row["group_block"])):
        occurrences = [{name: row[name] for name in OCCURRENCE.names} for row in rows]
        lists.append(groups[key] | {"occurrences": occurrences})
    yield "group_results", _table("group_results", lists)


def _rows(inputs: Inputs, dataset: str) -> Iterator[dict[str, Any]]:
    for piece in inputs.read(dataset):
        yield from piece.to_pylist()


def _table(dataset: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = DATASETS[dataset]
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
