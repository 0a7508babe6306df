"""Cross-validation: ``python -m training.cv FOLDER`` trains the models of each fold without the fold's outlets into
``FOLDER/fold-N``, which the evaluation gate and docs/quality.md use by ``models:``."""

from __future__ import annotations

from pathlib import Path

import click

from training.data import FOLDS, rows
from training.train import EVAL, train


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=EVAL, help="The reference sets.")
def main(folder: Path, data: Path) -> None:
    """Train the models of each fold and write them into FOLDER/fold-N."""
    pages, lines = rows(data)
    for fold in range(FOLDS):
        of_fold = folder / f"fold-{fold}"
        of_fold.mkdir(parents=True, exist_ok=True)
        for name, forest in train(pages, lines, without=fold):
            forest.save(of_fold / f"{name}.npz")
        click.echo(str(of_fold))


if __name__ == "__main__":
    main()
