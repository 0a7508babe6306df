"""The relational steps between reading and writing that belong to documents, not to cleaning or dedup."""

from cleanpipe import sql


def statement(name: str, **values: object) -> str:
    """The text of ``NAME.sql`` in this folder, its ``$parameters`` filled in."""
    return sql.load(__name__, name, **values)
