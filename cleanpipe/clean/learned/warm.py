"""Calls every kernel once, so that it is compiled, or read from where it was kept."""

from __future__ import annotations

import numpy as np

from cleanpipe.clean.learned import kernel, page_kernel, text_kernel
from cleanpipe.clean.learned.text import marked
from cleanpipe.model import Block, Document, Element, Record, Source


def up() -> None:
    record = Record(Source("", "", 0, "", "", ""), "A first line, and\na second one.", title="A line")
    blocks = (Block(0, 0, 17), Block(1, 18, 31))
    made = Document(b"", record, blocks, (Element("/html/body/p[1]"), Element("/html/body/p[2]")))
    rows = page_kernel.features([made], [record.title], [[1.0, 0.0]])
    text_kernel.features([made], [marked(2, ())], [(0, 1)])
    leaf = np.array([-1], np.int32)
    none = np.zeros(1, np.int32)
    packed = kernel.packed(leaf, np.zeros(1), none, none, np.ones(1), none)
    kernel.sums(np.ascontiguousarray(rows.T), *packed[:5])
    kernel.strongest(kernel.contributions(np.ascontiguousarray(rows.T), *packed), 3)
