"""Cleaning quality beside other tools, by the same scorer: ``python -m benchmarks.quality``.

Each tool reads the same pages, or the same text dumps of them, and writes a corpus; each corpus is scored as
``score.py body`` scores it. Prints a Markdown table a set with F1, precision, recall and the difference of F1 to
the best of the others, each with its interval (95 %, outlets drawn again 1,000 times), and writes ``quality.json``. The
peers' environment, ``benchmarks/.venv``, is made by the first call.

``--found NAME=FOLDER`` scores what is already there: FOLDER holds a run, or runs that each hold a part of the pages, as
those of a cross-validation do, where each part was cleaned by a model that had not seen its outlets.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.dedup import ENVIRONMENT, Failed, install, machine
from benchmarks.evaluation import EVAL, INPUTS, RESAMPLES, ROOT, SETS, Score, measures, resampled, scores, table, texts
from benchmarks.extractors import PACKAGES, TOOLS
from cleanpipe import __version__

#: Ours: name -> (what it reads, keys of the config that are set beside ``profile: body``). A mode more is a line more.
MODES: dict[str, tuple[str, tuple[str, ...]]] = {
    "cleanpipe": ("pages", ()),
    "cleanpipe, fast": ("pages", ("extract=fast",)),
    "cleanpipe, text": ("rawtext", ()),
}
#: Tools that are shown on dumps, where they have no markup to read.
ON_DUMPS = ("trafilatura", "jusText", "C4 rule", "all that is visible")
#: Differences are to this tool's F1 on the same input: the best of the others.
BASES = {"pages": "trafilatura", "rawtext": "C4 rule"}
COLUMNS = ("tool", "F1", "precision", "recall", "F1 over {base}", "pages below recall .7")
_LOST = 0.7

Draws = NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """A tool on an input: the scores of its pages, or why there are none."""

    tool: str
    version: str
    pages: tuple[Score, ...] = ()
    failed: str = ""

    @property
    def lost(self) -> int:
        """Pages of which less than .7 was found."""
        recall = measures(table(self.pages)[:, None, :].sum(axis=1))[:, 2]
        return int((recall < _LOST).sum())


def ours(source: Path, out: Path, keys: Sequence[str]) -> None:
    """Runs with the tour's config, the profile ``body`` and these keys, each fold by models that have not seen it."""
    sets = [part for key in ("profile=body", *keys) for part in ("--set", key)]
    shutil.rmtree(out, ignore_errors=True)
    name = str(source.relative_to(EVAL))
    command = [sys.executable, "-m", "training.cv", "run", name, str(out), "--data", str(EVAL), *sets]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["cleanpipe failed"])[-1])


def peer(name: str, source: Path, out: Path) -> str:
    """Another tool's corpus in ``out``; its version."""
    python, package = install(PACKAGES.get(name, name)), PACKAGES.get(name, name)
    shutil.rmtree(out, ignore_errors=True)
    command = [str(python), "-m", "benchmarks.extractors", name, str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["it failed"])[-1])
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    told = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    return f"(text by {package} {told})" if package != name else told


def contestants(
    name: str, kind: str, folder: Path, peers: Sequence[str], found: Sequence[tuple[str, Path]]
) -> Iterator[Result]:
    """Each tool's scores on an input of a set, ours first, then what was found before."""
    source = EVAL / name / INPUTS[kind]
    for mode, (reads, keys) in MODES.items():
        if reads != kind:
            continue
        out = folder / f"{name}-{kind}-{mode.replace(', ', '-')}"
        try:
            ours(source, out, keys)
            yield Result(mode, __version__, tuple(scores(name, texts(out))))
        except Failed as reason:
            yield Result(mode, __version__, failed=str(reason))
    for label, place in found:
        outs = [each.parent for each in sorted(place.glob("**/corpus"))]
        merged = {page: text for each in outs for page, text in texts(each).items()}
        yield Result(label, __version__, tuple(scores(name, merged)))
    for tool in peers:
        if kind == "rawtext" and tool not in ON_DUMPS:
            continue
        out = folder / f"{name}-{kind}-{tool.replace(' ', '-')}"
        try:
            version = peer(tool, source, out)
            yield Result(tool, version, tuple(scores(name, texts(out))))
        except Failed as reason:
            yield Result(tool, "", failed=str(reason))


