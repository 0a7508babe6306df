"""The other tools, each solving the same task: ``python -m benchmarks.peers NAME FOLDER SCRATCH``.

The task: of the paragraphs, already in memory as a list, find which are alike by word three-word sequences at a Jaccard
of at least .5. 126 hashes in 42 bands of 3 for all, as cleanpipe, so that all are apt to find the same. One thread,
one process. A tool that estimates the Jaccard of what its bands propose does so; one that does not reports what they
propose. Where a tool has several ways, the quickest that tells *which* paragraphs are alike is taken.

Runs in the environment of the peers, without cleanpipe.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clock import Clock, cpu
from benchmarks.generate import parts, texts

HASHES, BANDS, ROWS = 126, 42, 3
THRESHOLD = 0.5
WARM = 500

Links = list[tuple[int, int]]
#: (pairs of paragraph numbers that are alike, how many pairs were proposed: -1 where the tool does not tell)
Solution = tuple[Links, int]

_WORD = re.compile(r"\w+")


def _grams(text: str) -> list[str]:
    """For the tools that take tokens and not text: small letters, runs of ``\\w``."""
    words = _WORD.findall(text.lower())
    return [f"{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)]


def datasketch(paragraphs: list[str], scratch: Path) -> Solution:
    """MinHash with xxh32 and ``update_batch``; one index, asked before each insert; of what it proposes those whose
    estimated Jaccard is high enough. A paragraph that is like an earlier one is not inserted: clusters stay cheap."""
    import xxhash
    from datasketch import LeanMinHash, MinHash, MinHashLSH

    index = MinHashLSH(num_perm=HASHES, params=(BANDS, ROWS))
    empty = MinHash(num_perm=HASHES, hashfunc=xxhash.xxh32_intdigest)
    kept: dict[int, Any] = {}
    links: Links = []
    proposed = 0
    for number, text in enumerate(paragraphs):
        full = empty.copy()
        full.update_batch([gram.encode() for gram in _grams(text)])
        minhash = LeanMinHash(full)
        found = index.query(minhash)
        proposed += len(found)
        like = [(number, other) for other in found if minhash.jaccard(kept[other]) >= THRESHOLD]
        links += like
        if not like:
            index.insert(number, minhash, check_duplication=False)
            kept[number] = minhash
    return links, proposed


def rensa(paragraphs: list[str], scratch: Path) -> Solution:
    """R-MinHash sketches in one call for some thousands, ``RMinHashDeduplicator`` with LSH, then
    ``get_duplicate_sets`` for those that it does not keep, to learn what they are like."""
    from rensa import RMinHash, RMinHashDeduplicator

    index = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=HASHES, use_lsh=True, num_bands=BANDS)
    links: Links = []
    for start in range(0, len(paragraphs), 5000):
        grams = [_grams(text) for text in paragraphs[start : start + 5000]]
        sketches = RMinHash.from_token_sets(grams, HASHES, 42)  # the seed that the deduplicator asks for
        kept = index.add_pairs([(str(start + i), sketch) for i, sketch in enumerate(sketches)])
        left = [i for i, new in enumerate(kept) if not new]
        for i, keys in zip(left, index.get_duplicate_sets([sketches[i] for i in left]), strict=True):
            links += [(start + i, int(key)) for key in keys]
    return links, -1


def gaoya(paragraphs: list[str], scratch: Path) -> Solution:
    """``MinHashStringIndex`` with its own word analyser (white space), 32-bit hashes; ids in vectors; asked before each
    insert. A paragraph that is like an earlier one is not inserted: on one core much quicker than bulk insert and bulk
    query. It drops what it estimates to be below the threshold."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32, jaccard_threshold=THRESHOLD, num_bands=BANDS, band_size=ROWS, num_hashes=HASHES,
        analyzer="word", lowercase=True, ngram_range=(3, 3), id_container="vec",
    )  # fmt: skip
    links: Links = []
    for number, text in enumerate(paragraphs):
        found = index.query(text)
        links += [(number, other) for other in found]
        if not found:
            index.insert_document(number, text)
    return links, -1


