"""An output as tables that can be joined and sorted whatever their size: the Parquet tables as views, the JSONL lines
loaded, all in a DuckDB that spills to disk."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import duckdb
import orjson
import pyarrow as pa
import zstandard

from cleanpipe.audit.report import Report

Row = dict[str, Any]

TABLES = {
    "documents": ("id", "outlet", "outlet_from", "url", "canonical_url", "title", "published", "unread_date",
                  "fetched", "truncated", "authors", "site", "language", "metadata_from", "kind", "entries", "status",
                  "version", "origin", "rights", "root", "path", "record", "format", "media_type", "encoding", "sha256",
                  "chars", "tail", "duplicate_of", "shared_fraction", "dropped"),
    "versions": ("document", "status", "version", "current_document", "root", "path", "record", "format",
                 "media_type", "encoding", "sha256", "url", "published", "fetched"),
    "blocks": ("document", "block", "start", "end", "gap", "text", "action", "type", "rule", "reason", "confidence",
               "element", "names", "around", "linked", "bold"),
    "marks": ("document", "block", "n", "processor", "rule", "action", "start", "end", "strength", "family", "type",
              "score", "reason", "evidence"),
    "edges": ("u", "v", "relation", "shared", "u_size", "v_size", "u_tokens", "v_tokens", "u_runs",
              "v_runs", "run_words", "u_paragraph", "v_paragraph"),
    "groups": ("id", "document", "block", "text_hash", "family", "chosen_because", "outlet_count", "occurrence_count"),
    "occurrences": ("group", "document", "block", "outlet", "url", "published", "type", "source_start", "source_end",
                    "text_hash", "tokens", "relation", "shared", "size", "canonical_size", "outlet_count",
                    "match_count", "dropped", "held_by"),
}  # fmt: skip
_ORIGIN = ("name", "kind")
#: folder -> the keys of its rows in their order, and of the objects in them by the path that leads there.
LINES: dict[str, dict[str, tuple[str, ...]]] = {
    "corpus": {
        "": ("id", "text", "source", "created", "metadata", "paragraphs"),
        ".metadata": ("outlet", "url", "title", "authors", "site", "language", "kind", "entries", "origin", "rights",
                      "metadata_from", "fetched", "path", "record", "format", "media_type", "sha256", "duplicate_of",
                      "shared_fraction"),
        ".metadata.entries": ("start", "time"),
        ".metadata.origin": _ORIGIN,
        ".metadata.metadata_from": ("url", "canonical_url", "title", "published", "authors", "site", "language"),
        ".paragraphs": ("id", "type", "start", "end", "source_start", "source_end", "text_hash", "edits", "group",
                        "relation", "jaccard", "containment", "outlet_count", "matches", "match_count"),
        ".paragraphs.edits": ("source_start", "source_end", "removed", "inserted", "rule"),
        ".paragraphs.matches": ("paragraph", "outlet", "relation", "jaccard", "containment"),
    },
    "paragraphs": {
        "": ("id", "text", "text_hash", "outlet", "origin", "document", "type", "published", "family",
             "chosen_because", "outlet_count", "occurrence_count", "occurrences"),
        ".origin": _ORIGIN,
        ".occurrences": ("document", "outlet", "url", "published", "block", "source_start", "source_end", "relation",
                         "jaccard", "containment", "text"),
    },
    "stripped": {
        "": ("document", "outlet", "block", "source_start", "source_end", "text", "type", "action", "processor",
             "rule", "reason", "confidence", "evidence", "canonical", "held_by"),
    },
    "quarantine": {
        "": ("path", "record", "stage", "error", "sha256", "size", "sample", "sample_encoding", "root"),
    },
}  # fmt: skip
_KEYS = {"corpus": "id", "paragraphs": "id", "stripped": "document", "quarantine": "path"}


def text_key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a part file, unpacked, without their ends."""
    with path.open("rb") as raw:
        file: IO[bytes] = raw
        if path.suffix == ".gz":
            file = cast(IO[bytes], gzip.GzipFile(fileobj=raw))
        elif path.suffix == ".zst":
            file = cast(IO[bytes], zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
        held = b""
        while piece := file.read(1 << 20):
            *whole, held = (held + piece).split(b"\n")
            yield from whole
        if held:
            yield held


class Store:
    """``folder`` is scratch space. Attach the tables, then `load` each folder of lines."""

    def __init__(self, out: Path, folder: Path, memory: int) -> None:
        self.out = out
        self._db = duckdb.connect()
        self._db.execute(f"SET memory_limit = '{memory >> 20}MiB'")
        self._db.execute("SET temp_directory = '" + str(folder).replace("'", "''") + "'")
        self._db.execute("SET enable_progress_bar = false")
        self._db.execute("SET preserve_insertion_order = false")

    def reach(self, location: str) -> None:
        """Let queries read from where a remote file lies."""
        import fsspec

        scheme = location.partition("://")[0]
        if scheme not in self._db.list_filesystems():
            self._db.register_filesystem(fsspec.filesystem(scheme))

    def close(self) -> None:
        self._db.close()

    def attach(self, report: Report) -> bool:
        """Make a view of every table; False if one is not there or has other columns."""
        whole = True
        for name, columns in TABLES.items():
            path = self.out / "tables" / f"{name}.parquet"
            try:
                self._db.execute(
                    f"CREATE VIEW {name} AS SELECT * FROM read_parquet('" + str(path).replace("'", "''") + "')"
                )
                found = tuple(row[0] for row in self._db.execute(f"DESCRIBE {name}").fetchall())
            except duckdb.Error:
                report.fail(f"tables/{name}.parquet", "cannot be read")
                whole = False
                continue
            if found != columns:
                report.fail(f"tables/{name}.parquet", f"has the columns {', '.join(found)}")
                whole = False
        return whole

    def table_rows(self) -> dict[str, int]:
        return {f"tables/{name}.parquet": self.execute(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}

    def load(self, folder: str, report: Report) -> dict[str, int]:
        """Load the lines of a folder as table ``folder_lines`` (key, block, part, number, line); rows by part."""
        counts: dict[str, int] = {}
        self._db.execute(
            f"CREATE TABLE {folder}_lines (key VARCHAR, block BIGINT, part VARCHAR, number BIGINT, line BLOB)"
        )
        for path in sorted((self.out / folder).glob("part-*")):
            part = f"{folder}/{path.name}"
            counts[part] = 0

            def rows(path: Path = path, part: str = part) -> Iterator[tuple[Any, ...]]:
                for number, line in enumerate(lines(path), 1):
                    counts[part] += 1
                    row = _parsed(line, folder)
                    if isinstance(row, str):
                        report.fail(f"{part}:{number}", row)
                    else:
                        yield row[_KEYS[folder]], row.get("block", 0), part, number, line

            try:
                self.insert(f"{folder}_lines", rows())
            except (OSError, EOFError, zstandard.ZstdError) as error:
                report.fail(part, f"cannot be unpacked ({error})")
        return counts

    def insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows (tuples in column order) to a table."""
        names = [row[0] for row in self._db.execute(f"DESCRIBE {table}").fetchall()]
        pending = iter(rows)
        while piece := list(islice(pending, 5000)):
            columns = [pa.array(column) for column in zip(*piece, strict=True)]
            self._db.register("piece", pa.table(columns, names=names))
            self._db.execute(f"INSERT INTO {table} SELECT * FROM piece")
            self._db.unregister("piece")

    def execute(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query).fetchall()

    def stream(self, query: str) -> Iterator[Row]:
        """The rows of a query, few at a time, while other queries run."""
        reader: Any = self._db.cursor().sql(query).to_arrow_reader(2000)
        for batch in reader:
            yield from batch.to_pylist()


def _parsed(line: bytes, folder: str) -> Row | str:
    """The row of a line, or what is wrong with it."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return "is not JSON"
    if not isinstance(row, dict) or not _has_keys(row, "", LINES[folder]):
        return f"has not the keys of a {folder} row"
    if orjson.dumps(row) != line:
        return "has a key twice, or is not written as the others are"
    if not isinstance(row[_KEYS[folder]], str) or not isinstance(row.get("block", 0), int):
        return "names no document"
    return row


def _has_keys(value: Any, path: str, keys: dict[str, tuple[str, ...]]) -> bool:
    """Whether every object has exactly its keys, in their order."""
    if isinstance(value, dict):
        return tuple(value) == keys.get(path) and all(_has_keys(v, f"{path}.{k}", keys) for k, v in value.items())
    return not isinstance(value, list) or all(_has_keys(each, path, keys) for each in value)


class ByDocument:
    """A sorted stream of rows, a document's at a time; ``key`` is the column that names it."""

    def __init__(self, rows: Iterator[Row], key: str, report: Report, what: str) -> None:
        self._rows, self._key, self._report, self._what = rows, key, report, what
        self._next = next(rows, None)

    def of(self, document: str) -> list[Row]:
        """The rows of ``document``; to be asked for in ascending order. Those passed over belong to none."""
        self._pass(document)
        found = []
        while self._next is not None and self._next[self._key] == document:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found

    def end(self) -> None:
        self._pass(None)

    def _pass(self, document: str | None) -> None:
        while self._next is not None and (document is None or self._next[self._key] < document):
            self._report.fail(f"{self._what} of {self._next[self._key]}", "there is no such document")
            self._next = next(self._rows, None)
