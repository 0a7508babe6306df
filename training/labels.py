"""What is part of the article, block by block, from the truths of the reference sets.

``fundus`` has the article's paragraphs: a block is part of it that stands in them. ``trafi`` has snippets that must or
must not be there: they are hard labels; the rest of a page is labelled as trafilatura has it, with a low weight, and a
lower one where it fails a snippet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleanpipe.clean.taken import taken
from cleanpipe.model import Element

HARD, TRUSTED, DOUBTFUL = 2.0, 0.15, 0.03
_STANDFIRST = 2


class Labels(NamedTuple):
    """Per block: ``kind`` 0 junk, 1 article, 2 its standfirst; ``weight`` 0 where nobody knows."""

    kind: NDArray[np.int64]
    weight: NDArray[np.float64]


def of_paragraphs(texts: Sequence[str], truth: str, elements: Sequence[Element] = ()) -> Labels:
    """Labels from the paragraphs of the article, which ``truth`` parts by blank lines.

    The first one is the standfirst where its element is like none of the others.
    """
    paragraphs = truth.split("\n\n")
    shares = np.array(taken(texts, [line for p in paragraphs for line in p.split("\n")]))
    kind = (shares >= 0.5).astype(np.int64)
    weight = np.where((shares > 0.2) & (shares < 0.8), 0.0, 1.0)
    if elements and len(paragraphs) > 2 and kind.any():
        first = int(np.flatnonzero(kind)[0])
        shares = np.array(taken(texts, paragraphs[0].split("\n")))
        leads = [i for i in np.flatnonzero((shares >= 0.5) & (kind > 0)).tolist() if i <= first + 1]
        others = Counter(_signature(elements[i]) for i in np.flatnonzero(kind).tolist() if i not in leads)
        kind[[i for i in leads if others and not others[_signature(elements[i])]]] = _STANDFIRST
    return Labels(kind, weight)


def of_snippets(texts: Sequence[str], truth: Mapping[str, Any], extracted: Sequence[str]) -> Labels:
    """Labels from the snippets of ``truth``, and beside them from an extractor's pieces."""
    flat = [_flat(text) for text in texts]
    whole = _flat(" \n ".join(extracted))
    good, bad = [_flat(s) for s in truth["with"]], [_flat(s) for s in truth["without"]]
    right = all(s in whole for s in good) and not any(s in whole for s in bad)
    pieces = [line for piece in extracted for line in piece.split("\n")]
    kind = (np.array(taken(texts, pieces)) >= 0.5).astype(np.int64)
    weight = np.full(len(texts), TRUSTED if right else DOUBTFUL if len(whole) > 200 else 0.0)
    for snippet in good:
        hits = [i for i, text in enumerate(flat) if snippet in text]
        if len(hits) == 1:
            kind[hits], weight[hits] = 1, HARD
    for snippet in bad:
        hits = [i for i, text in enumerate(flat) if snippet in text]
        for i in hits:
            # One that stands in a paragraph that must be there says nothing of the paragraph.
            if not any(s in flat[i] for s in good) and (len(hits) == 1 or len(snippet) > len(flat[i]) / 4):
                kind[i], weight[i] = 0, HARD
    return Labels(kind, weight)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _signature(element: Element) -> tuple[str, str]:
    return re.sub(r"\[\d+\]", "", element.path), element.names