def interval(draws: Draws) -> str:
    """95 % of the draws."""
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"({_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


def cells(result: Result, base: Result | None, name: str) -> list[str]:
    """A row of the table."""
    title = f"{result.tool} {result.version}".strip()
    if result.failed:
        return [title, result.failed, *[""] * (len(COLUMNS) - 2)]
    values, draws = measures(table(result.pages).sum(axis=0)), resampled(result.pages)
    shown = [f"{_short(value)} {interval(draws[:, n])}" for n, value in enumerate(values)]
    gain = ""
    if base is not None and base.tool != result.tool:
        more = values[0] - measures(table(base.pages).sum(axis=0))[0]
        gain = f"{'+' if more >= 0 else ''}{_short(more)} {interval(draws[:, 0] - resampled(base.pages)[:, 0])}"
    return [title, *shown, gain, str(result.lost) if name == "fundus" else ""]  # trafi has few snippets a page


def as_json(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {"tool": result.tool, "version": result.version, "failed": result.failed}
    if not result.failed:
        values, draws = measures(table(result.pages).sum(axis=0)), resampled(result.pages)
        for n, measure in enumerate(("f1", "precision", "recall")):
            low, high = np.quantile(draws[:, n], (0.025, 0.975))
            found[measure] = {
                "value": round(float(values[n]), 4),
                "interval": [round(float(low), 4), round(float(high), 4)],
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Cleaning quality beside other tools, by the same scorer.")
    parser.add_argument("--set", dest="sets", choices=SETS, action="append", help="only this set; can be repeated")
    parser.add_argument("--input", dest="kinds", choices=INPUTS, action="append", help="only pages, or only rawtext")
    parser.add_argument("--peers", default="all", help="none, all, or some of: " + ", ".join(TOOLS))
    parser.add_argument(
        "--found", nargs=3, action="append", default=[], metavar=("NAME", "SET/INPUT", "FOLDER"),
        help="score the runs in FOLDER as well: --found 'out of fold' fundus/pages out/cv",
    )  # fmt: skip
    parser.add_argument("--folder", type=Path, default=ROOT / "out" / "quality", help="where the corpora are written")
    given = parser.parse_args()
    peers = {"none": [], "all": list(TOOLS)}.get(given.peers, given.peers.split(","))
    if unknown := set(peers) - TOOLS.keys():
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    if not EVAL.is_dir():
        parser.error(f"the reference sets are not there: {EVAL}")
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"{machine()}; intervals: 95 % of {RESAMPLES:,} draws of outlets; the peers run in {ENVIRONMENT.name}\n")
    written: dict[str, Any] = {}
    for name in given.sets or SETS:
        for kind in given.kinds or INPUTS:
            found = [(label, Path(place)) for label, where, place in given.found if where == f"{name}/{kind}"]
            results = list(contestants(name, kind, given.folder, peers, found))
            results.sort(key=lambda each: -measures(table(each.pages).sum(axis=0))[0] if each.pages else 0.0)
            base = next((each for each in results if each.tool == BASES[kind] and not each.failed), None)
            print(f"**{name}, {kind}**, {max((len(each.pages) for each in results), default=0)} pages\n")
            titles = " | ".join(COLUMNS).format(base=BASES[kind])
            print(f"| {titles} |\n|" + "---|" * len(COLUMNS))
            for result in results:
                print("| " + " | ".join(cells(result, base, name)) + " |")
            print(flush=True)
            written[f"{name}/{kind}"] = [as_json(each) for each in results]
    (given.folder / "quality.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
