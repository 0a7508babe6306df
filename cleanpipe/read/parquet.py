"""Parquet: a row with a text or an html column is one document. Row groups are streamed, a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cleanpipe.model import Record, Rejected
from cleanpipe.read.compress import compression, opened
from cleanpipe.read.fields import article
from cleanpipe.read.reject import SAMPLE, reject_file
from cleanpipe.read.spec import ALIASES, SPLIT, InputFile, Limits, Split

MEDIA_TYPE = "application/vnd.apache.parquet"
#: Rows that are held at once, and bytes of a column that are buffered before they are decoded.
_ROWS, _BUFFER = 64, 1 << 20


_TEXTS = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary, pa.types.is_large_binary,
    pa.types.is_null, pa.types.is_struct,
)  # fmt: skip


def read_parquet(pieces: Iterator[bytes], file: InputFile, limits: Limits) -> Iterator[Record | Rejected]:
    """A record for each row; ``record`` is the row's number from 0, sha256 of its text or html as bytes."""
    if suffix := compression(file.path):
        yield reject_file(file, f"a compressed table cannot be read in parts: unpack it (without {suffix})")
        return
    with opened(file.location) as stream:
        try:
            table = pq.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False)
            names = table.schema_arrow.names
        except (pa.ArrowException, OSError, ValueError) as error:
            yield reject_file(file, f"no whole Parquet file: {_said(error)}")
            return
        contents = _columns(file, ("html", "text"), names)
        if what := _unfit(table.schema_arrow, file, contents):
            yield reject_file(file, what, stage="parse")
            return
        columns = [*contents, *_columns(file, tuple(set(ALIASES) - {"html", "text"}), names)]
        number = file.split.first
        stop = file.split.stop if file.split.stop >= 0 else table.num_row_groups
        for group in range(file.split.start, stop):
            rows = table.metadata.row_group(group).num_rows
            done = number
            try:
                for batch in table.iter_batches(_ROWS, [group], list(dict.fromkeys(columns)), use_threads=False):
                    for row in _rows(batch):
                        yield _record(row, file, done, limits)
                        done += 1
            except (pa.ArrowException, OSError, ValueError) as error:
                lost = f"rows {done} to {number + rows - 1} cannot be read: {_said(error)}"
                yield Rejected(file.root, file.path, -1, "read", lost, file.sha256, file.size)
            number += rows


def divide(location: str) -> tuple[Split, ...]:
    """Splits of so many row groups that they have SPLIT bytes; of a file that is damaged, none."""
    with opened(location) as stream:
        try:
            metadata = pq.ParquetFile(stream).metadata
        except (pa.ArrowException, OSError, ValueError):
            return (Split(),)
    starts, size, rows = [(0, 0)], 0, 0
    for group in range(metadata.num_row_groups):
        if size >= SPLIT:
            starts.append((group, rows))
            size = 0
        size += metadata.row_group(group).total_byte_size
        rows += metadata.row_group(group).num_rows
    stops = [*(group for group, _ in starts[1:]), -1]
    return tuple(
        Split(number, start, stop, first)
        for number, ((start, first), stop) in enumerate(zip(starts, stops, strict=True))
    )


def _columns(file: InputFile, fields: tuple[str, ...], names: list[str]) -> list[str]:
    """The table's columns in which these fields may stand: the mapped one, or those that go by an alias."""
    found = []
    for name in fields:
        key = file.spec.fields.get(name)
        keys = (key, key.split(".")[0]) if key else ALIASES[name]
        found += [each for each in keys if each in names][: 1 if key else None]
    return found


def _unfit(schema: pa.Schema, file: InputFile, contents: list[str]) -> str:
    """Why no row of a table can have a text, "" if some may."""
    if not contents:
        mapped = [
            f"{file.spec.fields[name]} (inputs.fields.{name})" for name in ("html", "text") if name in file.spec.fields
        ]
        wanted = " and no ".join(mapped) or ", ".join((*ALIASES["text"], *ALIASES["html"]))
        there = ", ".join(schema.names[:20])
        return f"no text: the table has no column {wanted}; it has {there}"
    for name in contents:
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if any(fits(kind) for fits in _TEXTS):
            return ""
    name = contents[0]
    return f"the column {name} holds {schema.field(name).type}, not text"


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    columns = []
    for column in batch.columns:
        if pa.types.is_timestamp(column.type):  # Python's dates go to microseconds
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        columns.append(column.to_pylist())
    for values in zip(*columns, strict=True):
        yield {
            name: value.isoformat() if isinstance(value, date | datetime) else value
            for name, value in zip(batch.schema.names, values, strict=True)
        }


def _record(row: dict[str, Any], file: InputFile, number: int, limits: Limits) -> Record | Rejected:
    def reject(stage: str, error: str, data: bytes = b"") -> Rejected:
        sample = data if len(data) <= SAMPLE else b""
        digest = sha256(data).hexdigest() if data else ""
        return Rejected(file.root, file.path, number, stage, f"row {number + 1}{error}", digest, len(data), sample)

    for value in _texts(row):
        if len(value) * 4 > limits.document:
            data = value.encode() if isinstance(value, str) else value
            if len(data) > limits.document:
                what = f" is longer than the limit of {limits.document} bytes: raise limits.document"
                return reject("read", what, data)
    found = article(row, file, number, MEDIA_TYPE)
    return reject("parse", f": {found}") if isinstance(found, str) else found


def _texts(value: Any) -> Iterator[str | bytes]:
    if isinstance(value, str | bytes):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
