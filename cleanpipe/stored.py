"""Documents, blocks and marks as rows of the step tables, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import repeat
from typing import Any

import pyarrow as pa

from cleanpipe.model import Batch, Block, Document, Element, Mark, Marks, Record, Rejected, Source
from cleanpipe.shard import Inputs, seen, without
from cleanpipe.steps import DATASETS

#: How much a batch holds: enough to vectorise over, little enough to bound memory.
BATCH_DOCUMENTS = 256
BATCH_CHARS = 4_000_000


def table(dataset: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    """Rows as tuples in the dataset's column order -> a table of its schema."""
    schema = DATASETS[dataset]
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def blocks_table(batch: Batch) -> pa.Table:
    """By columns: of a page, a row a block would take several times as long."""
    blocks = [block for document in batch for block in document.blocks]
    if not blocks:
        return table("blocks", [])
    keys: list[bytes] = []
    gaps: list[str] = []
    texts: list[str] = []
    elements: list[Element] = []
    for document in batch:
        before, text = 0, document.text
        keys += repeat(document.key, len(document.blocks))
        elements += document.elements or repeat(_NO_ELEMENT, len(document.blocks))
        for _, start, end in document.blocks:
            gaps.append(text[before:start])
            texts.append(text[start:end])
            before = end
    numbers, starts, ends = zip(*blocks, strict=True)
    columns = (keys, numbers, starts, ends, gaps, texts, *zip(*elements, strict=True))
    schema = DATASETS["blocks"]
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def marks_table(dataset: str, batch: Batch, marks: Marks, skip: int = 0) -> pa.Table:
    """Rows for the marks from the ``skip``-th on; a document's rows stand together, numbered in the document."""
    rows = []
    count = [0] * len(batch)
    for place, m in enumerate(marks):
        if place >= skip:
            rows.append(
                (
                    batch.documents[m.document].key, m.block, count[m.document], m.processor, m.rule, m.action, m.start,
                    m.end, m.strength, m.family, m.type, m.score, m.reason, m.evidence,
                )
            )  # fmt: skip
        count[m.document] += 1
    place_of = {document.key: row for row, document in enumerate(batch)}
    return table(dataset, sorted(rows, key=lambda row: place_of[row[0]]))


def rejected_table(found: Iterable[Rejected]) -> pa.Table:
    return table(
        "quarantine", [(r.root, r.path, r.record, r.stage, r.error, r.sha256, r.size, r.sample) for r in found]
    )


#: Columns that are fields of the same name.
_MARK = Mark._fields[1:]
_SOURCE = tuple(field.name for field in fields(Source))
_BLOCK = ("block", "start", "end", "gap", "text", "element", "names", "around", "linked", "bold")
_NO_ELEMENT = Element("")
_RECORD = (
    "outlet", "outlet_from", "url", "title", "published", "fetched", "authors", "site", "language",
    "metadata_from",
)  # fmt: skip


def batches(inputs: Inputs) -> Iterator[tuple[Batch, Marks]]:
    """The shard's documents and local marks as the map stored them, each document once, in batches of bounded size."""
    again = seen(inputs)
    blocks = _grouped(inputs, "blocks", _BLOCK, again)
    marks = _grouped(inputs, "marks", _MARK, again)
    pending_blocks, pending_marks = next(blocks, None), next(marks, None)
    documents: list[Document] = []
    found: list[Mark] = []
    chars = 0
    for piece in without(again, inputs.read("documents")):
        for row in piece.to_pylist():
            key = row["doc_key"]
            rows = []
            if pending_blocks and pending_blocks[0] == key:
                rows, pending_blocks = pending_blocks[1], next(blocks, None)
            # of each (doc_key, *_BLOCK)
            text = "".join(part for b in rows for part in b[4:6]) + row["tail"]
            if pending_marks and pending_marks[0] == key:
                found += [Mark(len(documents), *m[1:]) for m in pending_marks[1]]
                pending_marks = next(marks, None)
            source = Source(**{name: row[name] for name in _SOURCE})
            known: dict[str, Any] = {name: row[name] for name in _RECORD}
            known["authors"] = tuple(row["authors"])
            record = Record(source, text, id=row["base_id"], **known)
            pieces = tuple(Block(*b[1:4]) for b in rows)
            elements = tuple(Element(*b[6:]) for b in rows) if rows and rows[0][6] else ()
            documents.append(Document(key, record, pieces, elements))
            chars += len(text)
            if len(documents) >= BATCH_DOCUMENTS or chars >= BATCH_CHARS:
                yield Batch(tuple(documents)), Marks(tuple(found))
                documents, found, chars = [], [], 0
    if documents:
        yield Batch(tuple(documents)), Marks(tuple(found))


def _grouped(
    inputs: Inputs, dataset: str, columns: Sequence[str], again: pa.Array
) -> Iterator[tuple[bytes, list[tuple[Any, ...]]]]:
    """(doc_key, its rows as tuples of doc_key and these columns) of a table in which a document's rows stand together,
    but for the documents ``again``.

    Columns are read one by one: dicts of rows would take several times as long to make."""
    key: bytes | None = None
    rows: list[tuple[Any, ...]] = []
    for piece in without(again, inputs.read(dataset, ("doc_key", *columns))):
        for row in zip(*(piece.column(name).to_pylist() for name in ("doc_key", *columns)), strict=True):
            if row[0] != key:
                if key is not None:
                    yield key, rows
                key, rows = row[0], []
            rows.append(row)
    if key is not None:
        yield key, rows


def by_block(pieces: Iterable[pa.Table]) -> dict[tuple[bytes, int], dict[str, Any]]:
    return {(row["doc_key"], row["block"]): row for piece in pieces for row in piece.to_pylist()}
