"""Rows of the step tables by hand, for the tests of the writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleanpipe.dedup.tokens import text_hash
from cleanpipe.model import METADATA

Row = dict[str, Any]


def document(text: str = "", **changes: Any) -> Row:
    return {
        "doc_key": b"k" * 16, "url": "https://tidings.example/a", "title": "Ferry", "authors": ["Ida Lund"],
        "site": "", "language": "en", "metadata_from": dict.fromkeys(METADATA, ""), "fetched": "", "format": "text",
        "kind": "article", "entries": [],
        "origin": [{"name": "Meridian", "kind": "credit", "start": 0, "end": 8}], "rights": ["By A. Quill"],
        "path": "a.txt", "record": 0, "media_type": "text/plain", "sha256": "00", "published": "2025-06-18T00:00:00Z",
        "chars": len(text), "tail": "",
    } | changes  # fmt: skip


def record(**changes: Any) -> Row:
    return {"id": "a", "outlet": "tidings.example", "status": "current"} | changes


def block(number: int, start: int, text: str, gap: str = "") -> Row:
    return {"block": number, "start": start, "end": start + len(text), "gap": gap, "text": text}


def decision(
    action: str = "keep", kind: str = "body", edits: Sequence[tuple[int, int, str]] = (), **changes: Any
) -> Row:
    return {
        "action": action, "type": kind, "processor": "rules", "rule": "ads/marker@1", "reason": "It marks an ad.",
        "confidence": 0.99, "evidence": "{}",
        "edits": [
            {"start": start, "end": end, "inserted": inserted, "processor": "inserts", "rule": "inserts/glued@1",
             "reason": "It is glued to a sentence."}
            for start, end, inserted in edits
        ],
    } | changes  # fmt: skip


def membership(group: str, relation: str = "canonical", **changes: Any) -> Row:
    return {
        "group": group, "relation": relation, "shared": 1, "size": 1, "canonical_size": 1, "outlet_count": 1,
        "match_count": 0, "matches": [], "dropped": False, "drop_rule": "", "held_by": "", "drop_reason": "",
    } | changes  # fmt: skip


def group(**changes: Any) -> Row:
    return {
        "family": "a#0", "chosen_because": "the only place where it stands", "outlet_count": 1, "occurrence_count": 1,
        "occurrences": [
            {"document": "a", "outlet": "tidings.example", "url": "", "published": "", "block": 0, "source_start": 0,
             "source_end": 5, "relation": "canonical", "shared": 1, "size": 1, "canonical_size": 1, "text": ""}
        ],
    } | changes  # fmt: skip


def hashes(texts: Sequence[str]) -> dict[int, bytes]:
    return {number: text_hash(text) for number, text in enumerate(texts)}
