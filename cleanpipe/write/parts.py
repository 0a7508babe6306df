"""The last map of a run: each shard's part of the JSONL outputs, from its part of the step tables."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import orjson
import pyarrow as pa
import zstandard

from cleanpipe.shard import Inputs, Shard, seen, without
from cleanpipe.steps import DATASETS
from cleanpipe.write.rows import Row, document_rows, quarantine_row
from cleanpipe.write.schema import OUTPUTS

#: What a shard's outputs are made of; all of them by shard.
INPUTS = (
    "documents", "blocks", "decisions", "records", "current", "document_results", "paragraphs", "paragraph_results",
    "group_results", "quarantine", "refusals",
)  # fmt: skip


#: Characters from which a block is long, hardly ever an entry of a menu or a list, and from which a sentence is. What a
#: page loses of all its characters says how much of a site stands around an article (on 200 news pages 14 to 73 %);
#: what it loses of its long blocks (on half of them less than 14 %, on one in twenty more than 55 %; of the dumps of
#: these pages 9 and 38) says whether an article was lost.
LONG, SENTENCE = 200, 80
_ENDS = tuple('.!?…。”"»“)')


def part_name(shard: str, compress: str) -> str:
    return f"part-{shard}.jsonl" + (f".{compress}" if compress else "")


@contextmanager
def _packed(file: IO[bytes], compress: str) -> Iterator[IO[bytes]]:
    """``file``, compressed as told; the same rows make the same bytes, so no name and no time go in."""
    if compress == "gz":
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            yield cast(IO[bytes], packed)
    elif compress == "zst":
        with zstandard.ZstdCompressor(level=6).stream_writer(file, closefd=False) as stream:
            yield cast(IO[bytes], stream)
    else:
        yield file


class Part:
    """One part file, opened with its first row, which appears whole under its name or not at all."""

    def __init__(self, path: Path, compress: str) -> None:
        self.path = path
        self.rows = self.edits = self.edited = 0
        self._compress = compress
        self._temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        self._open = ExitStack()
        self._file: IO[bytes] | None = None

    def write(self, row: Row) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            raw = self._open.enter_context(self._temporary.open("wb"))
            self._file = self._open.enter_context(_packed(raw, self._compress))
        self._file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        self.rows += 1
        if row.get("action") == "edit":
            self.edits += 1
            self.edited += len(row["text"])

    def close(self) -> None:
        """Finish the file; what an earlier run left under its name goes."""
        self._open.close()
        if self.rows:
            os.replace(self._temporary, self.path)
        else:
            self.path.unlink(missing_ok=True)

    def abandon(self) -> None:
        self._open.close()
        self._temporary.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def intact(folder: Path, parts: Iterable[tuple[str, str, str]]) -> bool:
    """Whether the part files ``(output, name, sha256)`` below ``folder`` are as they were written."""
    paths = ((folder / output / name, sha256) for output, name, sha256 in parts)
    return all(path.exists() and file_digest(path) == sha256 for path, sha256 in paths)


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; keys by way of NumPy, which takes a tenth of the time."""
    if pa.types.is_fixed_size_binary(column.type):
        return cast(list[Any], column.to_numpy().tolist())
    return cast(list[Any], column.to_pylist())


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """``Table.to_pylist`` in a third of the time."""
    names = table.column_names
    for row in zip(*map(_values, table.columns), strict=True):
        yield dict(zip(names, row, strict=True))


#: The columns that a block, a record and a document's result are written from.
_BLOCK = ("doc_key", "block", "start", "end", "text")
_RECORD = ("doc_key", "id", "outlet", "status")
_RESULT = ("doc_key", "duplicate_of", "shared_fraction")


class _ByDocument:
    """The rows of a table of the reduce by document, kept as Arrow: a shard's fit in memory, as dicts they may not."""

    def __init__(self, inputs: Inputs, dataset: str, columns: tuple[str, ...] = ()) -> None:
        pieces = list(inputs.read(dataset, columns))
        self._table = pa.concat_tables(pieces) if pieces else DATASETS[dataset].empty_table()
        self._places: dict[bytes, list[int]] = {}
        for place, key in enumerate(_values(self._table.column("doc_key"))):
            self._places.setdefault(key, []).append(place)

    def all(self, key: bytes) -> list[dict[str, Any]]:
        places = self._places.get(key)
        if not places:
            return []
        if places[-1] - places[0] == len(places) - 1:
            found = self._table.slice(places[0], len(places))
        else:
            found = self._table.take(places)
        return list(_rows(found))

    def one(self, key: bytes) -> dict[str, Any] | None:
        return next(iter(self.all(key)), None)

    def by_block(self, key: bytes) -> dict[int, dict[str, Any]]:
        return {row["block"]: row for row in self.all(key)}


