"""The SQL of dedup's relational steps: one ``.sql`` file a step in this folder."""

from __future__ import annotations

from cleanpipe import sql


def statement(name: str, **values: object) -> str:
    """The text of ``NAME.sql``, its ``$parameters`` filled in."""
    return sql.load("cleanpipe.dedup", name, **values)
