"""The local engine: a process pool for Python functions over shards, DuckDB for the relational steps."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa

from cleanpipe.engine.datasets import Datasets, Writer, digest, read_marker, schema_of, write_marker
from cleanpipe.engine.pool import Pool
from cleanpipe.errors import UserError
from cleanpipe.machine import own_memory, own_peak_memory, release_memory
from cleanpipe.shard import MapFunction, Shard
from cleanpipe.steps import DATASETS

#: Rows of a query that one call of a map_query function gets.
QUERY_ROWS = 20_000
#: Rows of a query that are written at a time.
WRITE_ROWS = 1 << 16

_SQL_TYPES = {
    pa.binary(16): "BLOB", pa.binary(): "BLOB", pa.string(): "VARCHAR", pa.int32(): "INTEGER", pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN",
}  # fmt: skip


def sql_type(kind: pa.DataType) -> str:
    """The DuckDB name of a column's type."""
    if pa.types.is_list(kind):
        return sql_type(kind.value_type) + "[]"
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f'"{field.name}" {sql_type(field.type)}' for field in kind) + ")"
    return _SQL_TYPES[kind]


@dataclass(frozen=True, slots=True)
class _ShardInputs:
    """See ``shard.Inputs``."""

    datasets: Datasets
    name: str
    place: Path  # the file that says where the work is

    def read(self, dataset: str, columns: Sequence[str] = ()) -> Iterator[pa.Table]:
        return self.datasets.read(dataset, self.name, columns)

    def every(
        self, dataset: str, columns: Sequence[str] = (), parts: tuple[int, int] | None = None
    ) -> Iterator[pa.Table]:
        for path in self.datasets.files(dataset):
            yield from self.datasets.read(dataset, path.stem, columns, parts)

    def scratch(self) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=self.datasets.root)

    def at(self, place: str) -> None:
        self.place.write_text(place)


@dataclass(frozen=True, slots=True)
class _MapShard:
    """One shard's work, in a worker: run the function, write its outputs, then the marker that says they stand; the
    bytes that the worker holds now, and its peak."""

    datasets: Datasets
    step: str
    function: MapFunction
    outputs: tuple[str, ...]

    def __call__(self, task: tuple[Shard, str]) -> tuple[int, int]:
        shard, key = task
        writers = {output: Writer(self.datasets, output, shard.name) for output in self.outputs}
        place = _place(self.datasets, self.step, shard)
        for dataset, rows in self.function(shard, _ShardInputs(self.datasets, shard.name, place)):
            writers[dataset].write(rows)
        for writer in writers.values():
            writer.close()
        write_marker(_marker(self.datasets, self.step, shard), key, _sizes(self.datasets, self.outputs, shard))
        place.unlink(missing_ok=True)
        release_memory()  # others need it while this worker waits
        return own_memory(), own_peak_memory()


def _sizes(datasets: Datasets, outputs: Sequence[str], shard: Shard) -> dict[str, int]:
    return {output: size for output in outputs for size in datasets.sizes(output, [shard.name]).values()}


def _marker(datasets: Datasets, step: str, shard: Shard) -> Path:
    return datasets.root / f"{step}.shards" / shard.name


def _place(datasets: Datasets, step: str, shard: Shard) -> Path:
    """Where a shard that has killed its worker says where it is."""
    return datasets.root / f"{step}.shards" / f"{shard.name}.at"


