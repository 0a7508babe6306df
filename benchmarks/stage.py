"""cleanpipe's dedup stage alone, as one contestant: ``python -m benchmarks.stage FOLDER SCRATCH [--workers N]``.

The paragraphs are written as step tables first, as the map over the inputs leaves them, but without sketches. Then the
clock runs: texts to sketches, and the steps of ``run.Flow`` from these to the written groups (``compare``, ``group``;
with all engine work: Parquet written and read, pieces sent to worker processes). Their steps on documents (ids and
versions, stories, which document holds which) run as well, but are counted apart: other tools do nothing of the kind.
Cleaning is left out; every paragraph is taken as kept. A first round on a few paragraphs warms up.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.clock import Clock, cpu
from benchmarks.generate import parts
from benchmarks.timed import Step, TimedEngine
from cleanpipe.config.schema import Config
from cleanpipe.engine.local import LocalEngine
from cleanpipe.machine import code_digest
from cleanpipe.run import Flow
from cleanpipe.shard import Inputs, Shard
from cleanpipe.shards import sketched
from cleanpipe.steps import DATASETS
from cleanpipe.stored import BATCH_DOCUMENTS

#: Enough for the compiled kernels to be loaded: below it they are not worth it (`batch.BREAK_EVEN`).
WARM_ARTICLES = 1_000
#: Steps on documents: not what a deduplicator of paragraphs is compared by.
_OF_DOCUMENTS = (
    "records", "article_numbers", "story_", "stories", "all_links", "document_order", "places", "holder",
)  # fmt: skip

#: Every sketched block is a paragraph: what ``Flow.decide`` makes when nothing is stripped.
_PARAGRAPHS = """
SELECT s.doc_key, s.block, r.shard, r.id AS document, r.outlet, r.article, r.url, r.published, r.prefer,
       r.prefer_because, 'body' AS type, 0 AS source_start, s.chars AS source_end, s.chars, s.tokens, s.text_hash,
       n.text_number, r.id_rank * 4294967296 + s.block AS number,
       r.date_rank * 2147483648 + 2147483647 - s.chars AS precedence
