"""The model's votes as marks: how likely a block is part of the article, and which features say so most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned.forest import Floats, Forest
from cleanpipe.model import Document, Mark

_STRONGEST = 3
#: Blocks that are less likely part of the article bear no mark: the decision says that the model left them out.
LEAST = 0.05
VOTED = 0.5  # from here on a block is voted for


def likely(found: NDArray[np.float64]) -> NDArray[np.intp]:
    """The blocks that are voted on, by the probabilities of all; none where no block is rather of the article than not:
    what the model does not see an article in, it leaves to others."""
    return np.flatnonzero(found >= LEAST) if (found >= VOTED).any() else np.empty(0, np.intp)


def vote(
    document: Document, row: int, chosen: NDArray[np.intp], found: NDArray[np.float64], forests: Sequence[Forest],
    rows: Floats, name: str,
) -> Iterator[Mark]:  # fmt: skip
    """A vote on each of the ``chosen`` blocks with its probability ``found``.

    The evidence names the features that say most, with what they add to the log-odds, in the mean over ``forests``.
    Of ``rows`` each forest reads the first columns; the last one reads all.
    """
    said = np.zeros((len(chosen), rows.shape[1]))
    for forest in forests:
        width = len(forest.columns)
        said[:, :width] += forest.said(rows[chosen, :width]) / len(forests)
    columns = forests[-1].columns
    strongest = np.argsort(-np.abs(said), axis=1, kind="stable")[:, :_STRONGEST]
    for place, i in enumerate(chosen.tolist()):
        block, share = document.blocks[i], round(float(found[i]), 4)
        because = ", ".join(f'"{columns[k]}": {said[place, k]:.2f}' for k in strongest[place])
        yield Mark(
            row, block.number, block.start, block.end, name, f"{name}/article@1", "vote", "strong", "model",
            f"The model gives it {share:.0%} to be part of the article.", score=share,
            evidence=f'{{"features": {{{because}}}}}',
        )  # fmt: skip
