"""Where datasets lie on disk, how their files are written at once or not at all, and how a step knows it is done."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cleanpipe.steps import DATASETS, SCHEMA_VERSION

#: Rows that a map function reads at once. Bounds memory: a block's text is usually under a kilobyte.
READ_ROWS = 8192
READ_BYTES = 1 << 20  # of a column's pages


def digest(*parts: str) -> str:
    """A short key for a step: everything that its output depends on."""
    return hashlib.blake2b("\x00".join((str(SCHEMA_VERSION), *parts)).encode(), digest_size=16).hexdigest()


def schema_of(dataset: str) -> pa.Schema:
    return DATASETS[re.sub(r"_\d+$", "", dataset)]


def write_marker(path: Path, key: str, sizes: Mapping[str, int]) -> None:
    """Say, at once or not at all, that what ``key`` stands for is done and has left files of these sizes."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps([key, sizes], sort_keys=True))
    os.replace(temporary, path)


def read_marker(path: Path) -> tuple[str, dict[str, int]]:
    try:
        key, sizes = json.loads(path.read_text())
        return key, sizes
    except (OSError, ValueError):  # not done
        return "", {}


class Datasets:
    """The files of one ``.work`` folder: ``DATASET/NAME.parquet``, and ``DATASET.key`` once the dataset is whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, dataset: str, name: str) -> Path:
        return self.root / dataset / f"{name}.parquet"

    def files(self, dataset: str) -> list[Path]:
        return sorted((self.root / dataset).glob("*.parquet"))

    def sizes(self, dataset: str, names: Iterable[str]) -> dict[str, int]:
        """The bytes of the files there are of these."""
        paths = {name: self.file(dataset, name) for name in names}
        return {name: path.stat().st_size for name, path in paths.items() if path.exists()}

    def key(self, dataset: str) -> str:
        """The key under which the dataset was finished; "" if it was not, or if its files are no longer those."""
        key, sizes = read_marker(self.root / f"{dataset}.key")
        return key if key and sizes == self.sizes(dataset, (path.stem for path in self.files(dataset))) else ""

    def begin(self, dataset: str) -> None:
        """From now on the dataset does not count as whole, until ``finish``."""
        (self.root / dataset).mkdir(parents=True, exist_ok=True)
        (self.root / f"{dataset}.key").unlink(missing_ok=True)

    def finish(self, dataset: str, key: str, names: Iterable[str]) -> None:
        """Mark the dataset whole; files of other names are left-overs of an earlier run and go."""
        names = set(names)
        wanted = {self.file(dataset, name) for name in names}
        for path in self.files(dataset):
            if path not in wanted:
                path.unlink()
        write_marker(self.root / f"{dataset}.key", key, self.sizes(dataset, names))

    def read(
        self, dataset: str, name: str, columns: Sequence[str] = (), parts: tuple[int, int] | None = None
    ) -> Iterator[pa.Table]:
        """The rows of one file in order, in pieces, all columns or these; nothing if there is no such file.

        ``parts``: of a dataset whose rows are written together by their ``part``, only those from ``parts[0]`` to
        ``parts[1]``.
        """
        path = self.file(dataset, name)
        if path.exists():
            # Without a buffer, memory for the whole of a row group's columns is taken anew for each.
            with pq.ParquetFile(path, buffer_size=READ_BYTES) as file:
                names = list(columns) or schema_of(dataset).names
                if parts is None:
                    for batch in file.iter_batches(READ_ROWS, columns=names, use_threads=False):
                        yield pa.Table.from_batches([batch])
                    return
                groups = _groups(file, *parts)
                for batch in file.iter_batches(READ_ROWS, groups, [*names, "part"], use_threads=False):
                    of = batch.column("part").to_numpy()
                    rows = pa.Table.from_batches([batch])
                    inside = (of >= parts[0]) & (of <= parts[1])
                    yield (rows if inside.all() else rows.filter(pa.array(inside))).select(names)


def _groups(file: pq.ParquetFile, first: int, last: int) -> list[int]:
    """The row groups that hold rows of these parts."""
    column = file.schema_arrow.get_field_index("part")
    ranges = [file.metadata.row_group(i).column(column).statistics for i in range(file.num_row_groups)]
    return [i for i, part in enumerate(ranges) if part.min <= last and part.max >= first]


class Writer:
    """Writes one file of a dataset under a temporary name; it appears, whole, on ``close``. No rows, no file."""

    def __init__(self, datasets: Datasets, dataset: str, name: str) -> None:
        self._path = datasets.file(dataset, name)
        self._temporary = self._path.with_suffix(f".{os.getpid()}.tmp")
        self._schema = schema_of(dataset)
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        if table.num_rows:
            if self._writer is None:
                # Hashes and texts hardly repeat: looking for repetitions costs as much as writing them.
                repeating = [f.name for f in self._schema if f.type == pa.string() and f.name != "text"]
                # Words are hashes too. Texts of sketches are read by several steps: packing them would cost a tenth of
                # all deduplication, and they lie in `blocks` packed.
                bulky = "words" in self._schema.names
                statistics = [name for name in self._schema.names if name == "part"] if bulky else True
                self._writer = pq.ParquetWriter(
                    self._temporary,
                    self._schema,
                    compression="none" if bulky else "lz4",
                    use_dictionary=repeating,
                    write_statistics=statistics,
                )
            self._writer.write_table(table.select(self._schema.names).cast(self._schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            os.replace(self._temporary, self._path)
        else:
            self._path.unlink(missing_ok=True)
