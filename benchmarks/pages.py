"""Pages and text dumps, from bytes to the written corpus: ``python -m benchmarks.pages FOLDER... [--texts FILE...]``.

The pages are laid out ``--fewer`` times and ``--times`` times (copies in folders of their own), and a whole run over
each is timed in a process of its own: CPU seconds of it and all it starts. What one page costs is the slope between the
two, so that start-up does not count; beside it, in the same way, reading the same files and
``trafilatura.extract(include_comments=False)``. ``--distinct`` makes each copy another article: other addresses, and
the letters of every longer word moved round, so that none is a version of another. ``--workers 1 2`` times each number
of workers ``--repeat`` times and gives medians; ``--extract full fast`` both modes.

``--texts``: lines that all processors of the map mark in a CPU second, of records of JSON Lines.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.clock import Peak, cpu
from cleanpipe import read, run, shards
from cleanpipe.config.load import load
from cleanpipe.engine.pool import begin
from cleanpipe.model import Batch, Document, Preparing, Processor, Record
from cleanpipe.segment import segment

_TEXT = re.compile(r"(<(script|style)\b.*?</\2>)|>[^<]+", re.IGNORECASE | re.DOTALL)
_LONG_WORD = re.compile(r"\b[^\W\d_]{6,}\b")
_SITE = re.compile(r"(https?:(?:\\?/){2}[\w.-]+)")


class Cost(NamedTuple):
    cpu: float
    wall: float
    peak: int  # bytes


def lay_out(folders: list[Path], into: Path, times: int, distinct: bool) -> int:
    """Copies of the pages in ``into``; how many pages that are."""
    count = 0
    for copy in range(times):
        for folder in folders:
            place = into / f"{copy:03}" / folder.parent.name
            place.mkdir(parents=True)
            for page in sorted(folder.iterdir()):
                data = page.read_bytes()
                if distinct and copy:
                    data = _other(data, copy)
                (place / page.name).write_bytes(data)
                count += 1
    return count


def _other(data: bytes, copy: int) -> bytes:
    """Another article of the same shape and size."""
    packed = data[:2] == b"\x1f\x8b"
    markup = (gzip.decompress(data) if packed else data).decode("utf-8", "surrogateescape")

    def moved(word: re.Match[str]) -> str:
        turn = copy % len(word[0])
        return word[0][turn:] + word[0][:turn]

    markup = _TEXT.sub(lambda found: found[0] if found[1] else _LONG_WORD.sub(moved, found[0]), markup)
    data = _SITE.sub(rf"\1/copy{copy}", markup).encode("utf-8", "surrogateescape")
    return gzip.compress(data, 9, mtime=0) if packed else data


def cost(*arguments: str) -> Cost:
    """What this module costs when it is run on its own with these arguments."""
    command = [sys.executable, "-m", "benchmarks.pages", "--alone", *arguments]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = Peak(process.pid, every=1.0)
    said, _ = process.communicate()
    wall, highest = time.perf_counter() - started, peak.stop()
    if process.returncode:
        raise SystemExit(process.returncode)
    return Cost(float(said.split()[-1]), wall, highest)


def alone(what: str, folder: str, workers: str, extract: str) -> float:
    """CPU seconds of this process and all it has started, once the work is done."""
    if what == "trafilatura":
        import trafilatura

        for page in sorted(Path(folder).rglob("*.*")):
            data = page.read_bytes()
            trafilatura.extract(gzip.decompress(data) if page.suffix == ".gz" else data, include_comments=False)
    else:
        with TemporaryDirectory() as out:
            sets = ["profile=body", f"workers={workers}", f"extract={extract}", "limits.quarantine=100%"]
            run.run(load("configs/pages.yaml", inputs=[folder], output=f"{out}/out", sets=sets))
    return cpu(os.getpid())


def marking(local: list[Processor], batch: Batch) -> float:
    """CPU seconds."""
    for processor in local:
        if isinstance(processor, Preparing):
            processor.prepare(batch)
    batch = Batch(batch.documents)  # what is kept with a batch is made anew
    started = time.process_time()
    shards.mark(local, batch)
    return time.process_time() - started


def lines_a_second(files: list[Path]) -> Iterator[tuple[str, int, float]]:
    """(file, lines, CPU seconds) of marking texts by all processors of the map, in a process like a run's workers."""
    begin()
    config = load("configs/scale.yaml")
    local, _ = shards.processors(tuple((step.name, step.settings.model_dump_json()) for step in config.clean))
    for file in files:
        (given,) = read.plan([read.InputSpec(str(file), {}, {})], "").shards[:1]
        found = [item for each in given[1] for item in read.read(each, read.Limits()) if isinstance(item, Record)]
        batches = [
            Batch(tuple(Document(read.doc_key(r), r, segment(r.text)) for r in found[start : start + 256]))
            for start in range(0, len(found), 256)
        ]
        marking(local, batches[0])  # compiles patterns and loads kernels
        spent = sum(marking(local, batch) for batch in batches)
        lines = sum(len(document.blocks) for batch in batches for document in batch)
        yield file.parent.name + "/" + file.name, lines, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--texts", nargs="*", type=Path, default=[])
    parser.add_argument("--fewer", type=int, default=1)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--workers", nargs="*", type=int, default=[1])
    parser.add_argument("--extract", nargs="*", choices=["full", "fast"], default=["full"])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--alone", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        print(alone(*given.alone))
        return
    for name, lines, spent in lines_a_second(given.texts):
        print(f"{name}: {lines:,} lines, {lines / spent:,.0f} lines a CPU second")
    if given.folders:
        print(json.dumps(pages(given), indent=1))


def pages(given: Any) -> dict[str, Any]:
    """The figures of whole runs over the pages."""
    found: dict[str, Any] = {}
    with TemporaryDirectory() as scratch:
        sizes = [
            (copies := Path(scratch) / str(times), lay_out(given.folders, copies, times, given.distinct))
            for times in (given.fewer, given.times)
        ]
        more = sizes[1][1] - sizes[0][1]
        runs = [("run", str(workers), extract) for workers in given.workers for extract in given.extract]
        kinds = [("trafilatura", "1", ""), *runs]
        costs: dict[tuple[str, str, str], list[tuple[Cost, Cost]]] = {kind: [] for kind in kinds}
        for _ in range(given.repeat):
            for kind in kinds:
                few, many = (cost(kind[0], str(folder), *kind[1:]) for folder, _ in sizes)
                costs[kind].append((few, many))
        for (what, workers, extract), rounds in costs.items():
            found[what if what == "trafilatura" else f"{what}, {extract}, workers: {workers}"] = {
                "pages": [size for _, size in sizes],
                "CPU ms a page": round(statistics.median(1e3 * (b.cpu - a.cpu) / more for a, b in rounds), 2),
                "wall ms a page": round(statistics.median(1e3 * (b.wall - a.wall) / more for a, b in rounds), 2),
                "peak MiB": [max(r[size].peak for r in rounds) >> 20 for size in (0, 1)],
                "CPU s": [[round(c.cpu, 1) for c in r] for r in rounds],
            }
    base = found["trafilatura"]["CPU ms a page"]
    for figures in found.values():
        figures["of trafilatura's CPU"] = round(figures["CPU ms a page"] / base, 3)
    return found


if __name__ == "__main__":
    main()
