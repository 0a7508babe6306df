"""The queries that make ``tables/*.parquet``: the step tables by public ids, sorted, each text once."""

from __future__ import annotations

from cleanpipe import sql

#: The tables in the order in which a reader meets them; each is NAME.sql beside this file.
TABLES = ("documents", "versions", "blocks", "marks", "edges", "groups", "occurrences")

#: The query of the dataset ``current``, by shard.
CURRENT = """
SELECT r.doc_key, r.shard, c.id FROM records r JOIN records c ON c.doc_key = r.of WHERE r.status = 'superseded'
"""


def table_query(name: str, versions: str) -> str:
    """The query of a table; ``versions`` is the config's: with "all", earlier versions are in the corpus too."""
    return sql.load("cleanpipe.write", f"sql/{name}", also="superseded" if versions == "all" else "current")
