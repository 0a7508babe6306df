"""Groups: the greedy cover of each family in canonical order, verified edge by verified edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import pyarrow as pa

from cleanpipe import steps
from cleanpipe.dedup import relations
from cleanpipe.dedup.batch import overlaps, shingle_sets, tokenise
from cleanpipe.dedup.ragged import I64, Ragged, offsets_of, ranges
from cleanpipe.dedup.relations import Relations, compare
from cleanpipe.shard import Inputs, Shard

#: Texts whose families are covered side by side.
_BATCH = 16384

#: A family of more texts is covered alone, and not by comparing text with text.
_LARGE = 256

Member = tuple[bytes, bytes, str]  # family, text_hash, text


@dataclass(frozen=True)
class Elect:
    """A map over the buckets of ``members`` (by family, in canonical order) into ``elected``. Picklable.

    In a family the first text in canonical order is elected; all texts left that are near it, contain it, stand in it
    or quote it (verified here, whether the pair was proposed or not) are its group; the same again with those left. So
    every member of a group has a verified edge to its canonical text.
    """

    shingle: int
    threshold: float
    containment: float

    @cached_property
    def _relations(self) -> Relations:
        return Relations(self.threshold, self.containment, self.shingle)

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        batch: list[Member] = []
        for _, members in groupby(_members(inputs), key=lambda member: member[0]):
            family = list(members)
            if len(family) > _LARGE:
                yield "elected", self.cover(family, large=True)
                continue
            batch += family
            if len(batch) >= _BATCH:
                yield "elected", self.cover(batch)
                batch = []
        if batch:
            yield "elected", self.cover(batch)

    def cover(self, members: list[Member], large: bool = False) -> pa.Table:
        """The groups of whole families, rows as in ``groups``. Families lie side by side, each in its order.

        ``large``: find what texts share by way of the shingles, which costs less where one is compared with thousands.
        """
        numbers: dict[bytes, int] = {}
        family = np.array([numbers.setdefault(m[0], len(numbers)) for m in members], np.int64)
        texts = pa.array([m[2] for m in members], pa.large_string())
        tokens = tokenise(texts)
        rows = shingle_sets(tokens.words, self.shingle)
        sizes = rows.lengths
        sharing = _Sharing(rows, family) if large else None

        canonical = np.arange(len(members))
        codes = np.zeros(len(members), np.int8)
        shared = sizes.copy()
        aligned = [np.zeros((0, 3), np.int64)]
        lengths = np.zeros(len(members), np.int64)
        owners = [np.zeros(0, np.int64)]
        left = np.arange(len(members))
        while len(left):
            leading = np.ones(len(left), np.bool_)
            leading[1:] = family[left[1:]] != family[left[:-1]]
            elected = left[leading]
            leader = np.repeat(elected, np.diff(np.append(np.flatnonzero(leading), len(left))))
            left, leader = left[~leading], leader[~leading]
            counts = sharing.counts(elected)[left] if sharing else overlaps(rows, left, leader)
            found, runs = compare(self._relations, texts, tokens, rows, left, leader, counts)
            joins = np.isin(found, (relations.NONE, relations.DIFFERS, relations.PASSAGE), invert=True)
            joined = left[joins]
            canonical[joined], codes[joined], shared[joined] = leader[joins], found[joins], counts[joins]
            lengths[joined] = np.diff(runs.offsets)[joins]
            aligned.append(runs.rows[np.repeat(joins, np.diff(runs.offsets))])
            owners.append(np.repeat(joined, lengths[joined]))
            left = left[~joins]
        order = np.argsort(np.concatenate(owners), kind="stable")

        exact = codes == relations.NONE
        count = [np.where(exact, 1, x).astype(np.int32) for x in (shared, sizes, sizes[canonical])]
        names = ("exact", *relations.NAMES[1:])
        hashes = [m[1] for m in members]
        return pa.table(
            {
                "text_hash": hashes,
                "canonical_hash": [hashes[i] for i in canonical],
                "relation": [names[code] for code in codes],
                "shared": count[0],
                "size": count[1],
                "canonical_size": count[2],
                **steps.runs_columns(np.concatenate(aligned)[order], offsets_of(lengths)),
            },
            schema=steps.DATASETS["elected"],
        )


class _Sharing:
    """Which texts of a family hold a shingle: finds what one text shares with all others without comparing all."""

    def __init__(self, rows: Ragged, family: I64) -> None:
        numbers = rows.row_numbers()
        order = np.lexsort((rows.values, family[numbers]))
        values, owners = rows.values[order], family[numbers[order]]
        starts = np.ones(len(values), np.bool_)
        starts[1:] = (values[1:] != values[:-1]) | (owners[1:] != owners[:-1])
        self.rows = rows
        self.holders = numbers[order]
        self.posting = np.empty(len(values), np.int64)  # of each shingle of each row: its list of holders
        self.posting[order] = np.cumsum(starts) - 1
        self.postings = np.append(np.flatnonzero(starts), len(values))

    def counts(self, elected: I64) -> I64:
        """For each text the number of shingles it shares with the elected one of its family."""
        lists = self.posting[ranges(self.rows.offsets[elected], self.rows.lengths[elected])]
        holders = self.holders[ranges(self.postings[lists], np.diff(self.postings)[lists])]
        return np.bincount(holders, minlength=len(self.rows.offsets) - 1)


def _members(inputs: Inputs) -> Iterator[Member]:
    for table in inputs.read("members"):
        columns = (table.column(name).to_pylist() for name in ("component", "text_hash", "text"))
        yield from zip(*columns, strict=True)
