"""Where a whole run spends its CPU: ``python -m benchmarks.by_step CONFIG [--inputs PATH] [--output OUT]``.

Steps are those of ``run.Flow``, with the CPU of all processes. The map over the inputs is one step in worker processes;
what it consists of (reading, segmenting, each processor, sketching) is told apart by running it once more in this
process, over the first shards. The output folder is made anew.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from benchmarks.clock import Clock, cpu
from benchmarks.timed import TimedEngine
from cleanpipe import read, run, shards
from cleanpipe.config.load import load
from cleanpipe.engine.datasets import Datasets, Writer
from cleanpipe.engine.local import LocalEngine
from cleanpipe.model import Batch, Mark, Marks, Preparing, Processor
from cleanpipe.segment import parse_page, segment, segment_tree
from cleanpipe.shard import Inputs, MapFunction, Shard

#: Bytes of input that the second pass is content with.
ENOUGH = 32 << 20


class Watch:
    """CPU seconds of this process by what it did."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        self.spent[name] += time.process_time() - started

    def call(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any) -> Any:
            with self.on(name):
                return function(*given)

        return watched

    def items(self, name: str, function: Callable[..., Iterable[Any]]) -> Callable[..., Iterator[Any]]:
        def watched(*given: Any) -> Iterator[Any]:
            items = iter(function(*given))
            while True:
                with self.on(name):
                    item = next(items, None)
                if item is None:
                    return
                yield item

        return watched


@dataclass(frozen=True)
class Watched:
    """A processor, watched."""

    processor: Processor
    watch: Watch

    @property
    def name(self) -> str:
        return self.processor.name

    @property
    def reads_trees(self) -> bool:
        return getattr(self.processor, "reads_trees", False)

    def prepare(self, batch: Batch) -> None:
        if isinstance(self.processor, Preparing):
            with self.watch.on("load processors and rules"):
                self.processor.prepare(batch)

    def mark(self, batch: Batch, marks: Marks) -> list[Mark]:
        with self.watch.on(f"mark {self.name}"):
            return list(self.processor.mark(batch, marks))


@contextmanager
def replaced(owner: Any, **values: Any) -> Iterator[None]:
    before = {name: getattr(owner, name) for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


class _NoInputs:
    def read(self, dataset: str, columns: Sequence[str] = ()) -> Iterator[Any]:
        return iter(())

    def every(self, dataset: str, columns: Sequence[str] = (), parts: tuple[int, int] | None = None) -> Iterator[Any]:
        return iter(())

    def scratch(self) -> IO[bytes]:
        return TemporaryFile()

    def at(self, place: str) -> None:
        pass


def inside(function: MapFunction, given: Sequence[Shard]) -> dict[str, float]:
    """CPU seconds by part of the map over the inputs, run here over shards of ``ENOUGH`` bytes in all."""
    watch = Watch()
    made = shards.processors

    def processors(steps: tuple[tuple[str, str], ...]) -> Any:
        with watch.on("load processors and rules"):  # once in a worker's life
            local, late = made(steps)
        return [Watched(each, watch) for each in local], late

    inputs: Inputs = _NoInputs()
    size = 0
    with (
        TemporaryDirectory() as folder,
        replaced(
            shards,
            processors=processors,
            segment=watch.call("segment", segment),
            parse_page=watch.call("parse", parse_page),
            segment_tree=watch.call("segment", segment_tree),
            sketched=watch.call("sketch", shards.sketched),
        ),
        replaced(
            read,
            records=watch.items("read and decode", read.records),
            described=watch.call("read metadata", read.described),
        ),
    ):
        datasets = Datasets(Path(folder))
        started = time.process_time()
        for shard in given:
            if size >= ENOUGH:
                break
            size += sum(file.size for file in shard.payload)
            writers: dict[str, Writer] = {}
            for dataset, rows in function(shard, inputs):
                if dataset not in writers:
                    datasets.begin(dataset)
                    writers[dataset] = Writer(datasets, dataset, shard.name)
                with watch.on("write Parquet"):
                    writers[dataset].write(rows)
            for writer in writers.values():
                writer.close()
        watch.spent["make tables and clean text"] = time.process_time() - started - sum(watch.spent.values())
    return watch.spent


class _Engine(TimedEngine):
    """Looks into the map over the inputs before it is done."""

    def __init__(self, *given: Any) -> None:
        self._local = LocalEngine(*given)
        super().__init__(self._local)
        self.parts: dict[str, float] = {}
        self.aside = 0.0

    def map(
        self, step: str, function: MapFunction, shards: Sequence[Shard], inputs: Sequence[str], outputs: Sequence[str],
        salt: str = "", give_up: bool = False,
    ) -> list[Shard]:  # fmt: skip
        if step == "read":
            clock = Clock()
            self.parts = inside(function, shards)
            self.aside = clock()[0]
        return super().map(step, function, shards, inputs, outputs, salt, give_up)

    def close(self) -> None:
        self._local.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("config")
    parser.add_argument("--inputs", action="append", default=[])
    parser.add_argument("--output")
    parser.add_argument("--set", action="append", default=[], dest="sets")
    given = parser.parse_args()
    config = load(given.config, inputs=given.inputs, output=given.output, sets=given.sets)
    engines: list[_Engine] = []

    def engine(*arguments: Any) -> _Engine:
        engines.append(_Engine(*arguments))
        return engines[-1]

    startup, clock = cpu(os.getpid()), Clock()
    with replaced(run, LocalEngine=engine):
        manifest = run.run(config, fresh=True)
    used = engines[0]
    total = clock()[0] - used.aside
    steps: defaultdict[str, float] = defaultdict(float)
    for step in used.steps:
        steps["counts and checks" if step.kind == "rows" else f"{step.kind} {step.name}"] += step.cpu
    parts = sum(used.parts.values())
    print(f"{manifest['counts']['blocks']:,} blocks, {total:.2f} CPU s; start-up {startup:.2f} CPU s\n")
    print("| step | CPU s | share |\n|---|---|---|")
    for name, spent in steps.items():
        print(f"| {name} | {spent:.2f} | {spent / total:.1%} |")
        if name == "map read":
            for part, share in sorted(used.parts.items(), key=lambda item: -item[1]):
                print(f"| ... {part} | {spent * share / parts:.2f} | {spent * share / parts / total:.1%} |")
    rest = total - sum(steps.values())
    print(f"| the rest: plan, checksums, publishing | {rest:.2f} | {rest / total:.1%} |")


if __name__ == "__main__":
    main()
