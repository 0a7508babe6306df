"""Rows of the outputs from rows of the step tables: pure functions on dicts. The keys are those of ``write.schema``."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cleanpipe.model import Edit
from cleanpipe.text import clean_text

Row = dict[str, Any]

_SECONDS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d)")


def date(published: str) -> str:
    """The date with milliseconds, as Dolma's format has it.

    Without them Arrow's JSON reader takes a column of dates for timestamps, and `datasets` hands back another string.
    """
    return _SECONDS.sub(r"\1.000\2", published)


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def likeness(relation: str, shared: int, size: int, other_size: int) -> tuple[float, float]:
    """(Jaccard, containment of this text in the other), 4 decimals; equal texts are wholly alike, however short."""
    if relation in ("canonical", "exact"):
        return 1.0, 1.0
    return _ratio(shared, size + other_size - shared), _ratio(shared, size)


def paragraph_id(document: str, block: int) -> str:
    return f"{document}#{block}"


def origin_row(document: Mapping[str, Any]) -> Row:
    first = next(iter(document["origin"]), {"name": "", "kind": ""})
    return {"name": first["name"], "kind": first["kind"]}


def block_text(block: Mapping[str, Any], edits: Sequence[Mapping[str, Any]]) -> str:
    """The clean text of a block with the edits of its decision."""
    text, base = block["text"], block["start"]
    cuts = [Edit(e["start"] - base, e["end"] - base, e["rule"], "", "", e["inserted"]) for e in edits]
    return clean_text(text, 0, len(text), cuts)


def corpus_row(
    document: Mapping[str, Any], record: Mapping[str, Any], result: Mapping[str, Any] | None, paragraphs: Sequence[Row],
    texts: Sequence[str],
) -> Row:  # fmt: skip
    """The line of a document; ``paragraphs`` (without offsets into its text) and their ``texts`` in order."""
    start = 0
    for row, text in zip(paragraphs, texts, strict=True):
        row["start"], row["end"] = start, start + len(text)
        start += len(text) + 2
    return {
        "id": record["id"],
        "text": "\n\n".join(texts),
        "source": record["outlet"],
        "created": date(document["published"]),
        "metadata": {
            "outlet": record["outlet"],
            "url": document["url"],
            "title": document["title"],
            "authors": document["authors"],
            "site": document["site"],
            "language": document["language"],
            "kind": document["kind"],
            "entries": document["entries"],
            "origin": origin_row(document),
            "rights": document["rights"],
            "metadata_from": document["metadata_from"],
            "fetched": date(document["fetched"]),
            "path": document["path"],
            "record": document["record"],
            "format": document["format"],
            "media_type": document["media_type"],
            "sha256": document["sha256"],
            "duplicate_of": result["duplicate_of"] if result else "",
            "shared_fraction": round(result["shared_fraction"], 4) if result else 0.0,
        },
        "paragraphs": list(paragraphs),
    }


def paragraph_entry(
    document_id: str, block: Mapping[str, Any], decision: Mapping[str, Any], result: Mapping[str, Any],
    text_hash: bytes,
) -> Row:  # fmt: skip
    """A kept paragraph as its document lists it; ``start`` and ``end`` are filled in by `corpus_row`."""
    own = paragraph_id(document_id, block["block"])
    jaccard, containment = likeness(result["relation"], result["shared"], result["size"], result["canonical_size"])
    return {
        "id": own,
        "type": decision["type"],
        "start": 0,
        "end": 0,
        "source_start": block["start"],
        "source_end": block["end"],
        "text_hash": text_hash.hex(),
        "edits": [
            {
                "source_start": e["start"],
                "source_end": e["end"],
                "removed": block["text"][e["start"] - block["start"] : e["end"] - block["start"]],
                "inserted": e["inserted"],
                "rule": e["rule"],
            }
            for e in decision["edits"]
        ],
        "group": result["group"],
        "relation": result["relation"],
        "jaccard": jaccard,
        "containment": containment,
        "outlet_count": result["outlet_count"],
        "matches": [_match(match) for match in result["matches"]],
        "match_count": result["match_count"],
    }


def _match(match: Mapping[str, Any]) -> Row:
    jaccard, containment = likeness(match["relation"], match["shared"], match["size"], match["other_size"])
    return {
        "paragraph": match["paragraph"],
        "outlet": match["outlet"],
        "relation": match["relation"],
        "jaccard": jaccard,
        "containment": containment,
    }


def canonical_row(
    document: Mapping[str, Any], record: Mapping[str, Any], entry: Mapping[str, Any], text: str,
    group: Mapping[str, Any],
) -> Row:  # fmt: skip
    """The line of a distinct paragraph; ``entry`` is its canonical as its document lists it."""
    return {
        "id": entry["id"],
        "text": text,
        "text_hash": entry["text_hash"],
        "outlet": record["outlet"],
        "origin": origin_row(document),
        "document": record["id"],
        "type": entry["type"],
        "published": date(document["published"]),
        "family": group["family"],
        "chosen_because": group["chosen_because"],
        "outlet_count": group["outlet_count"],
        "occurrence_count": group["occurrence_count"],
        "occurrences": [_occurrence(place) for place in group["occurrences"]],
    }


def _occurrence(place: Mapping[str, Any]) -> Row:
    jaccard, containment = likeness(place["relation"], place["shared"], place["size"], place["canonical_size"])
    return {
        "document": place["document"],
        "outlet": place["outlet"],
        "url": place["url"],
        "published": date(place["published"]),
        "block": place["block"],
        "source_start": place["source_start"],
        "source_end": place["source_end"],
        "relation": place["relation"],
        "jaccard": jaccard,
        "containment": containment,
        "text": place["text"],
    }


def stripped_rows(
    record: Mapping[str, Any], block: Mapping[str, Any], decision: Mapping[str, Any], result: Mapping[str, Any] | None,
    current_id: str,
) -> list[Row]:  # fmt: skip
    """What of a block is not in the corpus: the whole of it, else its edits.

    ``current_id`` names the version that supersedes the document, "" if the document is in the corpus.
    """
    if decision["action"] != "keep":
        return [_stripped(record, block, decision, decision["action"])]
    if current_id:
        rule = {
            "processor": "versions",
            "rule": "versions/latest@1",
            "reason": f"An earlier version of {current_id}, which is in the corpus.",
            "confidence": 1.0,
            "evidence": "{}",
        }
        return [_stripped(record, block, {**decision, **rule}, "superseded")]
    if result and result["dropped"]:
        rule = {
            "processor": "duplicates",
            "rule": result["drop_rule"],
            "reason": result["drop_reason"],
            "confidence": 1.0,
            "evidence": "{}",
        }
        held = {"canonical": result["group"], "held_by": result["held_by"]}
        return [_stripped(record, block, {**decision, **rule}, "duplicate") | held]
    return [
        _stripped(record, block, {**decision, **edit}, "edit", edit["start"], edit["end"]) for edit in decision["edits"]
    ]


def _stripped(
    record: Mapping[str, Any], block: Mapping[str, Any], why: Mapping[str, Any], action: str,
    start: int | None = None, end: int | None = None,
) -> Row:  # fmt: skip
    base = block["start"]
    start, end = base if start is None else start, block["end"] if end is None else end
    return {
        "document": record["id"],
        "outlet": record["outlet"],
        "block": block["block"],
        "source_start": start,
        "source_end": end,
        "text": block["text"][start - base : end - base],
        "type": why["type"],
        "action": action,
        "processor": why["processor"],
        "rule": why["rule"],
        "reason": why["reason"],
        "confidence": why["confidence"],
        "evidence": why["evidence"],
        "canonical": "",
        "held_by": "",
    }


def quarantine_row(rejected: Mapping[str, Any]) -> Row:
    sample: bytes = rejected["sample"]
    try:
        text, encoding = sample.decode(), "text" if sample else ""
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(sample).decode(), "base64"
    return {
        "path": rejected["path"],
        "record": rejected["record"],
        "stage": rejected["stage"],
        "error": rejected["error"],
        "sha256": rejected["sha256"],
        "size": rejected["size"],
        "sample": text,
        "sample_encoding": encoding,
        "root": rejected["root"],
    }


def document_rows(
    document: Mapping[str, Any], record: Mapping[str, Any], result: Mapping[str, Any] | None,
    blocks: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], results: Mapping[int, Mapping[str, Any]],
    groups: Mapping[int, Mapping[str, Any]], hashes: Mapping[int, bytes], current_id: str,
) -> tuple[Row | None, list[Row], list[Row]]:  # fmt: skip
    """(corpus line or None, paragraphs lines, stripped lines) of a document.

    ``blocks`` are its blocks with their decisions in order; ``results``, ``groups`` and ``hashes`` (of the kept texts)
    are by block number.
    """
    entries, texts, canonicals, stripped = [], [], [], []
    for block, decision in blocks:
        number = block["block"]
        stripped += stripped_rows(record, block, decision, results.get(number), current_id)
        if decision["action"] != "keep" or current_id:
            continue
        text = block_text(block, decision["edits"])
        entry = paragraph_entry(record["id"], block, decision, results[number], hashes[number])
        if not results[number]["dropped"]:
            entries.append(entry)
            texts.append(text)
        if group := groups.get(number):  # also of a paragraph that is dropped itself: a fuller one may hold it
            canonicals.append(canonical_row(document, record, entry, text, group))
    return (None if current_id else corpus_row(document, record, result, entries, texts)), canonicals, stripped
