"""The local engine: steps are skipped when they stand, redone when anything they rest on changed, and survive kills."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from cleanpipe.engine.local import LocalEngine
from cleanpipe.errors import UserError
from cleanpipe.shard import Inputs, Shard
from cleanpipe.steps import DATASETS

BANDS = DATASETS["bands"]


def rows(*pairs: tuple[int, bytes]) -> pa.Table:
    return pa.table({"band": [n for n, _ in pairs], "text_hash": [h.ljust(16) for _, h in pairs]}).cast(BANDS)


@dataclass(frozen=True)
class Numbers:
    """Yields the shard's payload as band numbers; leaves a file behind for every call, to count them."""

    calls: str

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        (Path(self.calls) / f"{shard.name}-{len(os.listdir(self.calls))}").touch()
        for number in shard.payload:
            yield "bands", rows((number, shard.name.encode()))


@dataclass(frozen=True)
class Killer:
    """Kills its worker on the shard named ``name``; once only, if ``once`` is a path that it can create."""

    name: str
    once: str = ""

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        if shard.name == self.name and not (self.once and Path(self.once).exists()):
            if self.once:
                Path(self.once).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        yield "bands", rows((1, shard.name.encode()))


_held: list[bytearray] = []


@dataclass(frozen=True)
class Hoarder:
    """Holds so many bytes for good; says in which process."""

    size: int

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        _held.append(bytearray(b"x") * self.size)
        yield "bands", rows((os.getpid(), b"pid"))


def negate(piece: pa.Table) -> pa.Table:
    return piece.set_column(0, "band", pa.array([-n for n in piece["band"].to_pylist()], pa.int64()))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalEngine]:
    made = start(tmp_path)
    yield made
    made.close()


def start(tmp_path: Path, code: str = "1") -> LocalEngine:
    return LocalEngine(tmp_path / "work", 2, 256 << 20, code, "cleanpipe.engine.local", lambda *_: None)


def shards(*names: str, payload: tuple[int, ...] = (1, 2)) -> list[Shard]:
    return [Shard(name, "k", payload) for name in names]


