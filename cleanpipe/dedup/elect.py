"""Groups: the greedy cover of each family in canonical order, verified edge by verified edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cleanpipe import steps
from cleanpipe.dedup import relations
from cleanpipe.dedup.batch import Spelled, kernels_pay, overlaps, runs_columns, shingle_sets, unpacked, unpacked_shapes
from cleanpipe.dedup.ends import Span
from cleanpipe.dedup.parts import Waiting
from cleanpipe.dedup.ragged import I64, Ragged, offsets_of, ranges
from cleanpipe.dedup.relations import Relations, compare
from cleanpipe.shard import Inputs, Shard

#: Texts whose families are covered side by side.
_BATCH = 16384

#: A family of more texts is covered alone, and not by comparing text with text.
_LARGE = 256


_WANTED = ("family", "place", "text_number", "words", "shapes", "text")
_LARGE_TYPES = {pa.binary(): pa.large_binary(), pa.string(): pa.large_string()}
_MEMBERS = [steps.DATASETS["members"].field(name) for name in _WANTED]
_LARGE_COLUMNS = pa.schema([field.with_type(_LARGE_TYPES.get(field.type, field.type)) for field in _MEMBERS])


def gather(shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
    """A map over spans of ``ends`` into ``members``: ``family_texts`` with what is compared of their texts."""
    span: Span = shard.payload
    placed = pa.concat_tables([steps.DATASETS["family_texts"].empty_table(), *inputs.every("family_texts")])
    order = np.argsort(placed.column("text_number").to_numpy())
    part, family, place, number = (column.to_numpy()[order] for column in placed.columns)
    said = ("tokens", "words", "shapes", "text")
    waiting = Waiting("members")
    for piece in inputs.every("ends", ("text_number", *said), span[:2]):
        texts = piece.column("text_number").to_numpy()
        at = np.searchsorted(number, texts)
        found = np.flatnonzero(np.append(number, -1)[at] == texts)
        found = found[np.argsort(part[at[found]], kind="stable")]
        at = at[found]
        columns = [pa.array(column[at]) for column in (part, family, place, number)]
        columns += piece.select(said).take(pa.array(found)).columns
        yield from waiting.add(pa.Table.from_arrays(columns, schema=steps.DATASETS["members"]))
    yield from waiting.rest()


@dataclass(frozen=True)
class Families:
    """Texts of whole families, one family after the other, each in canonical order: one row a text. ``disputes``: pairs
    of rows that tell different facts, the earlier row first, sorted by the later one."""

    family: I64
    numbers: I64
    spelled: Spelled
    texts: pa.Array
    disputes: I64  # (pairs, 2)

    def slice(self, first: int, last: int) -> Families:
        words, shapes = self.spelled
        start, stop = words.offsets[first], words.offsets[last]
        cut = Ragged(words.values[start:stop], words.offsets[first : last + 1] - start)
        rows = slice(first, last)
        pairs = slice(*np.searchsorted(self.disputes[:, 1], (first, last)))
        return Families(
            self.family[rows], self.numbers[rows], Spelled(cut, shapes[start:stop]), self.texts[rows],
            self.disputes[pairs] - first,
        )  # fmt: skip

    def read(self, rows: I64) -> pa.Array:
        return self.texts.take(pa.array(rows))


@dataclass(frozen=True)
class Elect:
    """A map over the parts of ``members`` into ``elected``. Picklable.

    In a family the first text in canonical order is elected; all texts left that are near it, contain it, stand in it
    or quote it (verified here, whether the pair was proposed or not) are its group; the same again with those left. So
    every member of a group has a verified edge to its canonical text. A text does not join where one before it tells
    other facts (``disputes``), though neither contradicts the canonical: "12 dead", "14 dead", "a dozen dead".
    """

    shingle: int
    threshold: float
    containment: float

    @cached_property
    def _relations(self) -> Relations:
        return Relations(self.threshold, self.containment, self.shingle)

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        pieces = list(inputs.every("members", _WANTED, (shard.payload, shard.payload)))
        if not pieces:
            return
        # one family may have more than 2 GiB of words
        rows = pa.concat_tables(pieces).cast(_LARGE_COLUMNS).sort_by([("family", "ascending"), ("place", "ascending")])
        family, _, numbers, words, shapes, texts = (column.combine_chunks() for column in rows.columns)
        del rows, pieces
        spelled = Spelled(unpacked(words), unpacked_shapes(shapes))
        disputes = inputs.every("disputes", ("u", "v"), (shard.payload, shard.payload))
        numbers = numbers.to_numpy()
        members = Families(family.to_numpy(), numbers, spelled, texts, _rows(disputes, numbers))
        starts = np.flatnonzero(np.append(True, members.family[1:] != members.family[:-1]))
        first = 0
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(members.family)], strict=True):
            if stop - start > _LARGE:
                if first < start:
                    yield "elected", self.cover(members.slice(first, start))
                yield "elected", self.cover(members.slice(start, stop), large=True)
                first = stop
            elif stop - first >= _BATCH:
                yield "elected", self.cover(members.slice(first, stop))
                first = stop
        if first < len(members.family):
            yield "elected", self.cover(members.slice(first, len(members.family)))

    def cover(self, members: Families, large: bool = False) -> pa.Table:
        """The groups of whole families, rows of ``elected``.

        ``large``: find what texts share by way of the shingles, which costs less where one is compared with thousands.
        """
        family = members.family
        rows = shingle_sets(members.spelled.words, self.shingle)
        sizes = rows.lengths
        sharing = Sharing(rows, family) if large else None

        canonical = np.arange(len(family))
        codes = np.zeros(len(family), np.int8)
        shared = sizes.copy()
        aligned = [np.zeros((0, 3), np.int64)]
        lengths = np.zeros(len(family), np.int64)
        owners = [np.zeros(0, np.int64)]
        left = np.arange(len(family))
        while len(left):
            leading = np.ones(len(left), np.bool_)
            leading[1:] = family[left[1:]] != family[left[:-1]]
            elected = left[leading]
            leader = np.repeat(elected, np.diff(np.append(np.flatnonzero(leading), len(left))))
            left, leader = left[~leading], leader[~leading]
            counts = sharing.counts(elected)[left] if sharing else overlaps(rows, left, leader)
            both = sizes[left], sizes[leader]
            found, runs = compare(self._relations, members.spelled, left, leader, counts, both, members.read)
            joins = np.isin(found, (relations.NONE, relations.DIFFERS, relations.PASSAGE), invert=True)
            joins[_contradicting(members.disputes, left, leader, joins)] = False
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
        return pa.table(
            {
                "text": members.numbers,
                "canonical": members.numbers[canonical],
                "relation": pa.array(names).take(pa.array(codes)),
                "shared": count[0],
                "size": count[1],
                "canonical_size": count[2],
                **runs_columns(np.concatenate(aligned)[order], offsets_of(lengths)),
            },
            schema=steps.DATASETS["elected"],
        )


def _rows(disputes: Iterable[pa.Table], numbers: I64) -> I64:
    """Pairs of texts, by number, as ``Families.disputes``."""
    order = np.argsort(numbers)
    pieces = [np.column_stack([column.to_numpy() for column in piece.columns]) for piece in disputes]
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *pieces])
    rows = np.sort(order[np.searchsorted(numbers[order], pairs)], axis=1)
    return rows[np.lexsort((rows[:, 0], rows[:, 1]))]


def _contradicting(disputes: I64, left: I64, leader: I64, joins: NDArray[np.bool_]) -> list[int]:
    """The places in ``left`` of those that tell other facts than one before them that joins the same leader."""
    if not len(disputes) or not joins.any():
        return []
    place = np.full(max(left[-1], disputes[-1, 1]) + 1, -1)
    place[left[joins]] = np.flatnonzero(joins)
    pairs = place[disputes]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    out: set[int] = set()
    for before, after in pairs[leader[pairs[:, 0]] == leader[pairs[:, 1]]].tolist():
        if before not in out:  # of what stands before it is settled whether it joins
            out.add(after)
    return sorted(out)


class Sharing:
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

    def counts(self, elected: I64, kernel: bool | None = None) -> I64:
        """For each text the number of shingles it shares with the elected one of its family."""
        lists = self.posting[ranges(self.rows.offsets[elected], self.rows.lengths[elected])]
        if kernels_pay() if kernel is None else kernel:
            from cleanpipe.dedup.kernels.minhash import tallied

            return tallied(lists, self.postings, self.holders, len(self.rows.offsets) - 1)
        holders = self.holders[ranges(self.postings[lists], np.diff(self.postings)[lists])]
        return np.bincount(holders, minlength=len(self.rows.offsets) - 1)
