"""Cross-validation over outlets: models of each fold that have not seen its outlets, and runs by them.

``python -m training.cv train`` writes the models into ``training/folds``. ``python -m training.cv run SET/INPUT OUT``
runs each fold's pages with the fold's models; every figure and floor of what was learned is of such runs.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click

from cleanpipe.config.load import load
from cleanpipe.run import run
from training.data import FOLDS, Rows, fold_of, rows, truths
from training.train import EVAL, train

MODELS = Path(__file__).parent / "folds"
CONFIG = Path(__file__).parents[1] / "configs" / "scale.yaml"


@click.group()
def main() -> None:
    """Models of each fold, and runs by them."""


@main.command("train")
@click.argument("folder", type=click.Path(path_type=Path), default=MODELS)
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=EVAL, help="The reference sets.")
def train_folds(folder: Path, data: Path) -> None:
    """Train the models of each fold and write them into FOLDER/fold-N."""
    pages, lines = rows(data)
    with ProcessPoolExecutor(initializer=_hold, initargs=(pages, lines)) as pool:
        for made in pool.map(partial(_train, folder), range(FOLDS)):
            click.echo(str(made))


@main.command("run")
@click.argument("source")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=EVAL, help="The reference sets.")
@click.option("--models", type=click.Path(exists=True, path_type=Path), default=MODELS, help="Models of the folds.")
@click.option("--set", "sets", multiple=True, metavar="KEY=YAML", help="Keys of the config.")
def run_command(source: str, out: Path, data: Path, models: Path, sets: tuple[str, ...]) -> None:
    """Run SET/INPUT (fundus/pages, say) fold by fold into OUT/fold-N; OUT/corpus has all pages."""
    run_folds(data / source, out, sets, models)


def run_folds(source: Path, out: Path, sets: Iterable[str] = (), models: Path = MODELS) -> list[Path]:
    """Clean each fold of ``source`` (a set's folder of pages or its dumps) by the models that have not seen its
    outlets, into ``out/fold-N`` (from ``out/input-N``); all their lines together are in ``out/corpus``. The folders of
    the runs."""
    known = {key: fold_of(truth["url"]) for key, truth in truths(source.parent.parent, source.parent.name).items()}
    (out / "corpus").mkdir(parents=True)
    made = []
    for fold in range(FOLDS):
        keys = {key for key, of_page in known.items() if of_page == fold}
        part = out / f"input-{fold}"
        part.mkdir()
        _copy(source, keys, part)
        of_fold = out / f"fold-{fold}"
        given = [*sets, f"models={models / of_fold.name}"]
        run(load(str(CONFIG), inputs=[str(part)], output=str(of_fold), sets=given))
        for path in (of_fold / "corpus").iterdir():
            shutil.copy(path, out / "corpus" / f"{fold}-{path.name}")
        made.append(of_fold)
    return made


def _copy(source: Path, keys: set[str], folder: Path) -> None:
    """The pages, or the lines of the dumps, of these ids."""
    if source.is_dir():
        for path in source.iterdir():
            if path.name.partition(".html")[0] in keys:
                shutil.copy(path, folder / path.name)
        return
    with gzip.open(source, "rt", encoding="utf-8") as lines, (folder / "part.jsonl").open("w", encoding="utf-8") as to:
        to.writelines(line for line in lines if json.loads(line)["id"] in keys)


_held: list[Rows] = []  # of the worker


def _hold(*given: Rows) -> None:
    _held[:] = given


def _train(folder: Path, fold: int) -> Path:
    made = folder / f"fold-{fold}"
    made.mkdir(parents=True, exist_ok=True)
    for name, forest in train(_held[0], _held[1], without=fold):
        forest.save(made / f"{name}.npz")
    return made


if __name__ == "__main__":
    main()