def test_a_map_writes_the_rows_of_every_shard(engine: LocalEngine, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    assert engine.map("numbers", Numbers(str(calls)), shards("a", "b"), [], ["bands"]) == []
    assert engine.rows("SELECT band, count(*) FROM bands GROUP BY band ORDER BY band") == [(1, 2), (2, 2)]


def test_a_step_that_stands_is_not_done_again_but_a_changed_shard_is(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    for given, expected in (
        (shards("a", "b"), 2),
        (shards("a", "b"), 2),
        ([*shards("a"), Shard("b", "other", (7,))], 3),
        (shards("a"), 3),
    ):
        engine = start(tmp_path)
        engine.map("numbers", Numbers(str(calls)), given, [], ["bands"])
        assert len(os.listdir(calls)) == expected
        assert engine.rows("SELECT count(DISTINCT text_hash) FROM bands") == [(len(given),)]
        engine.close()
    engine = start(tmp_path, code="2")
    engine.map("numbers", Numbers(str(calls)), shards("a"), [], ["bands"])
    assert len(os.listdir(calls)) == 4
    engine.close()


def test_a_worker_killed_once_costs_nothing(engine: LocalEngine, tmp_path: Path) -> None:
    killer = Killer("b", once=str(tmp_path / "killed"))
    assert engine.map("kill", killer, shards("a", "b", "c", "d", "e"), [], ["bands"]) == []
    assert (tmp_path / "killed").exists()
    assert engine.rows("SELECT count(*) FROM bands") == [(5,)]


def test_a_shard_that_kills_its_worker_twice_is_returned_and_the_others_are_done(engine: LocalEngine) -> None:
    with pytest.raises(UserError, match="killed its worker twice"):
        engine.map("kill", Killer("b"), shards("a", "b"), [], ["bands"])
    killed = engine.map("kill", Killer("b"), shards("a", "b", "c", "d", "e"), [], ["bands"], give_up=True)
    assert [shard.name for shard in killed] == ["b"]
    assert engine.rows("SELECT count(*) FROM bands") == [(4,)]


def test_sql_is_partitioned_by_a_column_and_read_by_shard(engine: LocalEngine, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    engine.map("numbers", Numbers(str(calls)), shards("a", "b", payload=(3, 1, 2)), [], ["bands"])
    engine.sql("recurrence", """
        SELECT trim(CAST(text_hash AS VARCHAR)) AS shard, text_hash AS doc_key, CAST(band AS INTEGER) AS block,
               '' AS outlet, 0 AS stories, 0 AS tokens, false AS masked
        FROM bands""", by="shard", order="block")  # fmt: skip
    read = [[row["block"] for piece in engine._datasets.read("recurrence", name) for row in piece.to_pylist()]
            for name in ("a", "b", "c")]  # fmt: skip
    assert read == [[1, 2, 3], [1, 2, 3], []]


@dataclass(frozen=True)
class InParts:
    """Yields ``candidates`` of the parts in the payload, one table each; or, without one, counts those of part 2."""

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        for part in shard.payload or ():
            row = {"u_number": part, "v_number": int(shard.name), "passages": True, "part": part}
            yield "candidates", pa.Table.from_pylist(3 * [row], schema=DATASETS["candidates"])
        if not shard.payload:
            for table in inputs.every("candidates", ("u_number", "v_number"), (2, 3)):
                yield (
                    "text_numbers",
                    pa.table({"text_hash": len(table) * [16 * b"-"], "text_number": table["u_number"]}).cast(
                        DATASETS["text_numbers"]
                    ),
                )


@pytest.mark.parametrize("mixed", [False, True])
def test_a_part_of_all_shards_is_read_without_the_others(engine: LocalEngine, mixed: bool) -> None:
    given = [Shard("1", payload=(1, 2, 3, 4)), Shard("2", payload=(3, 5)), Shard("3", payload=(1,))]
    engine.map("propose", InParts(), given, [], ["candidates"])
    if mixed:  # rows of several parts were written together
        engine.sql("windowed", "SELECT * FROM candidates ORDER BY u_number")
        engine.sql("candidates", "SELECT * FROM windowed", order="v_number")
    engine.map("read", InParts(), [Shard("all")], ["candidates"], ["text_numbers"])
    assert engine.rows("SELECT text_number, count(*) FROM text_numbers GROUP BY 1 ORDER BY 1") == [(2, 3), (3, 6)]


def test_a_map_over_a_query_sees_every_row_once_in_order(engine: LocalEngine) -> None:
    engine.sql("bands", "SELECT CAST(range AS BIGINT) AS band, CAST('0123456789abcdef' AS BLOB) AS text_hash "
               "FROM range(50000)")  # fmt: skip
    engine.map_query("bands_2", negate, "SELECT band, text_hash FROM bands ORDER BY band")
    assert engine.rows("SELECT count(*), min(band), max(band), sum(band) FROM bands_2") == [
        (50_000, -49_999, 0, -sum(range(50_000)))
    ]


def test_an_empty_result_is_an_empty_table(engine: LocalEngine) -> None:
    engine.sql("bands", "SELECT CAST(1 AS BIGINT) AS band, CAST('' AS BLOB) AS text_hash WHERE false")
    assert engine.rows("SELECT * FROM bands") == []


def test_a_step_follows_what_it_reads(tmp_path: Path) -> None:
    engine = start(tmp_path)
    for number in (1, 2):
        engine.sql("bands", f"SELECT CAST({number} AS BIGINT) AS band, CAST('0123456789abcdef' AS BLOB) AS text_hash")
        engine.sql("bands_2", "SELECT band * 10 AS band, text_hash FROM bands")
        assert engine.rows("SELECT band FROM bands_2") == [(number * 10,)]
    engine.close()


def test_export_writes_the_rows_in_the_order_of_the_query(engine: LocalEngine, tmp_path: Path) -> None:
    engine.sql("bands", "SELECT CAST(range AS BIGINT) AS band, CAST('0123456789abcdef' AS BLOB) AS text_hash "
               "FROM range(10)")  # fmt: skip
    assert engine.export("SELECT band FROM bands ORDER BY band DESC", tmp_path / "x.parquet") == 10
    assert engine.rows(f"SELECT band FROM read_parquet('{tmp_path / 'x.parquet'}')") == [(n,) for n in range(9, -1, -1)]


@pytest.mark.parametrize(("size", "stays"), [(0, True), (600 << 20, False)])
def test_a_worker_that_holds_much_after_a_step_is_replaced_and_its_peak_is_told(
    tmp_path: Path, size: int, stays: bool
) -> None:
    engine = LocalEngine(tmp_path / "work", 1, 2 << 30, "code", __name__, lambda *_: None)
    try:
        processes = []
        for step in ("first", "second"):
            engine.map(step, Hoarder(size), [Shard("a", step)], [], ["bands"])
            processes += engine.rows("SELECT band FROM bands")
        assert (processes[0] == processes[1]) == stays
        assert engine.peak_memory() > size
    finally:
        engine.close()
