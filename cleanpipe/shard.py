"""What a map function is: a pure function of a shard and of its own part of the step tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Shard:
    """A unit of work that one worker does alone. ``key`` is a digest of what it reads from outside the datasets.

    ``killed_at``: None, until it has killed its worker. Then the places (see ``Inputs.at``) at which it has done so:
    the function passes them over, goes one by one and says where it is. Its rows must not depend on that.
    """

    name: str
    key: str = ""
    payload: Any = None  # what the map function needs to know; picklable
    killed_at: tuple[str, ...] | None = None


class Inputs(Protocol):
    """A shard's own part of the datasets made so far."""

    def read(self, dataset: str, columns: Sequence[str] = ()) -> Iterator[pa.Table]:
        """The rows of this shard in their order, in pieces of bounded size; all columns or these."""
        ...

    def every(
        self, dataset: str, columns: Sequence[str] = (), parts: tuple[int, int] | None = None
    ) -> Iterator[pa.Table]:
        """The rows of all shards, shard by shard in the order of their names, in pieces of bounded size.

        ``parts``: only those whose column ``part`` is in this range, both ends included.
        """
        ...

    def scratch(self) -> IO[bytes]:
        """An empty file for what would not fit into memory; it goes when it is closed."""
        ...

    def at(self, place: str) -> None:
        """Say, in a line, what is worked on from now on: if it kills the worker, this is the place."""
        ...


#: Yields (dataset, rows); the rows of one dataset are appended in the order yielded.
MapFunction = Callable[[Shard, Inputs], Iterator[tuple[str, pa.Table]]]


def seen(inputs: Inputs) -> pa.Array:
    """The keys of the shard's documents that were ``seen`` before, byte for byte."""
    records = list(inputs.read("records", ("doc_key", "status")))
    keys = [rows["doc_key"].filter(pc.equal(rows["status"], "seen")).combine_chunks() for rows in records]
    return pa.concat_arrays(keys) if keys else pa.array([], pa.binary(16))


def without(documents: pa.Array, pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The rows of a table with a ``doc_key``, but for those of these documents."""
    for rows in pieces:
        yield rows.filter(pc.invert(pc.is_in(rows["doc_key"], documents))) if len(documents) else rows
