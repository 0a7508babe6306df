"""Runs the statements and functions of ``cleanpipe.dedup`` in their order on one DuckDB connection."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import IO, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanpipe.dedup.batch import packed, packed_shapes, tokenise
from cleanpipe.dedup.candidates import Propose
from cleanpipe.dedup.elect import Elect, gather
from cleanpipe.dedup.ends import spans
from cleanpipe.dedup.statements import statement
from cleanpipe.dedup.verify import Verify, tasks
from cleanpipe.run import FEW_EDGES
from cleanpipe.shard import Shard
from cleanpipe.steps import DATASETS


def key(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=16).digest()


@dataclass(frozen=True)
class Doc:
    """A document of one paragraph a text. ``article``: what versions share; its own id where empty."""

    id: str
    texts: list[str]
    outlet: str = ""
    published: str = ""
    prefer: int = 0
    article: str = ""
    stripped: frozenset[int] = field(default_factory=frozenset)

    @property
    def key(self) -> bytes:
        return key(self.id)


@dataclass(frozen=True)
class Rows:
    """The datasets that a map reads, all of one shard."""

    datasets: dict[str, pa.Table]

    def read(self, dataset: str, columns: Sequence[str] = ()) -> Iterator[pa.Table]:
        return self.every(dataset, columns)

    def every(
        self, dataset: str, columns: Sequence[str] = (), parts: tuple[int, int] | None = None
    ) -> Iterator[pa.Table]:
        rows = self.datasets[dataset].select(DATASETS[dataset].names).cast(DATASETS[dataset])
        if parts is not None:
            rows = rows.filter((pc.field("part") >= parts[0]) & (pc.field("part") <= parts[1]))
        for start in range(0, len(rows), 7):  # pieces that cut through what belongs together
            yield rows.slice(start, 7).select(list(columns) or rows.column_names)

    def scratch(self) -> IO[bytes]:
        return tempfile.TemporaryFile()


def joined(dataset: str, tables: Iterable[tuple[str, pa.Table]]) -> pa.Table:
    """The rows of ``dataset`` that a map yields."""
    found = [table.cast(DATASETS[dataset]) for name, table in tables if name == dataset]
    return pa.concat_tables([DATASETS[dataset].empty_table(), *found])


def parts_of(ends: pa.Table) -> list[tuple[int, int, int]]:
    counted = ends.group_by("part").aggregate([([], "count_all"), ("tokens", "sum")]).sort_by("part")
    return [*zip(*(counted.column(name).to_pylist() for name in counted.column_names), strict=True)]


def edges_of(verify: Verify, candidates: pa.Table, ends: pa.Table, words: int = 1 << 40) -> pa.Table:
    """What ``verify`` finds, with spans of so many words at most."""
    inputs = Rows({"candidates": candidates, "ends": ends})
    found = (rows for shard in tasks(parts_of(ends), words) for rows in verify(shard, inputs))
    return joined("edges", found)


def edges_between(verify: Verify, pairs: Sequence[tuple[str, str]], passages: bool = True) -> pa.Table:
    """The edges of pairs of texts, in their order: pair n is of the texts 2n and 2n + 1."""
    texts = [text for pair in pairs for text in pair]
    tokens = tokenise(texts)
    columns = {"words": packed(tokens.words), "shapes": packed_shapes(tokens), "text": pa.array(texts, pa.string())}
    columns |= {"tokens": tokens.words.lengths, "text_hash": pa.array(map(key, texts), pa.binary(16))}
    columns |= {"part": np.zeros(len(texts)), "text_number": np.arange(len(texts))}
    ends = pa.table(columns).select(DATASETS["ends"].names).cast(DATASETS["ends"])
    rows = [{"u_number": 2 * n, "v_number": 2 * n + 1, "passages": passages, "part": 0} for n, _ in enumerate(pairs)]
    return edges_of(verify, pa.Table.from_pylist(rows, schema=DATASETS["candidates"]), ends)


class Driver:
    def __init__(
        self,
        shingle: int = 3,
        threshold: float = 0.5,
        containment: float = 0.8,
        min_tokens: int = 8,
        few: int = FEW_EDGES,
    ) -> None:
        self.few = few
        self.shingle, self.threshold, self.containment, self.min_tokens = shingle, threshold, containment, min_tokens
        self.db = duckdb.connect()
        self.db.execute("SET threads = 1")
        self.db.execute(
            "SET disabled_optimizers = 'join_order'"
        )  # joins as written: the statements know which text is hot

    def put(self, name: str, rows: pa.Table | list[dict[str, Any]]) -> None:
        schema = DATASETS[re.sub(r"_\d+$", "", name)]
        if isinstance(rows, list):
            rows = pa.Table.from_pylist(rows, schema=schema)
        self.db.register("incoming", rows.select(schema.names).cast(schema))
        self.db.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
        self.db.unregister("incoming")

    def sql(self, name: str, which: str = "", **values: object) -> None:
        self.put(name, self.db.sql(statement(which or name, **values)).to_arrow_table())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.db.execute(query).fetchall()

    def star(self, name: str) -> str:
        """Rounds from ``NAME_0`` on; the finished star."""
        number = 0
        while number == 0 or self.rows(statement("star_open", source=f"{name}_{number}"))[0][0]:
            number += 1
            self.sql(f"{name}_{number}", "star_round", source=f"{name}_{number - 1}")
        return f"{name}_{number}"

    def load(self, docs: list[Doc]) -> None:
        """Documents to ``records`` and ``sketches``, and to ``paragraphs`` what is not stripped."""
        texts = [text for doc in docs for text in doc.texts]
        tokens = tokenise(texts)
        hashes, found = tokens.hashes, tokens.words
        words, shapes = packed(found).to_pylist(), packed_shapes(tokens).to_pylist()
        records, paragraphs, places = [], [], []
        when = {(doc.prefer, not doc.published, doc.published) for doc in docs}
        dates = {date: rank for rank, date in enumerate(sorted(when), 1)}
        ranks = {name: rank for rank, name in enumerate(sorted({doc.id for doc in docs}), 1)}
        n = 0
        for doc in docs:
            outlet = doc.outlet or doc.id
            article = key(doc.article or doc.id)
            common = {"doc_key": doc.key, "shard": doc.key.hex()[:1], "outlet": outlet, "article": article}
            common |= {
                "url": "",
                "published": doc.published,
                "prefer": doc.prefer,
                "prefer_because": f"no. {doc.prefer}",
            }
            records.append(
                common
                | {"id": doc.id, "known_outlet": doc.outlet, "status": "current", "of": doc.key, "version": 1}
                | {"id_rank": ranks[doc.id], "date_rank": 1}
            )
            for block, text in enumerate(doc.texts):
                row = {
                    "block": block,
                    "chars": len(text),
                    "tokens": int(found.lengths[n]),
                    "text_hash": hashes[n],
                }
                places.append({"doc_key": doc.key, "text": text, "words": words[n], "shapes": shapes[n], **row})
                if block not in doc.stripped:
                    kept = common | row | {"document": doc.id, "type": "body", "source_start": 0, "source_end": 0}
                    paragraphs.append(kept)
                n += 1
        self.put("records", records)
        self.put("sketches", places)
        self.sql("text_numbers")
        numbers = dict(self.rows("SELECT text_hash, text_number FROM text_numbers"))
        for row in paragraphs:
            row["text_number"] = numbers[row["text_hash"]]
            row["number"] = ranks[row["document"]] << 32 | row["block"]
            date = dates[row["prefer"], not row["published"], row["published"]]
            row["precedence"] = (date + 1 << 31) - 1 - row["chars"]
        self.put("paragraphs", paragraphs)

    def table(self, name: str) -> pa.Table:
        return self.db.sql(f"SELECT * FROM {name}").to_arrow_table()

    def propose(self, propose: Propose) -> None:
        made = list(propose(Shard("all"), Rows({"sketches": self.table("sketches")})))
        for name in ("text_numbers", "candidates", "ends", "capped", "masked"):
            self.put(name, joined(name, made))

    def verify(self) -> None:
        verify = Verify(self.shingle, self.threshold, self.containment)
        self.put("edges", edges_of(verify, self.table("candidates"), self.table("ends")))

    def edges(self) -> None:
        self.propose(Propose(self.shingle, self.threshold, self.min_tokens))
        self.verify()

    def share(self, texts: str, links: str, common: str, anchors: str) -> None:
        self.sql(common, "common", texts=texts, links=links)
        self.sql(anchors, "anchors", common=common, links=links, min_tokens=self.min_tokens)

    def stories(self) -> None:
        self.sql("article_numbers")
        self.sql("links", edges="edges")
        self.sql("story_texts", min_tokens=self.min_tokens)
        self.share("story_texts", "links", "story_common", "story_anchors")
        self.sql("story_candidates")
        self.sql("story_star_0", "story_pairs", few=self.few)
        self.sql("stories", star=self.star("story_star"))

    def groups(self) -> None:
        self.sql("live", min_tokens=self.min_tokens)
        self.sql("live_edges")
        self.sql("live_links")
        self.sql("family_star_0", "family_pairs", min_tokens=self.min_tokens)
        star = self.star("family_star")
        self.sql("family_texts", star=star, parts=3)
        inputs = Rows({name: self.table(name) for name in ("family_texts", "ends")})
        gathering = [Shard("", payload=span) for span in spans(parts_of(inputs.datasets["ends"]), 1000)]
        members = joined("members", (rows for shard in gathering for rows in gather(shard, inputs)))
        elect = Elect(self.shingle, self.threshold, self.containment)
        self.sql("disputes")
        inputs = Rows({"members": members, "disputes": self.table("disputes")})
        self.put("elected", joined("elected", (rows for n in range(3) for rows in elect(Shard("", payload=n), inputs))))
        self.sql("groups", star=star)
        self.db.execute(
            "CREATE OR REPLACE VIEW families AS SELECT g.text_hash, n.text_hash AS family_hash "
            "FROM groups g JOIN text_numbers n ON n.text_number = g.family"
        )
        self.sql("more_edges")

    def results(self) -> None:
        more = self.db.sql(statement("links", edges="more_edges")).to_arrow_table()
        live = self.db.sql("SELECT * FROM live_links").to_arrow_table()
        self.put("all_links", pa.concat_tables([t.cast(DATASETS["links"]) for t in (live, more)]))
        self.sql("document_order")
        self.sql("places")
        self.share("places", "all_links", "holder_common", "holder_anchors")
        self.sql("holder_candidates")
        self.sql("holders", few=self.few)
        self.db.execute("CREATE OR REPLACE TABLE nothing AS SELECT doc_key FROM records WHERE FALSE")
        self.sql("document_results", min_tokens=self.min_tokens, dropped="nothing")
        self.sql("memberships", min_tokens=self.min_tokens)
        self.sql("matches", limit=8)

    def run(self, docs: list[Doc]) -> Driver:
        self.load(docs)
        self.edges()
        self.stories()
        self.groups()
        self.results()
        return self


def with_all_edges(docs: list[Doc]) -> Driver:
    """As if LSH had proposed every pair."""
    driver = Driver()
    driver.load(docs)
    query = (
        "WITH t AS (SELECT DISTINCT text_number FROM sketches JOIN text_numbers USING (text_hash) WHERE tokens >= 8) "
        "SELECT a.text_number AS u_number, b.text_number AS v_number, true AS passages, 0 AS part "
        "FROM t a JOIN t b ON a.text_number < b.text_number"
    )
    driver.put("candidates", driver.db.sql(query).to_arrow_table())
    ends = driver.db.sql(f"SELECT *, 0 AS part FROM ({statement('ends')})").to_arrow_table()
    driver.put("ends", ends)
    driver.verify()
    driver.stories()
    driver.groups()
    return driver
