"""Time deduplicators on the same paragraphs, each in its own process: ``python -m benchmarks.dedup 10k --peers all``.

Prints a Markdown table and writes ``results.json`` beside the paragraphs. See ``docs/benchmarks.md`` for what the
columns mean. The peers' environment, ``benchmarks/.venv``, is made by the first call that names a peer.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.clock import Peak
from benchmarks.generate import About, count, made, parts, texts, trigrams
from benchmarks.peers import PACKAGES, TOOLS
from cleanpipe import __version__

ROOT = Path(__file__).parents[1]
ENVIRONMENT = Path(__file__).with_name(".venv")
#: One thread in whatever has a pool of its own.
SINGLE = dict.fromkeys(("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
#: Reported pairs whose true Jaccard is computed.
SAMPLE = 5_000
#: Lower bounds of the Jaccard bands that recall is given for; the last ends at 1.
BANDS = (0.5, 0.6, 0.8)

Pairs = NDArray[np.int64]


class Failed(Exception):
    """A tool could not be installed, or did not finish; the reason in a line."""


@dataclass(frozen=True)
class Score:
    """``recall`` of planted pairs by lower bound of their band, of repeats and of variants of the one sentence: the
    share that reported pairs connect. ``precision``: the share of reported pairs at a Jaccard of .5 and more."""

    pairs: int
    recall: dict[str, float]
    precision: float


def components(nodes: int, pairs: Pairs) -> NDArray[np.int64]:
    """For each node the smallest node that pairs connect it with."""
    label = np.arange(nodes)
    while True:
        low = np.minimum(label[pairs[:, 0]], label[pairs[:, 1]])
        before = label.copy()
        for side in (0, 1):
            np.minimum.at(label, before[pairs[:, side]], low)
            np.minimum.at(label, pairs[:, side], low)
        label = label[label]
        if np.array_equal(label, before):
            return label


def score(folder: Path, about: About, pairs: Pairs) -> Score:
    """Reported pairs against the planted truth."""
    label = components(about.paragraphs, pairs)
    found: dict[str, list[bool]] = {}
    with (folder / "truth.tsv").open(encoding="utf-8") as truth:
        for line in truth:
            a, b, kind, shared, union = line.split("\t")
            jaccard = int(shared) / int(union)
            if jaccard >= BANDS[0]:
                band = f"{max(bound for bound in BANDS if bound <= jaccard):g}"
                name = kind if kind in ("repeat", "giant") else band
                found.setdefault(name, []).append(bool(label[int(a)] == label[int(b)]))
    unique = np.unique(np.sort(pairs, axis=1), axis=0)
    sample = unique[np.linspace(0, len(unique) - 1, min(SAMPLE, len(unique))).astype(np.int64)]
    wanted = set(sample.ravel().tolist())
    sets = {number: trigrams(text) for number, text in enumerate(texts(parts(folder))) if number in wanted}
    good = [3 * len(sets[a] & sets[b]) >= len(sets[a]) + len(sets[b]) for a, b in sample.tolist()]
    recall = {name: sum(hits) / len(hits) for name, hits in sorted(found.items())}
    return Score(len(unique), recall, sum(good) / len(good) if good else 1.0)


def measure(command: Sequence[str], folder: Path, scratch: Path) -> dict[str, Any]:
    """Run a contestant, which prints ``start`` and ``stop``; what it found, with the peak memory between the two."""
    scratch.mkdir(parents=True)
    with (scratch / "errors.txt").open("w") as errors:
        process = subprocess.Popen(
            [*command, str(folder), str(scratch)],
            stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT, env=os.environ | SINGLE,
        )  # fmt: skip
        assert process.stdout
        peak = Peak(process.pid)
        highest = 0
        for line in process.stdout:
            if line == "start\n":
                peak.restart()
            elif line == "stop\n":
                highest = peak.stop()
        failed = process.wait()
        peak.stop()
        if failed:
            lines = (scratch / "errors.txt").read_text(errors="replace").splitlines()
            raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
            raise Failed(raised[-1] if raised else f"exit code {failed}")
    found: dict[str, Any] = json.loads((scratch / "found.json").read_text(encoding="utf-8"))
    return found | {"peak_rss": highest}


def install(name: str) -> Path:
    """The interpreter of the environment of the peers, with what the tool needs."""
    package = PACKAGES.get(name, name)
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    lines = (Path(__file__).with_name("peers.txt")).read_text(encoding="utf-8").splitlines()
    needs = next(line.split() for line in lines if line.startswith(package))
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"cannot be installed: {(done.stderr.strip().splitlines() or ['pip failed'])[-1]}")
    return python


def contestants(peers: Sequence[str], workers: int) -> Iterator[tuple[str, str, list[str]]]:
    """(name, version, command without its folders), each just before its turn; with a reason where it has none."""
    own = [sys.executable, "-m", "benchmarks.stage", "--workers", str(workers)]
    yield "cleanpipe", __version__, own
    for name in peers:
        try:
            python = install(name)
        except Failed as reason:
            yield name, str(reason), []
            continue
        ask = f"from importlib.metadata import version; print(version({PACKAGES.get(name, name)!r}))"
        told = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
        yield name, told, [str(python), "-m", "benchmarks.peers", name]


def machine() -> str:
    cpus = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    processor = cpus[0].partition(": ")[2] if cpus else platform.machine()
    python = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, {python}"


def row(result: dict[str, Any], about: About) -> list[str]:
    if "failed" in result:
        return [result["name"], result["failed"], *[""] * (len(COLUMNS) - 2)]
    true = result.get("true_found", result["score"]["pairs"] * result["score"]["precision"])
    recall = result["score"]["recall"]
    return [
        f"{result['name']} {result['version']}",
        f"{result['cpu']:.1f}",
        f"{result['wall']:.1f}",
        f"{about.paragraphs / result['cpu']:,.0f}",
        f"{about.bytes / 1e6 / result['cpu']:.1f}",
        f"{result['peak_rss'] / 2**20:,.0f}",
        f"{result['startup_cpu']:.1f}",
        *(f"{recall[name]:.4f}" if name in recall else "" for name in ("repeat", "0.5", "0.6", "0.8")),
        f"{result['score']['precision']:.4f}",
        f"{result['candidates'] / true:.2f}" if result["candidates"] >= 0 and true else "?",
    ]


COLUMNS = (
    "tool", "CPU s", "wall s", "paragraphs/s", "MB/s", "peak MiB", "start-up CPU s", "recall repeats", ".5-.6", ".6-.8",
    ".8-1", "precision", "candidates per true pair",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("size", type=count, help="paragraphs: 10k, 100k, 1M, 10M")
    parser.add_argument("--peers", default="none", help=f"none, all, or some of: {','.join(TOOLS)}")
    parser.add_argument("--folder", type=Path, default=ROOT / "out" / "benchmarks", help="where the paragraphs lie")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="of cleanpipe; the peers run in one process")
    parser.add_argument("--steps", action="store_true", help="also print what each step of cleanpipe costs")
    given = parser.parse_args()
    peers = {"none": [], "all": list(TOOLS)}.get(given.peers, given.peers.split(","))
    if unknown := set(peers) - TOOLS.keys():
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")

    folder = given.folder / f"{given.size}-{given.seed}"
    about = made(folder, given.size, given.seed)
    print(f"{about.paragraphs:,} paragraphs, {about.bytes / 1e6:.1f} MB; {machine()}\n")
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    results = []
    for name, told, command in contestants(peers, given.workers):
        scratch = folder / "scratch"
        for left in (scratch, folder / f"failed-{name}"):
            shutil.rmtree(left, ignore_errors=True)
        result: dict[str, Any] = {"name": name, "version": told}
        try:
            if not command:
                raise Failed(told)
            result |= measure(command, folder, scratch)
            pairs = np.load(scratch / "links.npy")
            result["score"] = asdict(score(folder, about, pairs))
            shutil.rmtree(scratch)
        except Failed as reason:
            result["failed"] = str(reason)
            if scratch.exists():  # with what it said, and what it had made
                scratch.rename(folder / f"failed-{name}")
        results.append(result)
        print("| " + " | ".join(row(result, about)) + " |", flush=True)
    if given.steps:
        print("\n| step of cleanpipe | CPU s |\n|---|---|")
        for step in results[0].get("steps", []):
            print(f"| {step['kind']} {step['name']} | {step['cpu']:.2f} |")
    written = {"machine": machine(), "about": asdict(about), "workers": given.workers, "results": results}
    (folder / "results.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
