"""Outputs of a run, changed with care: what ``verify`` must find."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow.parquet as pq

Row = dict[str, Any]


def seal(out: Path) -> None:
    """Make the manifest fit the files again, as somebody would who wants to hide a change."""
    manifest = json.loads((out / "manifest.json").read_text())
    for entry in manifest["outputs"]:
        data = (out / entry["path"]).read_bytes()
        entry |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        if entry["path"].endswith(".parquet"):
            entry["rows"] = pq.read_metadata(out / entry["path"]).num_rows
        elif "part-" in entry["path"]:
            entry["rows"] = len(data.splitlines())
    reseal(out, manifest)


def reseal(out: Path, manifest: Row) -> None:
    manifest.pop("digest")
    plain = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    manifest["digest"] = hashlib.sha256(plain.encode()).hexdigest()
    (out / "manifest.json").write_text(json.dumps(manifest))


def change(out: Path, folder: str, pick: Callable[[Row], bool], spoil: Callable[[Row], object]) -> None:
    """Spoil the first row that ``pick`` takes. ``spoil`` changes it in place, or returns the rows to write instead."""
    for path in sorted((out / folder).iterdir()):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for place, row in enumerate(rows):
            if pick(row):
                instead = spoil(row)
                rows[place : place + 1] = instead if isinstance(instead, list) else [row]
                path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
                return
    raise AssertionError("there is no such row")


def rewrite(out: Path, table: str, query: str) -> None:
    """Replace a table by a query over it (``t``)."""
    path = out / "tables" / f"{table}.parquet"
    db = duckdb.connect()
    db.register("t", pq.read_table(path))
    pq.write_table(db.sql(query).to_arrow_table(), path)
