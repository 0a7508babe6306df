"""Candidates: the declared set of pairs that LSH proposes (``candidates.sql``), and the caps that bound it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

#: Up to so many texts of one bucket are all paired; of a larger bucket the first by hash meet all others.
BUCKET = 64
ANCHORS = 8


def explode(table: pa.Table) -> pa.Table:
    """(text_hash, bands) -> (band, text_hash): one row for each band of each text."""
    bands = table.column("bands").combine_chunks()
    return pa.table(
        {
            "band": pc.list_flatten(bands),
            "text_hash": table.column("text_hash").combine_chunks().take(pc.list_parent_indices(bands)),
        }
    )