def datatrove(paragraphs: list[str], scratch: Path) -> Solution:
    """The steps signature, buckets and cluster, called one after the other on one file; 64-bit xxhash (its default),
    its own normalisation, spaCy's English tokeniser (its default)."""
    return _datatrove(paragraphs, scratch, split=False)


def datatrove_split(paragraphs: list[str], scratch: Path) -> Solution:
    """As ``datatrove``, but words are what ``str.split`` makes of its normalised text."""
    return _datatrove(paragraphs, scratch, split=True)


class _Split:
    word_tokenize = staticmethod(str.split)


def _datatrove(paragraphs: list[str], scratch: Path, split: bool) -> Solution:
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupSignature,
    )
    from datatrove.utils.logging import logger

    logger.remove()
    config = MinhashConfig(n_grams=3, num_buckets=BANDS, hashes_per_bucket=ROWS)
    folder = scratch / f"datatrove-{len(paragraphs)}"
    signatures, pairs, removed = (str(folder / name) for name in ("signatures", "pairs", "removed"))
    signature = MinhashDedupSignature(signatures, config)
    if split:
        signature.word_tokenizer = _Split()
    signature.run(Document(text, str(number)) for number, text in enumerate(paragraphs))
    for bucket in range(BANDS):
        MinhashDedupBuckets(signatures, pairs, config=config).run(None, bucket, BANDS)
    MinhashDedupCluster(pairs, removed, config, save_cluster_id=True).run(None)
    links = set()
    for path in Path(pairs).iterdir():
        rows = np.fromfile(path, "<u4").reshape(-1, 4)
        links |= {(b, a) for a, b in rows[:, [1, 3]].tolist()}
    return list(links), len(links)


def text_dedup(paragraphs: list[str], scratch: Path) -> Solution:
    """``text_dedup.minhash`` as its command line runs it, in this process: xxh3, 32-bit hashes, one process. Reports
    clusters, each paragraph with the root of its own; nothing is estimated or verified. Its input, a ``datasets``
    folder, is written within the time measured, for it reads no other."""
    import datasets
    import text_dedup.minhash as tool

    datasets.disable_progress_bars()
    source, target = str(scratch / f"source-{len(paragraphs)}"), str(scratch / f"target-{len(paragraphs)}")
    datasets.Dataset.from_dict({"text": paragraphs}).save_to_disk(source)
    tool.main(
        [
            *("--path", source, "--local", "--output", target, "--column", "text", "--ngram", "3", "--min_length", "3"),
            *("--num_perm", str(HASHES), "--b", str(BANDS), "--r", str(ROWS), "--threshold", str(THRESHOLD)),
            *("--hash_func", "xxh3", "--hash_bits", "32", "--num_proc", "1"),
        ],
        standalone_mode=False,
    )
    links = [(number, tool.uf.find(number)) for number in list(tool.uf.parent)]
    return [(a, b) for a, b in links if a != b], -1


TOOLS: dict[str, Callable[[list[str], Path], Solution]] = {
    "datasketch": datasketch,
    "rensa": rensa,
    "gaoya": gaoya,
    "datatrove": datatrove,
    "datatrove-split": datatrove_split,
    "text-dedup": text_dedup,
}
#: Distribution that a tool comes in.
PACKAGES = {"datatrove-split": "datatrove"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time another tool.")
    parser.add_argument("name", choices=TOOLS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scratch", type=Path)
    given = parser.parse_args()
    tool = TOOLS[given.name]
    paragraphs = list(texts(parts(given.folder)))
    tool(paragraphs[:WARM], given.scratch)
    startup = cpu(os.getpid())
    print("start", flush=True)
    clock = Clock()
    links, proposed = tool(paragraphs, given.scratch)
    taken = clock()
    print("stop", flush=True)
    np.save(given.scratch / "links.npy", np.array(links, np.int64).reshape(-1, 2))
    found = {"cpu": taken[0], "wall": taken[1], "startup_cpu": startup, "candidates": proposed}
    (given.scratch / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
