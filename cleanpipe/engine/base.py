"""What an engine is: where steps run. It knows datasets, shards and SQL, and no news."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Shard:
    """A unit of work that one worker does alone. ``key`` is a digest of what it reads from outside the datasets."""

    name: str
    key: str = ""
    payload: Any = None  # what the map function needs to know; picklable


class Inputs(Protocol):
    """A shard's own part of the datasets made so far."""

    def read(self, dataset: str) -> Iterator[pa.Table]:
        """The rows of this shard in their order, in pieces of bounded size."""
        ...


#: Yields (dataset, rows); the rows of one dataset are appended in the order yielded.
MapFunction = Callable[[Shard, Inputs], Iterator[tuple[str, pa.Table]]]


class Engine(Protocol):
    """Every step is skipped if its outputs stand already, made by the same code, config and inputs."""

    def map(
        self, step: str, function: MapFunction, shards: Sequence[Shard], inputs: Sequence[str], outputs: Sequence[str],
        salt: str = "",
    ) -> list[Shard]:  # fmt: skip
        """Run ``function`` over ``shards`` into the datasets ``outputs``, one file a shard.

        ``function`` is a module-level callable or a picklable frozen instance; ``salt`` names the settings it depends
        on. Returns the shards that killed their worker twice.
        """
        ...

    def sql(self, dataset: str, query: str, by: str = "", order: str = "") -> None:
        """Materialise ``query`` as ``dataset`` (columns found by name and cast to the schema in ``steps``).

        Tables of the query are dataset names. A dataset name may end in ``_NUMBER``: one round of an iterated step.
        ``by`` names a column: one file for each of its values, so that a map over shards of these names reads it;
        ``order`` (a list of columns) sorts the rows within each file.
        """
        ...

    def export(self, query: str, path: Path) -> int:
        """Write the rows of ``query``, in its own order, as one Parquet file; returns how many there are."""
        ...

    def map_query(self, dataset: str, function: Callable[[pa.Table], pa.Table], query: str, salt: str = "") -> None:
        """Apply ``function`` to the rows of ``query``, in pieces of bounded size, into ``dataset``."""
        ...

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The few rows of a query, for counts and checks."""
        ...
