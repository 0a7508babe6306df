"""What an engine is: where steps run. It knows datasets, shards and SQL, and no news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from cleanpipe.shard import MapFunction, Shard


class Engine(Protocol):
    """Every step is skipped if its outputs stand already, made by the same code, config and inputs."""

    def map(
        self, step: str, function: MapFunction, shards: Sequence[Shard], inputs: Sequence[str], outputs: Sequence[str],
        salt: str = "", give_up: bool = False,
    ) -> list[Shard]:  # fmt: skip
        """Run ``function`` over ``shards`` into the datasets ``outputs``, one file a shard.

        ``function`` is a module-level callable or a picklable frozen instance; ``salt`` names the settings it depends
        on. A shard that kills its worker is tried again, as ``Shard.killed_at`` says. One that still kills it is left
        out and returned where ``give_up`` allows it; else a UserError is raised.
        """
        ...

    def invalidate(self, step: str) -> None:
        """Forget that the map ``step`` was ever done: what it left outside the datasets is no longer as it left it."""
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

    def map_query(self, dataset: str, function: Callable[[pa.Table], pa.Table], *queries: str) -> None:
        """Apply ``function`` to the rows of one query after the other, in pieces of bounded size, into ``dataset``."""
        ...

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The few rows of a query, for counts and checks."""
        ...

    def peak_memory(self) -> int:
        """Bytes: the peak of this process plus that of its largest worker so far."""
        ...