class _Follow:
    """The rows of a table in reading order, a document's at a time."""

    def __init__(self, pieces: Iterator[pa.Table]) -> None:
        self._rows = (row for piece in pieces for row in _rows(piece))
        self._next: dict[str, Any] | None = next(self._rows, None)

    def of(self, key: bytes) -> Iterator[dict[str, Any]]:
        while self._next is not None and self._next["doc_key"] == key:
            yield self._next
            self._next = next(self._rows, None)


@dataclass(frozen=True, slots=True)
class WriteParts:
    """A map function: writes a shard's part files below ``folder`` and yields their rows of ``parts``, and of ``fates``
    what became of each document's blocks.

    ``compress``: "", "gz" or "zst". ``versions``: "latest" leaves superseded documents out of the corpus.
    """

    folder: Path
    versions: str = "latest"
    compress: str = ""

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        name = part_name(shard.name, self.compress)
        parts = {output: Part(self.folder / output / name, self.compress) for output in OUTPUTS}
        fates: list[tuple[Any, ...]] = []
        try:
            for rows in self._write(inputs, parts):
                fates += rows
        except BaseException:
            for part in parts.values():
                part.abandon()
            raise
        rows = []
        for output, part in parts.items():
            part.close()
            if part.rows:
                size, sha256 = part.path.stat().st_size, file_digest(part.path)
                rows.append((output, name, part.rows, size, sha256, part.edits, part.edited))
        names = DATASETS["parts"].names
        schema = DATASETS["fates"]
        yield "fates", pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in fates], schema)
        yield "parts", pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], DATASETS["parts"])

    def _write(self, inputs: Inputs, parts: dict[str, Part]) -> Iterator[list[tuple[Any, ...]]]:
        records, results = _ByDocument(inputs, "records", _RECORD), _ByDocument(inputs, "document_results", _RESULT)
        current = _ByDocument(inputs, "current")
        hashes = _ByDocument(inputs, "paragraphs", ("doc_key", "block", "text_hash"))
        likes, groups = _ByDocument(inputs, "paragraph_results"), _ByDocument(inputs, "group_results")
        again = seen(inputs)
        blocks, decisions = _Follow(without(again, inputs.read("blocks", _BLOCK))), _Follow(inputs.read("decisions"))
        for piece in without(again, inputs.read("documents")):
            for document in piece.to_pylist():
                key = document["doc_key"]
                pairs = list(zip(blocks.of(key), decisions.of(key), strict=True))
                record = records.one(key)
                assert record is not None, "every document has a record"
                newer = current.one(key) if record["status"] == "superseded" and self.versions == "latest" else None
                of_blocks = likes.by_block(key)
                yield _fates(record, pairs, of_blocks, newer is not None)
                corpus, canonical, stripped = document_rows(
                    document, record, results.one(key), pairs, of_blocks, groups.by_block(key),
                    {row["block"]: row["text_hash"] for row in hashes.all(key)}, newer["id"] if newer else "",
                )  # fmt: skip
                for output, rows in (("paragraphs", canonical), ("stripped", stripped)):
                    for row in rows:
                        parts[output].write(row)
                if corpus is not None:
                    parts["corpus"].write(corpus)
        for dataset in ("quarantine", "refusals"):
            for piece in inputs.read(dataset):
                for rejected in piece.to_pylist():
                    parts["quarantine"].write(quarantine_row(rejected))


def _fates(
    record: dict[str, Any], pairs: list[tuple[dict[str, Any], dict[str, Any]]], likes: dict[int, dict[str, Any]],
    superseded: bool,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Rows of ``fates``: a document's blocks with their decisions, counted by what became of them and why."""
    found: dict[tuple[str, str, str, bool], list[int]] = {}
    for block, decision in pairs:
        action = decision["action"]
        if action == "keep" and superseded:
            action = "superseded"
        elif action == "keep" and likes[block["block"]]["dropped"]:
            action = "duplicate"
        chars = block["end"] - block["start"]
        long = chars >= LONG or (chars >= SENTENCE and block["text"].endswith(_ENDS))
        count = found.setdefault((decision["type"], decision["rule"], action, long), [0, 0])
        count[0] += 1
        count[1] += chars
    return [(record["id"], record["outlet"], *why, *count) for why, count in found.items()]
