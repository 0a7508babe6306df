"""The model's votes as marks: how likely a block is part of the article, and which features say so most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.learned.forest import Floats, Forest, expected, kernels_pay
from cleanpipe.model import Batch, Mark

_STRONGEST = 3
#: Blocks that are less likely part of the article bear no mark: the decision says that the model left them out.
LEAST = 0.05
VOTED = 0.5  # from here on a block is voted for


#: Rows of features that are held at a time, unless one document has more.
_ROWS = 4096


def expect(batch: Batch) -> None:
    """Says that the blocks of a batch are to be voted on. When they pay, the kernels are compiled or loaded: all of
    them, before the time of documents counts."""
    if expected(sum(len(document.blocks) for document in batch)):
        from cleanpipe.clean.learned import warm

        warm.up()


def parts(batch: Batch, rows: Sequence[int]) -> Iterator[list[int]]:
    """The documents ``rows`` of a batch in turn, as many at a time as make some thousand rows."""
    part: list[int] = []
    held = 0
    for row in rows:
        many = len(batch.documents[row].blocks)
        if part and held + many > _ROWS:
            yield part
            part, held = [], 0
        part.append(row)
        held += many
    if part:
        yield part


def likely(
    batch: Batch, part: Sequence[int], found: NDArray[np.float64]
) -> tuple[NDArray[np.intp], list[tuple[int, int]]]:
    """The rows to be voted on, by the probabilities of all blocks of the documents ``part``, and of each of them the
    document and which of its blocks it is. None of a document where no block is rather of the article than not: what
    the model does not see an article in, it leaves to others."""
    chosen, places = [], []
    start = 0
    for row in part:
        end = start + len(batch.documents[row].blocks)
        own = np.flatnonzero(found[start:end] >= LEAST)
        if (found[start:end] >= VOTED).any():
            chosen.append(own + start)
            places += [(row, i) for i in own.tolist()]
        start = end
    return np.concatenate([np.empty(0, np.intp), *chosen]), places


def vote(
    batch: Batch, places: Sequence[tuple[int, int]], chosen: NDArray[np.intp], found: NDArray[np.float64],
    forests: Sequence[Forest], rows: Floats, name: str,
) -> Iterator[Mark]:  # fmt: skip
    """A vote on each of the ``chosen`` of all ``rows`` with its probability ``found``; their ``places`` as ``likely``
    says them.

    The evidence names the features that say most, with what they add to the log-odds, in the mean over ``forests``.
    Of ``rows`` each forest reads the first columns; the last one reads all.
    """
    said = np.zeros((len(chosen), rows.shape[1]))
    for forest in forests:
        width = len(forest.columns)
        said[:, :width] += forest.said(rows[chosen, :width]) / len(forests)
    columns = forests[-1].columns
    strongest = _strongest(said)
    weights = np.take_along_axis(said, strongest, axis=1).tolist()
    rule = f"{name}/article@1"
    for (row, i), share, those, told in zip(places, found[chosen].tolist(), strongest.tolist(), weights, strict=True):
        number, start, end = batch.documents[row].blocks[i]
        score = round(share, 4)
        because = ", ".join([f'"{columns[k]}": {weight:.2f}' for k, weight in zip(those, told, strict=True)])
        yield Mark(
            row, number, start, end, name, rule, "vote", "strong", "model",
            f"The model gives it {score:.0%} to be part of the article.", "", score, f'{{"features": {{{because}}}}}',
        )  # fmt: skip


def _strongest(said: NDArray[np.float64]) -> NDArray[np.int64]:
    """The columns of each row that say most, the strongest first; of equals the first one."""
    if not kernels_pay():
        return np.argsort(-np.abs(said), axis=1, kind="stable")[:, :_STRONGEST]
    from cleanpipe.clean.learned.kernel import strongest

    return strongest(said, _STRONGEST)  # type: ignore[no-any-return]