FROM sketches s
JOIN records r ON r.doc_key = s.doc_key
JOIN text_numbers n ON n.text_hash = s.text_hash
"""

#: Pairs of paragraph numbers: equal texts, and edges of a Jaccard of at least .5 between the first of each text.
_LINKS = """
WITH numbered AS (
    SELECT CAST(substr(d.base_id, 2) AS BIGINT) + s.block AS n, s.text_hash
    FROM sketches s
    JOIN documents d ON d.doc_key = s.doc_key
),
firsts AS (
    SELECT text_hash, min(n) AS n FROM numbered GROUP BY text_hash
)
SELECT f.n AS a, p.n AS b FROM numbered p JOIN firsts f ON f.text_hash = p.text_hash WHERE p.n <> f.n
UNION ALL
SELECT a.n AS a, b.n AS b
FROM edges e
JOIN firsts a ON a.text_hash = e.u
JOIN firsts b ON b.text_hash = e.v
WHERE 3 * e.shared >= e.u_size + e.v_size
"""


def _nothing(kind: pa.DataType) -> Any:
    if pa.types.is_struct(kind):
        return {field.name: _nothing(field.type) for field in kind}
    return "" if pa.types.is_string(kind) else [] if pa.types.is_list(kind) else 0


def _blank(dataset: str) -> dict[str, Any]:
    return {field.name: _nothing(field.type) for field in DATASETS[dataset]}


#: A document of which nothing is known.
_UNKNOWN = _blank("documents")
_NO_ELEMENT = _blank("blocks")


@dataclass(frozen=True)
class Lay:
    """Map over article files: the documents and blocks that reading and segmenting leave. ``most`` articles of each."""

    most: int | None = None

    def __call__(self, shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
        with Path(shard.payload).open(encoding="utf-8") as file:
            lines = islice(file, self.most)
            while batch := [json.loads(line) for line in islice(lines, BATCH_DOCUMENTS)]:
                documents: list[dict[str, Any]] = []
                blocks: list[dict[str, Any]] = []
                for number, article in enumerate(batch):
                    name, text = article["id"], article["text"]
                    key = blake2b(name.encode(), digest_size=16).digest()
                    documents.append(
                        _UNKNOWN
                        | {"doc_key": key, "shard": shard.name, "path": shard.payload, "record": number,
                           "content_key": key, "base_id": name, "outlet": article["outlet"], "outlet_from": "record",
                           "published": article["published"], "kind": "article", "chars": len(text)}
                    )  # fmt: skip
                    end = -2
                    for block, paragraph in enumerate(text.split("\n\n")):
                        start, end = end + 2, end + 2 + len(paragraph)
                        gap = "\n\n" if block else ""
                        blocks.append(
                            _NO_ELEMENT
                            | {
                                "doc_key": key,
                                "block": block,
                                "start": start,
                                "end": end,
                                "gap": gap,
                                "text": paragraph,
                            }
                        )  # fmt: skip
                yield "documents", pa.Table.from_pylist(documents, schema=DATASETS["documents"])
                yield "blocks", pa.Table.from_pylist(blocks, schema=DATASETS["blocks"])


def sketch(shard: Shard, inputs: Inputs) -> Iterator[tuple[str, pa.Table]]:
    """Map over the blocks: their sketches, as ``shards.ReadAndMark`` makes them."""
    for blocks in inputs.read("blocks", ("doc_key", "block", "text")):
        yield "sketches", sketched(*(column.combine_chunks() for column in blocks.columns))


def lay(engine: TimedEngine, shards: list[Shard], most: int | None = None) -> None:
    engine.map("read", Lay(most), shards, [], ["documents", "blocks"], repr(most))


def dedup(engine: TimedEngine, config: Config, shards: list[Shard]) -> None:
    """From ``documents`` and ``blocks`` to the written groups."""
    flow = Flow(config, engine, shards)
    engine.map("sketch", sketch, shards, ["blocks"], ["sketches"])
    flow.compare()
    engine.sql("paragraphs", _PARAGRAPHS, by="shard", order="doc_key, block")
    flow.group()


def _of_paragraphs(step: Step) -> bool:
    return not step.name.startswith((*_OF_DOCUMENTS, "paragraphs"))


def run(folder: Path, scratch: Path, workers: int, memory: int) -> dict[str, Any]:
    """Warm up, measure, and write ``scratch/links.npy``; what was measured. Prints ``start`` and ``stop`` around it."""
    config = Config.model_validate(
        {"inputs": ({"path": str(folder)},), "output": str(scratch), "clean": (), "memory": memory}
    )
    local = LocalEngine(scratch / "work", workers, memory, code_digest(), "cleanpipe.run", lambda *_: None)
    try:
        engine = TimedEngine(local)
        files = parts(folder)
        lay(engine, [Shard("warm", str(files[0]), str(files[0]))], WARM_ARTICLES)
        dedup(engine, config, [Shard("warm")])
        shards = [Shard(path.stem, str(path), str(path)) for path in files]
        startup = cpu(os.getpid())
        lay(engine, shards)
        engine.steps.clear()
        print("start", flush=True)
        clock = Clock()
        dedup(engine, config, shards)
        whole = clock()
        print("stop", flush=True)
        counted = [step for step in engine.steps if _of_paragraphs(step)]
        candidates, edges = (local.rows(f"SELECT count(*) FROM {name}")[0][0] for name in ("candidates", "edges"))
        true = local.rows("SELECT count(*) FROM edges WHERE 3 * shared >= u_size + v_size")[0][0]
        local.export(_LINKS, scratch / "links.parquet")
        links = pq.read_table(scratch / "links.parquet")
        np.save(scratch / "links.npy", np.column_stack([links["a"].to_numpy(), links["b"].to_numpy()]))
        return {
            "cpu": sum(step.cpu for step in counted),
            "wall": sum(step.wall for step in counted),
            "cpu_with_documents": whole[0],
            "startup_cpu": startup,
            "candidates": candidates,
            "verified": edges,
            "true_found": true,
            "steps": [step._asdict() for step in engine.steps],
        }
    finally:
        local.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Time cleanpipe's dedup stage.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory", type=int, default=2 << 30)
    given = parser.parse_args()
    found = run(given.folder, given.scratch, given.workers, given.memory)
    (given.scratch / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
