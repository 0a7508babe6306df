"""Small inputs of every format, and what the readers make of them."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from cleanpipe.model import PassedOver, Record, Rejected
from cleanpipe.read import InputSpec, Limits, plan, read
from cleanpipe.read.spec import Split

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".zst": zstandard.compress, ".bz2": bz2.compress, ".xz": lzma.compress,
}  # fmt: skip


def write(path: str, data: bytes | str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def table(path: str, columns: dict[str, Any], **options: Any) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def everything(spec: InputSpec | str, limits: Limits | None = None) -> list[Record | Rejected | PassedOver]:
    planned = plan([spec if isinstance(spec, InputSpec) else InputSpec(spec)])
    return [row for _, files in planned.shards for file in files for row in read(file, limits or Limits())]


def records(spec: InputSpec | str) -> list[Record]:
    found = everything(spec)
    assert not [row for row in found if isinstance(row, Rejected)], found
    return [row for row in found if isinstance(row, Record)]


def page(n: int) -> str:
    return (
        f'<!doctype html>\r\n<html lang="en"><head><meta charset="utf-8"><title>Ferry {n}</title>'
        f'<link rel="canonical" href="https://bell.example/ferry-{n}"><meta name="author" content="Ida Lund">'
        '<meta property="og:site_name" content="The Bell"><meta name="robots" content="noarchive">'
        f'<meta property="article:published_time" content="2031-02-0{n}T08:00:00Z"></head>'
        f"<body><h1>Ferry {n}</h1><p>The ferry “Alma” lay at the pier for {n} hours.</p></body></html>\n"
    )


PAGES = [page(n) for n in range(1, 5)]
TEXTS = [f"Ferry {n}\n\nThe ferry “Alma” lay at the pier for {n} hours.\n" for n in range(1, 5)]


def spread(path: str) -> tuple[list[Split], list[Record | Rejected | PassedOver]]:
    planned = plan([InputSpec(path)])
    shards = sorted(((files[0].split, files[0]) for _, files in planned.shards), key=lambda pair: pair[0].number)
    assert len({name for name, _ in planned.shards}) == len(planned.shards)
    return [split for split, _ in shards], [row for _, file in shards for row in read(file, Limits())]
