"""The SQL of dedup's relational steps: one ``.sql`` file a step in this folder."""

from __future__ import annotations

from cleanpipe import sql

#: The order in which a canonical is chosen, and "the first" of anything is meant: preferred name, earliest
#: publication (unknown last), fullest text, then id. Columns of ``paragraphs`` and ``live``.
CANONICAL_ORDER = "prefer, CASE WHEN published = '' THEN 1 ELSE 0 END, published, chars DESC, document, block"


def statement(name: str, **values: object) -> str:
    """The text of ``NAME.sql``, its ``$parameters`` filled in."""
    return sql.load("cleanpipe.dedup", name, canonical_order=CANONICAL_ORDER, **values)
