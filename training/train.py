"""Train the block models: ``python -m training.train FOLDER`` writes one ``.npz`` a model, the same bytes each time.

Gradient-boosted trees by LightGBM (Ke et al. 2017, https://papers.nips.cc/paper/6907), a few seeds averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import lightgbm
import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned.forest import Forest
from cleanpipe.clean.learned.models import FEATURES
from training.data import Rows, rows

#: Where the reference sets stand, if nobody says otherwise.
EVAL = Path(__file__).parents[2] / "shared" / "eval"
SEEDS = (1, 2, 3)
ROUNDS = 100
PARAMETERS = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
    "max_bin": 63,
    # The same trees on every machine.
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


def train(pages: Rows, lines: Rows, without: int | None = None) -> Iterator[tuple[str, Forest]]:
    """The models by name, trained on all folds but ``without``."""
    width = len(FEATURES["page"])
    article = pages.kind > 0
    yield "page", _forest("page", pages.features[:, :width], article, pages, without)
    yield "vote", _forest("vote", pages.features, article, pages, without)
    some = Rows(pages.features[article], pages.kind[article], pages.weight[article], pages.fold[article])
    yield "standfirst", _forest("standfirst", some.features[:, :width], some.kind == 2, some, without, ROUNDS // 2)
    yield "text", _forest("text", lines.features, lines.kind > 0, lines, without)


def _forest(
    name: str, features: NDArray[np.float32], labels: NDArray[np.bool_], given: Rows, without: int | None,
    rounds: int = ROUNDS,
) -> Forest:  # fmt: skip
    boosters = boost(features, labels, given, without, rounds)
    return averaged(FEATURES[name], boosters)


def boost(
    features: NDArray[np.float32], labels: NDArray[np.bool_], given: Rows, without: int | None, rounds: int = ROUNDS
) -> list[lightgbm.Booster]:
    """One model a seed."""
    chosen = given.weight > 0
    if without is not None:
        chosen &= given.fold != without
    data = lightgbm.Dataset(
        features[chosen], label=labels[chosen].astype(np.int64), weight=given.weight[chosen], params=dict(PARAMETERS)
    )
    return [lightgbm.train(PARAMETERS | {"seed": seed}, data, rounds) for seed in SEEDS]


def averaged(columns: Sequence[str], boosters: Sequence[lightgbm.Booster]) -> Forest:
    """One forest whose log-odds are the mean of the models'."""
    nodes: list[tuple[int, float, int, int, float]] = []
    roots = []
    for booster in boosters:
        for tree in booster.dump_model()["tree_info"]:
            roots.append(_add(nodes, tree["tree_structure"], 1 / len(boosters)))
    feature, threshold, left, right, value = zip(*nodes, strict=True)
    return Forest(
        tuple(columns), np.array(feature, np.int32), np.array(threshold), np.array(left, np.int32),
        np.array(right, np.int32), np.array(value), np.array(roots, np.int32),
    )  # fmt: skip


def _add(nodes: list[tuple[int, float, int, int, float]], node: Any, share: float) -> int:
    """Append a node and what is below it; its place."""
    at = len(nodes)
    if "leaf_value" in node:
        nodes.append((-1, 0.0, at, at, node["leaf_value"] * share))
        return at
    assert node["decision_type"] == "<=" and node["missing_type"] == "None"
    nodes.append((0, 0.0, 0, 0, 0.0))
    left = _add(nodes, node["left_child"], share)
    right = _add(nodes, node["right_child"], share)
    nodes[at] = (node["split_feature"], node["threshold"], left, right, node["internal_value"] * share)
    return at


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=EVAL, help="The reference sets.")
def main(folder: Path, data: Path) -> None:
    """Train the models on all of the reference sets and write them into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, forest in train(*rows(data)):
        forest.save(folder / f"{name}.npz")
        click.echo(f"{folder / name}.npz: {len(forest.roots)} trees, {len(forest.feature)} nodes")


if __name__ == "__main__":
    main()
