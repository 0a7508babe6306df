"""Counting and listing what was stripped, and which decisions were the least sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from cleanpipe.audit.verify import read_manifest

Row = dict[str, Any]

#: What rows can be counted by -> its columns.
GROUPINGS = {
    "rule": {"rule": "rule", "category": "category"},
    "category": {"category": "category"},
    "outlet": {"outlet": "outlet"},
    "action": {"action": "action"},
    "document": {"document": "document"},
    "text": {"text": "text"},
}
_COLUMNS = {
    "document": "VARCHAR", "outlet": "VARCHAR", "block": "BIGINT", "source_start": "BIGINT", "source_end": "BIGINT",
    "text": "VARCHAR", "type": "VARCHAR", "action": "VARCHAR", "processor": "VARCHAR", "rule": "VARCHAR",
    "reason": "VARCHAR", "confidence": "DOUBLE", "evidence": "VARCHAR", "canonical": "VARCHAR", "held_by": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """Which stripped rows; "" asks for nothing. ``rule`` is a glob, one without a slash may match anywhere in a rule's
    name; ``text`` is a part of the text in any case."""

    rule: str = ""
    category: str = ""
    outlet: str = ""
    action: str = ""
    text: str = ""

    def sql(self) -> tuple[str, list[str]]:
        """A condition and the values of its question marks."""
        asked = {
            "rule GLOB ?": self.rule if "/" in self.rule or not self.rule else f"*{self.rule}*",
            "category = ?": self.category.removeprefix("junk:"),
            "outlet = ?": self.outlet,
            "action = ?": self.action,
            "contains(lower(text), lower(?))": self.text,
        }
        given = {condition: value for condition, value in asked.items() if value}
        return " AND ".join(given) or "TRUE", list(given.values())


class Stripped:
    """The rows of ``OUT/stripped``. Raises UserError if there is no whole output."""

    def __init__(self, out: Path) -> None:
        #: characters of all sources
        self.source: int = read_manifest(out)["counts"]["chars"]["source"]
        self._db = duckdb.connect()
        self._db.execute("SET enable_progress_bar = false")
        parts = sorted((out / "stripped").glob("part-*"))
        if parts:
            files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in parts)
            kinds = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
            # A row is at most as long as its file; DuckDB keeps a buffer of this size for each thread.
            longest = max(path.stat().st_size * (1 if path.suffix == ".jsonl" else 20) for path in parts)
            rows = (
                f"read_json([{files}], columns = {{{kinds}}}, format = 'newline_delimited', "
                f"maximum_object_size = {min(max(longest, 1 << 24), 1 << 28)})"
            )
        else:
            rows = f"(SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in _COLUMNS.items())} LIMIT 0)"
        self._db.execute(
            "CREATE VIEW stripped AS SELECT *, CASE WHEN type LIKE 'junk:%' THEN substr(type, 6) ELSE type END AS "
            f"category FROM {rows}"
        )

    def counts(self, wanted: Filter, by: str, limit: int) -> list[Row]:
        """The most frequent values of ``by`` (a key of `GROUPINGS`), each with rows, characters and share of all
        source characters."""
        condition, values = wanted.sql()
        columns = ", ".join(GROUPINGS[by])
        return self._rows(
            f"SELECT {columns}, count(*) AS rows, sum(length(text))::BIGINT AS characters, "
            f"sum(length(text)) / {max(self.source, 1)} AS share FROM stripped WHERE {condition} "
            f"GROUP BY {columns} ORDER BY rows DESC, characters DESC, {columns} LIMIT {limit}",
            values,
        )

    def total(self, wanted: Filter) -> Row:
        condition, values = wanted.sql()
        return self._rows(
            "SELECT count(*) AS rows, coalesce(sum(length(text)), 0)::BIGINT AS characters, "
            f"coalesce(sum(length(text)), 0) / {max(self.source, 1)} AS share FROM stripped WHERE {condition}",
            values,
        )[0]

    def rows(self, wanted: Filter, limit: int) -> list[Row]:
        """The rows themselves, by document and place."""
        condition, values = wanted.sql()
        return self._rows(
            f"SELECT * EXCLUDE (category) FROM stripped WHERE {condition} "
            f"ORDER BY document, block, source_start LIMIT {limit}",
            values,
        )

    def unknown(self, wanted: Filter) -> list[tuple[str, str, list[str]]]:
        """What nothing that was stripped has: (column, value asked for, up to three names that are most like it)."""
        found = []
        for column, value in (("rule", wanted.rule), ("category", wanted.category), ("outlet", wanted.outlet)):
            if value and not self.total(Filter(**{column: value}))["rows"]:
                # What must be changed in the name, not what must be added to it: a part of a name is near to it.
                near = self._rows(
                    f"SELECT {column} AS name FROM stripped GROUP BY name ORDER BY levenshtein(lower(name), lower($1)) "
                    "- abs(length(name) - length($1)), levenshtein(lower(name), lower($1)), name LIMIT 3",
                    [value.strip("*").removeprefix("junk:")],
                )
                found.append((column, value, [row["name"] for row in near]))
        return found

    def _rows(self, query: str, values: Sequence[str]) -> list[Row]:
        result = self._db.execute(query, list(values))
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class Decided:
    """The decisions of ``OUT/tables``, kept blocks too. Raises UserError if there is no whole output.

    What was dropped as a duplicate or is of an earlier version is left out: its confidence is another question's.
    """

    def __init__(self, out: Path) -> None:
        read_manifest(out)
        self._db = duckdb.connect()
        self._db.execute("SET enable_progress_bar = false")
        self._marks = _parquet(out, "marks")
        self._db.execute(
            "CREATE VIEW decided AS SELECT b.document, d.outlet, b.block, b.text, b.type, b.action, b.rule, b.reason, "
            "b.confidence, CASE WHEN b.type LIKE 'junk:%' THEN substr(b.type, 6) ELSE b.type END AS category "
            f"FROM {_parquet(out, 'blocks')} b JOIN {_parquet(out, 'documents')} d ON d.id = b.document "
            "WHERE b.action IN ('keep', 'strip', 'profile')"
        )

    def count(self, wanted: Filter) -> int:
        condition, values = wanted.sql()
        rows = self._db.execute(f"SELECT count(*) FROM decided WHERE {condition}", values).fetchall()
        return int(rows[0][0])

    def uncertain(self, wanted: Filter, limit: int) -> list[Row]:
        """The least sure first, of equally sure ones the longest; each with its ``marks``, oldest first."""
        condition, values = wanted.sql()
        result = self._db.execute(
            "WITH least AS (SELECT * EXCLUDE (category), "
            "row_number() OVER (ORDER BY confidence, length(text) DESC, document, block) AS place "
            f"FROM decided WHERE {condition} ORDER BY place LIMIT {limit}), "
            "found AS (SELECT l.place, list({'rule': m.rule, 'action': m.action, 'strength': m.strength, "
            f"'reason': m.reason}} ORDER BY m.n) AS marks FROM least l JOIN {self._marks} m "
            "ON m.document = l.document AND m.block = l.block GROUP BY l.place) "
            "SELECT l.* EXCLUDE (place), coalesce(f.marks, []) AS marks FROM least l LEFT JOIN found f "
            "ON f.place = l.place ORDER BY l.place",
            values,
        )
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _parquet(out: Path, table: str) -> str:
    path = str(out / "tables" / f"{table}.parquet").replace("'", "''")
    return f"read_parquet('{path}')"
