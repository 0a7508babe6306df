"""What became of a document or a paragraph, block by block, and why: from the tables of an output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import orjson

from cleanpipe.audit.store import lines
from cleanpipe.audit.verify import read_manifest
from cleanpipe.errors import UserError
from cleanpipe.read.formats import stem

Row = dict[str, Any]

#: Other paragraphs of a group that are shown with a block of a document; all of them are, where one block is asked for.
CARRIERS = 5


def explain(out: Path, name: str) -> Row:
    """A document (``name`` is its id) or one block of it (``ID#NUMBER``), as a dict:

    ``document`` (its row of tables/documents without the text, and ``current_document``) and ``blocks``, each with
    number, span, text, action, type, rule, reason, confidence, element and what else is known of it on a page, edits,
    marks, group, relation, held_by, carriers (other paragraphs of its group: paragraph, outlet, relation),
    carrier_count, and alike (verified pairs with texts of other
    groups: paragraph, relation, shared, size, other_size). Raises UserError for an unknown id, with
    the reason where quarantine has a file of this name.
    """
    read_manifest(out)
    with Tables(out) as tables:
        number: int | None = None
        found = tables.rows("SELECT * EXCLUDE (tail) FROM documents WHERE id = ?", name)
        if not found:
            before, _, block = name.rpartition("#")
            if before and block.isdecimal():
                number = int(block)
                found = tables.rows("SELECT * EXCLUDE (tail) FROM documents WHERE id = ?", before)
        if not found:
            why = refused(out, name)
            raise UserError(f"{out} has no document {name!r}{f': {why}' if why else tables.nearest(name)}")
        document = found[0]
        document["current_document"] = tables.rows(
            "SELECT current_document FROM versions WHERE document = ? AND status <> 'seen'", document["id"]
        )[0]["current_document"]
        where = "" if number is None else f" AND b.block = {number}"
        blocks = tables.rows(
            f"""
            SELECT b.* EXCLUDE (document, gap), coalesce(o."group", '') AS "group",
                   coalesce(o.relation, '') AS relation, coalesce(o.held_by, '') AS held_by
            FROM blocks b LEFT JOIN occurrences o ON o.document = b.document AND o.block = b.block
            WHERE b.document = ?{where} ORDER BY b.block
            """,
            document["id"],
        )
        if number is not None and not blocks:
            last = tables.rows("SELECT max(block) AS last FROM blocks WHERE document = ?", document["id"])[0]["last"]
            raise UserError(f"{document['id']!r} has no block {number}: its last is {last}")
        _marks(tables, document["id"], blocks)
        limit = CARRIERS if number is None else 1000
        _carriers(tables, document["id"], blocks, where, limit)
        _alike(tables, document["id"], blocks, where, limit)
        return {"document": document, "blocks": blocks}


def refused(out: Path, name: str) -> str:
    """Why the file of this path, or whose document would have this id, is in quarantine; "" if it is not."""
    for part in sorted((out / "quarantine").glob("part-*")):
        for line in lines(part):
            row = orjson.loads(line)
            path, record = row["path"], row["record"]
            # A record of a file with many of them has the beginning of its hash in its id.
            ids = (path, stem(path), f"{stem(path)}:{row['sha256'][:8]}", f"{path}#{record}")
            if name in ids or row["sha256"] == name:
                what = path if record < 0 else f"record {record} of {path}"
                return f"{what} is in quarantine: {row['error']}"
    return ""


def _marks(tables: Tables, document: str, blocks: list[Row]) -> None:
    by_block: dict[int, list[Row]] = {}
    for mark in tables.rows("SELECT * EXCLUDE (document) FROM marks WHERE document = ? ORDER BY n", document):
        by_block.setdefault(mark.pop("block"), []).append(mark)
    for block in blocks:
        block["marks"] = by_block.get(block["block"], [])
        block["edits"] = [
            {"start": mark["start"], "end": mark["end"], "rule": mark["rule"], "reason": mark["reason"]}
            for mark in block["marks"]
            if mark["action"] == "edit" and block["action"] == "keep"
        ]


def _carriers(tables: Tables, document: str, blocks: list[Row], where: str, limit: int) -> None:
    others: dict[int, list[Row]] = {}
    counts: dict[int, int] = {}
    for row in tables.rows(
        f"""
        SELECT b.block, o.document || '#' || o.block AS paragraph, o.outlet, o.relation,
               count(*) OVER (PARTITION BY b.block) AS count
        FROM occurrences b JOIN occurrences o ON o."group" = b."group"
        WHERE b.document = ?{where} AND (o.document, o.block) <> (b.document, b.block)
        QUALIFY row_number() OVER (PARTITION BY b.block
            ORDER BY CASE WHEN o.relation = 'canonical' THEN 0 ELSE 1 END, o.document, o.block) <= {limit}
        ORDER BY b.block, CASE WHEN o.relation = 'canonical' THEN 0 ELSE 1 END, o.document, o.block
        """,
        document,
    ):
        number = row.pop("block")
        counts[number] = row.pop("count")
        others.setdefault(number, []).append(row)
    for block in blocks:
        block["carriers"] = others.get(block["block"], [])
        block["carrier_count"] = counts.get(block["block"], 0)


def _alike(tables: Tables, document: str, blocks: list[Row], where: str, limit: int) -> None:
    by_block: dict[int, list[Row]] = {}
    for row in tables.rows(
        f"""
        WITH pairs AS (
            SELECT u AS text_hash, v AS other, v_paragraph AS paragraph, relation, shared, u_size AS size,
                   v_size AS other_size
            FROM edges
            UNION ALL
            SELECT v, u, u_paragraph, CASE relation WHEN 'contains' THEN 'contained' WHEN 'contained' THEN 'contains'
                   ELSE relation END, shared, v_size, u_size
            FROM edges
        )
        SELECT b.block, p.paragraph, p.relation, p.shared, p.size, p.other_size
        FROM occurrences b
        JOIN pairs p ON p.text_hash = b.text_hash
        WHERE b.document = ?{where}
          AND NOT EXISTS (SELECT 1 FROM occurrences o WHERE o."group" = b."group" AND o.text_hash = p.other)
        QUALIFY row_number() OVER (PARTITION BY b.block ORDER BY p.shared DESC, p.paragraph) <= {limit}
        ORDER BY b.block, p.shared DESC, p.paragraph
        """,
        document,
    ):
        by_block.setdefault(row.pop("block"), []).append(row)
    for block in blocks:
        block["alike"] = by_block.get(block["block"], [])


class Tables:
    """The tables of an output as views of a DuckDB in memory."""

    def __init__(self, out: Path) -> None:
        self._db = duckdb.connect()
        self._db.execute("SET enable_progress_bar = false")
        for path in sorted((out / "tables").glob("*.parquet")):
            quoted = str(path).replace("'", "''")
            self._db.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{quoted}')")

    def __enter__(self) -> Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def rows(self, query: str, *values: object) -> list[Row]:
        """The rows of a query as dicts; ``values`` stand for its question marks."""
        result = self._db.execute(query, list(values))
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def nearest(self, name: str) -> str:
        """A hint with the ids that are most like ``name``."""
        close = self.rows(
            "SELECT id FROM documents ORDER BY contains(lower(id), lower(?)) DESC, levenshtein(id, ?), id LIMIT 3",
            name, name,
        )  # fmt: skip
        return "; near: " + ", ".join(row["id"] for row in close) if close else ": it has none"