class LocalEngine:
    """See ``base.Engine``. ``memory`` (bytes) bounds DuckDB, which spills; ``code`` is a digest of the code that runs,
    ``preload`` the module that holds the map functions."""

    def __init__(
        self, work: Path, workers: int, memory: int, code: str, preload: str, progress: Callable[[str, int, int], None]
    ) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self._datasets = Datasets(work)
        self._pool = Pool(workers, preload)
        self._code = code
        self._progress = progress
        self._spill = work / "spill"
        self._workers, self._memory = workers, memory
        self._worker_peak = 0
        self._db = self._connect()
        self._views: dict[str, str] = {}  # dataset -> the key under which its view was made

    def _connect(self) -> duckdb.DuckDBPyConnection:
        db = duckdb.connect()
        db.execute(f"SET threads = {self._workers}")
        db.execute(f"SET memory_limit = '{max(3 * self._memory // 8, 64 << 20) >> 20}MiB'")
        db.execute("SET temp_directory = '" + str(self._spill).replace("'", "''") + "'")
        db.execute("SET enable_progress_bar = false")
        # Statements are written in an order that stays linear on hubs (a line that a thousand articles share);
        # DuckDB's estimates of such joins are off by orders of magnitude.
        db.execute("SET disabled_optimizers = 'join_order'")
        return db

    def _leave_memory_to_workers(self) -> None:
        """DuckDB keeps what it once took until it is closed; opening it anew takes some 15 ms."""
        if own_memory() > self._memory // 8:
            self._db.close()
            self._db = self._connect()
            self._views.clear()

    def close(self) -> None:
        self._pool.close()
        self._db.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def map(
        self, step: str, function: MapFunction, shards: Sequence[Shard], inputs: Sequence[str], outputs: Sequence[str],
        salt: str = "", give_up: bool = False,
    ) -> list[Shard]:  # fmt: skip
        datasets = self._datasets
        before = digest(self._code, step, salt, *(datasets.key(name) for name in inputs))
        keys = {shard.name: digest(before, shard.name, shard.key) for shard in shards}
        (datasets.root / f"{step}.shards").mkdir(exist_ok=True)
        todo = [
            (shard, keys[shard.name]) for shard in shards if not self._stands(step, outputs, shard, keys[shard.name])
        ]
        for output in outputs:
            datasets.begin(output)
        killers = []
        self._progress(step, len(shards) - len(todo), len(shards))
        if todo:
            self._leave_memory_to_workers()
        work = _MapShard(datasets, step, function, tuple(outputs))

        def again(task: tuple[Shard, str]) -> tuple[Shard, str]:
            shard, key = task
            place = _place(datasets, step, shard)
            if shard.killed_at is None:
                place.unlink(missing_ok=True)
                return replace(shard, killed_at=()), key
            where = place.read_text() if place.exists() else ""
            if not where or where in shard.killed_at:
                return task
            place.unlink()
            return replace(shard, killed_at=(*shard.killed_at, where)), key

        held = 0
        for done, (task, memory, alive) in enumerate(self._pool.map(work, todo, again), len(shards) - len(todo) + 1):
            if alive:
                held, self._worker_peak = max(held, memory[0]), max(self._worker_peak, memory[1])
            elif give_up:
                killers.append(task[0])
            else:
                raise _killed(step)
            self._progress(step, done, len(shards))
        if held > self._memory // 4:
            self._pool.close()  # models, rules and caches of the step: workers that start anew hold none of it
        for marker in (datasets.root / f"{step}.shards").iterdir():
            if marker.name not in keys:
                marker.unlink()
        dead = {shard.name for shard in killers}
        key = digest(before, *(f"{name}:{keys[name]}" for name in sorted(keys) if name not in dead))
        for output in outputs:
            datasets.finish(output, key, keys.keys() - dead)
        return killers

    def invalidate(self, step: str) -> None:
        shutil.rmtree(self._datasets.root / f"{step}.shards", ignore_errors=True)

    def _stands(self, step: str, outputs: Sequence[str], shard: Shard, key: str) -> bool:
        marker = _marker(self._datasets, step, shard)
        if read_marker(marker) == (key, _sizes(self._datasets, outputs, shard)):
            return True
        marker.unlink(missing_ok=True)
        return False

    def sql(self, dataset: str, query: str, by: str = "", order: str = "") -> None:
        key = digest(self._code, "sql", dataset, query, by, order, *self._keys(query))
        if self._datasets.key(dataset) == key:
            return
        self._progress(dataset, 0, 1)
        self._datasets.begin(dataset)
        sorting = ", ".join(part for part in (by, order) if part)
        columns = ", ".join(f'CAST("{f.name}" AS {sql_type(f.type)}) AS "{f.name}"' for f in schema_of(dataset))
        whole = f"SELECT {columns} FROM ({query})" + (f" ORDER BY {sorting}" if sorting else "")
        reader = self._reader(whole, query, WRITE_ROWS)
        names: list[str] = []
        writer: Writer | None = None
        for batch in reader:
            for name, rows in _split(pa.Table.from_batches([batch]), by):
                if not names or names[-1] != name:
                    if writer:
                        writer.close()
                    names.append(name)
                    writer = Writer(self._datasets, dataset, name)
                assert writer is not None
                writer.write(rows)
        if writer:
            writer.close()
        self._datasets.finish(dataset, key, names)
        self._progress(dataset, 1, 1)

    def map_query(self, dataset: str, function: Callable[[pa.Table], pa.Table], *queries: str) -> None:
        key = digest(self._code, "map_query", dataset, repr(function), *queries, *self._keys(" ".join(queries)))
        if self._datasets.key(dataset) == key:
            return
        self._progress(dataset, 0, 0)
        self._datasets.begin(dataset)
        writer = Writer(self._datasets, dataset, "all")
        pieces = (
            pa.Table.from_batches([batch]) for query in queries for batch in self._reader(query, query, QUERY_ROWS)
        )
        for count, (_, rows, alive) in enumerate(self._pool.map(function, pieces), 1):
            if not alive:
                raise _killed(dataset)
            writer.write(rows)
            self._progress(dataset, count, 0)
        writer.close()
        self._datasets.finish(dataset, key, ["all"])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        self._keys(query)
        return self._db.execute(query).fetchall()

    def export(self, query: str, path: Path) -> int:
        self._pool.close()  # sorting a whole table takes as much memory as it may, and no worker is wanted any more
        self._keys(query)
        target = str(path).replace("'", "''")
        result = self._db.execute(f"COPY ({query}) TO '{target}.tmp' (FORMAT parquet, COMPRESSION zstd)").fetchone()
        os.replace(f"{path}.tmp", path)
        return int(result[0]) if result else 0

    def peak_memory(self) -> int:
        return own_peak_memory() + self._worker_peak

    def _reader(self, query: str, names_in: str, rows: int) -> pa.RecordBatchReader:
        self._keys(names_in)
        return self._db.sql(query).to_arrow_reader(rows)

    def _keys(self, query: str) -> list[str]:
        """Make a view of every dataset that the query reads; their keys."""
        keys = []
        for word in sorted(set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]+(?:_\d+)?)\b", query))):
            if word in DATASETS or re.sub(r"_\d+$", "", word) in DATASETS:
                key = self._datasets.key(word)
                if key:
                    if self._views.get(word) != key:
                        self._view(word)
                        self._views[word] = key
                    keys.append(f"{word}={key}")
        return keys

    def _view(self, dataset: str) -> None:
        files = [str(path) for path in self._datasets.files(dataset)]
        if files:
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            source = f"SELECT * FROM read_parquet([{listed}])"
        else:
            columns = ", ".join(f'NULL::{sql_type(f.type)} AS "{f.name}"' for f in schema_of(dataset))
            source = f"SELECT {columns} WHERE false"
        self._db.execute(f'CREATE OR REPLACE VIEW "{dataset}" AS {source}')


def _killed(step: str) -> UserError:
    return UserError(f"the step {step!r} killed its worker twice, probably for want of memory: set fewer workers")


def _split(table: pa.Table, by: str) -> Iterator[tuple[str, pa.Table]]:
    """(file name, rows): runs of equal values of ``by`` in a table sorted by it."""
    if not by:
        yield "all", table
        return
    runs = table[by].combine_chunks()
    values = runs.to_pylist()
    start = 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[start]:
            yield values[start], table.slice(start, index - start)
            start = index
