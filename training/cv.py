"""Cross-validation: ``python -m training.cv FOLDER`` trains the models of each fold without the fold's outlets into
``FOLDER/fold-N``, which the evaluation gate and docs/quality.md use by ``models:``."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click

from training.data import FOLDS, Rows, rows
from training.train import EVAL, train


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=EVAL, help="The reference sets.")
def main(folder: Path, data: Path) -> None:
    """Train the models of each fold and write them into FOLDER/fold-N."""
    pages, lines = rows(data)
    with ProcessPoolExecutor(initializer=_hold, initargs=(pages, lines)) as pool:
        for made in pool.map(partial(_train, folder), range(FOLDS)):
            click.echo(str(made))


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
