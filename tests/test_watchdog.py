"""Pages that hold or kill a worker: they alone are quarantined, whatever the workers, and all others are read."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cleanpipe import shards
from cleanpipe.audit.verify import verify
from cleanpipe.config.load import load
from cleanpipe.engine.local import LocalEngine
from cleanpipe.model import Batch, Mark, Marks
from cleanpipe.read import InputSpec, Limits, plan
from cleanpipe.run import run
from cleanpipe.shard import Inputs, Shard
from cleanpipe.shards import ReadAndMark

ROOT = Path(__file__).parents[1]
#: libxml2 compares each attribute with all before it; the sign hides them from whoever looks for the end of the tag.
POISON = "<html><p " + " ".join(f"a{n}='<'" for n in range(120_000)) + ">The ferry lay at the pier.</p></html>"


def page(number: int) -> str:
    return (
        f"<html><head><title>Ferry {number}</title></head><body><h1>Ferry {number}</h1><p>The ferry lay at the pier "
        f"for {number} hours, said the harbour master.</p><p>Nobody was hurt in {number} hours.</p></body></html>"
    )


def lines(*pages: str) -> str:
    return "".join(json.dumps({"id": f"p{n}", "html": page}) + "\n" for n, page in enumerate(pages))


def over(folder: Path, out: Path, workers: str) -> None:
    sets = [f"workers={workers}", "limits.parse_seconds=1", "limits.quarantine=100%", "clean=[rules]"]
    run(load(str(ROOT / "configs" / "pages.yaml"), inputs=[str(folder)], output=str(out), sets=sets))


def rows(out: Path, folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for part in sorted((out / folder).glob("*")) for line in part.open(encoding="utf-8")]


def parts(out: Path) -> dict[Path, bytes]:
    return {path.relative_to(out): path.read_bytes() for path in out.glob("*/part-*")}


def test_pages_that_hold_the_parser_are_quarantined_and_all_others_of_their_file_are_read(tmp_path: Path) -> None:
    pages = [page(n) for n in range(1, 9)]
    pages[2] = pages[6] = POISON
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(lines(*pages))
    for n in range(20, 24):
        (tmp_path / "in" / f"{n}.html").write_text(page(n))
    found = []
    for workers in ("1", "3"):
        out = tmp_path / workers
        over(tmp_path / "in", out, workers)
        refused = {(row["path"], row["record"]): (row["stage"], row["error"]) for row in rows(out, "quarantine")}
        assert set(refused) == {("a.jsonl", 2), ("a.jsonl", 6)}
        assert {stage for stage, _ in refused.values()} == {"segment"}
        assert all(error.startswith("killed its worker twice") for _, error in refused.values())
        assert len(rows(out, "corpus")) == 10
        found.append(parts(out))
    assert found[0] == found[1]
    report = verify(tmp_path / "3")
    assert report.ok, report.failures


class Fragile:
    """A processor that some documents upset as badly as can be: a fault in a library, memory that runs out."""

    name = "fragile"

    def mark(self, batch: Batch, marks: Marks) -> Iterable[Mark]:
        for document in batch:
            if "for 5 hours" in document.text:
                os.kill(os.getpid(), signal.SIGSEGV)
            if "for 6 hours" in document.text:
                os.kill(os.getpid(), signal.SIGKILL)
        return ()


@dataclass(frozen=True)
class Upset(ReadAndMark):
    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        shards.processors = lambda steps: ([Fragile()], [])
        yield from super().__call__(shard, inputs)


def test_documents_that_kill_their_worker_while_they_are_marked_leave_the_rest_as_it_would_be(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text(lines(*(page(n) for n in range(1, 9))))
    (tmp_path / "good.jsonl").write_text(lines(*(page(n) for n in range(1, 9) if n not in (5, 6))))
    found = {}
    outputs = ("documents", "blocks", "marks", "sketches", "quarantine", "passed_over")
    for name in ("all", "good"):
        ((_, files),) = plan([InputSpec(str(tmp_path / f"{name}.jsonl"))]).shards
        engine = LocalEngine(tmp_path / name, 2, 256 << 20, "1", "cleanpipe.run", lambda *_: None)
        shard = Shard("s", "k", (*files, *files))  # the same file twice: the same places, and all of them known
        assert engine.map("read", Upset(Limits(), (), ()), [shard], [], outputs, give_up=True) == []
        found[name] = [engine.rows("SELECT title, chars FROM documents"), engine.rows("SELECT start, text FROM blocks")]
        refused = engine.rows("SELECT record, stage, error FROM quarantine")
        engine.close()
        if name == "all":
            assert [(record, stage) for record, stage, _ in refused] == [(4, "mark"), (5, "mark")] * 2
            assert all(error.startswith("killed its worker twice") for _, _, error in refused)
        else:
            assert not refused
    assert found["all"] == found["good"]
