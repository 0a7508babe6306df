"""An engine that takes down what each step costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from benchmarks.clock import Clock
from cleanpipe.engine.base import Engine
from cleanpipe.shard import MapFunction, Shard


class Step(NamedTuple):
    kind: str  # map | query (map_query) | sql | rows | export
    name: str  # of the step or dataset
    cpu: float
    wall: float


class TimedEngine:
    """See ``engine.base.Engine``: the same, with the CPU seconds (of all processes) and wall seconds of each call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.steps: list[Step] = []

    def _timed(self, kind: str, name: str, call: Callable[[], Any]) -> Any:
        clock = Clock()
        result = call()
        self.steps.append(Step(kind, name, *clock()))
        return result

    def map(
        self, step: str, function: MapFunction, shards: Sequence[Shard], inputs: Sequence[str], outputs: Sequence[str],
        salt: str = "", give_up: bool = False,
    ) -> list[Shard]:  # fmt: skip
        call = lambda: self._engine.map(step, function, shards, inputs, outputs, salt, give_up)  # noqa: E731
        killed: list[Shard] = self._timed("map", step, call)
        return killed

    def invalidate(self, step: str) -> None:
        self._engine.invalidate(step)

    def sql(self, dataset: str, query: str, by: str = "", order: str = "") -> None:
        self._timed("sql", dataset, lambda: self._engine.sql(dataset, query, by, order))

    def export(self, query: str, path: Path) -> int:
        rows: int = self._timed("export", path.stem, lambda: self._engine.export(query, path))
        return rows

    def map_query(self, dataset: str, function: Callable[[pa.Table], pa.Table], *queries: str) -> None:
        self._timed("query", dataset, lambda: self._engine.map_query(dataset, function, *queries))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        # Asked after a step, about it: whether components are complete, which shards there are.
        after = self.steps[-1].name if self.steps else ""
        found: list[tuple[Any, ...]] = self._timed("rows", after, lambda: self._engine.rows(query))
        return found

    def peak_memory(self) -> int:
        return self._engine.peak_memory()
