"""The model's votes as marks: how likely a block is part of the article, and which features say so most."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned.forest import Floats, Forest
from cleanpipe.model import Document, Mark

_STRONGEST = 3
#: Blocks that are less likely part of the article bear no mark: the decision says that the model left them out.
LEAST = 0.05


def vote(
    document: Document, row: int, chosen: NDArray[np.intp], found: NDArray[np.float64], forest: Forest, rows: Floats,
    name: str,
) -> Iterator[Mark]:  # fmt: skip
    """A vote on each of the ``chosen`` blocks with its probability ``found``.

    The evidence names the features that say most in ``forest`` (of ``rows``), with what they add to the log-odds.
    """
    said = forest.said(rows[chosen])
    strongest = np.argsort(-np.abs(said), axis=1, kind="stable")[:, :_STRONGEST]
    for place, i in enumerate(chosen.tolist()):
        block, share = document.blocks[i], round(float(found[i]), 4)
        because = ", ".join(f'"{forest.columns[k]}": {said[place, k]:.2f}' for k in strongest[place])
        yield Mark(
            row, block.number, block.start, block.end, name, f"{name}/article@1", "vote", "strong", "model",
            f"The model gives it {share:.0%} to be part of the article.", score=share,
            evidence=f'{{"features": {{{because}}}}}',
        )  # fmt: skip
