"""The floors of the evaluation gates: ``python tests/floors.py [NAME]... [--lower] [--data]`` (``make floors``).

``floors.json`` holds, for each set and mode, the hash of the data that its figures are of, and what they must be at
least or at most. This script measures and raises: a floor that is measured better moves to what was measured, in
thousandths and with half of one to spare; one that is measured worse stays, and the script ends with 1. Only
``--lower`` lets it sink, and only ``--data`` takes other data than the floors were for.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleanpipe.config.load import load
from cleanpipe.run import run
from training.cv import run_folds

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
FILE = Path(__file__).with_name("floors.json")

Floor = dict[str, Any]
Figures = dict[str, float]


def floors() -> dict[str, Floor]:
    """By set and mode: ``measure`` (what score.py is asked), ``input`` (below ../shared), ``set`` (keys of the config),
    ``folds`` (whether fold by fold), ``data`` (path -> hash), ``at_least`` and ``at_most`` (figure -> floor)."""
    found: dict[str, Floor] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def digest(path: Path) -> str:
    """SHA-256, the first 16 digits, of a file; of a folder, of the names and digests of its files."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    whole = hashlib.sha256()
    for each in sorted(path.iterdir()):
        whole.update(each.name.encode() + b"\0" + hashlib.sha256(each.read_bytes()).digest())
    return whole.hexdigest()[:16]


def changed(floor: Floor) -> list[str]:
    """The data that are not what the floor is for."""
    return [path for path, known in floor["data"].items() if digest(SHARED / path) != known]


def made(floor: Floor, out: Path) -> list[Path]:
    """Run the tour's config over a floor's input into ``out``: fold by fold where the models learned from it, each by
    models that have not seen its outlets. The folders of the runs; ``out/corpus`` has all lines."""
    sets = [f"{key}={value}" for key, value in floor["set"].items()]
    if floor.get("folds"):
        return run_folds(SHARED / floor["input"], out, sets)
    config = str(ROOT / "configs" / "scale.yaml")
    manifest = run(load(config, inputs=[str(SHARED / floor["input"])], output=str(out), sets=sets))
    failed = [check["text"] for check in manifest["checks"] if not check["ok"]]
    if failed:
        raise RuntimeError("; ".join(failed))
    return [out]


def measured(floor: Floor, name: str, out: Path) -> Figures:
    """The scorer's figures, those in a mapping by both names; others (lists, examples) are left out."""
    of = [] if floor["measure"] == "seeds" else [name.partition("/")[0]]
    command = [sys.executable, str(SHARED / "eval" / "score.py"), floor["measure"], str(out), *of]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr)
    figures: Figures = {}
    for key, value in json.loads(done.stdout).items():
        more = (
            {f"{key} {below}": number for below, number in value.items()} if isinstance(value, dict) else {key: value}
        )
        figures |= {each: number for each, number in more.items() if isinstance(number, int | float)}
    return figures


def below(floor: Floor, figures: Mapping[str, float]) -> list[str]:
    """What misses its floor, a sentence each."""
    least = [
        f"{key} is {figures[key]}, the floor is {value}"
        for key, value in floor["at_least"].items()
        if figures[key] < value
    ]
    most = [
        f"{key} is {figures[key]}, at most {value} is allowed"
        for key, value in floor["at_most"].items()
        if figures[key] > value
    ]
    return least + most


def raised(floor: Floor, figures: Mapping[str, float], lower: bool = False) -> Floor:
    """The floor as these figures make it: never lower than it was, unless ``lower``."""
    least = {key: _down(figures[key]) for key in floor["at_least"]}
    most = {key: figures[key] for key in floor["at_most"]}
    if not lower:
        least = {key: max(value, floor["at_least"][key]) for key, value in least.items()}
        most = {key: min(value, floor["at_most"][key]) for key, value in most.items()}
    return floor | {"at_least": least, "at_most": most}


def _down(figure: float) -> float:
    """A share in thousandths with room for half of one at least: the last digit may depend on a library's version."""
    return figure if isinstance(figure, int) else math.floor(round(figure * 1000 - 0.5, 6)) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure, and raise the floors of the evaluation gates.")
    parser.add_argument("names", nargs="*", help="sets and modes, such as fundus/pages; all if none is given")
    parser.add_argument("--lower", action="store_true", help="let floors sink to what is measured")
    parser.add_argument("--data", action="store_true", help="take the data as they are now; their hashes are written")
    given = parser.parse_args()
    known = floors()
    if unknown := set(given.names) - known.keys():
        parser.error(f"no floor {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if not SHARED.is_dir():
        parser.error(f"the reference sets are not there: {SHARED}")
    failed = False
    for name in given.names or known:
        floor = known[name]
        if given.data:
            floor["data"] = {path: digest(SHARED / path) for path in floor["data"]}
        elif other := changed(floor):
            print(f"{name}: {', '.join(other)}: other data than the floors are for; --data takes them")
            failed = True
            continue
        with tempfile.TemporaryDirectory() as folder:
            made(floor, Path(folder) / "out")
            figures = measured(floor, name, Path(folder) / "out")
        missed = below(floor, figures)
        new = raised(floor, figures, given.lower)
        for side in ("at_least", "at_most"):
            for key, value in new[side].items():
                moved = f" -> {value}" if value != floor[side][key] else ""
                print(f"{name}  {key}  measured {figures[key]}  floor {floor[side][key]}{moved}", flush=True)
        if missed and not given.lower:
            print(f"{name}: " + "; ".join(missed) + "; LOWER=1 lowers the floor")
            failed = True
        known[name] = new
    FILE.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(failed)


if __name__ == "__main__":
    main()
